"""xAPI packages: launched with a token, heard by what they say of their activity, completed by the rule of
their course.
"""

import json
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from tests.builders import Activity, tincan_course
from tests.fixtures import version_of
from tests.runtime.cmi5.au import TokenXapi, Window

from heliograph.core.clock import now
from heliograph.core.errors import Invalid
from heliograph.core.ids import new_id
from heliograph.courses import actions as courses
from heliograph.courses.imports import importing
from heliograph.courses.models import Course
from heliograph.runtime import actions, xapi_outcome
from heliograph.runtime.models import Attempt, Registration

FIRE, WATER = "https://example.com/fire", "https://example.com/water"


class Content:
    """An activity as a program."""

    def __init__(self, window, answer=None):
        self.delivery = (answer or window.opened)["delivery"]
        self.launched_with = {
            name: values[0] for name, values in parse_qs(urlsplit(self.delivery["url"]).query).items()
        }
        self.actor = json.loads(self.launched_with["actor"])
        self.xapi = TokenXapi(self.launched_with["auth"].removeprefix("Basic "))

    def say(self, verb, about=None, **more):
        said = {
            "id": str(uuid4()),
            "timestamp": now().isoformat(),
            "actor": self.actor,
            "object": {"id": about or self.launched_with["activity_id"]},
        }
        verb_id = verb if "://" in verb else f"http://adlnet.gov/expapi/verbs/{verb}"
        return self.xapi.post("statements", {**said, "verb": {"id": verb_id}, **more}).status


@pytest.fixture
def open_package(client, tenant, tmp_path):
    def run(*activities, mode="normal", **settings):
        path = tmp_path / "package.zip"
        tincan_course(path, activities=activities or (Activity(),))
        job = importing.run(
            courses.start_import(
                tenant.manager, path, "course.zip", f"course-{new_id().hex[-8:]}", True, run_here=True
            ).id
        )
        course = Course.objects.get(id=version_of(job).course_id)
        courses.change_course(tenant.manager, course, **settings)
        learner = actions.ensure_learner(tenant.organization.id, tenant.organization.id, "anna", "Anna")
        return Window(client, actions.register(tenant.manager, course, learner)[0], mode)

    return run


def standing():
    return Registration.objects.get()


def test_what_an_activity_is_launched_with(open_package):
    content = Content(open_package())
    assert content.launched_with.keys() == {"endpoint", "auth", "actor", "registration", "activity_id"}
    assert content.launched_with["activity_id"] == FIRE
    assert "&auth=Basic%20" in content.delivery["url"], (
        "a script that decodes with decodeURIComponent would send “Basic+…”"
    )
    assert "+" not in content.delivery["url"]
    assert content.launched_with["registration"] == str(Attempt.objects.get().id)
    assert content.say("experienced", "https://example.com/fire/page-1") == 200
    about = {"activityId": FIRE, "agent": content.actor, "stateId": "bookmark"}
    assert content.xapi.put("activities/state", {"page": 2}, **about).status == 204
    assert content.xapi.get(
        "activities/state", **about, registration=content.launched_with["registration"]
    ).json() == {"page": 2}


@pytest.mark.parametrize(
    ("rule", "not_yet", "done"),
    [
        ("completed or passed", ["experienced", "failed", "terminated"], "passed"),
        ("completed or passed", ["failed"], "completed"),
        ("completed", ["passed"], "completed"),
        ("passed", ["completed", "failed"], "passed"),
        ("terminated", ["completed", "passed"], "terminated"),
        ("terminated", [], "exited"),
    ],
)
def test_the_courses_rule_says_what_completes_it(open_package, rule, not_yet, done):
    content = Content(open_package(completes_by=rule))
    for verb in not_yet:
        content.say(verb)
        assert standing().completion == "incomplete"
    content.say(done, "https://example.com/fire/question-1")
    assert standing().completion == "incomplete"
    content.say(done)
    assert standing().completion == "completed"


def test_looking_through_it_again_completes_nothing(open_package):
    open_package(completes_by="launched", mode="review")
    assert standing().completion != "completed"


def test_opening_may_be_all_that_is_asked_for(open_package):
    window = open_package(Activity(), Activity(WATER, "Water", "water.html"), completes_by="launched")
    assert standing().completion == "incomplete"
    window.navigate("continue")
    assert standing().completion == "completed"


def test_results_count_as_their_verbs_do_and_scores_are_kept(open_package):
    content = Content(open_package())
    content.say(
        "attempted",
        result={
            "completion": True,
            "success": False,
            "score": {"scaled": 0.3, "raw": 3, "min": 0, "max": 10},
        },
    )
    outcome = standing()
    assert (outcome.completion, outcome.success, outcome.score_scaled, outcome.score_raw) == (
        "completed",
        "failed",
        0.3,
        3.0,
    )
    content.say("passed", result={"score": {"scaled": 0.9}})
    assert (standing().success, standing().score_scaled) == ("passed", 0.9)


def test_of_several_activities_all_are_asked_for_and_an_earlier_window_is_still_heard(open_package):
    window = open_package(Activity(), Activity(WATER, "Water", "water.html"))
    first = Content(window)
    second = Content(window, window.navigate("continue"))
    assert second.say("completed") == 200
    assert standing().completion == "incomplete"
    assert first.say("completed") == 200
    assert standing().completion == "completed"


def test_content_speaks_of_its_learner_and_registration_only(open_package):
    content = Content(open_package())
    content.actor = {"mbox": "mailto:other@example.com"}
    assert content.say("completed") == 403
    assert standing().completion == "incomplete"


def test_a_rule_that_is_none_is_refused(open_package):
    with pytest.raises(Invalid, match="completed or passed"):
        open_package(completes_by="whenever")


def test_verbs_are_known_by_their_last_word():
    for verb in (
        "http://adlnet.gov/expapi/verbs/completed",
        "http://activitystrea.ms/schema/1.0/completed/",
        "urn:verbs#Completed",
    ):
        assert xapi_outcome.verdicts({"verb": {"id": verb}, "object": {"id": FIRE}}, FIRE) == {"completed"}
    assert set(xapi_outcome.RULES) == set(Course.Completion.values)
