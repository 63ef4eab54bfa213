"""Who may send a large request: asked by its headers, before anybody reads it."""

from http.cookies import SimpleCookie
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from heliograph.accounts import queries as accounts
from heliograph.accounts.page_access import STRANGERS_MAY_SEND
from heliograph.core.errors import NotSignedIn, TooLarge
from heliograph.core.web.hosts import is_content_host
from heliograph.lrs import authentication
from heliograph.lrs.messages import ROOT as STORE
from heliograph.lrs.xapi.app import LARGEST_BODY as LARGEST_BATCH
from heliograph.runtime import actions as runtime
from heliograph.runtime.views import LARGEST_BODY as LARGEST_COMMIT

BESIDE_FILES = 5 * 2**20  # what a form says besides

__all__ = ["STRANGERS_MAY_SEND", "most"]


def most(environ: dict[str, Any]) -> int:
    """How many bytes whoever sends this request may send, by what it says of them.

    Raises the `Problem` of a credential that lets nobody in.
    """
    path, bearer = environ["PATH_INFO"], environ.get("HTTP_AUTHORIZATION", "")
    if path.startswith(f"{STORE}/"):
        authentication.of_header(bearer)
        return LARGEST_BATCH
    if is_content_host(environ.get("HTTP_HOST", ""), settings.HELIOGRAPH.content_host):
        return _of_player(path)
    if bearer.startswith("Bearer "):
        accounts.actor_of_bearer(bearer.removeprefix("Bearer "))
    elif not _signed_in(environ.get("HTTP_COOKIE", "")):
        raise NotSignedIn("Sign in before sending a request of this size.")
    return settings.HELIOGRAPH.upload_limit + BESIDE_FILES


def _of_player(path: str) -> int:
    match path.split("/"):
        case ["", "play", token, "commit"]:
            runtime.launch_of_commit_token(token)
        case ["", "play", token, "replay"]:
            runtime.registration_of_session(token)
        case _:
            raise TooLarge("This request is too large. The limit is 1 MB.")
    return LARGEST_COMMIT


def _signed_in(cookies: str) -> bool:
    cookie = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
    return bool(cookie and SessionStore(cookie.value).get(SESSION_KEY))
