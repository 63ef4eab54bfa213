"""Reading destinations, dispatches and receipts."""

from datetime import timedelta
from typing import Any
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
    Subquery,
    Value,
    When,
)

from heliograph.core import clock
from heliograph.core.ids import parse_id
from heliograph.dispatch import lms_results, usage
from heliograph.dispatch.errors import DeploymentNotFound, DestinationNotFound, DispatchNotFound, LicenceNotFound, PackageReplaced
from heliograph.dispatch.licensing import LIMITS
from heliograph.dispatch.models import Deployment, Destination, Dispatch, FormerKey, LateAdmission, Licence, RelayReceipt, Session
from heliograph.runtime.models import Registration

NO_ID = UUID(int=0)
STATES = ("active", "full", "upcoming", "disabled", "expired")


def destinations(organisation_id: UUID, search: str = "") -> QuerySet[Destination]:
    """The organisation's destinations with the number of their dispatches, newest first."""
    found = Destination.objects.filter(organisation_id=organisation_id)
    if search:
        found = found.filter(Q(name__icontains=search) | Q(key__icontains=search))
    return found.annotate(dispatch_count=Count("dispatches")).order_by("-id")


def named_destinations(organisation_id: UUID) -> QuerySet[Destination]:
    """The organisation's destinations by name, to choose one."""
    return Destination.objects.filter(organisation_id=organisation_id).order_by("name", "id")


def destination(organisation_id: UUID, id_or_key: str) -> Destination:
    """One destination by id or key; raises `DestinationNotFound`."""
    by_id = parse_id(id_or_key)
    found = destinations(organisation_id).filter(Q(id=by_id) if by_id else Q(key=id_or_key)).first()
    if found is None:
        raise DestinationNotFound("There is no such destination in this organisation.")
    return found


def dispatches(organisation_id: UUID, search: str = "", state: str = "") -> QuerySet[Dispatch]:
    """The organisation's dispatches, newest first; ``state`` is one of `STATES`."""
    found = Dispatch.objects.filter(organisation_id=organisation_id)
    if search:
        found = found.filter(
            Q(name__icontains=search)
            | Q(key__icontains=search)
            | Q(course__title__icontains=search)
            | Q(destination__name__icontains=search)
            | Q(tags__contains=[search])
        )
    if state:
        found = found.alias(stands=_state()).filter(stands=state)
    return found.select_related("course__published", "destination").order_by("-id")


def dispatch(organisation_id: UUID, id_or_key: str) -> Dispatch:
    """One dispatch by id or key; raises `DispatchNotFound`."""
    by_id = parse_id(id_or_key)
    found = dispatches(organisation_id).filter(Q(id=by_id) if by_id else Q(key=id_or_key)).first()
    if found is None:
        raise DispatchNotFound("There is no such dispatch in this organisation.")
    return found


def dispatch_of_stub(stub_key: str) -> Dispatch:
    """The dispatch a package names; raises `DispatchNotFound` with a sentence for a learner."""
    offered = Dispatch.objects.select_related("course__published", "destination")
    found = offered.filter(stub_key=stub_key).first()
    if found is None:
        former = FormerKey.objects.filter(key=stub_key).first()
        if former and former.valid_until <= clock.now():
            raise PackageReplaced("This package was replaced by a newer one. Ask the person who gave you the course for it.")
        found = offered.get(id=former.dispatch_id) if former else None
    if found is None:
        raise DispatchNotFound("This course is no longer offered here. Ask the person who gave you the course for a new package.")
    return found


def state_counts(organisation_id: UUID) -> dict[str, int]:
    """How many dispatches are in each of `STATES`, and ``all``."""
    rows = Dispatch.objects.filter(organisation_id=organisation_id).annotate(stands=_state()).values_list("stands").annotate(Count("id"))
    counted = dict(rows.order_by())
    return {"all": sum(counted.values()), **{state: counted.get(state, 0) for state in STATES}}


def state_of(dispatch: Dispatch) -> str:
    """One of `STATES`: the first that applies of disabled, expired, full, upcoming, active; its own limits and its licences' count alike."""
    if not dispatch.enabled:
        return "disabled"
    licences = usage.standing(dispatch)
    if (dispatch.expires_at and dispatch.expires_at <= clock.now()) or licences == usage.ENDED:
        return "expired"
    if (
        dispatch.registration_limit is not None and dispatch.registrations_used >= dispatch.registration_limit
    ) or licences == usage.USED_UP:
        return "full"
    return "upcoming" if licences == usage.NOT_BEGUN else "active"


def receipts(dispatch: Dispatch) -> QuerySet[RelayReceipt]:
    """What customers' LMSs kept of this dispatch's results, newest first."""
    return dispatch.receipts.select_related("registration__learner").order_by("-id")


def licence(organisation_id: UUID, licence_id: str) -> Licence:
    """One licence; raises `LicenceNotFound`."""
    found = Licence.objects.filter(organisation_id=organisation_id, id=parse_id(licence_id) or NO_ID).first()
    if found is None:
        raise LicenceNotFound("There is no such licence in this organisation.")
    return found


def deployments(dispatch: Dispatch) -> QuerySet[Deployment]:
    """Where a dispatch is opened, the most recently used first."""
    return dispatch.deployments.select_related("dispatch").order_by("-last_activity_at")


def deployment(organisation_id: UUID, deployment_id: str) -> Deployment:
    """One deployment; raises `DeploymentNotFound`."""
    found = (
        Deployment.objects.select_related("dispatch__destination", "dispatch__course")
        .filter(organisation_id=organisation_id, id=parse_id(deployment_id) or NO_ID)
        .first()
    )
    if found is None:
        raise DeploymentNotFound("There is no such deployment in this organisation.")
    return found


def deployment_state(deployment: Deployment) -> str:
    """``suspended``, ``expired`` with its dispatch, or ``active``."""
    if deployment.suspended:
        return "suspended"
    expires = deployment.dispatch.expires_at
    return "expired" if expires and expires <= clock.now() else "active"


def sessions(dispatch: Dispatch, deployment_id: str = "", of: str = "") -> QuerySet[Session]:
    """The openings of a dispatch, newest first, perhaps of one deployment only; ``of`` *unconfirmed* or *late*: of those learners only.

    Each has `admitted_late`: the refusal that the limits had for its learner, or None.
    """
    late = LateAdmission.objects.filter(registration=OuterRef("registration")).values("refusal")
    found = Session.objects.filter(organisation_id=dispatch.organisation_id, dispatch=dispatch).annotate(admitted_late=Subquery(late))
    if deployment_id:
        found = found.filter(deployment_id=parse_id(deployment_id) or NO_ID)
    if of == "unconfirmed":
        found = found.filter(unconfirmed=True)
    elif of == "late":
        found = found.filter(admitted_late__isnull=False)
    return found.select_related("deployment").order_by("-id")


def _state() -> Case:
    """What `state_of` says, in SQL."""
    ended, used_up, not_begun = _licences_ended_used_up_and_not_begun()
    full = Q(registration_limit__isnull=False, registrations_used__gte=F("registration_limit"))
    return Case(
        When(enabled=False, then=Value("disabled")),
        When(Q(expires_at__isnull=False, expires_at__lte=clock.now()) | ended, then=Value("expired")),
        When(full | used_up, then=Value("full")),
        When(not_begun, then=Value("upcoming")),
        default=Value("active"),
        output_field=CharField(),
    )


def _licences_ended_used_up_and_not_begun() -> tuple[Q, Q, Q]:
    """What `usage.standing` says, in SQL: a dispatch's own licences count, or else its destination's."""
    over = ExpressionWrapper(F("expires_at") + F("grace_days") * Value(timedelta(days=1)), output_field=DateTimeField())
    going_on = Q(ended_at=None) & (Q(expires_at=None) | Q(over__gt=clock.now()))
    begun = going_on & (Q(starts_at=None) | Q(starts_at__lte=clock.now()))
    room = Q()
    for count in usage.PLACES:
        limit = LIMITS[count]
        room &= Q(**{limit: None}) | Q(**{f"{count}_used__lt": F(limit) + F(limit) * F("grace_share") / 100})
    ended, used_up, not_begun = Q(), Q(), Q()
    for owner, otherwise in ((Q(dispatch_id=OuterRef("id")), Q()), (Q(destination_id=OuterRef("destination_id")), _OWN_LICENCES)):
        mine = Licence.objects.filter(owner).annotate(over=over)
        here = Q(Exists(mine)) & (~otherwise if otherwise else Q())
        ended |= here & ~Q(Exists(mine.filter(going_on)))
        used_up |= here & Q(Exists(mine.filter(begun))) & ~Q(Exists(mine.filter(begun & room)))
        not_begun |= here & Q(Exists(mine.filter(going_on))) & ~Q(Exists(mine.filter(begun)))
    return ended, used_up, not_begun


_OWN_LICENCES = Q(Exists(Licence.objects.filter(dispatch_id=OuterRef("id"))))


def learner_counts(dispatch: Dispatch) -> dict[str, int]:
    """How many learners of a dispatch there are, and how far they have come."""
    return _of_learning(dispatch.organisation_id).filter(dispatch_id=dispatch.id).aggregate(**_PROGRESS)


def summary(organisation_id: UUID) -> dict[str, Any]:
    """The figures above the list of dispatches: learners, completed, and ``lms``: what LMSs have of results of the last 30 days."""
    mine = _of_learning(organisation_id).filter(dispatch_id__isnull=False)
    lately = mine.filter(last_activity_at__gte=clock.now() - timedelta(days=30))
    return {**mine.aggregate(**_PROGRESS), "lms": lms_results.counts(lately)}


def results_in_lms(dispatch: Dispatch) -> dict[str, Any]:
    """What the customer's LMS has of this dispatch's results: `lms_results.counts`."""
    return lms_results.counts(_of_learning(dispatch.organisation_id).filter(dispatch_id=dispatch.id))


def learners_in_lms(dispatch: Dispatch, state: str = "") -> QuerySet[Registration]:
    """The registrations that `results_in_lms` counts, newest first, each with its ``lms_state``; perhaps those of one state only."""
    mine = lms_results.in_an_lms(_of_learning(dispatch.organisation_id).filter(dispatch_id=dispatch.id))
    found = lms_results.with_state(mine).select_related("learner", "course").order_by("-id")
    return found.filter(Q(lms_state=state)) if state in lms_results.STATES else found


_PROGRESS = {
    "learners": Count("id"),
    "completed": Count("id", filter=Q(completion="completed")),
    "in_progress": Count("id", filter=Q(completion="incomplete")),
    "passed": Count("id", filter=Q(success="passed")),
    "failed": Count("id", filter=Q(success="failed")),
}


def _of_learning(organisation_id: UUID) -> QuerySet[Registration]:
    return Registration.objects.filter(organisation_id=organisation_id, purpose="learning")
