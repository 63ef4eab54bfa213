"""How much of a dispatch is used: of its own places and of the license that is active, and what that means
for who comes next.

What is shown is within the limits of whoever asks; states are told by all licenses, since a dispatch is full
for whoever sees it. Lists load the licenses of all their rows by one statement. `states` tells the same
states in SQL, to filter and count by them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from heliograph.core import clock
from heliograph.core.scope import is_limited, limited
from heliograph.core.translation import gettext_lazy
from heliograph.dispatch.licenses import rules
from heliograph.dispatch.models import Dispatch, License

ALMOST, FULL = 0.75, 1.0
PLACES = ("registrations", "learners", "launches")  # what a new learner takes; downloads keep nobody out
OPEN, USED_UP, NOT_BEGUN, ENDED = "open", "used up", "not begun", "ended"


LABELS = {
    "registrations": gettext_lazy("registrations"),
    "learners": gettext_lazy("learners"),
    "launches": gettext_lazy("launches"),
    "downloads": gettext_lazy("downloads"),
    "concurrent learners": gettext_lazy("concurrent learners"),
}


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
    def label(self) -> str:
        """What is counted, as pages say it."""
        return str(LABELS[self.what])

    @property
    def share(self) -> float:
        return self.used / self.limit

    @property
    def tone(self) -> str:
        return "bad" if self.share >= FULL else "warn" if self.share >= ALMOST else "good"


def load(dispatches: Iterable[Dispatch]) -> list[Dispatch]:
    """The same dispatches, each with its ``chain`` of licenses, and those of them that are ``shown``."""
    listed = list(dispatches)
    owners = Q(dispatch_id__in=[dispatch.id for dispatch in listed]) | Q(
        destination_id__in={dispatch.destination_id for dispatch in listed}
    )
    licenses = list(
        License.objects.filter(
            owners, organization_id__in={dispatch.organization_id for dispatch in listed}
        ).order_by("id")
    )
    within = _within_limits(licenses)
    of: dict[object, list[License]] = {}
    for license in licenses:
        of.setdefault(license.dispatch_id or license.destination_id, []).append(license)
    for dispatch in listed:
        dispatch.chain = of.get(dispatch.id) or of.get(dispatch.destination_id) or []  # type: ignore[attr-defined]
        dispatch.shown = [license for license in dispatch.chain if license.id in within]  # type: ignore[attr-defined]
    return listed


def _within_limits(licenses: list[License]) -> set[UUID]:
    """The ids of those that whoever asks may see."""
    ids = [license.id for license in licenses]
    if not is_limited():
        return set(ids)
    return set(limited(License.objects.filter(id__in=ids)).values_list("id", flat=True))


def active(dispatch: Dispatch) -> License | None:
    """The license that decides now, or will when its first day comes; None where there is none, all have
    ended, or it is not shown to whoever asks.
    """
    return next((license for license in _shown(dispatch) if not _is_over(license)), None)


def license_state(dispatch: Dispatch) -> str:
    """Whether the dispatch's licenses let new learners in: `OPEN`, `USED_UP`, `NOT_BEGUN` or `ENDED`; no
    license at all is open.
    """
    chain = _chain(dispatch)
    going_on = [license for license in chain if not _is_over(license)]
    begun = [license for license in going_on if not license.starts_at or license.starts_at <= clock.now()]
    if chain and not begun:
        return NOT_BEGUN if going_on else ENDED
    return OPEN if not chain or any(_shows_room(license) for license in begun) else USED_UP


def uses(dispatch: Dispatch) -> list[Use]:
    """Every count that has a limit, the fullest first."""
    uses = (
        [Use("learners", dispatch.registrations_used, dispatch.registration_limit)]
        if dispatch.registration_limit
        else []
    )
    license = active(dispatch)
    if license:
        uses += of_license(license)
    return sorted(uses, key=lambda use: -use.share)


def of_license(license: License) -> list[Use]:
    """Every count of a license that has a limit, the fullest first."""
    counts = [
        (count, getattr(license, f"{count}_used"), getattr(license, rules.LIMITS[count]))
        for count in rules.COUNTS
    ]
    uses = [Use(count, used, limit, license.name) for count, used, limit in counts if limit]
    return sorted(uses, key=lambda use: -use.share)


def state_of(license: License) -> str:
    """A license by itself: ``current``, ``scheduled`` before its first day, or ``ended``."""
    if _is_over(license):
        return "ended"
    return "scheduled" if license.starts_at and license.starts_at > clock.now() else "current"


def ends_at(dispatch: Dispatch) -> datetime | None:
    """The dispatch's last moment: its own, or that of its last license where that comes first."""
    going_on = [license for license in _shown(dispatch) if not _is_over(license)]
    last = (
        max((license.expires_at for license in going_on if license.expires_at), default=None)
        if all(license.expires_at for license in going_on)
        else None
    )
    return min((moment for moment in (dispatch.expires_at, last) if moment), default=None)


def _chain(dispatch: Dispatch) -> list[License]:
    if not hasattr(dispatch, "chain"):
        load([dispatch])
    return dispatch.chain  # type: ignore[attr-defined, no-any-return]


def _shown(dispatch: Dispatch) -> list[License]:
    _chain(dispatch)
    return dispatch.shown  # type: ignore[attr-defined, no-any-return]


def _is_over(license: License) -> bool:
    term = rules.Term(license.starts_at or license.created_at, license.expires_at, license.grace_days)
    return license.ended_at is not None or rules.is_over(term, clock.now())


def _shows_room(license: License) -> bool:
    limits = [(getattr(license, f"{count}_used"), getattr(license, rules.LIMITS[count])) for count in PLACES]
    return all(
        limit is None or used + 1 <= limit + limit * license.grace_share // 100 for used, limit in limits
    )
