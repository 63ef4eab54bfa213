"""The form that makes a link for people without an account."""

from heliograph.core.translation import format_lazy, gettext_lazy
from heliograph.dispatch.share_links.actions import LONGEST_DAYS, USUAL_DAYS
from heliograph.ui.forms import Form, WholeNumber


class NewLink(Form):
    days = WholeNumber(
        gettext_lazy("Expires in (days)"),
        least=1,
        most=LONGEST_DAYS,
        required=True,
        initial=USUAL_DAYS,
        refusal=format_lazy(
            gettext_lazy("Enter 1 to {days} days until the link expires."), days=LONGEST_DAYS
        ),
    )
