"""The form that saves a view."""

from typing import Any

from heliograph.lrs.browser.views import LONGEST_VIEW_NAME
from heliograph.ui.forms import Form, Tick, text


class SaveView(Form):
    """``organization`` is the name of those who see a shared view."""

    name = text(
        "Name",
        longest=LONGEST_VIEW_NAME,
        placeholder="Fire safety, failed",
        error_messages={"required": f"View names must have 1 to {LONGEST_VIEW_NAME} characters."},
    )
    shared = Tick("Share with everyone")

    def __init__(self, *given: Any, organization: str = "", **options: Any) -> None:
        super().__init__(*given, **options)
        if organization:
            self.fields["shared"].label = f"Share with everyone in {organization}"
