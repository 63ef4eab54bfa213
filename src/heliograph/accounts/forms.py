"""Forms of a person's own account."""

from heliograph.core.translation import gettext_lazy
from heliograph.ui.forms import Form, secret, text


class Profile(Form):
    name = text(gettext_lazy("Name"), required=False, attrs={"autocomplete": "name"})


class NewAccount(Form):
    """Of somebody who was invited; what a password must be is said by `actions.refuse_weak`."""

    name = text(gettext_lazy("Name"), required=False, attrs={"autocomplete": "name"})
    password = secret(
        gettext_lazy("Password"), longest=4096, strip=False, help_text=gettext_lazy("At least 10 characters")
    )
