"""Answers to questions are kept the same way, whichever standard the course speaks."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.runtime.scorm_profile.test_emitter import Learning

from heliograph.core.models import ChangeQueue
from heliograph.runtime import answers
from heliograph.runtime.models import Answer, Question
from heliograph.runtime.scorm_profile import emitter

MOMENT = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def statement(response, success=None, kind="choice", name="https://quiz.example/q1", **more):
    return {
        "verb": {"id": "http://adlnet.gov/expapi/verbs/answered"},
        "object": {"id": name, "definition": {"interactionType": kind, **more}},
        "result": {"response": response, **({} if success is None else {"success": success})},
    }


@pytest.fixture
def learning(tenant, course):
    return Learning(tenant, course)


@pytest.fixture
def keep(learning):
    """Keeps what statements of the learner's attempt tell."""
    attempt = learning.registration.attempts.get()

    def run(*statements, moment=MOMENT):
        answers.keep(learning.registration, attempt.id, "unit", statements, moment)
        return list(Answer.objects.order_by("question__identifier"))

    return run


@pytest.mark.django_db(transaction=True)
def test_an_answer_in_scorm_12_is_kept_with_its_question(learning):
    learning.does(initialize=True)
    learning.does(
        ("cmi.interactions.0.id", "q1"),
        ("cmi.interactions.0.type", "choice"),
        ("cmi.interactions.0.correct_responses.0.pattern", "b,a"),
        ("cmi.interactions.0.student_response", "b"),
        ("cmi.interactions.0.result", "wrong"),
    )
    emitter.follow()
    answer = Answer.objects.select_related("question").get()
    assert (answer.response, answer.correct) == ("b", False)
    assert answer.within == learning.registration.attempts.get().id
    asked = answer.question
    assert (asked.kind, asked.course_id) == ("choice", learning.registration.course_id)
    assert asked.correct_responses == ["a,b"]
    assert asked.identifier.endswith("/interactions/q1")


@pytest.mark.django_db(transaction=True)
def test_an_answer_in_scorm_2004_is_kept_and_another_one_takes_its_place(tenant, import_course):
    learning = Learning(tenant, import_course(tenant, standard="scorm_2004"))
    for response, result in (("b", "incorrect"), ("a", "correct")):
        learning.does(
            ("cmi.interactions.0.id", "q1"),
            ("cmi.interactions.0.type", "choice"),
            ("cmi.interactions.0.description", "Which one?"),
            ("cmi.interactions.0.learner_response", response),
            ("cmi.interactions.0.result", result),
            initialize=response == "b",
        )
        emitter.follow()
    answer = Answer.objects.select_related("question").get()
    assert (answer.response, answer.correct, answer.question.text) == ("a", True, "Which one?")


@pytest.mark.django_db(transaction=True)
def test_a_trial_leaves_no_answers(tenant, course):
    learning = Learning(tenant, course, purpose="trial")
    learning.does(
        ("cmi.interactions.0.id", "q1"),
        ("cmi.interactions.0.student_response", "b"),
        initialize=True,
        terminated=True,
    )
    emitter.follow()
    assert not Answer.objects.exists()


@pytest.mark.parametrize(
    ("kind", "response", "kept"),
    [
        ("choice", "b[,]a", "a[,]b"),
        ("choice", "b, a", "a,b"),
        ("matching", "2[.]b[,]1[.]a", "1[.]a[,]2[.]b"),
        ("sequencing", "b[,]a", "b[,]a"),
        ("true-false", "T", "true"),
        ("fill-in", "  two \n words ", "two words"),
        ("fill-in", "\u202eevil\x00", "evil"),
        ("long-fill-in", "x" * 400, "x" * 250),
        ("numeric", "42", "42"),
        ("likert", "agree", "agree"),
        ("performance", "step[.]1", "step[.]1"),
    ],
)
def test_responses_are_kept_in_the_form_in_which_they_are_counted(kind, response, kept):
    assert answers.normal(kind, response) == kept


def test_what_is_no_answer_is_passed_over():
    about = {"id": "https://quiz.example/q1"}
    verb = {"id": "http://adlnet.gov/expapi/verbs/completed"}
    silent = {"verb": verb, "object": about, "result": {"response": "a"}}
    assert not list(answers.given([silent, {"verb": verb, "object": about}], MOMENT))
    [likert] = answers.given([statement("agree", True, kind="likert")], MOMENT)
    assert likert.correct is None, "no answer of a survey is a correct one"


def test_an_older_answer_that_comes_late_changes_nothing(keep):
    early = {**statement("b", False), "timestamp": "2026-11-30T11:00:00Z"}
    late = {**statement("a", True), "timestamp": "2026-11-30T11:30:00Z"}
    assert [kept.response for kept in keep(late)] == ["a"]
    assert [kept.response for kept in keep(early)] == ["a"]
    assert [kept.response for kept in keep(statement("c", False), moment=MOMENT)] == ["c"]


def test_a_time_that_is_to_come_is_now(keep):
    [kept] = keep({**statement("a"), "timestamp": (MOMENT + timedelta(days=9)).isoformat()})
    assert kept.answered_at == MOMENT


def test_the_same_answer_again_leaves_nothing_to_count(keep):
    keep(statement("a", True, correctResponsesPattern=["a"]))
    ChangeQueue.objects.all().delete()
    keep(statement("a", True, correctResponsesPattern=["a"]))
    assert not ChangeQueue.objects.exists()
    assert Question.objects.get().correct_responses == ["a"]


def test_two_questions_of_one_batch_are_one_note(keep):
    ChangeQueue.objects.all().delete()
    assert len(keep(statement("a"), statement("b", name="https://quiz.example/q2"))) == 2
    assert ChangeQueue.objects.count() == 1
