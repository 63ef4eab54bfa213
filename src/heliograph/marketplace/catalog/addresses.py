"""Whole addresses of public pages, for programs that read them elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

if TYPE_CHECKING:
    from heliograph.marketplace.models import Site


def absolute(site: Site, path: str) -> str:
    """The address of a page of a site: by what is set up, and never by what a request says of its host."""
    here = urlsplit(settings.HELIOGRAPH.url)
    port = f":{here.port}" if here.port else ""
    return f"{here.scheme}://{site.host}{port}{path}"
