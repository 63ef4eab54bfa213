"""Where dispatches are opened: deployments appear by themselves by the LMS's domain, and every opening is a
session.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.actor import Actor, system
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.database.locks import lock_by_name
from heliograph.core.errors import Invalid
from heliograph.core.ids import new_id
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.dispatch import errors, rules, webhook_events
from heliograph.dispatch.models import Deployment, Dispatch, Readmission, Session

if TYPE_CHECKING:
    from heliograph.runtime.models import Launch, Registration

LONGEST_FOLDER = 500
SMALLEST_DEBT = 100  # centiseconds: rounding is not worth a correction


@dataclass(frozen=True)
class Opening:
    """What a stub says of the place it was opened in, and of its learner; ``page_load_id`` is one loading of
    the stub, or None for a direct link.

    An ``embedded`` package may have ``begun`` before it could tell us. Who is ``readmitted`` is believed
    because a manager let them in again, once.
    """

    origin: str = ""
    folder: str = ""
    stub: str = ""
    package_format: str = ""
    name: str = ""
    email: str = ""
    page_load_id: UUID | None = None
    embedded: bool = False
    unconfirmed: bool = False
    readmitted: bool = False
    begun: datetime | None = None


def refuse_suspended(dispatch: Dispatch, origin: str) -> None:
    """Raise `DeploymentSuspended` where this dispatch was shut for the LMS that opens it."""
    if Deployment.objects.filter(
        organization_id=dispatch.organization_id,
        dispatch=dispatch,
        domain=rules.domain_of(origin),
        suspended=True,
    ).exists():
        raise errors.DeploymentSuspended(
            f"This course is currently unavailable for this learning platform. {rules.ASK} to "
            "find out when it will be available again."
        )


@transaction.atomic
def open_session(dispatch: Dispatch, registration: Registration, opening: Opening) -> tuple[Session, bool]:
    """One more opening of a dispatch by a learner who was admitted, and whether it is new: the same page load
    opens once, however often it asks.

    Raises `LearnerUnconfirmed` where another launch has used up the learner's readmission at this moment.
    """
    known = _session_of(dispatch, registration, opening)
    if known:
        return known, False
    deployment_id = see(dispatch, opening)
    new_here = not Session.objects.filter(deployment_id=deployment_id, registration=registration).exists()
    moment = clock.now()
    try:
        with transaction.atomic():
            made = Session.objects.create(
                id=opening.page_load_id or new_id(),
                organization_id=dispatch.organization_id,
                dispatch=dispatch,
                deployment_id=deployment_id,
                registration=registration,
                embedded=opening.embedded,
                unconfirmed=opening.unconfirmed,
                folder=opening.folder[:LONGEST_FOLDER],
                learner_identifier=registration.learner.identifier,
                learner_name=opening.name[:500] if dispatch.tracking else "",
                learner_email=opening.email[:254] if dispatch.tracking else "",
                launched_at=opening.begun or moment,
                last_activity_at=opening.begun or moment,
            )
    except (
        IntegrityError
    ):  # the same page load asked twice at once, or the id of another session was used again
        known = _session_of(dispatch, registration, opening)
        return (
            (known, False)
            if known
            else open_session(dispatch, registration, replace(opening, page_load_id=None))
        )
    if opening.readmitted:
        used, _ = Readmission.objects.filter(registration=registration).delete()
        rules.refuse_unconfirmed(not used)
    Deployment.objects.filter(id=deployment_id).update(
        launches=F("launches") + 1, learners=F("learners") + int(new_here)
    )
    Dispatch.objects.filter(id=dispatch.id).update(launch_count=F("launch_count") + 1)
    return made, True


def owed_centiseconds(session: Session, entry: str, lms_centiseconds: int) -> int:
    """The time that an LMS whose attempt goes on is behind with, by its own total: what a session that ended
    too suddenly never told it.

    ``entry`` is the LMS's word for how its attempt goes on. A new attempt there owes nothing: what was spent
    before it is remembered with the session. Nor does one to which the learner returns from another activity
    with this course, in this LMS or another: what they spent there is not to be told here.
    """
    total = session.registration.total_centiseconds
    last = (
        Session.objects.filter(registration_id=session.registration_id)
        .exclude(id=session.id)
        .order_by("-launched_at")
        .first()
    )
    here = last is not None and (last.deployment_id, last.folder) == (session.deployment_id, session.folder)
    before = (
        last.time_before_attempt if last and here and (entry == "resume" or lms_centiseconds > 0) else None
    )
    base = total - lms_centiseconds if before is None else before
    Session.objects.filter(id=session.id).update(time_before_attempt=base)
    owed = total - base - lms_centiseconds
    return owed if owed >= SMALLEST_DEBT else 0


def link_launch(registration: Registration, launch: Launch) -> None:
    """The player was opened: its launch belongs to the learner's newest session that has none."""
    if registration.dispatch_id is None:
        return
    newest = (
        Session.objects.filter(
            organization_id=registration.organization_id,
            registration=registration,
            launch_id=None,
            embedded=False,
        )
        .order_by("-launched_at")  # ids come from browsers, whose clocks may be wrong
        .values("id")[:1]
    )
    Session.objects.filter(id__in=newest).update(launch_id=launch.id)


@transaction.atomic
def change_deployment(actor: Actor, deployment: Deployment, **changes: Any) -> Deployment:
    """Name a deployment, or suspend and resume it; takes effect with its next launch. Raises `Invalid`."""
    actor.require(Permission.DISPATCHES_MANAGE)
    unknown = sorted(changes.keys() - {"name", "suspended"})
    if unknown:
        raise Invalid(gettext("Unknown deployment setting “%(unknown)s”.") % {"unknown": unknown[0]})
    refuse_too_long(Deployment, changes)
    changed = {name: value for name, value in changes.items() if value != getattr(deployment, name)}
    if not changed:
        return deployment
    before = {name: getattr(deployment, name) for name in changed}
    for name, value in changed.items():
        setattr(deployment, name, value)
    deployment.save(update_fields=list(changed))
    verb = (
        {True: "suspended", False: "resumed"}[deployment.suspended] if "suspended" in changed else "changed"
    )
    record(actor, verb, "deployment", deployment.id, str(deployment), before=before, after=changed)
    if verb == "suspended":
        webhook_events.tell_deployment("suspended", deployment)
    return deployment


def _session_of(dispatch: Dispatch, registration: Registration, opening: Opening) -> Session | None:
    """The session of the same page load, which asks again; none where it is confirmed and who asks is not:
    then somebody else names its id.
    """
    if opening.page_load_id is None:
        return None
    mine = Session.objects.filter(
        organization_id=dispatch.organization_id, dispatch=dispatch, registration=registration
    )
    return (
        (mine.filter(unconfirmed=True) if opening.unconfirmed else mine)
        .filter(id=opening.page_load_id)
        .first()
    )


def _recorded_domain(dispatch: Dispatch, domain: str) -> str:
    """The domain, or none where this dispatch has been seen in more places than any customer has: an Origin
    is easily made up.

    A host that the dispatch allows by name always has its place, and those it does not allow any more take
    nobody's.
    """
    mine = Deployment.objects.filter(organization_id=dispatch.organization_id, dispatch=dispatch)
    if domain in dispatch.allowed_domains or mine.filter(domain=domain).exists():
        return domain
    # New places wait for each other, so that together they are no more.
    lock_by_name(f"places of {dispatch.id}")
    seen = mine.values_list("domain", flat=True)
    return (
        domain
        if sum(rules.is_allowed(dispatch.allowed_domains, domain) for domain in seen) < rules.MOST_DEPLOYMENTS
        else ""
    )


_SEE = """
INSERT INTO dispatch_deployment
       (id, organization_id, dispatch_id, domain, name, lms_course, suspended, stub_version, package_format,
        launches, learners, first_launch_at, last_activity_at)
VALUES (%(id)s, %(organization)s, %(dispatch)s, %(domain)s, '', %(folder)s, false, %(stub)s, %(format)s,
        0, 0, %(now)s, %(now)s)
ON CONFLICT (organization_id, dispatch_id, domain) DO UPDATE
   SET last_activity_at = greatest(dispatch_deployment.last_activity_at, excluded.last_activity_at),
       lms_course = coalesce(nullif(excluded.lms_course, ''), dispatch_deployment.lms_course),
       stub_version = excluded.stub_version, package_format = excluded.package_format
RETURNING id, xmax = 0
"""


def see(dispatch: Dispatch, opening: Opening) -> UUID:
    """The id of the deployment in this LMS, made when it is first seen."""
    domain = _recorded_domain(dispatch, rules.domain_of(opening.origin)[:253])
    values: dict[str, Any] = {
        "id": new_id(), "organization": dispatch.organization_id, "dispatch": dispatch.id, "domain": domain,
        "folder": opening.folder[:LONGEST_FOLDER], "stub": opening.stub[:20],
        "format": opening.package_format[:20], "now": clock.now(),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_SEE, values)
        deployment_id, new = cursor.fetchone()  # type: ignore[misc]
    if new and domain:
        record(
            system(dispatch.organization_id),
            "detected",
            "deployment",
            deployment_id,
            domain,
            dispatch=str(dispatch.id),
        )
        webhook_events.tell_deployment("created", Deployment.objects.get(id=deployment_id))
    return UUID(str(deployment_id))
