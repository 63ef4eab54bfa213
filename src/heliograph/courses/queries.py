"""Reading courses, always from the organization down."""

import unicodedata
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

import msgspec
from django.db.models import Q, QuerySet

from heliograph.core.caches import BoundedCache
from heliograph.core.ids import parse_id
from heliograph.courses.errors import CourseNotFound, ImportNotFound, NothingPublished, VersionNotFound
from heliograph.courses.models import Course, CourseFile, CourseVersion, Import

NEVER_ESCAPED = "/!$&'()*+,;=:@~"  # in a path, by any program (RFC 3986, section 3.3)


def completes_by_launch(course_id: UUID) -> bool:
    """Whether opening an activity of this xAPI course completes it."""
    return Course.objects.filter(id=course_id, completes_by=Course.Completion.LAUNCHED).exists()


def courses(organization_id: UUID, search: str = "") -> QuerySet[Course]:
    """The organization's courses, newest first; ``search`` looks at titles and keys."""
    courses = (
        Course.objects.filter(organization_id=organization_id).select_related("published").order_by("-id")
    )
    if search:
        courses = courses.filter(Q(title__icontains=search) | Q(key__icontains=search))
    return courses


def course(organization_id: UUID, id_or_key: str) -> Course:
    """One course by id or key; raises `CourseNotFound`."""
    by_id = parse_id(id_or_key)
    course = courses(organization_id).filter(Q(id=by_id) if by_id else Q(key=id_or_key)).first()
    if course is None:
        raise CourseNotFound("Course not found.")
    return course


def versions(course: Course) -> QuerySet[CourseVersion]:
    """The course's versions, newest first, without their structures."""
    return course.versions.defer("structure").order_by("-number")


def version(course: Course, number: int) -> CourseVersion:
    """One version; raises `VersionNotFound`."""
    version = course.versions.filter(number=number).first()
    if version is None:
        raise VersionNotFound(f"Version {number} of the course “{course.title}” not found.")
    return version


def published_version(course: Course) -> CourseVersion:
    """What new attempts get; raises `NothingPublished`."""
    if course.published is None:
        raise NothingPublished(
            f"The course “{course.title}” has no published version yet. Publish one first."
        )
    return course.published


def imports(organization_id: UUID) -> QuerySet[Import]:
    """The organization's imports, newest first."""
    return (
        Import.objects.filter(organization_id=organization_id)
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
