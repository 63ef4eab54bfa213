"""Agents as parameters: JSON that names one person or identified group."""

from typing import Any

import msgspec

from heliograph.core.rule_table import Broken
from heliograph.lrs.errors import RequestInvalid
from heliograph.lrs.rules import keys
from heliograph.lrs.rules.statement import check_actor


def agent_in(text: str) -> dict[str, Any]:
    """The agent or identified group in ``text``. Raises `RequestInvalid`."""
    try:
        agent = msgspec.json.decode(text)
        check_actor(agent)
    except (msgspec.DecodeError, RecursionError):
        raise RequestInvalid("agent must be an agent as JSON.", code="parameter_invalid") from None
    except Broken as broken:
        broken.path.append("agent")
        raise RequestInvalid(broken.sentence, code="parameter_invalid", rule=broken.rule.code) from None
    if keys.identifier(agent) is None:
        raise RequestInvalid(
            "agent must have an identifier of its own: mbox, mbox_sha1sum, openid or account.",
            code="parameter_invalid",
        )
    return agent  # type: ignore[no-any-return]
