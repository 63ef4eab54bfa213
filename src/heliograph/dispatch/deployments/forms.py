"""The form that names a deployment."""

from heliograph.core.translation import gettext_lazy
from heliograph.ui.forms import Form, text


class DeploymentName(Form):
    name = text(gettext_lazy("Name"), required=False)
