"""Sessions become statements from the log of their commits: all of them, once, and only those of people who
learn.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from tests.builders import manifest_text
from tests.lrs.client import Xapi
from tests.tenants import Tenant

from heliograph.courses import actions as courses
from heliograph.courses import queries
from heliograph.courses.models import Course
from heliograph.runtime import actions, commits, hooks, sessions
from heliograph.runtime.models import Registration
from heliograph.runtime.scorm_profile import emitter

VERBS = "http://adlnet.gov/expapi/verbs/"


class Learning:
    """A learner who plays the course through commits."""

    def __init__(
        self, tenant: Tenant, course: Course, purpose: str = "learning", mode: str = "normal"
    ) -> None:
        learner = actions.ensure_learner(tenant.organization.id, tenant.organization.id, "ada", "Ada")
        self.registration, _ = actions.register(tenant.manager, course, learner, purpose=purpose)
        self.launch = actions.open_launch(self.registration.id, mode)
        self.begun = sessions.begin(self.launch)
        self.sequence = 0

    def does(self, *values: tuple[str, str], initialize: bool = False, terminated: bool = False) -> None:
        self.sequence += 1
        calls = [(1, "LMSInitialize", [""], "true", 0)] if initialize else []
        calls += [(2, "LMSSetValue", list(value), "true", 0) for value in values]
        calls += [(3, "LMSFinish", [""], "true", 0)] if terminated else []
        activity = self.begun["delivery"]["activity"]
        commit = commits.Commit(self.sequence, activity, list(values), calls, terminated)
        commits.apply_commits(self.launch.id, [commit])


def verbs(xapi: Xapi, **query: object) -> list[str]:
    return [
        statement["verb"]["id"].removeprefix(VERBS) for statement in xapi.statements(ascending=True, **query)
    ]


@pytest.mark.django_db(transaction=True)
def test_a_session_is_told_once_however_often_the_log_is_followed(
    tenant: Tenant, course: Course, credential_of: Callable[..., Xapi]
) -> None:
    xapi, learning = credential_of(tenant), Learning(tenant, course)
    learning.does(initialize=True)
    emitter.follow()
    learning.does(("cmi.core.score.raw", "90"), ("cmi.core.lesson_status", "passed"), terminated=True)
    for _ in range(3):
        emitter.follow()
    assert verbs(xapi) == ["initialized", "scored", "completed", "passed", "terminated"]
    last = xapi.statements(limit=1)[0]
    assert last["actor"]["account"]["name"] == "ada"
    assert last["object"]["definition"]["type"].endswith("/lesson")
    attempt = learning.registration.attempts.get()
    assert len(verbs(xapi, registration=str(attempt.id))) == 5
    course_iri = f"http://localhost:8000/courses/{course.id}"
    assert len(verbs(xapi, activity=course_iri, related_activities=True)) == 5


@pytest.mark.django_db(transaction=True)
def test_a_course_whose_manifest_speaks_of_both_standards_is_told_in_the_one_its_pages_speak(
    tenant, import_course, credential_of
) -> None:
    """Namespaces of SCORM 2004, “1.2” as the version, and pages that look for the API of SCORM 1.2."""
    manifest = manifest_text(standard="scorm_2004").replace("2004 4th Edition", "1.2")
    xapi, learning = (
        credential_of(tenant),
        Learning(tenant, import_course(tenant, standard="scorm_12", manifest=manifest)),
    )
    learning.does(initialize=True)
    learning.does(("cmi.core.lesson_status", "passed"), ("cmi.core.score.raw", "90"))
    learning.does(terminated=True)
    emitter.follow()
    assert verbs(xapi) == ["initialized", "scored", "completed", "passed", "terminated"]


def test_trials_and_reviews_are_not_told(
    tenant: Tenant, course: Course, credential_of: Callable[..., Xapi]
) -> None:
    for purpose, mode in (("trial", "normal"), ("learning", "review")):
        Learning(tenant, course, purpose, mode).does(initialize=True)
    emitter.follow()
    assert verbs(credential_of(tenant)) == []


def test_what_is_not_to_be_kept_is_not_told(
    tenant: Tenant, course: Course, credential_of: Callable[..., Xapi], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(registration: Registration) -> bool:
        return False

    monkeypatch.setattr(hooks.recording_enabled, "connected", [never])
    Learning(tenant, course).does(initialize=True)
    emitter.follow()
    assert verbs(credential_of(tenant)) == []


@pytest.mark.django_db(transaction=True)
def test_a_course_that_is_deleted_while_the_log_is_followed_is_passed_over(
    tenant: Tenant, course: Course, credential_of: Callable[..., Xapi], monkeypatch: pytest.MonkeyPatch
) -> None:
    Learning(tenant, course).does(initialize=True)
    frozen = queries.frozen

    def a_moment_too_late(version_id: UUID) -> queries.Frozen:
        courses.delete_course(tenant.owner, course)
        queries.FROZEN.clear()
        return frozen(version_id)

    monkeypatch.setattr(queries, "frozen", a_moment_too_late)
    assert emitter.follow() == 1
    assert verbs(credential_of(tenant)) == []


@pytest.mark.django_db(transaction=True)
def test_a_course_that_is_deleted_after_it_was_told_of_and_before_that_is_kept_is_passed_over(
    tenant: Tenant, course: Course, credential_of: Callable[..., Xapi], monkeypatch: pytest.MonkeyPatch
) -> None:
    Learning(tenant, course).does(initialize=True)
    emit = emitter.emit

    def delete() -> None:
        courses.delete_course(tenant.owner, course)
        connections.close_all()

    def emit_and_see_it_go(*said: Any) -> Any:
        emitted = emit(*said)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(delete).result()
        return emitted

    monkeypatch.setattr(emitter, "emit", emit_and_see_it_go)
    assert emitter.follow() == 0  # its log went with it
    assert verbs(credential_of(tenant)) == []
