"""Background work of the back office."""

from heliograph.core.background.chores import often
from heliograph.organizations.assignments import actions


@often("assignments.remind", seconds=60)
def remind() -> None:
    """Mail the reminders of due dates that are due now."""
    actions.send_reminders()
