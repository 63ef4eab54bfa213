"""Pages that keep courses in order: folders, and the folder, tags and owner of one course or of many."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from heliograph.accounts import queries as accounts
from heliograph.accounts.page_access import actor_of, page
from heliograph.core.errors import Invalid
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, grouped, ngettext
from heliograph.courses import course_list, organizing, queries
from heliograph.courses.forms import BulkCourses, CoursePlace, FolderForm, folder_choices
from heliograph.courses.models import Course
from heliograph.ui import lookups, selection
from heliograph.ui.confirmation import question
from heliograph.ui.lookups import Option
from heliograph.ui.undo import undoable

if TYPE_CHECKING:
    from heliograph.accounts.models import Membership
    from heliograph.courses.models import Folder

NAMED = 5  # courses, before the others are counted


def place_form(course: Course) -> CoursePlace:
    """The form of a course's folder, owner and tags, as they are now."""
    owner = course.owner
    form = CoursePlace(
        organization_id=course.organization_id,
        initial={
            "folder": course.folder_id or "",
            "owner": str(owner.id) if owner else "",
            "tags": ", ".join(course.tags),
        },
    )
    chosen = next(_options([owner])) if owner else None
    form.fields["owner"].offer(*_owners(course.organization_id), chosen)  # type: ignore[attr-defined]
    return form


def bulk_choices(organization_id: UUID) -> dict[str, Any]:
    """What the list of courses offers to do with many of them."""
    form = BulkCourses(auto_id="bulk-%s-field")
    field: Any = form.fields["owner"]
    field.widget.attrs["form"] = "courses-selected"
    field.offer(*_owners(organization_id))
    return {"bulk_form": form, "folder_choices": folder_choices(organization_id)}


def _owners(organization_id: UUID) -> tuple[Iterator[Option], str]:
    possible = organizing.possible_owners(organization_id)[: lookups.MOST_LISTED + 1]
    return _options(possible), reverse("course_owners")


def _options(members: Iterable[Any]) -> Iterator[Option]:
    for member in members:
        yield Option(str(member.id), str(member), member.user.email)


@page(Permission.COURSES_MANAGE)
def owners(request: HttpRequest) -> HttpResponseBase:
    """The members that a combobox finds who can own courses."""
    search = request.GET.get("owner", "").strip()
    found = organizing.possible_owners(actor_of(request).organization_id, search)
    return lookups.options(request, _options(found[: lookups.MOST_LISTED + 1]))


@require_POST
@page(Permission.COURSES_MANAGE)
def place(request: HttpRequest, course_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    course = queries.course(actor.organization_id, course_id)
    sent = CoursePlace.sent(request, organization_id=actor.organization_id)
    organizing.organize(
        actor,
        [course],
        folder=_folder(actor.organization_id, sent["folder"]),
        owner=_owner(actor.organization_id, sent["owner"]),
        tags=sent["tags"],
    )
    messages.success(request, gettext("Saved."))
    return redirect("course_settings", course.id)


@require_POST
@page(Permission.COURSES_MANAGE)
@transaction.atomic
def bulk(request: HttpRequest) -> HttpResponseBase:
    """Courses of the list go to a folder, get a tag, or another owner: all of them, or none."""
    actor = actor_of(request)
    sent = BulkCourses.sent(request)
    change = _change(actor.organization_id, sent)
    chosen = _chosen(request)
    if selection.means_all(request):
        title, button = _question(len(chosen), sent["do"], change)
        if asked := selection.question_of_all(request, len(chosen), title, button, [_named(chosen)]):
            return asked
    organizing.organize(actor, chosen, **change)
    sentence = ngettext("%(count)s course updated.", "%(count)s courses updated.", len(chosen))
    messages.success(request, sentence % {"count": grouped(len(chosen))})
    return redirect("courses")


def _change(organization_id: UUID, sent: dict[str, Any]) -> dict[str, Any]:
    """What `organizing.organize` is to do. Raises `FolderNotFound`, `MemberNotFound`, and `Invalid`."""
    match sent["do"]:
        case "folder":
            return {"folder": _folder(organization_id, sent["folder"])}
        case "owner":
            return {"owner": _owner(organization_id, sent["owner"])}
        case _:
            if not sent["tag"]:
                raise Invalid(gettext("Enter a tag."), field="tag")
            return {"add_tags": [sent["tag"]]}


def _chosen(request: HttpRequest) -> list[Course]:
    """The courses that are meant. Raises `CourseNotFound`, and `Invalid` where none is, or too many are."""
    organization_id = actor_of(request).organization_id
    if selection.means_all(request):
        matching = partial(course_list.matching, organization_id)
        chosen = selection.all_matching(request, course_list.table_of(organization_id), matching)
    else:
        ticked = request.POST.getlist("course")
        chosen = [queries.course(organization_id, course_id) for course_id in ticked]
    if not chosen:
        raise Invalid(gettext("Select courses first."))
    return chosen


def _question(count: int, act: str, change: dict[str, Any]) -> tuple[str, str]:
    """What is asked before all that match are changed, and the button that does it."""
    match act:
        case "folder" if change["folder"]:
            title = ngettext(
                "Move %(count)s course to “%(name)s”?", "Move %(count)s courses to “%(name)s”?", count
            )
            name, button = change["folder"].name, gettext("Move")
        case "folder":
            title = ngettext(
                "Take %(count)s course out of its folder?",
                "Take %(count)s courses out of their folders?",
                count,
            )
            name, button = "", gettext("Move")
        case "owner" if change["owner"]:
            title = ngettext(
                "Make %(name)s the owner of %(count)s course?",
                "Make %(name)s the owner of %(count)s courses?",
                count,
            )
            name, button = str(change["owner"]), gettext("Save")
        case "owner":
            title = ngettext(
                "Leave %(count)s course without an owner?", "Leave %(count)s courses without an owner?", count
            )
            name, button = "", gettext("Save")
        case _:
            title = ngettext(
                "Add the tag “%(name)s” to %(count)s course?",
                "Add the tag “%(name)s” to %(count)s courses?",
                count,
            )
            name, button = change["add_tags"][0], gettext("Add")
    return title % {"count": grouped(count), "name": name}, button


def _named(chosen: list[Course]) -> str:
    """The first of several courses by title, and how many there are beside them."""
    names = ", ".join(f"“{course.title}”" for course in chosen[:NAMED])
    more = len(chosen) - NAMED
    if more <= 0:
        return names
    others = ngettext("%(names)s and %(count)s other", "%(names)s and %(count)s others", more)
    return others % {"names": names, "count": grouped(more)}


def _folder(organization_id: UUID, folder_id: str) -> "Folder | None":
    return organizing.folder_of(organization_id, folder_id) if folder_id else None


def _owner(organization_id: UUID, member_id: str) -> "Membership | None":
    """The member by id, or by the email address that somebody typed."""
    if not member_id:
        return None
    typed = organizing.possible_owners(organization_id).filter(user__email__iexact=member_id).first()
    return typed or accounts.member(organization_id, member_id)


@page(Permission.COURSES_VIEW)
def folders(request: HttpRequest) -> HttpResponseBase:
    organization_id = actor_of(request).organization_id
    counts = organizing.course_counts(organization_id)
    listed = [
        {
            "place": place,
            "courses": counts.get(place.folder.id, 0),
            "form": FolderForm(
                organization_id=organization_id,
                key=place.folder.id,
                initial={"name": place.folder.name, "parent": place.folder.parent_id or ""},
            ),
        }
        for place in organizing.open_places(organization_id)
    ]
    shown = {"folders": listed, "new_form": FolderForm(organization_id=organization_id)}
    return render(request, "courses/folders.html", shown)


@require_POST
@page(Permission.COURSES_MANAGE)
def folder_add(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    sent = FolderForm.sent(request, organization_id=actor.organization_id)
    made = organizing.create_folder(actor, sent["name"], _folder(actor.organization_id, sent["parent"]))
    messages.success(request, gettext("Folder “%(name)s” created.") % {"name": made.name})
    return redirect("folders")


@require_POST
@page(Permission.COURSES_MANAGE)
def folder_change(request: HttpRequest, folder_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    folder = organizing.folder_of(actor.organization_id, folder_id)
    before = {"name": folder.name, "parent": str(folder.parent_id or "")}
    sent = FolderForm.sent(request, organization_id=actor.organization_id)
    parent = _folder(actor.organization_id, sent["parent"])
    changed = organizing.change_folder(actor, folder, sent["name"], parent)
    sentence = gettext("Folder “%(name)s” updated.") % {"name": changed.name}
    undoable(request, sentence, request.path, **before)
    return redirect("folders")


@require_POST
@page(Permission.COURSES_MANAGE)
def folder_delete(request: HttpRequest, folder_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    folder = organizing.folder_of(actor.organization_id, folder_id)
    count = organizing.course_counts(actor.organization_id).get(folder.id, 0)
    follows = ngettext(
        "%(count)s course moves to the folder above.", "%(count)s courses move to the folder above.", count
    ) % {"count": grouped(count)}
    title = gettext("Delete the folder “%(name)s”?") % {"name": folder.name}
    if asked := question(request, title, gettext("Delete"), [follows]):
        return asked
    organizing.delete_folder(actor, folder)
    messages.success(request, gettext("Folder “%(name)s” deleted.") % {"name": folder.name})
    return redirect("folders")


urlpatterns = [
    path("admin/courses/bulk", bulk, name="courses_bulk"),
    path("admin/courses/owners", owners, name="course_owners"),
    path("admin/courses/folders/", folders, name="folders"),
    path("admin/courses/folders/new", folder_add, name="folder_add"),
    path("admin/courses/folders/<str:folder_id>/change", folder_change, name="folder_change"),
    path("admin/courses/folders/<str:folder_id>/delete", folder_delete, name="folder_delete"),
    path("admin/courses/<str:course_id>/place", place, name="course_place"),
]
