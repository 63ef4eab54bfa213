"""Background work of the record store."""

from heliograph.core.background.chores import often
from heliograph.lrs.statements import counts


@often("lrs.count_statements", seconds=10)
def count_statements() -> None:
    """Count the statements of the last moments."""
    counts.follow()
