"""How much of a dispatch is used: of its own places and of the license that is active, and what that means
for who comes next.

Lists load the licenses of all their rows by one statement. `queries` tells the same states in SQL, to filter
and count by them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from heliograph.core import clock
from heliograph.dispatch.licenses import rules
from heliograph.dispatch.models import Dispatch, License

ALMOST, FULL = 0.75, 1.0
PLACES = ("registrations", "learners", "launches")  # what a new learner takes; downloads keep nobody out
OPEN, USED_UP, NOT_BEGUN, ENDED = "open", "used up", "not begun", "ended"


@dataclass(frozen=True)
class Use:
    """So many of so many; ``license`` is the name of the license that says so, empty for the dispatch's own
    places.
    """

    what: str
    used: int
    limit: int
    license: str = ""

    @property
    def share(self) -> float:
        return self.used / self.limit

    @property
    def tone(self) -> str:
        return "bad" if self.share >= FULL else "warn" if self.share >= ALMOST else "good"


def load(dispatches: Iterable[Dispatch]) -> list[Dispatch]:
    """The same dispatches, each with its chain of licenses."""
    found = list(dispatches)
    owners = Q(dispatch_id__in=[one.id for one in found]) | Q(
        destination_id__in={one.destination_id for one in found}
    )
    licenses = list(
        License.objects.filter(owners, organization_id__in={one.organization_id for one in found}).order_by(
            "id"
        )
    )
    of: dict[object, list[License]] = {}
    for license in licenses:
        of.setdefault(license.dispatch_id or license.destination_id, []).append(license)
    for one in found:
        one.chain = of.get(one.id) or of.get(one.destination_id) or []  # type: ignore[attr-defined]
    return found


def active(dispatch: Dispatch) -> License | None:
    """The license that decides now, or will when its first day comes; None where there is none, or all have
    ended.
    """
    return next((one for one in _chain(dispatch) if not _is_over(one)), None)


def standing(dispatch: Dispatch) -> str:
    """Whether the dispatch's licenses let new learners in: `OPEN`, `USED_UP`, `NOT_BEGUN` or `ENDED`; no
    license at all is open.
    """
    chain = _chain(dispatch)
    going_on = [one for one in chain if not _is_over(one)]
    begun = [one for one in going_on if not one.starts_at or one.starts_at <= clock.now()]
    if chain and not begun:
        return NOT_BEGUN if going_on else ENDED
    return OPEN if not chain or any(_shows_room(one) for one in begun) else USED_UP


def uses(dispatch: Dispatch) -> list[Use]:
    """Every count that has a limit, the fullest first."""
    found = (
        [Use("learners", dispatch.registrations_used, dispatch.registration_limit)]
        if dispatch.registration_limit
        else []
    )
    license = active(dispatch)
    if license:
        counts = [
            (count, getattr(license, f"{count}_used"), getattr(license, rules.LIMITS[count]))
            for count in rules.COUNTS
        ]
        found += [Use(count, used, limit, license.name) for count, used, limit in counts if limit]
    return sorted(found, key=lambda one: -one.share)


def ends_at(dispatch: Dispatch) -> datetime | None:
    """The dispatch's last moment: its own, or that of its last license where that comes first."""
    going_on = [one for one in _chain(dispatch) if not _is_over(one)]
    last = (
        max((one.expires_at for one in going_on if one.expires_at), default=None)
        if all(one.expires_at for one in going_on)
        else None
    )
    return min((moment for moment in (dispatch.expires_at, last) if moment), default=None)


def _chain(dispatch: Dispatch) -> list[License]:
    if not hasattr(dispatch, "chain"):
        load([dispatch])
    return dispatch.chain  # type: ignore[attr-defined, no-any-return]


def _is_over(license: License) -> bool:
    term = rules.Term(license.starts_at or license.created_at, license.expires_at, license.grace_days)
    return license.ended_at is not None or rules.is_over(term, clock.now())


def _shows_room(license: License) -> bool:
    limits = [(getattr(license, f"{count}_used"), getattr(license, rules.LIMITS[count])) for count in PLACES]
    return all(
        limit is None or used + 1 <= limit + limit * license.grace_share // 100 for used, limit in limits
    )
