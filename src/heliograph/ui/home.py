"""What parts say on the home page: what needs attention, and the first steps of a new organization.

Each part registers its own, from its `apps.py`, so that the page knows no part.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from heliograph.core.permissions import Permission
from heliograph.core.roles import Granted

MOST_OF_A_PART = 5


@dataclass(frozen=True)
class Attention:
    """Something to look at: one sentence, and the address where it is mended."""

    tone: Literal["bad", "warn", "soft"]
    text: str
    address: str


@dataclass(frozen=True)
class FirstStep:
    """A step on the way to a first result; ``view`` is where it is taken, by members with the permission.
    Steps stand in the order of their ``position``.
    """

    position: int
    text: str
    view: str
    permission: Permission
    is_done: Callable[[UUID], bool]


AttentionOf = Callable[[UUID], Iterable[Attention]]
_attention: list[tuple[Permission, AttentionOf]] = []
_steps: list[FirstStep] = []


def register_attention(of: AttentionOf, permission: Permission) -> None:
    """Add what a part finds in an organization, worst first, for members with the permission.

    What it finds is within the limits of whoever asks (`core.scope.limited`), unless the permission is one
    that nobody has whose role is limited.
    """
    _attention.append((permission, of))


def register_steps(*steps: FirstStep) -> None:
    """Add first steps."""
    _steps.extend(steps)
    _steps.sort(key=lambda step: step.position)


def attention(organization_id: UUID, role: Granted) -> Iterator[Attention]:
    """What needs attention, at most five of each part."""
    for permission, of in _attention:
        if permission in role.permissions:
            for number, item in enumerate(of(organization_id)):
                if number == MOST_OF_A_PART:
                    break
                yield item


def first_steps(organization_id: UUID, role: Granted) -> list[tuple[FirstStep, bool]]:
    """Each step that a role may take, with whether it is done; empty when all are."""
    mine = [step for step in _steps if step.permission in role.permissions]
    steps = [(step, step.is_done(organization_id)) for step in mine]
    return [] if all(done for _, done in steps) else steps
