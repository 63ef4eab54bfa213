"""What the browser is given with an activity: where its page is, which APIs it may look for, and what it may
touch.
"""

import re

import pytest
from tests.builders import Sco, manifest_text
from tests.runtime.test_commits import Player

from heliograph.dispatch import actions as dispatching
from heliograph.dispatch import admission
from heliograph.runtime import activity_delivery
from heliograph.runtime.models import ActivityState, Registration
from heliograph.runtime.sequencing import Tree


@pytest.fixture
def admitted(tenant, import_course):
    """A learner's registration for a course made by ``build_package``."""

    def run(**package) -> Registration:
        course = import_course(tenant, **package)
        destination = dispatching.create_destination(tenant.manager, "Brandt Logistics", "brandt")
        return admission.admit(
            dispatching.create_dispatch(tenant.manager, course, destination), "anna", "Anna"
        )

    return run


@pytest.fixture
def opened(client, admitted):
    """Opens a course made by ``build_package`` as a learner."""

    def run(**package) -> Player:
        return Player(client, admitted(**package))

    return run


def mixed_manifest(standard: str, version: str, **described) -> str:
    """The manifest of one standard with the schemaversion of another."""
    return re.sub(
        "<schemaversion>.*?<", f"<schemaversion>{version}<", manifest_text(standard=standard, **described)
    )


# The manifest's namespaces and its schemaversion.
OF_2004, OF_12 = (
    ("scorm_2004", "1.2"),
    ("scorm_12", "2004 4th Edition"),
)


def test_a_page_on_another_host_is_opened_there_and_done_by_that(opened):
    online = "https://courses.example.org/lesson/index.html?id=7"
    text = (
        manifest_text(scos=[Sco(href="OPENED")])
        .replace('<file href="OPENED"/>', "")
        .replace("OPENED", online)
    )
    player = opened(scos=[], manifest=text)
    assert player.opened["delivery"]["url"] == online
    assert player.opened["relay"]["completion"] == "completed"


@pytest.mark.parametrize(
    ("standard", "version", "table", "other"),
    [
        ("scorm_12", "2004 4th Edition", "scorm_12", "scorm_2004"),
        ("scorm_2004", "1.2", "scorm_2004", "scorm_12"),
        ("scorm_12", "1.2", "scorm_12", None),
    ],
)
def test_pages_of_a_mixed_manifest_may_look_for_either_api(opened, standard, version, table, other):
    payload = opened(standard=standard, manifest=mixed_manifest(standard, version)).opened["delivery"]
    assert (payload["table"], payload["other_table"]) == (table, other)


SAID_IN = [
    (OF_2004, "scorm_12", [["cmi.interactions.0.id", "q1"], ["cmi.interactions.0.student_response", "a"]]),
    (OF_2004, "scorm_12", [["cmi.comments", "Too fast."]]),
    (OF_2004, "scorm_12", [["cmi.student_preference.audio", "-1"]]),
    (OF_2004, "scorm_12", [["cmi.objectives.0.id", "o1"], ["cmi.objectives.0.status", "passed"]]),
    (OF_12, "scorm_2004", [["cmi.suspend_data", "x" * 60_000]]),
    (OF_12, "scorm_2004", [["cmi.learner_preference.audio_level", "2"]]),
    (
        OF_12,
        "scorm_2004",
        [
            ["cmi.interactions.0.id", "q1"],
            ["cmi.interactions.0.type", "fill-in"],
            ["cmi.interactions.0.learner_response", "a"],
        ],
    ),
    (OF_12, "scorm_2004", [["cmi.comments_from_learner.0.comment", "Too fast."]]),
]


@pytest.mark.parametrize("replayed", [False, True], ids=["sent", "replayed"])
@pytest.mark.parametrize(("manifest", "table", "said"), SAID_IN)
def test_what_the_api_of_a_mixed_manifest_took_is_there_at_the_next_launch(
    client, admitted, manifest, table, said, replayed
):
    registration = admitted(standard=manifest[0], manifest=mixed_manifest(*manifest))
    player = Player(client, registration)
    noted = {"sequence": 1, "activity": player.activity, "values": said, "table": table}
    if replayed:
        answer = player.post(
            "replay", {"launch": player.opened["launch"], "commits": [noted]}, player.session
        )
    else:
        answer = player.post("commit", {"commits": [noted]})
    assert answer.json()["rejected"] == []
    kept = Player(client, registration).opened["delivery"]["data"]
    assert [[name, kept[name]] for name, _ in said] == said


def test_a_result_is_judged_by_what_the_api_of_a_mixed_manifest_offered(opened):
    player = opened(standard="scorm_2004", manifest=mixed_manifest(*OF_2004))
    offered = player.opened["delivery"]["other_seed"]
    player.post("commit", {"commits": [{"sequence": 1, "activity": player.activity, "table": "scorm_12"}]})
    assert ActivityState.objects.get().data.items() >= offered.items()


@pytest.mark.parametrize("table", [None, "scorm_13", "scorm_2004"])
def test_a_commit_that_names_no_table_of_its_delivery_is_judged_by_what_it_sets(opened, table):
    player = opened(standard="scorm_12", manifest=manifest_text(standard="scorm_12"))
    said = {
        "sequence": 1,
        "activity": player.activity,
        "values": [["cmi.core.lesson_status", "passed"]],
        "table": table,
    }
    assert player.post("commit", {"commits": [said]}).json()["rejected"] == []


def test_a_player_of_an_earlier_release_still_plays_a_mixed_manifest(opened):
    player = opened(standard="scorm_2004", manifest=mixed_manifest(*OF_2004))
    assert player.commit(1, ["cmi.core.lesson_status", "passed"]).json()["rejected"] == []
    assert player.commit(2, ["cmi.comments", "Too fast."]).json()["rejected"] == []


@pytest.mark.parametrize(
    ("reads", "writes", "access"),
    [("true", "true", "rw"), ("true", "false", "r"), ("false", "true", "w"), ("false", "false", "")],
)
def test_a_bucket_is_granted_as_the_author_says_also_where_nothing_is(opened, reads, writes, access):
    grant = (
        f'<adlcp:data><adlcp:map targetID="notes" readSharedData="{reads}" '
        f'writeSharedData="{writes}"/></adlcp:data>'
    )
    player = opened(standard="scorm_2004", scos=[Sco(inside=grant)])
    assert player.opened["delivery"]["seed"]["adl.data.0._access"] == access
    rejected = player.commit(1, ["adl.data.0.store", "mine"]).json()["rejected"]
    assert rejected == ([] if "w" in access else [["adl.data.0.store", 404]])


def test_what_the_author_left_open_is_not_seeded():
    item = {
        "identifier": "a",
        "title": "a",
        "visible": True,
        "launch": {"kind": "sco", "href": "a", "query": ""},
        "items": [],
    }
    organization = {
        "identifier": "o",
        "title": "o",
        "items": [item | {"mastery_score": None, "data_from_lms": ""}],
    }
    tree = Tree.of({"default_organization": "o", "organizations": [organization]})
    seeded = activity_delivery.seed(
        tree.by_id["a"], "scorm_12", "normal", "credit", True, ("anna", "Anna"), {}
    )
    assert "cmi.launch_data" not in seeded
    assert "cmi.student_data.mastery_score" not in seeded
