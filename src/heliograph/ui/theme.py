"""Light, dark, or as the system has it: whoever looks at a page chooses, and their browser remembers."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from heliograph.core.translation import gettext_lazy as _

THEMES = {"light": _("Light"), "dark": _("Dark"), "system": _("System")}
YEAR = 365 * 24 * 3600


def theme_of(request: HttpRequest) -> str:
    """The theme that was chosen in this browser: ``light`` or ``dark``, ``system`` where none was."""
    chosen = request.COOKIES.get(settings.THEME_COOKIE_NAME, "")
    return chosen if chosen in THEMES else "system"


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponseBase:
    """Remember the theme, and go back to the page where it was chosen."""
    here = request.headers.get("referer", "")
    ours = url_has_allowed_host_and_scheme(here, {request.get_host()}, require_https=request.is_secure())
    answer = redirect(here if ours else "home")
    chosen = request.POST.get("theme", "")
    answer.set_cookie(
        settings.THEME_COOKIE_NAME,
        chosen if chosen in THEMES else "system",
        max_age=YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return answer
