"""What the browser is given with an activity: where its page is, which APIs it may look for, and what it may touch."""

import pytest
from tests.packages import Sco, manifest_text
from tests.runtime.test_commits import Player

from heliograph.dispatch import actions as dispatching
from heliograph.runtime import delivery
from heliograph.runtime.sequencing import Tree


@pytest.fixture
def opened(client, tenant, import_course):
    """Opens a course made by ``build_package`` as a learner."""

    def run(**package) -> Player:
        course = import_course(tenant, **package)
        destination = dispatching.create_destination(tenant.manager, "Brandt Logistics", "brandt")
        dispatch = dispatching.create_dispatch(tenant.manager, course, destination)
        return Player(client, dispatching.admit(dispatch, "anna", "Anna"))

    return run


def test_a_page_on_another_host_is_opened_there_and_done_by_that(opened):
    online = "https://courses.example.org/lesson/index.html?id=7"
    text = manifest_text(scos=[Sco(href="OPENED")]).replace('<file href="OPENED"/>', "").replace("OPENED", online)
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
    text = manifest_text(standard=standard)
    said = "1.2" if standard == "scorm_12" else "2004 4th Edition"
    for spelling in (said, "CAM 1.3", "2004 3rd Edition"):
        text = text.replace(f"<schemaversion>{spelling}<", f"<schemaversion>{version}<")
    payload = opened(standard=standard, manifest=text).opened["delivery"]
    assert (payload["table"], payload["other_table"]) == (table, other)


@pytest.mark.parametrize(
    ("reads", "writes", "access"), [("true", "true", "rw"), ("true", "false", "r"), ("false", "true", "w"), ("false", "false", "")]
)
def test_a_bucket_is_granted_as_the_author_says_also_where_nothing_is(opened, reads, writes, access):
    grant = f'<adlcp:data><adlcp:map targetID="notes" readSharedData="{reads}" writeSharedData="{writes}"/></adlcp:data>'
    player = opened(standard="scorm_2004", scos=[Sco(inside=grant)])
    assert player.opened["delivery"]["seed"]["adl.data.0._access"] == access
    rejected = player.commit(1, ["adl.data.0.store", "mine"]).json()["rejected"]
    assert rejected == ([] if "w" in access else [["adl.data.0.store", 404]])


def test_what_the_author_left_open_is_not_seeded():
    item = {"identifier": "a", "title": "a", "visible": True, "launch": {"kind": "sco", "href": "a", "query": ""}, "items": []}
    organization = {"identifier": "o", "title": "o", "items": [item | {"mastery_score": None, "data_from_lms": ""}]}
    tree = Tree.of({"default_organization": "o", "organizations": [organization]})
    seeded = delivery.seed(tree.by_id["a"], "scorm_12", "normal", "credit", True, ("anna", "Anna"), {})
    assert "cmi.launch_data" not in seeded
    assert "cmi.student_data.mastery_score" not in seeded
