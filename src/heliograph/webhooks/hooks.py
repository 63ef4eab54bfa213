"""Where parts above connect: what endpoints are narrowed to, and when events begin to be kept."""

from uuid import UUID

from heliograph.core.hooks import hook


@hook
def filter_object(organization_id: UUID, name: str, id_or_key: str) -> tuple[UUID, str] | None:
    """The id of the thing that an endpoint is narrowed to, and what it is called; ``name`` is *course*,
    *destination* or *dispatch*.

    The first answer decides. Raises `NotFound` for what is not the organization's.
    """


@hook
def recording_begins(organization_id: UUID) -> None:
    """From now on events of this organization are kept: whoever compares with what was told before notes how
    things are. Called in the transaction that makes the first endpoint, or enables it.
    """
