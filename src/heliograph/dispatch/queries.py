"""Reading destinations, dispatches and receipts."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import (
    Count,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce

from heliograph.core import clock
from heliograph.core.errors import Invalid
from heliograph.core.ids import parse_id
from heliograph.core.scope import limited
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.courses import queries as courses
from heliograph.dispatch.errors import (
    DeploymentNotFound,
    DestinationNotFound,
    DispatchNotFound,
    LicenseNotFound,
)
from heliograph.dispatch.models import (
    Deployment,
    Destination,
    Dispatch,
    LateAdmission,
    License,
    Session,
)
from heliograph.runtime import queries as registrations

NO_ID = UUID(int=0)
WITHOUT_DOMAIN = "-"  # what an address calls launches that named no LMS
UNKNOWN_LMS = "Unknown LMS or direct link"
UNKNOWN_LMS_LABEL = gettext_lazy("Unknown LMS or direct link")


def destinations(organization_id: UUID, search: str = "") -> QuerySet[Destination]:
    """The organization's destinations with the number of their dispatches, newest first."""
    destinations = limited(Destination.objects.filter(organization_id=organization_id))
    if search:
        destinations = destinations.filter(Q(name__icontains=search) | Q(key__icontains=search))
    dispatches = limited(Dispatch.objects.filter(destination=OuterRef("id"))).order_by().values("destination")
    return destinations.annotate(
        dispatch_count=Coalesce(Subquery(dispatches.annotate(count=Count("id")).values("count")), 0)
    ).order_by("-id")


def named_destinations(organization_id: UUID, search: str = "") -> QuerySet[Destination]:
    """The organization's destinations by name, to choose one; ``search`` looks at names and keys."""
    named = limited(Destination.objects.filter(organization_id=organization_id))
    if search:
        named = named.filter(Q(name__icontains=search) | Q(key__icontains=search))
    return named.order_by("name", "id")


def destination_named(organization_id: UUID, written: str) -> Destination:
    """The destination that somebody wrote down: by id, key, or its name where no other has that.

    Raises `Invalid` where nothing is written, and `DestinationNotFound`.
    """
    if not written:
        raise Invalid(gettext("Choose a customer, or enter a new one."), field="destination")
    mine = limited(Destination.objects.filter(organization_id=organization_id))
    named = list(mine.filter(name__iexact=written)[:2])
    try:
        return named[0] if len(named) == 1 else destination(organization_id, written)
    except DestinationNotFound:
        raise DestinationNotFound(
            gettext("Customer not found. Choose one from the list."), field="destination"
        ) from None


def destination(organization_id: UUID, id_or_key: str) -> Destination:
    """One destination by id or key; raises `DestinationNotFound`."""
    by_id = parse_id(id_or_key)
    destination = destinations(organization_id).filter(Q(id=by_id) if by_id else Q(key=id_or_key)).first()
    if destination is None:
        raise DestinationNotFound(gettext("Customer not found."))
    return destination


def dispatches_by_course(organization_id: UUID, course_ids: Sequence[UUID]) -> dict[str, dict[UUID, int]]:
    """How many dispatches deliver each of these courses; those without any are left out."""
    counts = (
        limited(Dispatch.objects.filter(organization_id=organization_id, course_id__in=course_ids))
        .order_by()
        .values_list("course_id")
        .annotate(count=Count("id"))
    )
    return {"dispatches": dict(counts)}


def dispatches(organization_id: UUID, search: str = "") -> QuerySet[Dispatch]:
    """The organization's dispatches, newest first."""
    dispatches = limited(Dispatch.objects.filter(organization_id=organization_id))
    if search:
        dispatches = dispatches.filter(
            Q(name__icontains=search)
            | Q(key__icontains=search)
            | Q(course__in=courses.courses(organization_id, search).values("id"))
            | Q(destination__in=destinations(organization_id, search).values("id"))
            | Q(tags__contains=[search])
        )
    return dispatches.select_related("course__published", "destination", "organization").order_by("-id")


def dispatch(organization_id: UUID, id_or_key: str) -> Dispatch:
    """One dispatch by id or key; raises `DispatchNotFound`."""
    by_id = parse_id(id_or_key)
    dispatch = dispatches(organization_id).filter(Q(id=by_id) if by_id else Q(key=id_or_key)).first()
    if dispatch is None:
        raise DispatchNotFound(gettext("Dispatch not found."))
    return dispatch


def license(organization_id: UUID, license_id: str) -> License:
    """One license; raises `LicenseNotFound`."""
    mine = limited(License.objects.filter(organization_id=organization_id))
    license = mine.filter(id=parse_id(license_id) or NO_ID).first()
    if license is None:
        raise LicenseNotFound(gettext("License not found."))
    return license


def deployments(dispatch: Dispatch) -> QuerySet[Deployment]:
    """Where a dispatch is opened, the most recently used first."""
    return dispatch.deployments.select_related("dispatch").order_by("-last_activity_at")


def deployment(organization_id: UUID, deployment_id: str) -> Deployment:
    """One deployment; raises `DeploymentNotFound`."""
    deployment = (
        limited(Deployment.objects.select_related("dispatch__destination", "dispatch__course"))
        .filter(organization_id=organization_id, id=parse_id(deployment_id) or NO_ID)
        .first()
    )
    if deployment is None:
        raise DeploymentNotFound(gettext("LMS connection not found."))
    return deployment


def domain_of(organization_id: UUID, lms: str) -> str:
    """The domain of the LMS that an address names; "" for `WITHOUT_DOMAIN`.

    Raises `DeploymentNotFound` where no dispatch of the organization was launched there.
    """
    domain = "" if lms == WITHOUT_DOMAIN else lms
    mine = limited(Deployment.objects.filter(organization_id=organization_id))
    if not mine.filter(domain=domain).exists():
        raise DeploymentNotFound("LMS not found.")
    return domain


def domains(organization_id: UUID, search: str = "") -> QuerySet[Deployment, str]:
    """The domains of the LMSs in which the organization's dispatches were launched, in their order."""
    deployments = limited(Deployment.objects.filter(organization_id=organization_id))
    if search:
        deployments = deployments.filter(domain__icontains=search)
    return deployments.order_by("domain").values_list("domain", flat=True).distinct()


def deployment_state(deployment: Deployment) -> str:
    """``suspended``, ``expired`` with its dispatch, or ``active``."""
    if deployment.suspended:
        return "suspended"
    expires = deployment.dispatch.expires_at
    return "expired" if expires and expires <= clock.now() else "active"


def sessions(
    dispatch: Dispatch, deployment_id: str = "", of: str = "", search: str = ""
) -> QuerySet[Session]:
    """The openings of a dispatch, newest first, perhaps of one deployment only; ``of`` *unconfirmed* or
    *late*: of those learners only; ``search`` looks at their names, identifiers and addresses.

    Each has `admitted_late`: the refusal that the limits had for its learner, or None.
    """
    late = LateAdmission.objects.filter(registration=OuterRef("registration")).values("refusal")
    sessions = Session.objects.filter(organization_id=dispatch.organization_id, dispatch=dispatch).annotate(
        admitted_late=Subquery(late)
    )
    if deployment_id:
        sessions = sessions.filter(deployment_id=parse_id(deployment_id) or NO_ID)
    if search:
        sessions = sessions.filter(
            Q(learner_name__icontains=search)
            | Q(learner_identifier__icontains=search)
            | Q(learner_email__icontains=search)
        )
    if of == "unconfirmed":
        sessions = sessions.filter(unconfirmed=True)
    elif of == "late":
        sessions = sessions.filter(admitted_late__isnull=False)
    return sessions.select_related("deployment").order_by("-id")


def registration_filter(organization_id: UUID, name: str, value: str) -> tuple[str, Q] | None:
    """What the list of registrations is narrowed to by a dispatch, by a customer, or by the domain of an LMS,
    and what that is called. Raises `DispatchNotFound`, `DestinationNotFound`, `DeploymentNotFound`.
    """
    if name == "dispatch":
        chosen = dispatch(organization_id, value)
        return chosen.name, Q(dispatch_id=chosen.id)
    if name == "destination":
        customer = destination(organization_id, value)
        return customer.name, Q(dispatch_id__in=Dispatch.objects.filter(destination=customer).values("id"))
    if name == "lms":
        domain = domain_of(organization_id, value)
        sessions = Session.objects.filter(
            organization_id=organization_id, deployment__domain=domain, registration=OuterRef("id")
        )
        return domain or UNKNOWN_LMS_LABEL, Q(Exists(sessions))
    return None


def learner_counts(dispatch: Dispatch) -> dict[str, int]:
    """How many learners of a dispatch there are, and how far they have come."""
    return (
        registrations.learning(dispatch.organization_id).filter(dispatch_id=dispatch.id).aggregate(**PROGRESS)
    )


def has_learners(dispatch: Dispatch) -> bool:
    """Whether anybody has learned in a dispatch; then it can be disabled and not deleted."""
    return registrations.learning(dispatch.organization_id).filter(dispatch_id=dispatch.id).exists()


PROGRESS = {
    "learners": Count("id"),
    "completed": Count("id", filter=Q(completion="completed")),
    "in_progress": Count("id", filter=Q(completion="incomplete")),
    "passed": Count("id", filter=Q(success="passed")),
    "failed": Count("id", filter=Q(success="failed")),
}
