"""Reading registrations, attempts and their logs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Lower

from heliograph.accounts import scopes
from heliograph.accounts.groups import queries as groups
from heliograph.core.caches import BoundedCache
from heliograph.core.ids import lowest_id, parse_id
from heliograph.core.scope import limited
from heliograph.core.translation import gettext, grouped, ngettext
from heliograph.courses import queries as courses
from heliograph.runtime import hooks
from heliograph.runtime.errors import RegistrationNotFound
from heliograph.runtime.models import Attempt, AuSession, Launch, Registration, RuntimeCall
from heliograph.runtime.sequencing import Tree

if TYPE_CHECKING:
    from heliograph.courses.models import Course

# A tree holds its version's structure, so it counts as that.
TREES: BoundedCache[UUID, Tree] = BoundedCache(courses.MOST_STRUCTURES)


def tree(version_id: UUID) -> Tree:
    """The activity tree of a version; versions never change, so it is made once."""
    known = TREES.get(version_id)
    if known is None:
        structure = courses.frozen(version_id).structure
        known = Tree.of(structure)
        TREES.put(version_id, known, courses.structure_weight(structure))
    return known


def has_tree(version_id: UUID) -> bool:
    """Whether `tree` knows a version without asking the database."""
    return TREES.get(version_id) is not None and courses.FROZEN.get(version_id) is not None


def registrations(organization_id: UUID, search: str = "", **filters: Any) -> QuerySet[Registration]:
    """The organization's registrations of people who learn, newest first; ``filters`` are columns."""
    registrations = limited(
        Registration.objects.filter(organization_id=organization_id, **{"purpose": "learning", **filters})
    )
    if search:
        registrations = registrations.filter(
            Q(learner__name__icontains=search)
            | Q(learner__identifier__icontains=search)
            | Q(course__title__icontains=search)
            | Q(key=search)
        )
    return registrations.select_related("learner", "course").order_by("-id")


OF_OTHER_PARTS = ("dispatch", "destination", "lms", "reached")


def of_things(
    organization_id: UUID, registrations: QuerySet[Registration], filters: Mapping[str, str]
) -> tuple[QuerySet[Registration], dict[str, str]]:
    """The registrations of the course, group of people, dispatch, customer, LMS and step that the filters
    name, and what those are called.

    Raises `NotFound` for one that is not the organization's.
    """
    names: dict[str, str] = {}
    if value := filters["course"]:
        course = courses.course(organization_id, value)
        registrations, names[value] = registrations.filter(course_id=course.id), course.title
    if value := filters["group"]:
        group = groups.named(organization_id, value)
        names[value] = group.name
        registrations = registrations.filter(scopes.of_people([group.id], "learner__email"))
    for name in OF_OTHER_PARTS:
        value = filters[name]
        answer = value and hooks.registration_filter.first(organization_id, name, value)
        if answer:
            names[value], condition = answer
            registrations = registrations.filter(condition)
    return registrations, names


def learning(organization_id: UUID) -> QuerySet[Registration]:
    """The organization's registrations of people who learn, as they come: to count them, or to narrow them
    down.
    """
    mine = Registration.objects.filter(organization_id=organization_id)
    return limited(mine.filter(purpose=Registration.Purpose.LEARNING))


def learners_by_course(organization_id: UUID, course_ids: Sequence[UUID]) -> dict[str, dict[UUID, int]]:
    """How many learners each of these courses has; those without any are left out."""
    counts = (
        learning(organization_id)
        .filter(course_id__in=course_ids)
        .order_by()
        .values_list("course_id")
        .annotate(count=Count("learner_id", distinct=True))
    )
    return {"learners": dict(counts)}


def registrations_of_emails(organization_id: UUID, emails: Sequence[str]) -> QuerySet[Registration]:
    """Registrations of learners with one of these email addresses, newest first."""
    rows = registrations(organization_id).annotate(email=Lower("learner__email"))
    return rows.filter(email__in=[email.lower() for email in emails])


def progress_of_emails(organization_id: UUID, emails: Sequence[str]) -> dict[str, tuple[int, int]]:
    """By email address in lower case: registrations of learners with it, and how many are completed."""
    counts = (
        learning(organization_id)
        .annotate(email=Lower("learner__email"))
        .filter(email__in=[email.lower() for email in emails])
        .order_by()
        .values_list("email")
        .annotate(every=Count("id"), completed=Count("id", filter=Q(completion="completed")))
    )
    return {email: (every, completed) for email, every, completed in counts}


def consequences_of_deleting_course(course: Course) -> list[str]:
    """What of learners goes with a course, in sentences."""
    count = learning(course.organization_id).filter(course=course).count()
    sentence = ngettext(
        "%(count)s learner loses their results in it.", "%(count)s learners lose their results in it.", count
    )
    return [sentence % {"count": grouped(count)}] if count else []


def consequences_of_reset(registration: Registration) -> Iterator[str]:
    """What follows from resetting a registration, in sentences."""
    attempts = registration.attempts.count()
    sentence = ngettext(
        "%(count)s attempt is deleted with all logs.",
        "%(count)s attempts are deleted with all logs.",
        attempts,
    )
    yield sentence % {"count": grouped(attempts)}
    yield gettext("The learner keeps the seat; data in the customer's LMS is not changed.")
    yield gettext("This cannot be undone.")


def of_learner(
    dispatch_id: UUID, organization_id: UUID, course_id: UUID, realm: UUID, identifier: str
) -> Registration | None:
    """The registration of a learner under a dispatch; ``realm`` is where the identifier comes from."""
    mine = learning(organization_id).filter(course_id=course_id, dispatch_id=dispatch_id)
    return (
        mine.filter(learner__realm=realm, learner__identifier=identifier.strip())
        .select_related("learner", "course")
        .first()
    )


def under_dispatch(organization_id: UUID, dispatch_id: UUID, registration_id: UUID) -> Registration | None:
    """A registration of any purpose, if it is under this dispatch."""
    registration = Registration.objects.filter(
        id=registration_id, organization_id=organization_id, dispatch_id=dispatch_id
    )
    return registration.select_related("learner").first()


def active_since(moment: datetime) -> QuerySet[Registration, Any]:
    """The ids of registrations that were heard of since a moment, in any organization, for use in another
    query.
    """
    return Registration.objects.filter(last_activity_at__gte=moment).values("id")


def worked_in_since(moment: datetime) -> list[UUID]:
    """The registrations with calls that were stored since a moment, in any organization."""
    calls = RuntimeCall.objects.filter(id__gte=lowest_id(moment))
    return list(calls.order_by().values_list("registration_id", flat=True).distinct())


def registration(organization_id: UUID, id_or_key: str) -> Registration:
    """One registration of any purpose: by its id, its key, or the id that statements name, which is its
    attempt's; raises `RegistrationNotFound`.
    """
    by_id = parse_id(id_or_key)
    registration = (
        limited(Registration.objects.filter(organization_id=organization_id))
        .filter(
            Q(id=by_id) | Q(id__in=Attempt.objects.filter(id=by_id).values("registration_id"))
            if by_id
            else Q(key=id_or_key)
        )
        .select_related("learner", "course", "organization")
        .first()
    )
    if registration is None:
        raise RegistrationNotFound("Registration not found.")
    return registration


def as_stored(registration_id: UUID) -> Registration:
    """A registration of any organization with its learner and course, as it stands now; whoever asks has
    found its id in a row of their own.
    """
    return Registration.objects.select_related("learner", "course").get(id=registration_id)


def launch(launch_id: UUID) -> Launch | None:
    """One opening of the player, with its attempt."""
    return Launch.objects.select_related("attempt").filter(id=launch_id).first()


def current_attempt(registration: Registration) -> Attempt | None:
    """The attempt the registration stands at; None before the first launch."""
    return registration.attempts.select_related("version").filter(number=registration.attempt_number).first()


def au_sessions(registration: Registration) -> QuerySet[AuSession]:
    """The sessions of AUs and activities in all attempts of a registration, newest first."""
    return registration.au_sessions.select_related("attempt").order_by("-id")


def calls(attempt: Attempt) -> Iterator[dict[str, Any]]:
    """The attempt's API calls in the order they were made, one dictionary each."""
    for batch in RuntimeCall.objects.filter(attempt_id=attempt.id).order_by("id").iterator(chunk_size=200):
        yield from _calls_of_batch(batch, batch.calls)


def newest_calls(attempt: Attempt, launch_id: UUID | None = None) -> Iterator[dict[str, Any]]:
    """The attempt's API calls, the latest first; those of one launch where ``launch_id`` is given."""
    batches = RuntimeCall.objects.filter(
        attempt_id=attempt.id, **({"launch_id": launch_id} if launch_id else {})
    )
    for batch in batches.order_by("-id").iterator(chunk_size=50):
        yield from _calls_of_batch(batch, reversed(batch.calls))


def _calls_of_batch(batch: RuntimeCall, calls: Iterable[Any]) -> Iterator[dict[str, Any]]:
    for milliseconds, method, arguments, result, error in calls:
        yield {
            "batch": str(batch.id),
            "launch": str(batch.launch_id),
            "sequence": batch.sequence,
            "activity": batch.activity,
            "milliseconds": milliseconds,
            "method": method,
            "arguments": arguments,
            "result": result,
            "error": error,
            "applied": batch.applied,
            "received_at": batch.received_at,
        }


def calls_of(registration: Registration, attempt_number: int) -> Iterator[dict[str, Any]]:
    """The calls of one attempt of the registration; none where there is no such attempt."""
    attempt = registration.attempts.filter(number=attempt_number).first()
    return calls(attempt) if attempt else iter(())


def shown(registration: Registration) -> dict[str, Any]:
    """A registration as the API and postbacks show it."""
    score = {part: getattr(registration, f"score_{part}") for part in ("scaled", "raw", "min", "max")}
    learner = registration.learner
    return {
        "id": str(registration.id),
        "key": registration.key,
        "course": str(registration.course_id),
        "dispatch": str(registration.dispatch_id) if registration.dispatch_id else None,
        "learner": {"id": learner.identifier, "name": learner.name, "email": learner.email},
        "attempt": registration.attempt_number,
        "launches": registration.launch_count,
        "completion": registration.completion,
        "success": registration.success,
        "score": score,
        "progress": registration.progress,
        "total_seconds": registration.total_centiseconds / 100,
        "created_at": registration.created_at,
        "first_launched_at": registration.first_launched_at,
        "last_activity_at": registration.last_activity_at,
        "completed_at": registration.completed_at,
        "manual": {
            "at": registration.manual_at,
            "by": registration.manual_by,
            "reason": registration.manual_reason,
        }
        if registration.manual_at
        else None,
    }
