"""What the courses say, read from `texts/`."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

COURSES: Final = (
    "lifting", "fire", "phishing", "forklift", "chemicals", "firstaid", "privacy", "driving", "handbook",
    "ladders",
)  # fmt: skip


@dataclass(frozen=True)
class Question:
    ask: str
    answers: list[str]
    right: int  # which of the answers


@dataclass(frozen=True)
class Screen:
    title: str
    text: list[str]  # paragraphs


@dataclass(frozen=True)
class Lesson:
    """One SCO, AU or activity; a quiz follows its screens."""

    id: str
    title: str
    screens: list[Screen]
    quiz: list[Question]


@dataclass(frozen=True)
class Course:
    """``standard`` is ``scorm_12``, ``scorm_2004``, ``cmi5``, ``xapi``, ``pdf`` or ``mp4``; ``passes_from`` a
    share of the quiz, from 0 to 1.
    """

    key: str
    title: str
    standard: str
    passes_from: float
    lessons: list[Lesson]

    @property
    def is_media(self) -> bool:
        return self.standard in ("pdf", "mp4")


@cache
def read_course(key: str) -> Course:
    """The course of `COURSES` that has this key."""
    file = resources.files("heliograph.demo.courses") / "texts" / f"{key}.toml"
    read = tomllib.loads(file.read_text(encoding="utf-8"))
    lessons = [
        Lesson(
            lesson["id"],
            lesson["title"],
            [Screen(**screen) for screen in lesson["screens"]],
            [Question(**question) for question in lesson.get("quiz", [])],
        )
        for lesson in read["lessons"]
    ]
    return Course(key, read["title"], read["standard"], read.get("pass", 0.0), lessons)
