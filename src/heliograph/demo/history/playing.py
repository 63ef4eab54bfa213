"""One learner's story, told with the actions that a stub, a player and a course call; each at its moment.

What a course says is what `courses/lesson.js`, `courses/statements.js` and the page for media say.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4
from zlib import crc32

import msgspec
from django.db import connection

from heliograph.core import clock
from heliograph.core.ids import new_id
from heliograph.demo.courses import Course, Lesson
from heliograph.demo.history import incidents
from heliograph.demo.history.customer_lms import FORMATS, CustomerLms, Fault
from heliograph.demo.history.stories import Story, Visit
from heliograph.demo.learners import Person
from heliograph.dispatch.deployments import actions as deployments
from heliograph.dispatch.hosted import actions as hosted
from heliograph.dispatch.hosted import relay
from heliograph.dispatch.hosted.launch_request import LaunchRequest
from heliograph.dispatch.models import Dispatch
from heliograph.dispatch.package.builder import STUB_VERSION
from heliograph.dispatch.postbacks import actions as postbacks
from heliograph.lrs.messages import Request
from heliograph.lrs.statements import write
from heliograph.runtime import actions as runtime
from heliograph.runtime import commits, sessions
from heliograph.runtime.cmi5 import sessions as units
from heliograph.runtime.cmi5 import statements
from heliograph.runtime.cmi5 import views as unit_views
from heliograph.runtime.cmi5.rules import VERBS
from heliograph.runtime.cmi5.table import CMI5, MASTERY_SCORE, MOVE_ON
from heliograph.runtime.models import AuSession
from heliograph.runtime.scorm_profile import emitter

OPENING, CLOSING = timedelta(seconds=3), timedelta(seconds=8)


@dataclass
class Play:
    """A story that happens to a person in a dispatch's course, in an LMS that may have a ``fault``.

    Postbacks are delivered, unless they are left waiting.
    """

    dispatch: Dispatch
    course: Course
    person: Person
    story: Story
    begins: datetime
    domain: str
    fault: Fault | None = None
    delivers: bool = True
    keepsake: str = ""
    registration_id: UUID | None = None
    lms: CustomerLms = field(init=False)

    def __post_init__(self) -> None:
        self.lms = CustomerLms(FORMATS.get(self.course.standard, "scorm2004"), self.fault)

    def opening(self, dispatch: Dispatch, domain: str) -> deployments.Opening:
        """What a stub says of the LMS, where the dispatch is opened on this domain."""
        return deployments.Opening(
            origin=f"https://{domain}",
            folder=f"/content/{dispatch.key}/",
            stub=STUB_VERSION,
            package_format=self.lms.package_format,
        )


def play_all(plays: Iterable[Play]) -> None:
    """Play stories beside each other: whatever happens, happens in the order of time, whoever it happens to.

    What follows the log of calls would otherwise pass over those that come late. Call it in a transaction,
    which the first error of the database ends.
    """
    visits = [
        _Sitting(play, visit, play.begins + visit.after) for play in plays for visit in play.story.visits
    ]
    waiting = [(visit.begins, number, visit.run()) for number, visit in enumerate(visits)]
    heapify(waiting)
    while waiting:
        moment, ended = waiting[0][0], []
        with clock.at(moment), _without_savepoints():
            while waiting and waiting[0][0] == moment:
                _, number, steps = heappop(waiting)
                following = next(steps, None)
                if following:
                    heappush(waiting, (following, number, steps))
                else:
                    ended.append(visits[number].play)
            if ended:
                _follow(ended)


@contextmanager
def _without_savepoints() -> Iterator[None]:
    """Nothing here goes back to a savepoint, and they are a quarter of what is asked of the database."""
    connection.features.uses_savepoints = False
    try:
        yield
    finally:
        del connection.features.uses_savepoints  # and the class's own counts again


def _follow(plays: list[Play]) -> None:
    """Do what the worker does of visits that have just ended."""
    emitter.follow()
    told = [play for play in plays if play.dispatch.postback_url]
    if told:
        postbacks.follow()
    for play in told:
        if play.delivers:
            incidents.deliver(play.dispatch, incidents.TAKEN)


@dataclass
class _Sitting:
    """One visit."""

    play: Play
    visit: Visit
    begins: datetime
    sequence: int = 0
    launch_id: UUID | None = None

    def run(self) -> Iterator[datetime]:
        """Do what happens in this visit, step by step, and say before each when it is due; it begins now."""
        told = self._ask()
        self.play.keepsake = told["keepsake"]
        self.play.registration_id = UUID(told["registration"])
        yield self.begins + OPENING
        token = urlsplit(told["url"]).path.rstrip("/").rpartition("/")[2]
        registration_id, mode = runtime.registration_of_session(token)
        launch = runtime.open_launch(registration_id, mode, self._origin)
        begun = sessions.begin(launch)
        self.launch_id = launch.id
        self.play.lms.take({**begun["relay"], "location": None})
        speaks = self.play.course.standard in ("cmi5", "xapi")
        yield from self._speak(begun["delivery"]) if speaks else self._set(begun["delivery"])
        yield self._ends + CLOSING
        self._close(told["receipts"])

    @property
    def _origin(self) -> str:
        return f"https://{self.play.domain}"

    @property
    def _was_finished(self) -> bool:
        """Whether an earlier visit came to the end."""
        earlier = self.play.story.visits[: self.play.story.visits.index(self.visit)]
        return any(visit.right is not None for visit in earlier)

    @property
    def _ends(self) -> datetime:
        return self.begins + self.visit.lasts

    def _ask(self) -> dict[str, Any]:
        """What the stub asks for when the LMS opens it."""
        play = self.play
        opening = play.opening(play.dispatch, play.domain)
        request = LaunchRequest(
            learner=play.person.identifier,
            name=play.person.name,
            email=play.person.email,
            resume_token=play.keepsake,
            entry="resume" if play.keepsake else "ab-initio",
            stub=opening.stub,
            standard=opening.package_format,
            folder=opening.folder,
            page_load_id=str(new_id()),
        )
        return hosted.launch(play.dispatch.stub_key, request, self._origin, "")

    def _close(self, token: str) -> None:
        play = self.play
        play.lms.close(finished=self.visit.right is not None)
        report = relay.RelayReport(token, "", play.lms.reports())
        relay.take_receipts(play.dispatch.stub_key, report, self._origin)

    # -- courses that speak SCORM, and media, whose page does

    def _set(self, delivery: dict[str, Any] | None) -> Iterator[datetime]:
        lessons = {lesson.id: lesson for lesson in self.play.course.lessons}
        if self.play.course.is_media:
            lessons = {"content": self.play.course.lessons[0]}
        share = self.visit.lasts / (len(lessons) + 1)
        moment = self.begins + OPENING
        while delivery:
            lesson = lessons[delivery["activity"]]
            last = lesson is self.play.course.lessons[-1]
            stops = self.visit.right is None
            moment += share
            values = list(self._first_words(delivery, lesson))
            if stops or last:  # lessons before the last one are said in one message
                yield moment - share / 2
                self._commit(delivery, values)
                values = []
            ends = "suspend_all" if stops or (last and self._fails(lesson)) else "exit_all"
            until = self._ends if stops or last else moment
            yield until
            values += self._last_words(delivery, lesson, until - moment + share)
            answer = self._commit(delivery, values, ends if stops or last else "continue")
            delivery = answer.get("delivery")

    def _first_words(self, delivery: dict[str, Any], lesson: Lesson) -> Iterator[tuple[str, str]]:
        in_12 = delivery["table"] == "scorm_12"
        status = "cmi.core.lesson_status" if in_12 else "cmi.completion_status"
        yield "cmi.core.exit" if in_12 else "cmi.exit", "suspend"
        if status not in delivery["data"]:
            yield status, "incomplete"
        if self.play.course.is_media:
            yield from self._seen(len(lesson.screens), 1)
        else:
            yield from self._at(in_12, lesson, 1)

    def _last_words(
        self, delivery: dict[str, Any], lesson: Lesson, spent: timedelta
    ) -> Iterator[tuple[str, str]]:
        in_12 = delivery["table"] == "scorm_12"
        finishes = self.visit.right is not None
        screens = len(lesson.screens)
        if self.play.course.is_media:
            yield from self._seen(screens, screens if finishes else max(1, screens // 2))
        elif finishes:
            yield from self._at(in_12, lesson, screens if lesson.quiz else screens - 1)
            yield from (
                self._graded(in_12, lesson)
                if lesson.quiz
                else [("cmi.core.lesson_status" if in_12 else "cmi.completion_status", "completed")]
            )
        else:
            yield from self._at(in_12, lesson, max(0, screens - 1))
        seconds = round(spent.total_seconds())
        if in_12:
            yield "cmi.core.session_time", f"{seconds // 3600:04}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        else:
            yield "cmi.session_time", f"PT{seconds // 3600}H{seconds // 60 % 60}M{seconds % 60}S"

    def _at(self, in_12: bool, lesson: Lesson, screen: int) -> Iterator[tuple[str, str]]:
        steps = len(lesson.screens) + bool(lesson.quiz)
        screen = min(screen, steps - 1)
        yield "cmi.core.lesson_location" if in_12 else "cmi.location", str(screen)
        if not in_12:
            yield "cmi.progress_measure", f"{(screen + 1) / steps:.2f}"

    def _seen(self, of: int, seen: int) -> Iterator[tuple[str, str]]:
        yield "cmi.location", str(seen)
        yield "cmi.suspend_data", "1" * seen + "0" * (of - seen)
        yield "cmi.progress_measure", f"{seen / of:.4g}"
        yield "cmi.completion_status", "completed" if seen == of else "incomplete"

    def _graded(self, in_12: bool, lesson: Lesson) -> Iterator[tuple[str, str]]:
        right, share = self._answers(lesson)
        known = sorted(range(len(lesson.quiz)), key=self._luck)[:right]
        for number, question in enumerate(lesson.quiz):
            slip = 1 + self._luck(number) % (len(question.answers) - 1)
            answer = question.right if number in known else (question.right + slip) % len(question.answers)
            base = f"cmi.interactions.{number}"
            yield f"{base}.id", f"question-{number + 1}"
            yield f"{base}.type", "choice"
            yield f"{base}.correct_responses.0.pattern", "abc"[question.right]
            if not in_12:
                yield f"{base}.description", question.ask
            yield f"{base}.{'student' if in_12 else 'learner'}_response", "abc"[answer]
            yield f"{base}.result", "correct" if number in known else "wrong" if in_12 else "incorrect"
        score = "cmi.core.score" if in_12 else "cmi.score"
        yield from ((f"{score}.min", "0"), (f"{score}.max", "100"), (f"{score}.raw", str(round(share * 100))))
        verdict = "passed" if share >= self.play.course.passes_from else "failed"
        if in_12:
            yield "cmi.core.lesson_status", verdict
        else:
            yield "cmi.score.scaled", f"{share:.2f}"
            yield "cmi.completion_status", "completed"
            yield "cmi.success_status", verdict

    def _luck(self, number: int) -> int:
        """Which of the questions a learner of this story knows first; the same each time."""
        return crc32(f"{self.play.story.name} {self.play.course.key} {number}".encode())

    def _fails(self, lesson: Lesson) -> bool:
        """Whether the learner fails the quiz, and so will come back to it."""
        return bool(lesson.quiz) and self._answers(lesson)[1] < self.play.course.passes_from

    def _answers(self, lesson: Lesson) -> tuple[int, float]:
        """How many answers are right, and what share of the quiz that is."""
        right = int((self.visit.right or 0) * len(lesson.quiz))
        return right, right / len(lesson.quiz)

    def _commit(
        self, delivery: dict[str, Any], values: list[tuple[str, str]], event: str = ""
    ) -> dict[str, Any]:
        assert self.launch_id is not None  # noqa: S101 - the player was opened
        self.sequence += 1
        since = round((clock.now() - self.begins - OPENING).total_seconds() * 1000)
        start, set_value, commit, end = (
            ("LMSInitialize", "LMSSetValue", "LMSCommit", "LMSFinish")
            if delivery["table"] == "scorm_12"
            else ("Initialize", "SetValue", "Commit", "Terminate")
        )
        opens = values and values[0][0].endswith("exit")
        calls: list[Any] = [] if not opens else [(since - 900, start, [""], "true", 0)]
        calls += [(since - 400, set_value, [element, value], "true", 0) for element, value in values]
        calls.append((since, end if event else commit, [""], "true", 0))
        made = commits.Commit(
            self.sequence,
            delivery["activity"],
            values,
            calls,
            terminated=bool(event),
            event=commits.NavigationRequest(event) if event else None,
        )
        answer = commits.apply_commits(self.launch_id, [made])
        self.play.lms.take(answer["relay"])
        return answer

    # -- courses that speak to the record store

    def _speak(self, delivery: dict[str, Any]) -> Iterator[datetime]:
        course, lesson = self.play.course, self.play.course.lessons[0]
        own = course.standard == "cmi5"
        launch = {name: value[0] for name, value in parse_qs(urlsplit(delivery["url"]).query).items()}
        session_id, spent = UUID(delivery["session"]), self.visit.lasts
        if own:
            yield self.begins + OPENING * 2
            units.fetch(urlsplit(launch["fetch"]).path.split("/")[2])
            access = units.access_of(session_id)
            asked = Request("GET", "agents/profile", {"profileId": statements.PREFERENCES}, {}, b"")
            assert access is not None  # noqa: S101 - it was opened just now
            unit_views.ask(asked, access)
        said: list[tuple[str, timedelta, dict[str, Any]]] = [("initialized", OPENING * 3, {})]
        if self.visit.right is not None:
            share = self._answers(lesson)[1]
            verdict = "passed" if share >= course.passes_from else "failed"
            score = {"scaled": share, "raw": round(share * 100), "min": 0, "max": 100}
            if not (own and self._was_finished):  # an AU says it once in a registration (section 9.3.3)
                said.append(("completed", spent - OPENING * 2, {"completion": True}))
            said.append((verdict, spent - OPENING, {"success": verdict == "passed", "score": score}))
        said.append(("terminated", spent, {}))
        for verb, after, result in said:
            if verb != "initialized":
                result = {**result, "duration": f"PT{round(after.total_seconds())}S"}
            yield self.begins + after
            self._say(session_id, launch, verb, result)

    def _say(self, session_id: UUID, launch: dict[str, str], verb: str, result: dict[str, Any]) -> None:
        """Send one statement, as the content does with its token."""
        access = units.access_of(session_id)
        assert access is not None  # noqa: S101 - it is open
        made: dict[str, Any] = {
            "id": str(uuid4()),
            "timestamp": f"{clock.now():%Y-%m-%dT%H:%M:%S.000Z}",
            "actor": json.loads(launch["actor"]),
            "verb": {"id": VERBS[verb], "display": {"en-US": verb}},
            "object": {"id": launch["activityId" if "fetch" in launch else "activity_id"]},
            "context": {"registration": launch["registration"]},
        }
        if result:
            made["result"] = result
        if "fetch" in launch:
            self._mark(made, session_id, verb)
        write.store(access, [msgspec.json.encode(made)], "1.0.3")
        assert self.launch_id is not None  # noqa: S101 - the player was opened
        self.play.lms.take(commits.progress(self.launch_id)["relay"])

    def _mark(self, made: dict[str, Any], session_id: UUID, verb: str) -> None:
        """What cmi5 wants in the context of an AU's statement (sections 9.6.2, 9.6.3 and 10.2.1)."""
        session = AuSession.objects.get(id=session_id)
        template = statements.template_of(session, self.play.dispatch.course_id)
        marks = [CMI5, MOVE_ON] if verb in ("completed", "passed", "failed") else [CMI5]
        activities = {**template["contextActivities"], "category": [{"id": mark} for mark in marks]}
        extensions = template["extensions"]
        if "score" in made.get("result", {}):
            extensions = {**extensions, MASTERY_SCORE: self.play.course.passes_from}
        made["context"] |= {"contextActivities": activities, "extensions": extensions}
