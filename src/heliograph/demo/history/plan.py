"""Who does what, and when: the same each time, but for the day it ends on. Pure: nothing is written here."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Final

from heliograph.demo.courses import COURSES
from heliograph.demo.customers import CUSTOMERS, PILOT, Customer, Licensed, Shape
from heliograph.demo.history.stories import Story, stories_of
from heliograph.demo.learners import Person, people, person

DAYS: Final = 90
LEARNERS: Final = 3_000
SEED: Final = 90
# Learners who are played after all others: `incidents` tells what happens to them.
SPECIAL: Final = 11


@dataclass(frozen=True)
class Planned:
    """A learner of a customer, whose story in a course begins at a moment."""

    customer: Customer
    course: str
    person: Person
    story: Story
    begins: datetime


@dataclass
class Plan:
    """Ninety days of history that end now: ``templates`` are played, ``others`` copied from them, and
    ``special`` people are left for what happens at the end.
    """

    templates: list[Planned]
    others: list[Planned]
    special: Iterator[tuple[str, str]]
    numbers: Iterator[int]


def beginning(now: datetime) -> datetime:
    """The first morning of the history that ends ``now``."""
    return (now - timedelta(days=DAYS)).replace(hour=7, minute=0, second=0, microsecond=0)


def plan(now: datetime) -> Plan:
    """The history that ends ``now``."""
    random = Random(SEED)  # noqa: S311 - nothing secret
    names, numbers = people(random), count()
    templates = []
    to_play = [(course, story) for course in COURSES for story in stories_of(course)]
    kinds = list(dict.fromkeys(story for _, story in to_play))
    for course, story in to_play:
        # The same story ends everywhere at once, and the chores that follow it have everybody's at once.
        begins = beginning(now) + timedelta(days=1, hours=1 + kinds.index(story))
        someone = person(PILOT, next(numbers), next(names))
        templates.append(Planned(PILOT, course, someone, story, begins))
    others = []
    left = LEARNERS - len(templates) - SPECIAL - sum(licensed.learners for _, licensed in _licensed())
    for customer, licensed in _licensed():
        # The customer who has the most learners has those who are left, too.
        wanted = licensed.learners + (left if licensed is CUSTOMERS[2].licensed[0] else 0)
        for _ in range(wanted):
            story = random.choices(*_weighted(licensed.course))[0]
            begins = _moment(random, licensed, story, now)
            someone = person(customer, next(numbers), next(names))
            others.append(Planned(customer, licensed.course, someone, story, begins))
    return Plan(templates, sorted(others, key=lambda planned: planned.begins), names, numbers)


def _licensed() -> Iterator[tuple[Customer, Licensed]]:
    return ((customer, licensed) for customer in CUSTOMERS for licensed in customer.licensed)


def _weighted(course: str) -> tuple[tuple[Story, ...], list[int]]:
    stories = stories_of(course)
    return stories, [story.weight for story in stories]


def _moment(random: Random, licensed: Licensed, story: Story, now: datetime) -> datetime:
    """When a learner begins: mostly in working hours of working days, and early enough to end."""
    # Drawn whatever the day is, so that everybody is the same on every day.
    place = _place(random, licensed.shape)
    works_at_weekends, weekday = random.random() < 0.15, random.randrange(5)
    minutes = min(1_320.0, max(330.0, random.gauss(random.choice((600.0, 850.0)), 75)))
    day = (now - timedelta(days=licensed.since - place * (licensed.since - licensed.until))).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    if day.weekday() >= 5 and not works_at_weekends:
        day -= timedelta(days=day.weekday() - weekday)
    latest = now - timedelta(hours=1) - story.lasts
    moment = day + timedelta(seconds=round(minutes * 60))
    while moment > latest:
        moment -= timedelta(days=1)
    return moment


def _place(random: Random, shape: Shape) -> float:
    """Where between the first and the last day, from 0 to 1."""
    if shape == "growing":
        return random.triangular(0, 1, 1)
    if shape == "fading":
        return random.triangular(0, 1, 0)
    return min(1.0, max(0.0, random.gauss(0.5, 0.13))) if shape == "campaign" else random.random()
