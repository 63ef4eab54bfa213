"""REST routes of an import of users that was started; `organizations.api` takes the file."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.models import UserImport, UserImportRow
from heliograph.accounts.page_access import actor_of
from heliograph.accounts.user_imports import actions, queries
from heliograph.core.permissions import Permission
from heliograph.core.web.schemas import problems

COLUMNS = {field.name for field in UserImport._meta.get_fields()}

router = Router(tags=["Organization"], auth=SIGNED_IN)


class UserImportOut(Schema):
    id: str
    state: str = Field(
        description="`checking`, `unmapped`, `ready`, `applying`, `done`, `undoing`, `undone` or `refused`."
    )
    filename: str
    headings: list[str]
    mapping: list[str] = Field(description="What each column holds; empty for what is not imported.")
    counts: dict[str, int] = Field(
        description="Rows to `create`, `change`, left `unchanged`, to `skip`, and `wrong`."
    )
    new_groups: int | None = Field(description="How many groups would be made; null unless it is `ready`.")
    new_group_names: list[str] = Field(description="The first 20 of them.")
    total: int = Field(description="Rows that the present work has to do.")
    done: int = Field(description="How many of them it has done.")
    error_code: str
    error: str
    created_by: str
    created_at: datetime
    finished_at: datetime | None


class WrongCell(Schema):
    column: str
    value: str
    code: str
    message: str


class WrongRow(Schema):
    id: str
    row: int = Field(description="As a spreadsheet counts: the headings are row 1.")
    problems: list[WrongCell]


@router.get(
    "/{user_import_id}", response={200: UserImportOut, **problems(404)}, summary="Get an import of users"
)
def read_user_import(request: HttpRequest, user_import_id: str) -> Any:
    """How far it has come, and how many rows would do what."""
    return show(_one(request, user_import_id))


@router.get(
    "/{user_import_id}/errors",
    response={200: list[WrongRow], **problems(404)},
    summary="List the wrong cells of an import of users",
)
def list_user_import_errors(
    request: HttpRequest,
    user_import_id: str,
    after: int = Query(0, ge=0, le=2**31 - 1, description="A row number."),
) -> Any:
    """The first 200 rows with wrong cells after the row `after`."""
    rows = queries.wrong(_one(request, user_import_id)).filter(number__gt=after)[:200]
    return [_show_row(row) for row in rows]


@router.post(
    "/{user_import_id}/apply",
    response={202: UserImportOut, **problems(404, 409, 422)},
    summary="Apply an import of users",
)
def apply_user_import(request: HttpRequest, user_import_id: str) -> Any:
    """Once it is `ready`: rows without a wrong cell are applied in the background."""
    return Status(202, show(actions.apply(actor_of(request), _one(request, user_import_id))))


@router.post(
    "/{user_import_id}/undo",
    response={202: UserImportOut, **problems(404, 409)},
    summary="Undo an import of users",
)
def undo_user_import(request: HttpRequest, user_import_id: str) -> Any:
    """Within 30 days of its start. What somebody has changed since stays."""
    return Status(202, show(actions.undo(actor_of(request), _one(request, user_import_id))))


def show(user_import: UserImport) -> dict[str, Any]:
    ready = user_import.state == UserImport.State.READY
    new = queries.new_groups(user_import) if ready else None
    return {name: getattr(user_import, name) for name in UserImportOut.model_fields if name in COLUMNS} | {
        "id": str(user_import.id),
        "new_groups": new.total if new else None,
        "new_group_names": new.names if new else [],
    }


def _show_row(row: UserImportRow) -> dict[str, Any]:
    return {"id": str(row.id), "row": row.number, "problems": list(queries.problems(iter([row])))}


def _one(request: HttpRequest, user_import_id: str) -> UserImport:
    actor = actor_of(request)
    actor.require(Permission.USERS_MANAGE)
    return queries.user_import(actor.organization_id, user_import_id)
