"""What is written to a log never holds what opens a door: tokens, keys, passwords, wherever in a line,
address or traceback they stand.

Every handler formats its lines with `Redacting`, so that no place that logs has to think of it
(config/settings.py, and the web server's own log in config/server/supervisor.py).
"""

import logging
import re
from typing import Final

HIDDEN: Final = "[hidden]"
# Every address of ours with a secret in it; a test walks the addresses and finds a new one that is not here.
_PATHS: Final = re.compile(
    r"(/(?:play|c|cmi5|d|portal|share|apply|proof|launch|invitation|forgot-password)/)[A-Za-z0-9_\-.~%=]{12,}"
)
_FIELDS: Final = re.compile(
    r"""(\b[\w-]*(?:token|secret|password|auth|keepsake|signature|api[_-]?key|stub[_-]?key|receipts|jwt|refresh)(?:["']\s*:|["']?\s*=)\s*["']?)"""
    r"""(?:(?:Basic|Bearer)(?:\s|\+|%20)+)?[^\s&"',;)}\]]+""",
    re.IGNORECASE,
)
_SCHEMES: Final = re.compile(r"\b(Basic|Bearer)((?:\s|\+|%20)+)[A-Za-z0-9+/=._~%-]{8,}")
_COOKIES: Final = re.compile(r"((?:__Host-)?heliograph(?:_csrf)?=)[^\s;,\"']+")
# By their form alone: our signed tokens (`tokens`), API keys, JSON web tokens, secrets of webhooks, keys of
# Stripe.
_FORMS: Final = re.compile(
    r"(?<![\w-])(?:(?=[\w-]*[A-Z])(?=[\w-]*[0-9])[A-Za-z0-9_-]{50}|hg_[A-Za-z0-9_-]{20,}|eyJ[\w-]{8,}\.[\w-]+\.[\w-]+|whsec_[A-Za-z0-9+/=_]{8,}|[sr]k_(?:test|live)_\w{8,})(?![\w-])"
)


def redacted(text: str) -> str:
    """The text with `HIDDEN` in place of each secret."""
    text = _PATHS.sub(rf"\1{HIDDEN}", text)
    text = _SCHEMES.sub(rf"\1\2{HIDDEN}", text)
    text = _FIELDS.sub(rf"\1{HIDDEN}", text)
    text = _COOKIES.sub(rf"\1{HIDDEN}", text)
    return _FORMS.sub(HIDDEN, text)


class Redacting(logging.Formatter):
    """Formats a line as its base does, traceback included, and hides the secrets in it."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))
