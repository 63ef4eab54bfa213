"""Noticing a reverse proxy that the settings do not declare, so that `heliograph doctor` can say so.

Without HELIOGRAPH_TRUSTED_PROXIES nobody believes what a proxy says of its clients: all of them count as one
address, and a browser's https is taken for http. What is noticed is one entry of the cache, written at most
once a minute by each process, and forgotten after a day.
"""

import contextlib
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import Error
from django.http import HttpRequest, HttpResponseBase

from heliograph.core.web.clients import client_address, is_forwarded

KEY = "undeclared-proxy"
KEPT_FOR = timedelta(days=1)
WRITTEN_EVERY = 60.0  # seconds


class ProxyMiddleware:
    """Looks at each request for what only a proxy adds."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.written_at = -WRITTEN_EVERY

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not settings.HELIOGRAPH.trusted_proxies and is_forwarded(request.META):
            self._note(request.META)
        return self.get_response(request)

    def _note(self, environ: Mapping[str, Any]) -> None:
        if time.monotonic() - self.written_at < WRITTEN_EVERY:
            return
        self.written_at = time.monotonic()
        with contextlib.suppress(Error):  # a database that is away is another's to tell of
            cache.set(KEY, client_address(environ, 0), KEPT_FOR.total_seconds())


def undeclared() -> str:
    """The address that forwarded requests came from within a day, undeclared; empty where none came."""
    return "" if settings.HELIOGRAPH.trusted_proxies else str(cache.get(KEY, ""))
