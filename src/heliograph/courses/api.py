"""REST routes of courses, their versions and imports."""

from datetime import datetime
from typing import Any, Literal

from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from ninja import Field, File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.permissions import Permission
from heliograph.core.web.paging import DatedQuery, page_of
from heliograph.core.web.schemas import Body, problems
from heliograph.courses import actions, folders_api, organizing, queries, report
from heliograph.courses.imports import uploads
from heliograph.courses.models import Course, CourseVersion, Import
from heliograph.courses.serving import downloads

router = Router(tags=["Courses"], auth=SIGNED_IN)
imports = Router(tags=["Imports"], auth=SIGNED_IN)


class VersionOut(Schema):
    number: int
    standard: str
    edition: str
    title: str
    filename: str
    package_bytes: int
    file_count: int
    total_bytes: int
    created_at: datetime
    created_by: str
    published: bool
    findings: list[dict[str, Any]]


CompletesBy = Literal["completed or passed", "completed", "passed", "terminated", "launched"]


class CourseOut(Schema):
    id: str
    key: str
    title: str
    description: str
    strict: bool
    opens_in: Literal["frame", "window"]
    completes_by: CompletesBy
    published_version: int | None
    folder: str | None = Field(description="ID of the folder.")
    tags: list[str]
    owner: str | None = Field(description="ID of the member who answers for the course.")
    created_at: datetime


class CourseIn(Body):
    key: str | None = None
    title: str | None = None
    description: str | None = None
    strict: bool | None = None
    opens_in: Literal["frame", "window"] | None = None
    completes_by: CompletesBy | None = Field(
        None, description="xAPI packages only: the statement about each activity that completes the course."
    )
    folder: str | None = Field(None, description="ID of a folder; an empty text for none.")
    tags: list[str] | None = None
    owner: str | None = Field(
        None, description="ID of a member who may change courses; an empty text for none."
    )


class ImportOut(Schema):
    id: str
    state: Literal["queued", "running", "done", "refused"]
    progress: int = Field(description="0 to 100.")
    stage: str
    filename: str
    course: str | None = Field(description="Course ID, once imported.")
    version: int | None
    findings: list[dict[str, Any]]
    error: dict[str, str] | None
    created_at: datetime
    finished_at: datetime | None


class ImportIn(Body):
    course: str = Field(
        "", description="Key of the course that gets a new version; created if it does not exist."
    )
    publish: bool = Field(
        False,
        description="Publish the version immediately. The first version of a course is always published.",
    )


class CoursePage(Schema):
    items: list[CourseOut]
    next_cursor: str | None
    next: str | None


class ImportPage(Schema):
    items: list[ImportOut]
    next_cursor: str | None
    next: str | None


class FileChangeOut(Schema):
    path: str
    change: Literal["added", "removed", "changed"]
    before: int | None
    after: int | None


class CourseQuery(DatedQuery):
    search: str = Field("", description="Part of the title or key.")
    folder: str = Field("", description="ID of a folder; courses of the folders below it are listed, too.")
    tag: str = Field("", description="A tag, as it is written.")
    owner: str = Field("", description="ID of a member.")
    standard: str = Field(
        "", description="The published version's, as `scorm_12`, `scorm_2004`, `cmi5`, `xapi` or `pdf`."
    )


class ImportQuery(DatedQuery):
    state: Literal["", "queued", "running", "done", "refused"] = Field("", description="Import state.")


@router.get("", response={200: CoursePage, **problems(404, 422)}, summary="List courses")
def list_courses(request: HttpRequest, query: Query[CourseQuery]) -> Any:
    """Newest first; `since` and `until` filter by the date of the first import."""
    actor = actor_of(request)
    actor.require(Permission.COURSES_VIEW)
    courses = queries.kept(
        queries.courses(actor.organization_id, query.search),
        actor.organization_id,
        query.folder,
        query.tag,
        query.owner,
    )
    if query.standard:
        courses = courses.filter(published__standard=query.standard)
    return page_of(request, courses, query, show_course)


@router.get("/{course_id}", response={200: CourseOut, **problems(404)}, summary="Read a course")
def read_course(request: HttpRequest, course_id: str) -> Any:
    """By ID or key."""
    return show_course(_course(request, course_id))


@router.patch("/{course_id}", response={200: CourseOut, **problems(404, 409, 422)}, summary="Change a course")
def change_course(request: HttpRequest, course_id: str, body: CourseIn) -> Any:
    """Omitted fields are unchanged. A new key does not affect existing dispatches and packages."""
    changes = {name: value for name, value in body.dict(exclude_unset=True).items() if value is not None}
    actor, course = actor_of(request), _course(request, course_id)
    places = folders_api.places(actor, changes)
    with transaction.atomic():
        if changes:
            actions.change_course(actor, course, **changes)
        if places:
            organizing.organize(actor, [course], **places)
    return show_course(course)


@router.delete("/{course_id}", response={204: None, **problems(404, 409)}, summary="Delete a course")
def delete_course(request: HttpRequest, course_id: str) -> Any:
    """With its versions, files and registrations. Refused while it has dispatches (`course_in_use`)."""
    actions.delete_course(actor_of(request), _course(request, course_id))
    return Status(204, None)


@router.get(
    "/{course_id}/versions",
    response={200: list[VersionOut], **problems(404)},
    summary="List a course's versions",
)
def list_course_versions(request: HttpRequest, course_id: str) -> Any:
    """Newest first. One of them is published: new attempts get it."""
    course = _course(request, course_id)
    return [show_version(version, course) for version in queries.versions(course)]


@router.get(
    "/{course_id}/versions/{number}", response={200: VersionOut, **problems(404)}, summary="Read a version"
)
def read_course_version(request: HttpRequest, course_id: str, number: int) -> Any:
    """With the findings of its import."""
    course = _course(request, course_id)
    return show_version(queries.version(course, number), course)


@router.post(
    "/{course_id}/versions/{number}/publish",
    response={200: CourseOut, **problems(404)},
    summary="Publish or restore a version",
)
def publish_course_version(request: HttpRequest, course_id: str, number: int) -> Any:
    """New attempts get this version everywhere the course is used.

    Who is in the middle of an attempt keeps the version they began with.
    """
    course = _course(request, course_id)
    return show_course(actions.publish_version(actor_of(request), queries.version(course, number)))


@router.get(
    "/{course_id}/versions/{number}/package",
    response={200: bytes, **problems(404)},
    summary="Download a version's package",
)
def download_course_version(request: HttpRequest, course_id: str, number: int) -> HttpResponseBase:
    """The package as it was imported, byte for byte."""
    return downloads.package(queries.version(_course(request, course_id), number))


@router.get(
    "/{course_id}/versions/{number}/changes",
    response={200: list[FileChangeOut], **problems(404)},
    summary="Compare two versions by file",
)
def compare_course_versions(
    request: HttpRequest,
    course_id: str,
    number: int,
    since: int = Query(description="The number of the version to compare with."),
) -> Any:
    """Which files were added, changed and removed between the two."""
    course = _course(request, course_id)
    return [
        change.__dict__
        for change in queries.compare(queries.version(course, since), queries.version(course, number))
    ]


@imports.post("", response={202: ImportOut, **problems(413, 422)}, summary="Import a package")
def create_import(request: HttpRequest, body: Form[ImportIn], file: File[UploadedFile]) -> Any:
    """Send the package as `multipart/form-data`: a zip (SCORM, cmi5, xAPI), a `cmi5.xml`, a PDF, MP3 or MP4.

    It is checked and stored in the background; read the import until it is done or refused.
    """
    actor = actor_of(request)
    actor.require(Permission.COURSES_MANAGE)
    started = actions.start_import(actor, uploads.take_over(file), file.name or "", body.course, body.publish)
    return Status(202, show_import(started))


@imports.get("", response={200: ImportPage, **problems(422)}, summary="List imports")
def list_imports(request: HttpRequest, query: Query[ImportQuery]) -> Any:
    """Newest first; `since` and `until` filter by start date."""
    actor = actor_of(request)
    actor.require(Permission.COURSES_VIEW)
    imports = queries.imports(actor.organization_id)
    return page_of(request, imports.filter(state=query.state) if query.state else imports, query, show_import)


@imports.get(
    "/{import_id}", response={200: ImportOut, **problems(404)}, summary="Read an import's progress and report"
)
def read_import(request: HttpRequest, import_id: str) -> Any:
    """`progress` runs from 0 to 100; a refused import says why, by code and in a sentence."""
    actor = actor_of(request)
    actor.require(Permission.COURSES_VIEW)
    return show_import(queries.one_import(actor.organization_id, import_id))


def show_course(course: Course) -> dict[str, Any]:
    return {
        "id": str(course.id),
        "key": course.key,
        "title": course.title,
        "description": course.description,
        "strict": course.strict,
        "opens_in": course.opens_in,
        "completes_by": course.completes_by,
        "published_version": course.published.number if course.published else None,
        "folder": str(course.folder_id) if course.folder_id else None,
        "tags": course.tags,
        "owner": str(course.owner_id) if course.owner_id else None,
        "created_at": course.created_at,
    }


def show_version(version: CourseVersion, course: Course) -> dict[str, Any]:
    columns = (
        "number", "standard", "edition", "title", "filename", "package_bytes", "file_count", "total_bytes",
        "created_at", "created_by",
    )  # fmt: skip
    return {
        **{column: getattr(version, column) for column in columns},
        "findings": report.rows(version),
        "published": course.published_id == version.id,
    }


def show_import(job: Import) -> dict[str, Any]:
    return {
        "id": str(job.id),
        "state": job.state,
        "progress": job.progress,
        "stage": job.stage,
        "filename": job.filename,
        "course": str(job.version.course_id) if job.version else None,
        "version": job.version.number if job.version else None,
        "findings": report.rows(job.version) if job.version else [],
        "error": {"code": job.error_code, "detail": job.error} if job.error_code else None,
        "created_at": job.created_at,
        "finished_at": job.finished_at,
    }


def _course(request: HttpRequest, course_id: str) -> Course:
    actor = actor_of(request)
    actor.require(Permission.COURSES_VIEW)
    return queries.course(actor.organization_id, course_id)
