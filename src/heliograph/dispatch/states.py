"""How a dispatch stands: active, full, upcoming, disabled or expired."""

from datetime import timedelta
from uuid import UUID

from django.db.models import (
    Case,
    CharField,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)

from heliograph.core import clock
from heliograph.dispatch import queries
from heliograph.dispatch.licenses import usage
from heliograph.dispatch.licenses.rules import LIMITS
from heliograph.dispatch.models import Dispatch, License

LABELS = {
    "active": "Active",
    "full": "Full",
    "upcoming": "Scheduled",
    "expired": "Expired",
    "disabled": "Disabled",
}
STATES = tuple(LABELS)
MOST_COUNTED = 5_000  # dispatches; to tell the states of more takes longer than all else of a page


def dispatches(organization_id: UUID, search: str = "", state: str = "") -> QuerySet[Dispatch]:
    """The organization's dispatches, newest first, perhaps only those that a search finds, and those in one
    of `STATES`.
    """
    dispatches = queries.dispatches(organization_id, search)
    return dispatches.alias(stands=_state()).filter(stands=state) if state else dispatches


def state_counts(organization_id: UUID) -> dict[str, int]:
    """How many dispatches are in each of `STATES`, and ``""`` of all; above `MOST_COUNTED` only that."""
    mine = Dispatch.objects.filter(organization_id=organization_id)
    total = mine.count()
    if total > MOST_COUNTED:
        return {"": total}
    rows = mine.annotate(stands=_state()).values_list("stands").annotate(Count("id"))
    counted = dict(rows.order_by())
    return {"": total, **{state: counted.get(state, 0) for state in STATES}}


def state_of(dispatch: Dispatch) -> str:
    """One of `STATES`: the first that applies of disabled, expired, full, upcoming, active; its own limits
    and its licenses' count alike.
    """
    if not dispatch.enabled:
        return "disabled"
    licenses = usage.license_state(dispatch)
    if (dispatch.expires_at and dispatch.expires_at <= clock.now()) or licenses == usage.ENDED:
        return "expired"
    if (
        dispatch.registration_limit is not None and dispatch.registrations_used >= dispatch.registration_limit
    ) or licenses == usage.USED_UP:
        return "full"
    return "upcoming" if licenses == usage.NOT_BEGUN else "active"


def _state() -> Case:
    """What `state_of` says, in SQL."""
    ended, used_up, not_begun = _licenses_ended_used_up_and_not_begun()
    full = Q(registration_limit__isnull=False, registrations_used__gte=F("registration_limit"))
    return Case(
        When(enabled=False, then=Value("disabled")),
        When(Q(expires_at__isnull=False, expires_at__lte=clock.now()) | ended, then=Value("expired")),
        When(full | used_up, then=Value("full")),
        When(not_begun, then=Value("upcoming")),
        default=Value("active"),
        output_field=CharField(),
    )


def _licenses_ended_used_up_and_not_begun() -> tuple[Q, Q, Q]:
    """What `usage.license_state` says, in SQL: a dispatch's own licenses count, or else its destination's."""
    over = ExpressionWrapper(
        F("expires_at") + F("grace_days") * Value(timedelta(days=1)), output_field=DateTimeField()
    )
    going_on = Q(ended_at=None) & (Q(expires_at=None) | Q(over__gt=clock.now()))
    begun = going_on & (Q(starts_at=None) | Q(starts_at__lte=clock.now()))
    room = Q()
    for count in usage.PLACES:
        limit = LIMITS[count]
        room &= Q(**{limit: None}) | Q(**{f"{count}_used__lt": F(limit) + F(limit) * F("grace_share") / 100})
    ended, used_up, not_begun = Q(), Q(), Q()
    for owner, otherwise in (
        (Q(dispatch_id=OuterRef("id")), Q()),
        (Q(destination_id=OuterRef("destination_id")), _OWN_LICENSES),
    ):
        mine = License.objects.filter(owner).annotate(over=over)
        here = Q(Exists(mine)) & (~otherwise if otherwise else Q())
        ended |= here & ~Q(Exists(mine.filter(going_on)))
        used_up |= here & Q(Exists(mine.filter(begun))) & ~Q(Exists(mine.filter(begun & room)))
        not_begun |= here & Q(Exists(mine.filter(going_on))) & ~Q(Exists(mine.filter(begun)))
    return ended, used_up, not_begun


_OWN_LICENSES = Q(Exists(License.objects.filter(dispatch_id=OuterRef("id"))))
