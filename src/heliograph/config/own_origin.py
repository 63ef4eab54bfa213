"""An origin for each course: with a ``*`` in HELIOGRAPH_CONTENT_URL, pages of a course answer on its own host
only.

What stands in place of the ``*`` is the course's id. Every label leads to this server, so one course could be
shown on the origin of another, whose scripts would then read what it keeps in the browser: the label is
compared with the course that is asked for. Doors that any origin may read (the stub's, and where a session's
token is fetched) show nothing, and stay open on all of them.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from heliograph.core import clock
from heliograph.core.errors import NotFound
from heliograph.core.secrets import tokens
from heliograph.core.web.hosts import label_of
from heliograph.courses import queries as courses
from heliograph.courses.serving import content
from heliograph.dispatch import stub_keys
from heliograph.dispatch.errors import DispatchNotFound, PackageReplaced
from heliograph.runtime import actions as runtime
from heliograph.runtime.models import Launch, Registration

MOST_KNOWN = 4096
CourseOf = Callable[[str], UUID | None]
View = Callable[..., HttpResponseBase]


class AnotherOrigin(NotFound):
    code, title = "another_origin", "Wrong address"


def only(course_of: CourseOf, view: View) -> View:
    """The view, on the origin of the course that the address's first part stands for.

    Raises `AnotherOrigin`.
    """

    @wraps(view)
    def answer(request: HttpRequest, *parts: str, **named: str) -> HttpResponseBase:
        # As it came: a destination's own host name is none that Django was told of.
        refuse_others(request.headers.get("Host", ""), course_of, named.get("token") or named["stub_key"])
        return view(request, *parts, **named)

    return answer


def refuse_others(host: str, course_of: CourseOf, key: str) -> None:
    """Raise `AnotherOrigin` where ``host`` is the origin of another course than that of ``key``.

    What stands for no course any more is left to its view, which has a sentence for it.
    """
    label = label_of(host)
    if label is None:
        return
    course_id = course_of(key)
    if course_id and label != course_id.hex:
        raise AnotherOrigin("This course has a different address. Open it again from where you started it.")


def of_file(token: str) -> UUID | None:
    """The course of a content token. Raises `TokenRefused`."""
    secret = settings.SECRET_KEY.encode()
    version_id, _ = tokens.verify(secret, content.PURPOSE, token, clock.epoch_seconds())
    return courses.frozen(version_id).course_id


def of_session(token: str) -> UUID | None:
    """The course of a player's token. Raises `TokenRefused`."""
    return _of_registration(runtime.registration_of_session(token)[0])


def of_launch(token: str) -> UUID | None:
    """The course of a commit token. Raises `TokenRefused`."""
    return _of_launch(runtime.launch_of_commit_token(token)[0])


def of_stub(key: str) -> UUID | None:
    """The course of a dispatch."""
    try:
        return stub_keys.dispatch_of_key_or_refuse(key).course_id
    except (DispatchNotFound, PackageReplaced):
        return None


@lru_cache(MOST_KNOWN)
def _of_registration(registration_id: UUID) -> UUID | None:
    return Registration.objects.filter(id=registration_id).values_list("course_id", flat=True).first()


@lru_cache(MOST_KNOWN)
def _of_launch(launch_id: UUID) -> UUID | None:
    return Launch.objects.filter(id=launch_id).values_list("registration__course_id", flat=True).first()
