"""Changing courses: start an import, publish a version, go back to one, change or delete a course."""

import hashlib
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.deletion import ProtectedError
from procrastinate.contrib.django import app as jobs

from heliograph.accounts.actions import member_behind
from heliograph.audit.actions import record
from heliograph.core import storage
from heliograph.core.actor import Actor
from heliograph.core.clock import now
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.database.locks import lock_by_name
from heliograph.core.errors import Invalid
from heliograph.core.ids import is_key
from heliograph.core.permissions import Permission
from heliograph.courses import hooks, organizing, report, webhook_events
from heliograph.courses.errors import BadKey, CourseInUse, KeyTaken, NothingPlayable
from heliograph.courses.models import Course, CourseFile, CourseVersion, Import

CHANGEABLE = {"title", "description", "strict", "opens_in", "completes_by", "key"}
KEY_RULE = "Course IDs can contain letters, numbers, dots, hyphens and underscores."


def start_import(
    actor: Actor,
    upload: Path,
    filename: str,
    course_key: str = "",
    publish: bool = False,
    run_here: bool = False,
) -> Import:
    """Take over the uploaded file ``upload`` and queue its import; the upload is durable when this returns.

    ``course_key`` names the course that gets the new version (made if there is none); without it a new course
    is made and named after the package. The first version of a course is published at once, a later one only
    with ``publish``. With ``run_here`` the caller runs it now, and the job only steps in should the caller
    die. Raises `BadKey`, `Invalid`.
    """
    try:
        return _start_import(actor, upload, filename, course_key, publish, run_here)
    finally:
        upload.unlink(missing_ok=True)  # what was taken over lies elsewhere by now; what was refused goes


def _start_import(
    actor: Actor, upload: Path, filename: str, course_key: str, publish: bool, run_here: bool
) -> Import:
    actor.require(Permission.COURSES_MANAGE)
    if course_key and not is_key(course_key):
        raise BadKey(KEY_RULE)
    size = upload.stat().st_size
    if size == 0:
        raise Invalid("The uploaded file is empty. Choose another file.", code="file_empty", field="file")
    sha256 = _digest(upload)
    with transaction.atomic():
        lock_blob(actor.organization_id, sha256)
        storage.keep(actor.organization_id, sha256, upload)
        started = Import.objects.create(
            organization_id=actor.organization_id,
            course_key=course_key,
            publish=publish,
            filename=Path(filename).name[:255] or "package",
            package_sha256=sha256,
            package_bytes=size,
            created_by=actor.label[:200],
            owner=member_behind(actor),
            folder=organizing.folder_of_import(actor, course_key),
        )
        record(actor, "started", "import", started.id, started.filename, bytes=size)
        delay = {"minutes": 10} if run_here else None
        jobs.configure_task("courses.run_import", schedule_in=delay).defer(import_id=str(started.id))
    return started


@transaction.atomic
def publish_version(actor: Actor, version: CourseVersion) -> Course:
    """Give new attempts this version, everywhere the course is used; an older one is a roll-back. Raises
    `NothingPlayable`."""
    actor.require(Permission.COURSES_MANAGE)
    refuse_unplayable(version)
    course = Course.objects.select_for_update().get(
        organization_id=actor.organization_id, id=version.course_id
    )
    if course.published_id == version.id:
        return course
    before = course.published.number if course.published else None
    course.published, course.title = version, course.title or version.title
    course.save(update_fields=["published", "title"])
    version.published_at = now()
    version.save(update_fields=["published_at"])
    verb = "rolled back to" if before is not None and version.number < before else "published"
    record(actor, verb, "course version", version.id, str(version), course=str(course.id), before=before)
    hooks.version_published.call(version)
    webhook_events.tell_course("published", course, version)
    return course


def refuse_unplayable(version: CourseVersion) -> None:
    """Raise `NothingPlayable` for a version none of whose pages its import found."""
    if not report.is_playable(version):
        raise NothingPlayable(
            "None of the launch files of this version are in its package. "
            "Export the course with its content, and import it again."
        )


@transaction.atomic
def change_course(actor: Actor, course: Course, **changes: Any) -> Course:
    """Change a course's title, description, key, strictness, where it opens or what completes it.

    Raises `Invalid`, `BadKey`, `KeyTaken`.
    """
    actor.require(Permission.COURSES_MANAGE)
    unknown = changes.keys() - CHANGEABLE
    if unknown:
        raise Invalid(f"Unknown course setting “{sorted(unknown)[0]}”.")
    key = changes.get("key", course.key)
    if key != course.key:
        refuse_key(actor, key)
    if "title" in changes and not str(changes["title"]).strip():
        raise Invalid("Enter a course title.", field="title")
    if changes.get("opens_in", course.opens_in) not in Course.Window.values:
        raise Invalid("Launch mode must be frame or window.", field="opens_in")
    if changes.get("completes_by", course.completes_by) not in Course.Completion.values:
        raise Invalid(
            f"Completion rule must be one of: {', '.join(Course.Completion.values)}.", field="completes_by"
        )
    refuse_too_long(Course, changes)
    before = {name: getattr(course, name) for name in changes}
    for name, value in changes.items():
        setattr(course, name, value)
    course.save(update_fields=list(changes))
    record(actor, "changed", "course", course.id, course.title, before=before, after=changes)
    return course


def delete_course(actor: Actor, course: Course) -> None:
    """Delete a course, its versions and its learners' results.

    Raises `CourseInUse` while a dispatch uses it.
    """
    actor.require(Permission.COURSES_DELETE)
    # Files go after the rows are gone for good: a deletion that fails at its very end takes no content with
    # it.
    for sha256 in _delete_rows(actor, course):
        release_blob(actor.organization_id, sha256)


@transaction.atomic
def _delete_rows(actor: Actor, course: Course) -> set[str]:
    """Delete the course's rows and return the blobs they named."""
    hooks.course_deleting.call(course)
    blobs = set(CourseFile.objects.filter(version__course=course).values_list("blob", flat=True))
    blobs |= set(course.versions.values_list("package_sha256", flat=True))
    record(actor, "deleted", "course", course.id, course.title)
    webhook_events.tell_course("deleted", course)
    try:
        course.delete()
    except ProtectedError:
        raise CourseInUse("This course has dispatches. Delete them before deleting the course.") from None
    return blobs


def refuse_key(actor: Actor, key: str) -> None:
    """Raise `BadKey` or `KeyTaken` unless a course may take this key."""
    if not is_key(key):
        raise BadKey(KEY_RULE)
    if Course.objects.filter(organization_id=actor.organization_id, key=key).exists():
        raise KeyTaken(f"The course ID “{key}” is already in use.")


def lock_blob(organization_id: object, sha256: str) -> None:
    """Until the transaction ends, nobody else stores or deletes the blob of that content.

    Blobs share 256 locks, so that a course of thousands of files needs no more; who holds several takes them
    in the order of their hashes.
    """
    lock_by_name(f"{organization_id}/{sha256[:2]}")


@transaction.atomic
def release_blob(organization_id: Any, sha256: str) -> None:
    """Delete the blob unless a version, a file or an unfinished import still needs it; call it outside any
    transaction.
    """
    lock_blob(organization_id, sha256)
    unfinished = Q(state__in=[Import.State.QUEUED, Import.State.RUNNING])
    of_organization = {"organization_id": organization_id}
    needed = (
        CourseVersion.objects.filter(**of_organization, package_sha256=sha256).exists()
        or CourseFile.objects.filter(**of_organization, blob=sha256).exists()
        or Import.objects.filter(unfinished, **of_organization, package_sha256=sha256).exists()
    )
    if not needed:
        storage.discard(organization_id, sha256)


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
