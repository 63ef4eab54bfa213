"""Under which keys Django's cache keeps what strangers write: a fixed number of them.

The cache makes room by deleting a third of its entries, whichever these are. Counters of made-up addresses
could so push out those that limit guesses of codes. A keyed hash chooses one of `SLOTS` for each of them, so
that all of strangers' counters together are fewer than the cache holds; two who share a slot are limited
together.
"""

import hashlib
import hmac
import re
from typing import Final

from django.conf import settings

SLOTS: Final = 2**11
# Links for forgotten passwords, by network and by address, and share links that lead nowhere.
STRANGERS: Final = re.compile(
    r"(allauth:rl:[\w.]+:reset_password:[^:]+|share-link-misses):(.+?)(:lock)?", re.DOTALL
)


def cache_key(key: str, prefix: str, version: int) -> str:
    """The key of an entry, as Django's KEY_FUNCTION."""
    strangers = STRANGERS.fullmatch(key)
    if strangers:
        digest = hmac.digest(
            settings.SECRET_KEY.encode(), strangers[2].encode(errors="replace"), hashlib.sha256
        )
        key = f"{strangers[1]}:{int.from_bytes(digest[:8], 'big') % SLOTS}{strangers[3] or ''}"
    return f"{prefix}:{version}:{key}"
