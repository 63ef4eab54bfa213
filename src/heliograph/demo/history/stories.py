"""What learners do in a course: a few kinds of stories, each with the visits it is made of."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from heliograph.demo.courses import read_course


@dataclass(frozen=True)
class Visit:
    """One opening of the course: how long after the story's beginning, and for how long.

    ``right`` are the answers that are right in the quiz, as a share of it; None where the learner leaves
    before they come to the end.
    """

    after: timedelta
    lasts: timedelta
    right: float | None = None


@dataclass(frozen=True)
class Story:
    """``weight`` says how many of 100 learners it happens to."""

    name: str
    weight: int
    visits: tuple[Visit, ...]

    @property
    def lasts(self) -> timedelta:
        """From its beginning to the end of its last visit."""
        return self.visits[-1].after + self.visits[-1].lasts


def _minutes(minutes: float) -> timedelta:
    return timedelta(seconds=round(minutes * 60))


NOTHING: Final = timedelta(0)
NOT_FINISHED: Final = Story("not finished", 18, (Visit(NOTHING, _minutes(3.8)),))
_GOOD: Final = (
    Story("all right", 27, (Visit(NOTHING, _minutes(11.4), 1.0),)),
    Story("one wrong", 31, (Visit(NOTHING, _minutes(14.7), 0.8),)),
)
# Each course has one of these two: every kind of story that is played costs time, at each first start.
HARD: Final = (
    *_GOOD,
    Story("failed, then passed", 22, (
        Visit(NOTHING, _minutes(8.3), 0.5),
        Visit(timedelta(days=2, hours=1, minutes=47), _minutes(12.6), 1.0),
    )),
    NOT_FINISHED,
)  # fmt: skip
HARDER: Final = (*_GOOD, Story("failed", 17, (Visit(NOTHING, _minutes(6.9), 0.4),)), NOT_FINISHED)
MEDIA: Final = (
    Story("to the end", 54, (Visit(NOTHING, _minutes(9.6), 1.0),)),
    Story("in two visits", 28, (
        Visit(NOTHING, _minutes(4.1)),
        Visit(timedelta(days=1, hours=3, minutes=12), _minutes(5.5), 1.0),
    )),
    NOT_FINISHED,
)  # fmt: skip


_HARDER: Final = ("chemicals", "driving", "phishing", "privacy")


def stories_of(course: str) -> tuple[Story, ...]:
    """What can happen in the course of this key: a document and a video have no quiz."""
    if read_course(course).is_media:
        return MEDIA
    return HARDER if course in _HARDER else HARD
