"""What a role is limited to: folders of courses, customers, and groups of people.

Whoever is limited has only the permissions that are about single courses, dispatches and learners, and
meets only those within their scope. The lists and lookups of all parts begin with `limited`, so that what
lies outside is not found. A part says in its `apps.py` what a scope lets through of its rows (`limit`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from heliograph.core.errors import Forbidden
from heliograph.core.permissions import Permission
from heliograph.core.roles import Granted
from heliograph.core.translation import gettext

if TYPE_CHECKING:
    from django.db.models import Model, Q, QuerySet

    from heliograph.core.actor import Actor

COURSES = frozenset({Permission.COURSES_VIEW, Permission.COURSES_MANAGE, Permission.COURSES_DELETE})
DISPATCHES = frozenset({Permission.DISPATCHES_VIEW, Permission.DISPATCHES_MANAGE})
CUSTOMERS = frozenset({Permission.CUSTOMERS_MANAGE, Permission.LICENSES_MANAGE})
LEARNERS = frozenset(
    {Permission.REGISTRATIONS_VIEW, Permission.REGISTRATIONS_MANAGE, Permission.REGISTRATIONS_DELETE}
)


@dataclass(frozen=True)
class Scope:
    """Ids of folders, destinations and groups; a kind without any limits nothing.

    Two kinds limit together: a dispatch is in the scope whose course is in one of the folders and whose
    customer is one of the destinations.
    """

    folders: tuple[UUID, ...] = ()
    destinations: tuple[UUID, ...] = ()
    groups: tuple[UUID, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.folders or self.destinations or self.groups)

    @property
    def kept(self) -> frozenset[Permission]:
        """The permissions that somebody with this scope can have: none whose acts reach beyond it. A course
        is changed for all customers, a license for all courses, and a dispatch for all learners.
        """
        if not self:
            return frozenset(Permission)
        kept = LEARNERS | {Permission.COURSES_VIEW, Permission.ANALYTICS_VIEW}
        if self.groups:
            return kept
        kept |= DISPATCHES
        if self.folders and self.destinations:
            return kept
        return kept | (COURSES if self.folders else CUSTOMERS)


UNLIMITED = Scope()


@dataclass(frozen=True)
class LimitedRole:
    """A role with a scope: the permissions that are left of it."""

    role: Granted
    permissions: frozenset[Permission]

    @property
    def word(self) -> str:
        return self.role.word

    @property
    def label(self) -> str:
        return self.role.label


def within(role: Granted, scope: Scope) -> Granted:
    """What a role gives to somebody with that scope."""
    return LimitedRole(role, frozenset(role.permissions & scope.kept)) if scope else role


# The actor whose scope limits what this request finds; None where nothing is limited.
_acting: ContextVar[Actor | None] = ContextVar("acting", default=None)
Condition = Callable[["Actor"], "Q"]
_LIMITS: dict[str, list[Condition]] = {}
Row = TypeVar("Row", bound="Model")
Shown = TypeVar("Shown")


def act_as(actor: Actor | None) -> None:
    """From now on, this request finds what is in the scope of ``actor``; None: everything.

    `page_access` and `api_auth` call it, and the end of the request.
    """
    _acting.set(actor if actor and actor.scope else None)


def is_limited() -> bool:
    """Whether whoever asks is limited to a part of the organization."""
    return _acting.get() is not None


def acting() -> Actor | None:
    """Whoever asks, if they are limited."""
    return _acting.get()


def refuse_limited() -> None:
    """Raise `Forbidden` for somebody who is limited: what follows is about the whole organization."""
    if is_limited():
        raise Forbidden(
            gettext("Your role is limited, and this is about the whole organization. Ask an administrator."),
            code="outside_limits",
        )


def limit(model: str, condition: Condition) -> None:
    """Have rows of a model, as *courses.Course*, fulfil a condition for somebody who is limited."""
    _LIMITS.setdefault(model, []).append(condition)


def limited(rows: QuerySet[Row, Shown]) -> QuerySet[Row, Shown]:
    """Those of the rows that are in the scope of whoever asks; all where they are not limited.

    KeyError for a model without a `limit`: nothing of it is shown by mistake.
    """
    actor = _acting.get()
    if actor is None:
        return rows
    for condition in _LIMITS[rows.model._meta.label]:
        rows = rows.filter(condition(actor))
    return rows


def refuse_outside(rows: QuerySet[Row, Shown]) -> None:
    """Raise `Forbidden` unless rows that were just made or found are all in the scope of whoever asks; call
    it in the transaction.
    """
    if is_limited() and rows.exclude(pk__in=limited(rows).values("pk")).exists():
        raise Forbidden(
            gettext("Your role is limited, and this is outside of its limits. Contact an administrator."),
            code="outside_limits",
        )


def same(ids: Collection[Any]) -> tuple[UUID, ...]:
    """Ids as a scope has them: each once, in their order."""
    return tuple(sorted({UUID(str(each)) for each in ids}))
