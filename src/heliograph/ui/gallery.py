"""Every component of the pages in every state, on one page, for whoever changes them on their machine."""

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from heliograph.ui.icons import NAMES


def gallery(request: HttpRequest) -> HttpResponseBase:
    """The page; there is none where others can reach the installation."""
    if not settings.HELIOGRAPH.local:
        raise Http404
    return render(request, "ui/gallery.html", {"icons": NAMES, "tones": ("good", "warn", "bad", "soft")})
