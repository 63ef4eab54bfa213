"""Packages of the demo's courses, built from what they say."""

import json
import zipfile
from collections.abc import Callable
from html import escape
from importlib import resources
from pathlib import Path
from typing import Final

from heliograph.demo.courses.content import Course, Lesson, read_course
from heliograph.demo.courses.document import as_pdf

# Any time will do, as long as it is the same each time: the same course is the same file.
_MADE: Final = (2026, 1, 1, 0, 0, 0)
_FOLDER: Final = resources.files("heliograph.demo.courses")


def build(key: str, folder: Path, remark: str = "") -> Path:
    """The course ``key`` as a file in ``folder``, which can be imported; a ``remark`` stands on its
    pages, and tells versions apart.
    """
    course = read_course(key)
    if course.standard == "mp4":
        return _written(folder / f"{course.title}.mp4", (_FOLDER / f"{key}.mp4").read_bytes())
    if course.standard == "pdf":
        return _written(folder / f"{course.title}.pdf", as_pdf(course))
    target = folder / f"{key}.zip"
    name, manifest = _MANIFESTS[course.standard]
    files = {name: manifest(course)}
    files |= {f"{lesson.id}.html": _page(course, lesson, remark) for lesson in course.lessons}
    files |= {shared: (_FOLDER / shared).read_text() for shared in _shared(course)}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for path, content in files.items():
            package.writestr(zipfile.ZipInfo(path, _MADE), content, zipfile.ZIP_DEFLATED)
    return target


def _written(target: Path, content: bytes) -> Path:
    target.write_bytes(content)
    return target


def _shared(course: Course) -> list[str]:
    speaks = ["statements.js"] if course.standard in ("cmi5", "xapi") else []
    return ["lesson.css", *speaks, "lesson.js"]


def _page(course: Course, lesson: Lesson, remark: str) -> str:
    said = {
        "standard": "1.2" if course.standard == "scorm_12" else "2004",
        "pass": course.passes_from,
        "screens": [
            {"title": escape(screen.title), "html": "".join(f"<p>{escape(text)}</p>" for text in screen.text)}
            for screen in lesson.screens
        ],
        "quiz": [
            {
                "ask": escape(question.ask),
                "answers": [escape(text) for text in question.answers],
                "right": question.right,
            }
            for question in lesson.quiz
        ],
    }  # fmt: skip
    scripts = "".join(f'<script src="{name}"></script>' for name in _shared(course) if name.endswith(".js"))
    script_safe = json.dumps(said, ensure_ascii=False).replace("</", r"<\/")
    footer = f"<footer>{escape(remark)}</footer>\n" if remark else ""
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>{escape(lesson.title)}</title>
<link rel="stylesheet" href="lesson.css">
<body>
<main></main>
{footer}<script>window.lesson = {script_safe};</script>
{scripts}
"""


def _scorm_12(course: Course) -> str:
    mastery = round(course.passes_from * 100)
    items = "".join(
        f'<item identifier="{lesson.id}" identifierref="{lesson.id}-page">'
        f"<title>{escape(lesson.title)}</title><adlcp:masteryscore>{mastery}</adlcp:masteryscore></item>"
        for lesson in course.lessons
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="heliograph.demo.{course.key}" version="1.0" \
xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
  <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
  <organizations default="course">
    <organization identifier="course"><title>{escape(course.title)}</title>{items}</organization>
  </organizations>
  <resources>{_resources(course, "scormtype")}</resources>
</manifest>
"""


def _scorm_2004(course: Course) -> str:
    items = "".join(
        f'<item identifier="{lesson.id}" identifierref="{lesson.id}-page">'
        f"<title>{escape(lesson.title)}</title></item>"
        for lesson in course.lessons
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="heliograph.demo.{course.key}" version="1.0" \
xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" \
xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" xmlns:imsss="http://www.imsglobal.org/xsd/imsss">
  <metadata><schema>ADL SCORM</schema><schemaversion>2004 4th Edition</schemaversion></metadata>
  <organizations default="course">
    <organization identifier="course"><title>{escape(course.title)}</title>{items}\
<imsss:sequencing><imsss:controlMode choice="true" flow="true"/></imsss:sequencing></organization>
  </organizations>
  <resources>{_resources(course, "scormType")}</resources>
</manifest>
"""


def _resources(course: Course, kind: str) -> str:
    """The manifest's resources; SCORM 1.2 and 2004 write the attribute for their ``kind`` differently."""
    shared = "".join(f'<file href="{name}"/>' for name in _shared(course))
    return "".join(
        f'<resource identifier="{lesson.id}-page" type="webcontent" adlcp:{kind}="sco" '
        f'href="{lesson.id}.html">'
        f'<file href="{lesson.id}.html"/>{shared}</resource>'
        for lesson in course.lessons
    )


def _cmi5(course: Course) -> str:
    units = "".join(
        f'<au id="https://northlight.example/courses/{course.key}/{lesson.id}" moveOn="CompletedAndPassed" '
        f'masteryScore="{course.passes_from}"><title>{_text(lesson.title)}</title>'
        f"<description>{_text(lesson.title)}</description><url>{lesson.id}.html</url></au>"
        for lesson in course.lessons
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd">
  <course id="https://northlight.example/courses/{course.key}"><title>{_text(course.title)}</title>\
<description>{_text(course.title)}</description></course>
  {units}
</courseStructure>
"""


def _xapi(course: Course) -> str:
    (lesson,) = course.lessons
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<tincan xmlns="http://projecttincan.com/tincan.xsd"><activities>
  <activity id="https://northlight.example/courses/{course.key}" type="http://adlnet.gov/expapi/activities/course">
    <name>{escape(course.title)}</name><description lang="en-US">{escape(course.title)}</description>
    <launch lang="en-US">{lesson.id}.html</launch>
  </activity>
</activities></tincan>
"""


def _text(text: str) -> str:
    return f'<langstring lang="en-US">{escape(text)}</langstring>'


_MANIFESTS: Final[dict[str, tuple[str, Callable[[Course], str]]]] = {
    "scorm_12": ("imsmanifest.xml", _scorm_12),
    "scorm_2004": ("imsmanifest.xml", _scorm_2004),
    "cmi5": ("cmi5.xml", _cmi5),
    "xapi": ("tincan.xml", _xapi),
}
