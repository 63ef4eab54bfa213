"""The form that makes a link for people without an account."""

from heliograph.dispatch.share_links.actions import LONGEST_DAYS, USUAL_DAYS
from heliograph.ui.forms import Form, WholeNumber


class NewLink(Form):
    days = WholeNumber(
        "Expires in (days)",
        least=1,
        most=LONGEST_DAYS,
        required=True,
        initial=USUAL_DAYS,
        refusal=f"Enter 1 to {LONGEST_DAYS} days until the link expires.",
    )
