"""Reading courses, always from the organization down."""

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote
from uuid import UUID

import msgspec
from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery, Sum

from heliograph.core.caches import BoundedCache
from heliograph.core.ids import parse_id
from heliograph.core.scope import limited
from heliograph.core.translation import gettext
from heliograph.courses import hooks, organizing
from heliograph.courses.errors import CourseNotFound, ImportNotFound, NothingPublished, VersionNotFound
from heliograph.courses.models import Course, CourseFile, CourseVersion, Import

IN_STATE = {
    "published": Q(published__number=F("newest_number")),
    "waiting": Q(published__number__lt=F("newest_number")),
    "unpublished": Q(published=None),
}
NOBODY = UUID(int=0)
NEVER_ESCAPED = "/!$&'()*+,;=:@~"  # in a path, by any program (RFC 3986, section 3.3)


def completes_by_launch(course_id: UUID) -> bool:
    """Whether opening an activity of this xAPI course completes it."""
    return Course.objects.filter(id=course_id, completes_by=Course.Completion.LAUNCHED).exists()


def courses(organization_id: UUID, search: str = "") -> QuerySet[Course]:
    """The organization's courses, newest first; ``search`` looks at titles and keys."""
    courses = (
        limited(Course.objects.filter(organization_id=organization_id))
        .select_related("published", "owner__user")
        .order_by("-id")
    )
    if search:
        courses = courses.filter(Q(title__icontains=search) | Q(key__icontains=search))
    return courses


def kept(
    rows: QuerySet[Course], organization_id: UUID, folder: str = "", tag: str = "", owner: str = ""
) -> QuerySet[Course]:
    """Those of the courses that lie in a folder or below it, have a tag, or belong to an owner, by ids.

    Raises `FolderNotFound`.
    """
    if folder:
        chosen = organizing.folder_of(organization_id, folder)
        rows = rows.filter(folder__in=organizing.within(organization_id, chosen.id))
    if tag:
        rows = rows.filter(tags__contains=[tag])
    return rows.filter(owner_id=parse_id(owner) or NOBODY) if owner else rows


def listed(organization_id: UUID, search: str = "", standard: str = "", state: str = "") -> QuerySet[Course]:
    """The same, each with its ``newest_number``; those whose published version has a ``standard``, or that
    are in a ``state`` of `state_of`.
    """
    versions = CourseVersion.objects.filter(
        organization_id=OuterRef("organization_id"), course_id=OuterRef("id")
    )
    rows = courses(organization_id, search).annotate(
        newest_number=Subquery(versions.order_by("-number").values("number")[:1])
    )
    if standard:
        rows = rows.filter(published__standard=standard)
    return rows.filter(IN_STATE[state]) if state else rows


def state_of(course: Course) -> str:
    """``published``, ``waiting`` where a newer version than the published one is there, or ``unpublished``;
    of a course of `listed`.
    """
    if course.published is None:
        return "unpublished"
    return "waiting" if course.newest_number > course.published.number else "published"  # type: ignore[attr-defined]


def with_usage(rows: Iterable[Course]) -> list[Course]:
    """Courses with what parts above count of them, as ``usage``."""
    loaded = list(rows)
    if loaded:
        counts = usage(loaded[0].organization_id, [course.id for course in loaded])
        for course in loaded:
            course.usage = {what: numbers.get(course.id, 0) for what, numbers in counts.items()}  # type: ignore[attr-defined]
    return loaded


def usage(organization_id: UUID, course_ids: list[UUID]) -> dict[str, dict[UUID, int]]:
    """What parts above count of these courses: `hooks.course_usage`."""
    return {
        what: numbers
        for counted in hooks.course_usage.call(organization_id, course_ids)
        for what, numbers in counted.items()
    }


def course(organization_id: UUID, id_or_key: str) -> Course:
    """One course by id or key; raises `CourseNotFound`."""
    by_id = parse_id(id_or_key)
    course = courses(organization_id).filter(Q(id=by_id) if by_id else Q(key=id_or_key)).first()
    if course is None:
        raise CourseNotFound("Course not found.")
    return course


def stored_bytes(organization_id: UUID) -> int:
    """How many bytes the organization's packages take; a package that several versions share counts once."""
    packages = CourseVersion.objects.filter(organization_id=organization_id).values("package_sha256")
    sizes = packages.annotate(size=Max("package_bytes")).values("size")
    return sizes.aggregate(total=Sum("size"))["total"] or 0


class Stored(NamedTuple):
    """What an organization stores of a course: its versions, their packages' bytes, and who imported the
    first of them.
    """

    versions: int
    package_bytes: int
    imported_by: str


def stored(organization_id: UUID, course_ids: Collection[UUID]) -> dict[UUID, Stored]:
    """What is stored of these courses."""
    versions = CourseVersion.objects.filter(organization_id=organization_id, course_id__in=course_ids)
    first = dict(versions.order_by("course_id", "-number").values_list("course_id", "created_by"))
    counted = versions.values("course_id").annotate(many=Count("id"), size=Sum("package_bytes"))
    return {
        row["course_id"]: Stored(row["many"], row["size"], first[row["course_id"]])
        for row in counted.order_by()
    }


def versions(course: Course) -> QuerySet[CourseVersion]:
    """The course's versions, newest first, without their structures."""
    return course.versions.defer("structure").order_by("-number")


def version(course: Course, number: int) -> CourseVersion:
    """One version; raises `VersionNotFound`."""
    version = course.versions.filter(number=number).first()
    if version is None:
        raise VersionNotFound(f"Version {number} of the course “{course.title}” not found.")
    return version


def version_ids(organization_id: UUID, course_ids: QuerySet[Any, Any] | None) -> QuerySet[Any, Any]:
    """The ids of all versions of these courses, for use in another query; None: of all courses."""
    versions = CourseVersion.objects.filter(organization_id=organization_id)
    return (versions if course_ids is None else versions.filter(course_id__in=course_ids)).values("id")


def published_version(course: Course) -> CourseVersion:
    """What new attempts get; raises `NothingPublished`."""
    if course.published is None:
        raise NothingPublished(
            f"The course “{course.title}” has no published version yet. Publish one first."
        )
    return course.published


def published(organization_id: UUID, search: str = "") -> QuerySet[Course]:
    """The courses that learners can start."""
    return courses(organization_id, search).exclude(published=None)


def named(organization_id: UUID, written: str) -> Course:
    """The course that somebody wrote down: by id, key, or its title where no other has that.

    Raises `CourseNotFound`.
    """
    titled = list(courses(organization_id).filter(title__iexact=written)[:2])
    try:
        return titled[0] if len(titled) == 1 else course(organization_id, written)
    except CourseNotFound:
        raise CourseNotFound(gettext("Course not found. Choose one from the list."), field="course") from None


def is_newer(version: CourseVersion, published: CourseVersion | None) -> bool:
    """Whether a version came after the published one, or where none is published."""
    return published is None or version.number > published.number


def rows_of(course: Course) -> list[UUID]:
    """The course, its versions and their imports: all that its activity is about."""
    versions = list(course.versions.values_list("id", flat=True))
    made_by = Import.objects.filter(organization_id=course.organization_id, version_id__in=versions)
    return [course.id, *versions, *made_by.values_list("id", flat=True)]


def imports(organization_id: UUID) -> QuerySet[Import]:
    """The organization's imports, newest first."""
    return (
        limited(Import.objects.filter(organization_id=organization_id))
        .select_related("version__course")
        .order_by("-id")
    )


def one_import(organization_id: UUID, import_id: str) -> Import:
    """One import; raises `ImportNotFound`."""
    by_id = parse_id(import_id)
    course_import = imports(organization_id).filter(id=by_id).first() if by_id else None
    if course_import is None:
        raise ImportNotFound("Import not found.")
    return course_import


@dataclass(frozen=True)
class Frozen:
    """What never changes about a version, kept in memory; callers must not change ``structure``."""

    id: UUID
    organization_id: UUID
    course_id: UUID
    number: int
    standard: str
    edition: str
    structure: dict[str, Any]


MOST_STRUCTURES = 128 * 2**20
FROZEN: BoundedCache[UUID, Frozen] = BoundedCache(MOST_STRUCTURES)


def structures(organization_id: UUID, course_id: UUID, most: int = 5) -> list[dict[str, Any]]:
    """The structures of a course's newest versions, newest first."""
    versions = CourseVersion.objects.filter(organization_id=organization_id, course_id=course_id)
    return list(versions.order_by("-number").values_list("structure", flat=True)[:most])


def structure_weight(structure: dict[str, Any]) -> int:
    """About how many bytes a structure takes in memory: some eight times of what it has as JSON."""
    return 8 * len(msgspec.json.encode(structure))


def frozen(version_id: UUID) -> Frozen:
    """The unchanging part of a version; raises `VersionNotFound`."""
    known = FROZEN.get(version_id)
    if known is None:
        known = _read_frozen(version_id)
        FROZEN.put(version_id, known, structure_weight(known.structure))
    return known


def _read_frozen(version_id: UUID) -> Frozen:
    columns = ("id", "organization_id", "course_id", "number", "standard", "edition", "structure")
    version = CourseVersion.objects.filter(id=version_id).values_list(*columns).first()
    if version is None:
        raise VersionNotFound("This course version no longer exists.")
    return Frozen(*version)


@dataclass(frozen=True)
class FileChange:
    """How one path differs between two versions; ``before`` and ``after`` are sizes in bytes, None where the
    file is absent.
    """

    path: str
    change: str  # added, removed, changed
    before: int | None
    after: int | None


def compare(old: CourseVersion, new: CourseVersion) -> list[FileChange]:
    """Which files differ between two versions of a course, by path."""
    before = {file.path: file for file in old.files.all()}
    after = {file.path: file for file in new.files.all()}
    changes = []
    for path in sorted(before.keys() | after.keys()):
        was, is_now = before.get(path), after.get(path)
        if was and is_now and was.sha256 == is_now.sha256:
            continue
        kind = "changed" if was and is_now else ("removed" if was else "added")
        changes.append(FileChange(path, kind, was.size if was else None, is_now.size if is_now else None))
    return changes


def file(version: Frozen, path: str) -> CourseFile | None:
    """A version's file at the path that was asked for, or else the only one that differs in upper and lower
    case alone."""
    of_version = CourseFile.objects.filter(organization_id=version.organization_id, version_id=version.id)
    spellings = _spellings(path)
    exact = {file.path: file for file in of_version.filter(path__in=spellings)}
    for spelling in spellings:
        if spelling in exact:
            return exact[spelling]
    alike = Q()
    for spelling in spellings:
        alike |= Q(path__iexact=spelling)
    files = list(of_version.filter(alike)[:2])
    return files[0] if len(files) == 1 else None


def _spellings(path: str) -> list[str]:
    """How a file may be called that is asked for as ``path``, the likeliest first.

    Names are kept composed (NFC), while pages made on macOS ask for them decomposed. A name that holds
    ``%20`` itself is asked for by pages as it stands, and arrives decoded.
    """
    composed = unicodedata.normalize("NFC", path)
    escaped = (quote(composed, safe=NEVER_ESCAPED), quote(composed, safe=NEVER_ESCAPED + " "))
    return list(dict.fromkeys((composed, composed.replace(" ", "%20"), *escaped)))
