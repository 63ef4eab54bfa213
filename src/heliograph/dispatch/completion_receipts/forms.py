"""The form in which anybody pastes a receipt."""

from heliograph.core.translation import gettext_lazy
from heliograph.dispatch.completion_receipts.actions import LONGEST
from heliograph.ui.forms import Form, text


class VerifyReceipt(Form):
    receipt = text(
        gettext_lazy("Receipt"),
        longest=LONGEST,
        lines=7,
        help_text=gettext_lazy("Paste the full receipt. It isn't stored."),
        attrs={"spellcheck": "false", "autocomplete": "off"},
    )
