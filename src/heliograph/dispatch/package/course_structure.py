"""The course structure of a cmi5 package: one AU, whose address is a page of ours (cmi5, section 13)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid5
from xml.sax.saxutils import escape

from heliograph.dispatch.models import Dispatch

if TYPE_CHECKING:
    pass

NAME = "cmi5.xml"
NAMESPACE = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"
ANY_LANGUAGE = "und"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(dispatch: Dispatch, origin: str) -> bytes:
    """The bytes of ``cmi5.xml``.

    Its ids stay the same when the dispatch moves to another host or gets another key.

    Some courses only ever report that they were completed, others only that they were passed: either is
    enough.
    """
    course = dispatch.course
    about = _about(course.title, course.description or course.title)
    method = "OwnWindow" if course.opens_in == course.Window.WINDOW else "AnyWindow"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<courseStructure xmlns="{NAMESPACE}">\n'
        f'<course id="{dispatch.id.urn}">{about}</course>\n'
        f'<au id="{uuid5(dispatch.id, "au").urn}" moveOn="CompletedOrPassed" launchMethod="{method}">{about}'
        f"<url>{escape(address(dispatch, origin))}</url>"
        f"<launchParameters>{escape(dispatch.stub_key)}</launchParameters></au>\n"
        "</courseStructure>\n"
    ).encode()


def address(dispatch: Dispatch, origin: str) -> str:
    """The page that the AU opens."""
    return f"{origin}/d/{dispatch.stub_key}/cmi5/"


def _about(title: str, description: str) -> str:
    return "".join(
        f'<{name}><langstring lang="{ANY_LANGUAGE}">{escape(_NOT_XML.sub(" ", text))}</langstring></{name}>'
        for name, text in (("title", title), ("description", description))
    )
