"""The form that names a deployment."""

from heliograph.ui.forms import Form, text


class DeploymentName(Form):
    name = text("Name", required=False)
