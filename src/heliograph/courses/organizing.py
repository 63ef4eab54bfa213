"""Where courses are kept and who answers for them: folders, tags and owners."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet

from heliograph.accounts import queries as accounts
from heliograph.audit.actions import record, record_many
from heliograph.core.actor import Actor
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.database.locks import lock_by_name
from heliograph.core.errors import Forbidden, Invalid
from heliograph.core.ids import parse_id
from heliograph.core.permissions import Permission
from heliograph.core.scope import is_limited, limited
from heliograph.core.translation import gettext, gettext_noop, grouped
from heliograph.courses.errors import CourseOutside, FolderInUse, FolderNotFound
from heliograph.courses.models import Course, Folder

if TYPE_CHECKING:
    from heliograph.accounts.models import Membership

DEEPEST = 5  # folders within each other
MOST_FOLDERS = 200
MOST_TAGS = 20  # of a course
LONGEST_TAG = 40
AT_A_TIME = 1000  # courses of a statement
PLACES = ("folder", "owner", "tags")
UNCHANGED: Any = object()
COURSE_OUTSIDE = gettext_noop(
    "There already is a course “%(key)s” outside of your folders. Choose another course ID."
)


@dataclass(frozen=True)
class Place:
    """A folder in the tree: ``path`` has the names from the top down to its own, ``ids`` their folders."""

    folder: Folder
    path: tuple[str, ...]
    ids: tuple[UUID, ...]

    @property
    def label(self) -> str:
        return " / ".join(self.path)

    @property
    def depth(self) -> int:
        """From 1 at the top."""
        return len(self.path)


def places(organization_id: UUID) -> list[Place]:
    """All folders of the organization, each below its parent, by name."""
    children: dict[UUID | None, list[Folder]] = {}
    for folder in Folder.objects.filter(organization_id=organization_id).order_by("name", "id"):
        children.setdefault(folder.parent_id, []).append(folder)
    found: list[Place] = []

    def visit(parent: UUID | None, path: tuple[str, ...], ids: tuple[UUID, ...]) -> None:
        for folder in children.get(parent, ()):
            place = Place(folder, (*path, folder.name), (*ids, folder.id))
            found.append(place)
            visit(folder.id, place.path, place.ids)

    visit(None, (), ())
    return found


def open_places(organization_id: UUID) -> list[Place]:
    """Those of the `places` that whoever asks may see."""
    every = places(organization_id)
    if not is_limited():
        return every
    mine = limited(Folder.objects.filter(organization_id=organization_id))
    open_ids = set(mine.values_list("id", flat=True))
    return [place for place in every if place.folder.id in open_ids]


def folder_of(organization_id: UUID, folder_id: str) -> Folder:
    """One folder by id. Raises `FolderNotFound`."""
    by_id = parse_id(folder_id)
    mine = limited(Folder.objects.filter(organization_id=organization_id))
    found = mine.filter(id=by_id).first() if by_id else None
    if found is None:
        raise FolderNotFound(gettext("Folder not found."), field="folder")
    return found


def folder_label(organization_id: UUID, folder_id: UUID | None) -> str:
    """The names from the top down to a folder; empty for none."""
    by_id = {place.folder.id: place.label for place in places(organization_id)} if folder_id else {}
    return by_id.get(folder_id, "") if folder_id else ""


def within(organization_id: UUID, folder_id: UUID) -> list[UUID]:
    """A folder and all folders below it."""
    return [place.folder.id for place in places(organization_id) if folder_id in place.ids]


def course_counts(organization_id: UUID) -> dict[UUID, int]:
    """How many courses lie directly in each folder."""
    kept = Course.objects.filter(organization_id=organization_id).exclude(folder=None)
    return dict(kept.values_list("folder").annotate(Count("id")).order_by())


def tags(organization_id: UUID) -> list[str]:
    """The tags that the organization's courses have, by name."""
    mine = limited(Course.objects.filter(organization_id=organization_id))
    listed = mine.values_list("tags", flat=True)
    return sorted({tag for course_tags in listed for tag in course_tags}, key=str.casefold)


def possible_owners(organization_id: UUID, search: str = "") -> QuerySet[Membership]:
    """Who can own a course: active members who may change courses."""
    return accounts.members_who_may(organization_id, Permission.COURSES_MANAGE, search)


@transaction.atomic
def create_folder(actor: Actor, name: str, parent: Folder | None = None) -> Folder:
    """A new folder. Raises `Invalid`."""
    actor.require(Permission.COURSES_MANAGE)
    _refuse_top(actor, parent)
    _one_at_a_time(actor.organization_id)
    known = places(actor.organization_id)
    if len(known) >= MOST_FOLDERS:
        raise Invalid(
            gettext("An organization can have at most %(most)s folders.") % {"most": grouped(MOST_FOLDERS)},
            code="too_many_folders",
        )
    name = _free_name(known, name, parent)
    _refuse_too_deep(known, parent, 1)
    made = Folder.objects.create(organization_id=actor.organization_id, parent=parent, name=name)
    record(actor, "created", "folder", made.id, made.name)
    return made


@transaction.atomic
def change_folder(
    actor: Actor, changed: Folder, name: str | None = None, parent: Folder | None = UNCHANGED
) -> Folder:
    """Rename a folder, or move it with all that is in it; None as ``parent``: to the top.

    Raises `Invalid`.
    """
    actor.require(Permission.COURSES_MANAGE)
    _refuse_limit(actor, changed)
    if parent is not UNCHANGED:
        _refuse_top(actor, parent)
    _one_at_a_time(actor.organization_id)
    changed = Folder.objects.get(id=changed.id)
    known = places(actor.organization_id)
    target = changed.parent if parent is UNCHANGED else parent
    below = [place for place in known if changed.id in place.ids]
    if target and any(place.folder.id == target.id for place in below):
        raise Invalid(
            gettext("A folder can’t be moved into itself or a folder below it."),
            code="folder_in_itself",
            field="parent",
        )
    levels = max(place.depth for place in below) - min(place.depth for place in below) + 1
    _refuse_too_deep(known, target, levels)
    others = [place for place in known if place.folder.id != changed.id]
    before = {"name": changed.name, "parent": changed.parent and changed.parent.name}
    changed.name, changed.parent = _free_name(others, name or changed.name, target), target
    after = {"name": changed.name, "parent": target and target.name}
    if after != before:
        changed.save(update_fields=["name", "parent"])
        record(actor, "changed", "folder", changed.id, changed.name, before=before, after=after)
    return changed


@transaction.atomic
def delete_folder(actor: Actor, gone: Folder) -> None:
    """Remove a folder; its courses go to the folder above. Raises `FolderInUse` for one with subfolders."""
    actor.require(Permission.COURSES_MANAGE)
    _refuse_limit(actor, gone)
    _one_at_a_time(actor.organization_id)
    if gone.children.exists():
        raise FolderInUse(gettext("Move or delete the folders in “%(name)s” first.") % {"name": gone.name})
    gone.courses.update(folder=gone.parent_id)
    record(actor, "deleted", "folder", gone.id, gone.name)
    gone.delete()


@transaction.atomic
def organize(
    actor: Actor,
    courses: Sequence[Course],
    *,
    folder: Folder | None = UNCHANGED,
    owner: Membership | None = UNCHANGED,
    tags: Iterable[str] = UNCHANGED,
    add_tags: Iterable[str] = (),
) -> None:
    """Put courses into a folder, give them to another owner, or change their tags: all of them, or none.

    Raises `Invalid`.
    """
    actor.require(Permission.COURSES_MANAGE)
    if owner is not UNCHANGED and owner is not None:
        _refuse_owner(actor, owner)
    if folder is None:
        _refuse_top(actor, None)
    elif folder is not UNCHANGED:
        _one_at_a_time(actor.organization_id)
        folder = folder_of(actor.organization_id, str(folder.id))
    locked = list(
        Course.objects.select_for_update(of=("self",))
        .select_related("folder", "owner__user")
        .filter(organization_id=actor.organization_id, id__in=[course.id for course in courses])
        .order_by("id")
    )
    changes = []
    for course in locked:
        kept = course.tags if tags is UNCHANGED else list(tags)
        for what, before, after in _changes(course, folder, owner, read_tags([*kept, *add_tags])):
            changes.append((course.id, course.title, {"before": {what: before}, "after": {what: after}}))
    Course.objects.bulk_update(locked, PLACES, batch_size=AT_A_TIME)
    record_many(actor, "changed", "course", changes)
    current = {course.id: course for course in locked}
    for course in courses:
        for name in PLACES if course.id in current else ():
            setattr(course, name, getattr(current[course.id], name))


def _changes(
    course: Course, folder: Folder | None, owner: Membership | None, tags: list[str]
) -> Iterator[tuple[str, Any, Any]]:
    """Change a course, which is saved afterwards: what, from what, and to what, as the audit log says it."""
    if folder is not UNCHANGED and folder != course.folder:
        yield "folder", course.folder and course.folder.name, folder and folder.name
        course.folder = folder
    if owner is not UNCHANGED and owner != course.owner:
        yield "owner", course.owner and str(course.owner), owner and str(owner)
        course.owner = owner
    if tags != course.tags:
        yield "tags", ", ".join(course.tags), ", ".join(tags)
        course.tags = tags


def folder_of_import(actor: Actor, course_key: str) -> Folder | None:
    """Where an import of somebody goes who is limited to folders: to that of the course with the key, or for
    a new course to their first folder. None for all others. Raises `CourseOutside`.
    """
    if not actor.scope.folders:
        return None
    mine = Course.objects.filter(organization_id=actor.organization_id, key=course_key)
    there = mine.select_related("folder").first() if course_key else None
    if there and not limited(mine).exists():
        raise CourseOutside(gettext(COURSE_OUTSIDE) % {"key": course_key}, field="course")
    first = next((place.folder for place in open_places(actor.organization_id)), None)
    if first is None:
        raise FolderNotFound(gettext("The folders that your role is limited to were deleted."))
    return there.folder if there else first


def _refuse_top(actor: Actor, folder: Folder | None) -> None:
    """Whoever is limited to folders takes nothing out of them."""
    if actor.scope.folders and folder is None:
        raise Forbidden(
            gettext("Your role is limited to folders. Choose one of them."),
            code="outside_limits",
            field="folder",
        )


def _refuse_limit(actor: Actor, folder: Folder) -> None:
    """The folders that limit somebody are not theirs to change."""
    if folder.id in actor.scope.folders:
        raise Forbidden(
            gettext(
                "Your role is limited to this folder, so you cannot change it. Contact an administrator."
            ),
            code="outside_limits",
        )


def read_tags(written: Iterable[str]) -> list[str]:
    """Tags as they are kept: each once, whatever its case, in the order written. Raises `Invalid`."""
    kept: dict[str, str] = {}
    for text in written:
        tag = " ".join(str(text).split())
        if len(tag) > LONGEST_TAG:
            raise Invalid(
                gettext("Tags can have at most %(longest)s characters.") % {"longest": LONGEST_TAG},
                code="tag_too_long",
                field="tags",
            )
        if tag:
            kept.setdefault(tag.casefold(), tag)
    if len(kept) > MOST_TAGS:
        raise Invalid(
            gettext("A course can have at most %(most)s tags.") % {"most": MOST_TAGS},
            code="too_many_tags",
            field="tags",
        )
    return list(kept.values())


def _refuse_owner(actor: Actor, owner: Membership) -> None:
    if not possible_owners(actor.organization_id).filter(id=owner.id).exists():
        raise Invalid(
            gettext("%(person)s can’t own courses. Choose an active member whose role may change courses.")
            % {"person": owner},
            code="owner_invalid",
            field="owner",
        )


def _free_name(others: Iterable[Place], name: str, parent: Folder | None) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid(gettext("Enter a name for the folder."), field="name")
    refuse_too_long(Folder, {"name": name})
    beside = [place.folder for place in others if place.folder.parent_id == (parent.id if parent else None)]
    if any(folder.name.lower() == name.lower() for folder in beside):
        raise Invalid(
            gettext("There already is a folder “%(name)s” here. Choose another name.") % {"name": name},
            code="folder_name_taken",
            field="name",
        )
    return name


def _refuse_too_deep(known: Iterable[Place], parent: Folder | None, levels: int) -> None:
    above = next((place.depth for place in known if parent and place.folder.id == parent.id), 0)
    if above + levels > DEEPEST:
        raise Invalid(
            gettext("Folders can be at most %(deepest)s levels deep.") % {"deepest": DEEPEST},
            code="folder_too_deep",
            field="parent",
        )


def _one_at_a_time(organization_id: UUID) -> None:
    """The tree of an organization's folders is changed by one after the other."""
    lock_by_name(f"folders of {organization_id}")
