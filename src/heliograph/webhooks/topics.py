"""What webhooks tell of: the catalog of topics, each with a sentence, the shape of its data and an example.

The page, the API and the documentation are made of it. A part above adds topics of its own with `register`,
from its `apps.py`. What is there already keeps its name and its fields; fields may be added.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from heliograph.core.translation import gettext_lazy

EVERYTHING: Final = "*"


class Named(msgspec.Struct, frozen=True):
    """A dispatch, customer or license by the names people gave it."""

    id: str
    key: str
    name: str


class Course(msgspec.Struct, frozen=True):
    id: str
    key: str
    title: str


class Learner(msgspec.Struct, frozen=True):
    id: str
    name: str
    email: str


class Registration(msgspec.Struct, frozen=True):
    """A learner on a course: scores from -1 to 1, progress from 0 to 1."""

    id: str
    key: str
    learner: Learner
    attempt: int
    completion: str
    success: str
    score: float | None
    progress: float | None
    created_at: datetime
    first_launched_at: datetime | None = None
    completed_at: datetime | None = None


class Error(msgspec.Struct, frozen=True):
    code: str
    detail: str


class Import(msgspec.Struct, frozen=True):
    id: str
    filename: str


class Deployment(msgspec.Struct, frozen=True):
    """An LMS in which a dispatch was opened."""

    id: str
    domain: str
    name: str


class Member(msgspec.Struct, frozen=True):
    """``id`` is the invitation's while somebody is invited, and the member's afterwards."""

    id: str
    email: str
    name: str
    role: str


class CourseEvent(msgspec.Struct, frozen=True):
    course: Course
    version: int | None


class ImportEvent(msgspec.Struct, frozen=True, rename={"job": "import"}):
    job: Import
    course: Course | None
    version: int | None
    error: Error | None


class RegistrationEvent(msgspec.Struct, frozen=True):
    registration: Registration
    course: Course
    dispatch: Named | None = None
    destination: Named | None = None


class DispatchEvent(msgspec.Struct, frozen=True):
    dispatch: Named
    destination: Named
    course: Course


class LimitEvent(msgspec.Struct, frozen=True):
    """``share`` per cent of what is limited are used; ``what`` is registrations, learners, launches,
    downloads or term.
    """

    what: str
    share: int
    license: Named | None
    dispatch: Named | None
    destination: Named


class DeploymentEvent(msgspec.Struct, frozen=True):
    deployment: Deployment
    dispatch: Named
    destination: Named


class MemberEvent(msgspec.Struct, frozen=True):
    member: Member
    previous_role: str | None = None


class TestEvent(msgspec.Struct, frozen=True):
    endpoint: str
    message: str


@dataclass(frozen=True)
class Topic:
    """What an event may be about: ``sentence`` says when it is sent, ``example`` is data of one."""

    name: str
    sentence: str
    example: msgspec.Struct

    @property
    def group(self) -> str:
        return self.name.split(".")[0]

    @property
    def shape(self) -> type[msgspec.Struct]:
        return type(self.example)

    @property
    def payload(self) -> dict[str, Any]:
        """An example of a whole message."""
        return {
            "id": _EVENT_ID,
            "type": self.name,
            "timestamp": "2026-03-02T09:30:00Z",
            "data": msgspec.to_builtins(self.example),
        }

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of a whole message's data."""
        return dict(msgspec.json.schema(self.shape))


TOPICS: dict[str, Topic] = {}
# What their groups are called where people choose.
GROUPS: dict[str, str] = {
    "course": gettext_lazy("Courses"),
    "import": gettext_lazy("Imports"),
    "registration": gettext_lazy("Registrations"),
    "dispatch": gettext_lazy("Dispatches"),
    "deployment": gettext_lazy("LMS connections"),
    "member": gettext_lazy("Members"),
}


def register(*topics: Topic, group: str = "") -> None:
    """Add topics to the catalog; ``group`` is what a new group of theirs is called.

    Raises ValueError for a name that is taken.
    """
    for topic in topics:
        if topic.name in TOPICS:
            raise ValueError(f"the topic {topic.name} is there already")
        TOPICS[topic.name] = topic
        if group:
            GROUPS.setdefault(topic.group, group)


def groups() -> dict[str, list[Topic]]:
    """The topics that endpoints choose from, by their group."""
    listed: dict[str, list[Topic]] = {}
    for topic in TOPICS.values():
        if topic is not TEST:
            listed.setdefault(topic.group, []).append(topic)
    return listed


def includes(chosen: list[str], name: str) -> bool:
    """Whether what an endpoint has chosen includes a topic: by its name, its group (`import.*`), or all."""
    return bool({EVERYTHING, name, f"{name.split('.')[0]}.*"}.intersection(chosen))


def folded(chosen: list[str], before: list[str]) -> list[str]:
    """The names that somebody has chosen, with a group in place of its topics where it stood before."""
    whole = [
        (f"{group}.*", {topic.name for topic in listed})
        for group, listed in groups().items()
        if f"{group}.*" in before and {topic.name for topic in listed}.issubset(chosen)
    ]
    inside = {name for _, names in whole for name in names}
    return sorted([group for group, _ in whole] + [name for name in chosen if name not in inside])


def unknown(chosen: list[str]) -> str:
    """The first choice that no topic answers to; empty where there is none."""
    known = {EVERYTHING, *(f"{group}.*" for group in groups()), *(n for n in TOPICS if n != TEST.name)}
    return next((name for name in chosen if name not in known), "")


_EVENT_ID: Final = "019cadcf-5f40-7c3a-9b52-3b1f6a1d2e90"
_MOMENT = datetime.fromisoformat("2026-03-02T09:12:41+00:00")
_COURSE = Course("019c8f7e-1c00-7a10-8d11-4d5e6f708192", "fire-safety", "Fire safety")
_DISPATCH = Named("019c9a10-4a00-7b22-9e33-5f6071829304", "fire-safety-brandt", "Fire safety for Brandt")
_CUSTOMER = Named("019c9a0f-2b00-7c44-8f55-607182930415", "brandt", "Brandt Logistics")
_LICENSE = Named("019c9a11-6d00-7e88-9a99-829304152637", "", "2026")
_LEARNER = Learner("a.simkova", "Anna Šimková", "anna@brandt.example")
_REGISTRATION_ID = "019cadb0-0d00-7d66-9a77-718293041526"
_IMPORT = Import("019c8f7d-0e00-7faa-8bbb-930415263748", "fire-safety.zip")
_LMS = Deployment("019cadaf-7f00-71cc-8ddd-041526374859", "learn.brandt.example", "")


def _registration(completion: str, success: str = "unknown", score: float | None = None) -> RegistrationEvent:
    done = completion == "completed"
    made = Registration(
        _REGISTRATION_ID, "m4k7q2", _LEARNER, 1, completion, success, score, 1.0 if done else None,
        _MOMENT, None if completion == "not attempted" else _MOMENT, _MOMENT if done else None,
    )  # fmt: skip
    return RegistrationEvent(made, _COURSE, _DISPATCH, _CUSTOMER)


def _member(role: str = "manager", previous: str | None = None) -> MemberEvent:
    member = Member("019c9b00-8e00-72ee-9fff-15263748596a", "kim@example.com", "Kim Osei", role)
    return MemberEvent(member, previous)


TEST: Final = Topic(
    "webhook.test",
    gettext_lazy("Somebody asked for a test event."),
    TestEvent("019cadd0-9f00-7411-8222-263748596a7b", "This is a test event."),
)
register(
    TEST,
    Topic("course.imported", gettext_lazy("A course version was imported."), CourseEvent(_COURSE, 2)),
    Topic("course.published", gettext_lazy("A version of a course was published."), CourseEvent(_COURSE, 2)),
    Topic("course.deleted", gettext_lazy("A course was deleted."), CourseEvent(_COURSE, None)),
    Topic(
        "import.succeeded",
        gettext_lazy("The import of a package is done."),
        ImportEvent(_IMPORT, _COURSE, 2, None),
    ),
    Topic(
        "import.failed",
        gettext_lazy("A package could not be imported."),
        ImportEvent(_IMPORT, None, None, Error("package_no_course", "No course was found in this file.")),
    ),
    Topic(
        "registration.created",
        gettext_lazy("A learner was registered on a course."),
        _registration("not attempted"),
    ),
    Topic(
        "registration.launched",
        gettext_lazy("A learner opened a course for the first time."),
        _registration("not attempted"),
    ),
    Topic(
        "registration.progressed",
        gettext_lazy("A learner’s progress or score changed."),
        _registration("incomplete"),
    ),
    Topic(
        "registration.completed",
        gettext_lazy("A learner completed a course."),
        _registration("completed"),
    ),
    Topic(
        "registration.passed",
        gettext_lazy("A learner passed a course."),
        _registration("completed", "passed", 0.92),
    ),
    Topic(
        "registration.failed",
        gettext_lazy("A learner failed a course."),
        _registration("completed", "failed", 0.41),
    ),
    Topic(
        "dispatch.created",
        gettext_lazy("A dispatch was created."),
        DispatchEvent(_DISPATCH, _CUSTOMER, _COURSE),
    ),
    Topic(
        "dispatch.limit_warning",
        gettext_lazy("75, 90 or 95 % of a limit are used."),
        LimitEvent("registrations", 90, _LICENSE, _DISPATCH, _CUSTOMER),
    ),
    Topic(
        "dispatch.full",
        gettext_lazy("A limit is used up, and new learners are refused."),
        LimitEvent("registrations", 100, None, _DISPATCH, _CUSTOMER),
    ),
    Topic(
        "dispatch.expired",
        gettext_lazy("A dispatch’s end date has passed."),
        DispatchEvent(_DISPATCH, _CUSTOMER, _COURSE),
    ),
    Topic(
        "deployment.created",
        gettext_lazy("A dispatch was opened in an LMS for the first time."),
        DeploymentEvent(_LMS, _DISPATCH, _CUSTOMER),
    ),
    Topic(
        "deployment.suspended",
        gettext_lazy("An LMS connection was suspended."),
        DeploymentEvent(_LMS, _DISPATCH, _CUSTOMER),
    ),
    Topic("member.invited", gettext_lazy("Somebody was invited to the organization."), _member()),
    Topic("member.joined", gettext_lazy("Somebody joined the organization."), _member()),
    Topic(
        "member.role_changed",
        gettext_lazy("A member’s role was changed."),
        _member("admin", "manager"),
    ),
    Topic("member.deactivated", gettext_lazy("A member was deactivated."), _member()),
    Topic("member.reactivated", gettext_lazy("A member was reactivated."), _member()),
)
