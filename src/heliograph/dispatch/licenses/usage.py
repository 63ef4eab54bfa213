"""How much of a dispatch is used: of its own places and of the licence that is active, and what that means for who comes next.

Lists load the licences of all their rows by one statement. `queries` tells the same states in SQL, to filter and count by them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from heliograph.core import clock
from heliograph.dispatch.licenses import rules
from heliograph.dispatch.models import Dispatch, Licence

ALMOST, FULL = 0.75, 1.0
PLACES = ("registrations", "learners", "launches")  # what a new learner takes; downloads keep nobody out
OPEN, USED_UP, NOT_BEGUN, ENDED = "open", "used up", "not begun", "ended"


@dataclass(frozen=True)
class Use:
    """So many of so many; ``licence`` is the name of the licence that says so, empty for the dispatch's own places."""

    what: str
    used: int
    limit: int
    licence: str = ""

    @property
    def share(self) -> float:
        return self.used / self.limit

    @property
    def tone(self) -> str:
        return "bad" if self.share >= FULL else "warn" if self.share >= ALMOST else "good"


def load(dispatches: Iterable[Dispatch]) -> list[Dispatch]:
    """The same dispatches, each with its chain of licences."""
    found = list(dispatches)
    owners = Q(dispatch_id__in=[one.id for one in found]) | Q(destination_id__in={one.destination_id for one in found})
    licences = list(Licence.objects.filter(owners, organisation_id__in={one.organisation_id for one in found}).order_by("id"))
    of: dict[object, list[Licence]] = {}
    for licence in licences:
        of.setdefault(licence.dispatch_id or licence.destination_id, []).append(licence)
    for one in found:
        one.chain = of.get(one.id) or of.get(one.destination_id) or []  # type: ignore[attr-defined]
    return found


def active(dispatch: Dispatch) -> Licence | None:
    """The licence that decides now, or will when its first day comes; None where there is none, or all have ended."""
    return next((one for one in _chain(dispatch) if not _is_over(one)), None)


def standing(dispatch: Dispatch) -> str:
    """Whether the dispatch's licences let new learners in: `OPEN`, `USED_UP`, `NOT_BEGUN` or `ENDED`; no licence at all is open."""
    chain = _chain(dispatch)
    going_on = [one for one in chain if not _is_over(one)]
    begun = [one for one in going_on if not one.starts_at or one.starts_at <= clock.now()]
    if chain and not begun:
        return NOT_BEGUN if going_on else ENDED
    return OPEN if not chain or any(_has_room(one) for one in begun) else USED_UP


def uses(dispatch: Dispatch) -> list[Use]:
    """Every count that has a limit, the fullest first."""
    found = [Use("learners", dispatch.registrations_used, dispatch.registration_limit)] if dispatch.registration_limit else []
    licence = active(dispatch)
    if licence:
        counts = [(count, getattr(licence, f"{count}_used"), getattr(licence, rules.LIMITS[count])) for count in rules.COUNTS]
        found += [Use(count, used, limit, licence.name) for count, used, limit in counts if limit]
    return sorted(found, key=lambda one: -one.share)


def ends_at(dispatch: Dispatch) -> datetime | None:
    """The dispatch's last moment: its own, or that of its last licence where that comes first."""
    going_on = [one for one in _chain(dispatch) if not _is_over(one)]
    last = max((one.expires_at for one in going_on if one.expires_at), default=None) if all(one.expires_at for one in going_on) else None
    return min((moment for moment in (dispatch.expires_at, last) if moment), default=None)


def _chain(dispatch: Dispatch) -> list[Licence]:
    if not hasattr(dispatch, "chain"):
        load([dispatch])
    return dispatch.chain  # type: ignore[attr-defined, no-any-return]


def _is_over(licence: Licence) -> bool:
    term = rules.Term(licence.starts_at or licence.created_at, licence.expires_at, licence.grace_days)
    return licence.ended_at is not None or rules.is_over(term, clock.now())


def _has_room(licence: Licence) -> bool:
    limits = [(getattr(licence, f"{count}_used"), getattr(licence, rules.LIMITS[count])) for count in PLACES]
    return all(limit is None or used + 1 <= limit + limit * licence.grace_share // 100 for used, limit in limits)
