"""Learners of courses with all that a player leaves of them, at random but the same each time."""

from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from tests.insights.sessions import at

from heliograph.core.ids import new_id
from heliograph.courses.models import Course
from heliograph.dispatch.models import Dispatch
from heliograph.runtime import answers
from heliograph.runtime.models import ActivityState, Answer, Attempt, Learner, Question, Registration

ACTIVITIES = ("intro", "lesson", "practice", "exam")


def learner_of(course: Course, name: str) -> Learner:
    return Learner.objects.get_or_create(
        organization_id=course.organization_id, realm=course.organization_id, identifier=name
    )[0]


def registered(
    course: Course,
    name: str,
    when: datetime | None = None,
    dispatch: Dispatch | None = None,
    **outcome: Any,
) -> Registration:
    """A registration of the course with an attempt that has the same outcome."""
    assert course.published_id
    made = Registration.objects.create(
        organization_id=course.organization_id,
        key=uuid4().hex,
        course=course,
        learner=learner_of(course, name),
        dispatch_id=dispatch.id if dispatch else None,
        created_at=when or at(1),
        attempt_number=1,
        **outcome,
    )
    of_attempt = {name: value for name, value in outcome.items() if hasattr(Attempt, name)}
    Attempt.objects.create(
        organization_id=course.organization_id,
        registration=made,
        number=1,
        version_id=course.published_id,
        **of_attempt,
    )
    return made


def question(course: Course, name: str, kind: str = "choice", **more: Any) -> Question:
    return Question.objects.get_or_create(
        id=answers.question_id(course.id, "exam", name),
        defaults={
            "organization_id": course.organization_id,
            "course": course,
            "activity": "exam",
            "identifier": name,
            "kind": kind,
            **more,
        },
    )[0]


def answer(
    registration: Registration,
    asked: Question,
    response: str,
    correct: bool | None,
    when: datetime | None = None,
    within: UUID | None = None,
) -> Answer:
    """An answer in the first attempt, or ``within`` another one."""
    return Answer.objects.create(
        organization_id=registration.organization_id,
        registration=registration,
        question=asked,
        within=within or registration.attempts.get(number=1).id,
        response=response,
        correct=correct,
        answered_at=when or at(1),
    )


def opened(registration: Registration, *activities: str) -> None:
    """The activities were opened in this order, in the first attempt."""
    attempt = registration.attempts.get(number=1)
    for activity in activities:
        ActivityState.objects.create(
            id=new_id(),
            organization_id=registration.organization_id,
            attempt=attempt,
            identifier=activity,
        )


def many(course: Course, dispatches: list[Dispatch | None], number: int, seed: int = 1) -> None:
    """So many learners, some of whom begin again, leave early, or come from no dispatch."""
    assert course.published_id
    random = Random(seed)
    questions = [question(course, f"q{n}") for n in range(5)]
    for place in range(number):
        skill = random.random()
        created = at(random.randrange(60)) + timedelta(minutes=random.randrange(600))
        started = created + timedelta(minutes=random.randrange(1, 5_000))
        stage = random.choice(("registered", "launched", "half", "completed", "passed", "failed"))
        done = stage in ("completed", "passed", "failed")
        made = registered(
            course,
            f"{course.key}-{seed}-{place}",
            created,
            random.choice(dispatches),
            completion="completed" if done else "not attempted" if stage == "registered" else "incomplete",
            success=stage if stage in ("passed", "failed") else "unknown",
            progress={"half": 0.5, "launched": 0.2}.get(stage),
            score_scaled=round(random.random(), 4) if done and place % 3 else None,
            score_raw=random.randrange(100) if done and not place % 3 else None,
            first_launched_at=None if stage == "registered" else started,
            completed_at=started + timedelta(seconds=random.expovariate(1 / 9_000)) if done else None,
        )
        if stage == "registered":
            continue
        route = list(ACTIVITIES) if random.random() < 0.7 else random.sample(ACTIVITIES, 4)
        opened(made, *(route if done else route[: random.randrange(1, 4)]))
        if done:
            for asked in random.sample(questions, random.randrange(1, 6)):
                right = random.random() < skill
                judged = right if random.random() < 0.95 else None
                answer(made, asked, "a" if right else random.choice("bcd"), judged, started)
        if place % 7 == 0:
            again = Attempt.objects.create(
                organization_id=course.organization_id,
                registration=made,
                number=2,
                version_id=course.published_id,
                completion="incomplete",
                score_scaled=random.random() if place % 2 else None,
            )
            Registration.objects.filter(id=made.id).update(
                attempt_number=2, completion="incomplete", success="unknown",
                score_scaled=again.score_scaled, score_raw=None, progress=None,
            )  # fmt: skip
            for asked in questions:
                answer(made, asked, "a", True, started + timedelta(days=1), again.id)
