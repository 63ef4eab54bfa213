"""The form that saves a view."""

from typing import Any

from heliograph.core.translation import format_lazy, gettext, gettext_lazy
from heliograph.lrs.browser.views import LONGEST_VIEW_NAME
from heliograph.ui.forms import Form, Tick, text


class SaveView(Form):
    """``organization`` is the name of those who see a shared view."""

    name = text(
        gettext_lazy("Name"),
        longest=LONGEST_VIEW_NAME,
        placeholder=gettext_lazy("Fire safety, failed"),
        error_messages={
            "required": format_lazy(
                gettext_lazy("View names must have 1 to {most} characters."), most=LONGEST_VIEW_NAME
            )
        },
    )
    shared = Tick(gettext_lazy("Share with everyone"))

    def __init__(self, *given: Any, organization: str = "", **options: Any) -> None:
        super().__init__(*given, **options)
        if organization:
            self.fields["shared"].label = gettext("Share with everyone in %(organization)s") % {
                "organization": organization
            }
