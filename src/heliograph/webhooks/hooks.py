"""Where parts above connect: what endpoints are narrowed to, and when events begin to be kept."""

from collections.abc import Iterable
from uuid import UUID

from heliograph.core.hooks import hook


@hook
def filter_object(organization_id: UUID, name: str, id_or_key: str) -> tuple[UUID, str] | None:
    """The id of the thing that an endpoint is narrowed to, and what it is called; ``name`` is *course*,
    *destination* or *dispatch*.

    The first answer decides. Raises `NotFound` for what is not the organization's.
    """


@hook
def filter_options(organization_id: UUID, name: str, search: str) -> Iterable[tuple[UUID, str, str]] | None:
    """The things that an endpoint can be narrowed to, those with a searched text in their names: id, name and
    what tells each from others. ``name`` is *course*, *destination* or *dispatch*. No more are read than are
    shown.

    The first answer decides.
    """


@hook
def recording_begins(organization_id: UUID) -> None:
    """From now on events of this organization are kept: whoever compares with what was told before notes how
    things are. Called in the transaction that makes the first endpoint, or enables it.
    """
