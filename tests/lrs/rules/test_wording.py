"""What a statement is in words: a table of statements and sentences."""

from typing import Any

import pytest
from django.utils import translation

from heliograph.lrs.rules import wording

ADL = "http://adlnet.gov/expapi/verbs"
ADA = {"mbox": "mailto:ada@example.org", "name": "Ada"}
COURSE = "https://example.org/courses/fire-safety"
NAMED: dict[str, Any] = {
    "id": COURSE,
    "definition": {"name": {"de-DE": "Brandschutz", "en-GB": "Fire safety"}},
}
QUESTION = {
    "id": "https://example.org/q/1",
    "definition": {
        "name": {"en": "Where is the exit?"},
        "interactionType": "choice",
        "choices": [
            {"id": "a", "description": {"en": "On the left", "de": "Links"}},
            {"id": "b", "description": {"en": "Upstairs"}},
        ],
    },
}
MATCHING = {
    "id": "https://example.org/q/2",
    "definition": {
        "name": {"en": "Who says what?"},
        "interactionType": "matching",
        "source": [{"id": "1", "description": {"en": "Cow"}}],
        "target": [{"id": "x", "description": {"en": "Moo"}}],
    },
}


def told(
    did: str = "completed", about: dict[str, Any] = NAMED, who: dict[str, Any] = ADA, **result: Any
) -> dict[str, Any]:
    statement = {"actor": who, "verb": {"id": f"{ADL}/{did}", "display": {"en-US": did}}, "object": about}
    return {**statement, "result": result} if result else statement


SENTENCES = [
    (told(score={"scaled": 0.9}, duration="PT4M"), "Ada completed Fire safety, 90%, in 4 minutes"),
    (told(), "Ada completed Fire safety"),
    (
        told("passed", success=True, completion=True, score={"raw": 45, "max": 50}),
        "Ada passed Fire safety, 45 of 50",
    ),
    (
        told("terminated", success=False, completion=False),
        "Ada terminated Fire safety, failed, not completed",
    ),
    (told("scored", score={"raw": 12.5}), "Ada scored Fire safety, 12.5 points"),
    (told("scored", score={"scaled": -0.125}), "Ada scored Fire safety, -12.5%"),
    (told(about={"id": COURSE}), "Ada completed fire safety"),
    (
        told("answered", QUESTION, response="a[,]b", success=True),
        "Ada answered Where is the exit?, “On the left, Upstairs”, right",
    ),
    (told("answered", QUESTION, response="c", success=False), "Ada answered Where is the exit?, “c”, wrong"),
    (told("answered", MATCHING, response="1[.]x[,]2[.]y"), "Ada answered Who says what?, “Cow: Moo, 2: y”"),
    (told("voided", {"objectType": "StatementRef", "id": "0"}), "Ada voided a statement"),
    (told("asked", {"objectType": "Agent", "mbox": "mailto:bo@example.org"}), "Ada asked bo@example.org"),
    (
        told("planned", {"objectType": "SubStatement", **told("attended", score={"raw": 1, "max": 2})}),
        "Ada planned “Ada attended Fire safety, 1 of 2”",
    ),
    (
        {
            "actor": {"openid": "https://ada.example.org/"},
            "verb": {"id": "https://example.org/verbs#Went"},
            "object": {"id": "urn:x:fire-door"},
        },
        "ada.example.org went fire door",
    ),
]


@pytest.mark.parametrize(("statement", "sentence"), SENTENCES, ids=[sentence for _, sentence in SENTENCES])
def test_a_statement_is_told_in_a_sentence(statement, sentence):
    assert str(wording.of_statement(statement, ["en"])) == sentence


ACTORS = [
    ({"name": "Ada Lovelace", "mbox": "mailto:ada@example.org"}, "Ada Lovelace"),
    ({"name": "  ", "mbox": "mailto:ada@example.org"}, "ada@example.org"),
    ({"account": {"homePage": "https://example.org", "name": "ada-7"}}, "ada-7"),
    ({"mbox_sha1sum": "ebd31e95054c018b10727ccffd2ef2ec3a016ee9"}, "Unknown learner (ebd31e95…)"),
    ({"objectType": "Group", "member": [{"name": "Ada"}, {"name": "Bo"}]}, "Ada and Bo"),
    (
        {"objectType": "Group", "member": [{"name": "Ada"}, {"name": "Bo"}, {"name": "Cy"}]},
        "Ada, Bo and 1 other",
    ),
    ({"objectType": "Group", "member": []}, "a group"),
    ({"name": "A\n" * 500}, f"{'A ' * 59}A…"),
]


@pytest.mark.parametrize(("actor", "name"), ACTORS)
def test_an_actor_is_called_by_name_or_by_what_identifies_it(actor, name):
    assert wording.actor(actor) == name


DURATIONS = [
    ("PT4M", "4 minutes"), ("PT1H5M", "1 hour 5 minutes"), ("PT3661S", "1 hour 1 minute"),
    ("PT3605S", "1 hour"), ("P1DT1S", "1 day"), ("PT1.9S", "1 second"), ("PT0.5S", "less than a second"),
    ("PT0S", ""), ("P2W", "14 days"), ("", ""), ("soon", ""),
]  # fmt: skip


@pytest.mark.parametrize(("duration", "phrase"), DURATIONS)
def test_a_duration_is_told_in_its_two_largest_units(duration, phrase):
    assert wording.duration(duration) == phrase


def test_names_are_in_the_language_of_the_reader_and_verbs_in_that_of_the_sentence():
    statement = told()
    statement["verb"]["display"] = {"de": "beendete", "en": "finished"}
    assert str(wording.of_statement(statement, ["de", "en"])) == "Ada finished Brandschutz"


def test_an_activity_without_a_name_is_called_as_others_called_it():
    assert (
        str(wording.of_statement(told(about={"id": COURSE}), ["en"], {COURSE: NAMED["definition"]}))
        == "Ada completed Fire safety"
    )


def test_a_number_beyond_all_measure_is_told_all_the_same():
    assert wording.score({"raw": 10**400}).startswith("1000")


@pytest.mark.parametrize(
    ("about", "activities", "course"),
    [
        (
            {"id": "urn:x:page"},
            {"grouping": [{"id": "urn:x:attempt"}, {"id": "urn:x:known"}], "parent": [{"id": "urn:x:part"}]},
            "urn:x:known",
        ),
        ({"id": "urn:x:page"}, {"grouping": [{"id": "urn:x:attempt"}]}, "urn:x:attempt"),
        ({"id": "urn:x:page"}, {"parent": {"id": "urn:x:part"}}, "urn:x:part"),
        ({"id": "urn:x:known"}, {"grouping": [{"id": "urn:x:program"}]}, "urn:x:known"),
        ({"id": "urn:x:page"}, {}, None),
    ],
)
def test_a_statement_belongs_to_the_course_it_names(about, activities, course):
    known = {"urn:x:known": {"type": "http://adlnet.gov/expapi/activities/course"}}
    parent = wording.course({"object": about, "context": {"contextActivities": activities}}, known)
    assert parent == (course and {"id": course})


def test_a_sentence_is_in_the_language_of_the_page_and_verbs_of_others_as_they_were_sent():
    answered = told("answered", QUESTION, response="a", success=False, duration="PT1H5M")
    with translation.override("de"):
        assert str(wording.of_statement(told(score={"scaled": 0.905}), ["de"])) == (
            "Ada – abgeschlossen: Brandschutz, 90,5 %"
        )
        assert wording.of_statement(answered, ["de"]).how == "„Links“, falsch, Dauer: 1 Stunde 5 Minuten"
        assert str(wording.of_statement(told("drove"), ["de"])) == "Ada – drove: Brandschutz"
    assert wording.english_verb(answered["verb"]) == "answered"
