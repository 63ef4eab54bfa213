"""What can go wrong between an AU and the record store."""

from typing import Any

from heliograph.core.errors import Conflict, Invalid, NotFound
from heliograph.core.rule_table import Broken
from heliograph.lrs.errors import OutOfBounds


class AuRefused(OutOfBounds):
    code, title = "cmi5_refused", "cmi5 rule violation"

    @classmethod
    def by(cls, broken: Broken, number: int | None = None) -> "AuRefused":
        """The refusal of a statement, the ``number``-th of several, by the rule it breaks."""
        where = "" if number is None else f"Statement {number}: "
        details: dict[str, Any] = {} if number is None else {"statement": number}
        return cls(where + broken.sentence, rule=broken.rule.code, **details)


class NotOfCmi5(Invalid):
    code = "not_of_cmi5"


class UnitNotFound(NotFound):
    code = "unit_not_found"


class NothingToWaive(Conflict):
    code = "nothing_to_waive"
