"""The demo's customers, and what each of them has licensed."""

from dataclasses import dataclass
from typing import Final, Literal

Shape = Literal["steady", "growing", "fading", "campaign"]


@dataclass(frozen=True)
class Licensed:
    """A course under a dispatch: how many learners took it in 90 days, and how they came.

    ``since`` and ``until`` are days before today between which they begin; a campaign has its peak in the
    middle. ``limit`` is of a license's registrations, which ends ``ends`` days from today (negative: ended;
    None: never) and begins ``starts`` days from today.
    """

    course: str
    learners: int
    shape: Shape = "steady"
    since: int = 80
    until: int = 0
    limit: int | None = None
    ends: int | None = None
    starts: int | None = None
    webhook: bool = False
    enabled: bool = True
    dispatch_ends: int | None = None


@dataclass(frozen=True)
class Customer:
    key: str
    name: str
    lms: str  # the domain of its LMS
    licensed: tuple[Licensed, ...]

    @property
    def mail(self) -> str:
        """Where its people have their mail."""
        return f"{self.key}.example"


# Everybody else's learners are copies of this customer's, which has every course.
PILOT: Final = Customer("kestrel", "Kestrel Logistics", "learn.kestrel.example", ())
CUSTOMERS: Final = (
    Customer("brandt", "Brandt Logistics", "moodle.brandt.example", (
        Licensed("lifting", 380, "growing", limit=400, ends=45, webhook=True),
        Licensed("forklift", 160, "campaign", since=70, until=30),
        Licensed("driving", 95),
    )),
    Customer("ostrava", "Ostrava Polymers", "lms.ostrava.example", (
        Licensed("chemicals", 150, since=80, until=15, limit=250, ends=-10),
        Licensed("fire", 120, "fading"),
        Licensed("handbook", 60),
    )),
    Customer("meridian", "Meridian Hotels", "academy.meridian.example", (
        Licensed("fire", 260, "campaign", since=60, until=10, webhook=True),
        Licensed("privacy", 140, "growing"),
    )),
    Customer("halden", "Halden Shipyard", "training.halden.example", (
        Licensed("forklift", 85, until=8, limit=150, ends=120),
        Licensed("ladders", 110),
        Licensed("firstaid", 70, "steady", until=2),
    )),
    Customer("bluefin", "Bluefin Foods", "campus.bluefin.example", (
        Licensed("lifting", 120, "campaign", since=50, until=5, limit=120, ends=200),
        Licensed("phishing", 75),
    )),
    Customer("sunda", "Sunda Airports", "lms.sunda.example", (
        Licensed("phishing", 190, "growing"),
        Licensed("privacy", 105),
    )),
    Customer("valmont", "Valmont Clinics", "formation.valmont.example", (
        Licensed("privacy", 130, "steady", limit=140, ends=12),
        Licensed("firstaid", 90, "fading"),
    )),
    Customer("atlas", "Atlas Facility Services", "lms.atlas.example", (
        Licensed("ladders", 85, "fading", until=30, enabled=False),
        Licensed("lifting", 65),
    )),
    Customer("okafor", "Okafor & Sons", "learning.okafor.example", (
        Licensed("driving", 80, "steady", until=25, dispatch_ends=-20),
        Licensed("fire", 50),
    )),
    Customer("tamarack", "Tamarack Energy", "lms.tamarack.example", (
        Licensed("handbook", 120, "campaign", since=40, until=4),
        Licensed("chemicals", 75, "steady", until=2),
    )),
    Customer("lindqvist", "Lindqvist Timber", "kurs.lindqvist.example", (
        Licensed("forklift", 55),
        Licensed("driving", 0, limit=60, starts=5, ends=370),
    )),
)  # fmt: skip
