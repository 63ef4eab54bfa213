"""Asking another store whether a pipe would work, before there is one."""

import msgspec

from heliograph.core.http_client import TooLong
from heliograph.core.translation import gettext
from heliograph.lrs.models import Pipe
from heliograph.lrs.pipes import rules
from heliograph.lrs.pipes.client import Other
from heliograph.lrs.pipes.lease import Wait

SECONDS_WAITED = 8.0  # somebody looks at the page meanwhile


def try_connection(direction: str, endpoint: str, version: str, key: str, secret: str) -> tuple[bool, str]:
    """Whether the other store lets us do what a pipe of this direction does, and what that means, in a
    sentence.
    """
    with Other(endpoint, version, key, secret, SECONDS_WAITED) as other:
        try:
            return _asked(direction, other)
        except Wait as reason:
            return False, str(reason)
        except TooLong as reason:
            return False, gettext("No LRS found at %(endpoint)s. %(reason)s") % {
                "endpoint": endpoint,
                "reason": reason,
            }


def _asked(direction: str, other: Other) -> tuple[bool, str]:
    about = other.get("about")
    versions = _versions(about.body) if about.status == 200 else None
    if versions is None:
        why = rules.sentence(about.status, about.text)
        sentence = gettext("No LRS found at %(endpoint)s: its “about” resource is not readable. %(reason)s")
        return False, sentence % {"endpoint": other.endpoint, "reason": why}
    # An empty list stores nothing, and is refused to those who may not write.
    forward = direction == Pipe.Direction.FORWARD
    answer = other.post([], {}) if forward else other.get("statements", {"limit": "1"})
    if answer.status in (401, 403):
        reason = rules.sentence(answer.status, answer.text)
        return False, gettext("The LRS rejected the key: %(reason)s") % {"reason": reason}
    if answer.status in ((200, 204, 400) if forward else (200,)):
        does = (
            gettext("Connection successful: the key can write statements.")
            if forward
            else gettext("Connection successful: the key can read statements.")
        )
        supported = gettext("Supported xAPI versions: %(versions)s.") % {"versions": ", ".join(versions)}
        return True, f"{does} {supported}"
    reason = rules.sentence(answer.status, answer.text)
    return False, gettext("Unexpected response from the LRS. %(reason)s") % {"reason": reason}


def _versions(body: bytes) -> list[str] | None:
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    versions = decoded.get("version") if isinstance(decoded, dict) else None
    return [str(version)[:10] for version in versions[:20]] if isinstance(versions, list) else None
