"""How learners do in courses: what the roll-ups say is what the raw rows come to, whatever happens to them,
and in whichever order.
"""

from datetime import timedelta
from random import Random

import pytest
from django.db import connection
from django.db.models import F
from tests.insights.learners import answer, many, opened, question, registered
from tests.insights.recounting import recount
from tests.insights.sessions import at, session

from heliograph.dispatch import actions as dispatching
from heliograph.insights import figures_check, rollup
from heliograph.insights.durations import EDGES
from heliograph.insights.learning import paths, queries, questions
from heliograph.insights.learning.selection import Selection
from heliograph.insights.models import (
    EVERY,
    Contribution,
    CourseCohort,
    PathCohort,
    QuestionCohort,
    ResponseCohort,
)
from heliograph.insights.periods import days
from heliograph.runtime import actions as runtime
from heliograph.runtime.models import Answer, Attempt, Registration

COUNTED = (CourseCohort, QuestionCohort, ResponseCohort, PathCohort)


def everything():
    """All that was counted, without the names of rows."""
    return [
        sorted(str({k: v for k, v in row.items() if k != "id"}) for row in table.objects.values())
        for table in COUNTED
    ]


def selection(course, period="90d", **more):
    return Selection(course.organization_id, days(period), course_id=course.id, **more)


def is_what_the_rows_say(of, counted):
    """Compare all figures of a selection with those of a recount."""
    outcomes = queries.outcomes(of)
    assert outcomes.steps == counted.steps
    assert outcomes.scored == len(counted.scores)
    assert outcomes.average_score == pytest.approx(sum(counted.scores) / len(counted.scores), abs=1e-4)
    by_percent = [0] * 101
    for score in counted.scores:
        by_percent[int(round(score * 10_000) // 100)] += 1
    assert outcomes.scores == by_percent
    assert outcomes.timed == len(counted.seconds)
    by_time = [0] * (len(EDGES) + 1)
    for seconds in counted.seconds:
        by_time[sum(seconds >= edge for edge in EDGES)] += 1
    assert outcomes.durations == by_time
    items = {str(item.id): item for item in questions.items(of)}
    assert items.keys() == counted.items.keys()
    for id_, (answered, graded, correct, correlation) in counted.items.items():
        item = items[id_]
        assert (item.answered, item.graded, item.correct) == (answered, graded, correct)
        assert item.discrimination == pytest.approx(correlation, abs=1e-4)
        given = {response.text: response.learners for response in questions.responses(of, item)}
        assert given == dict(counted.responses[id_])
    moves = {(move.origin, move.target): move.learners for move in paths.paths(of).moves}
    assert moves == dict(counted.moves)


@pytest.fixture
def others(tenant, dispatch):
    customer = dispatching.create_destination(tenant.manager, "Castellan", "castellan")
    return dispatching.create_dispatch(tenant.manager, dispatch.course, customer)


def test_every_figure_is_what_the_raw_rows_come_to(tenant, course, dispatch, others):
    many(course, [dispatch, others, None], 150)
    rollup.roll_up()
    of = selection(course)
    is_what_the_rows_say(of, recount(tenant.organization.id, course.id))
    since = days("7d").first
    is_what_the_rows_say(selection(course, "7d"), recount(tenant.organization.id, course.id, since))
    assert queries.registered(tenant.organization.id) == 150
    assert sum(month.registered for month in queries.months(of)) == 150
    by_customer = queries.groups(of, "customers")
    assert {row.name for row in by_customer} == {"Brandt Logistics", "Castellan", ""}
    assert sum(row.completed for row in by_customer) == queries.outcomes(of).completed
    [by_course] = queries.groups(of, "courses")
    assert by_course.steps == queries.outcomes(of).steps
    one_customer = Selection(tenant.organization.id, days("90d"), destination_id=dispatch.destination_id)
    assert queries.outcomes(one_customer).registered == sum(
        row.registered for row in by_customer if row.name == "Brandt Logistics"
    )


def test_figures_stay_exact_through_changes_deletions_and_counting_again(tenant, course, dispatch):
    many(course, [dispatch, None], 60)
    rollup.roll_up()
    before = everything()
    for row in Registration.objects.all():  # everything is touched, and nothing is different
        Registration.objects.filter(id=row.id).update(score_min=1)
        Registration.objects.filter(id=row.id).update(score_min=row.score_min)
    rollup.roll_up()
    assert everything() == before
    for number, row in enumerate(Registration.objects.order_by("key")):
        if number % 4 == 0:
            runtime.delete_registration(tenant.owner, row)
        elif number % 4 == 1:
            Registration.objects.filter(id=row.id).update(completion="completed", success="passed")
        elif number % 4 == 2:
            Answer.objects.filter(registration=row).update(correct=True)
    rollup.roll_up()
    assert everything() != before
    is_what_the_rows_say(selection(course), recount(tenant.organization.id, course.id))
    many(course, [dispatch, None], 20, seed=2)
    rollup.roll_up()
    rollup.roll_up()
    is_what_the_rows_say(selection(course), recount(tenant.organization.id, course.id))


def is_exact(tenant, courses):
    """Compare all figures with the raw rows; and the nightly check finds nothing to put right."""
    rollup.roll_up()
    for each in courses:
        is_what_the_rows_say(selection(each), recount(tenant.organization.id, each.id))
    stored = everything()
    assert figures_check.check() == (0, 0)
    assert everything() == stored


def test_sums_stay_those_of_the_rows_whatever_happens_in_between(
    tenant, course, dispatch, others, import_course
):
    """Late commits, new attempts, answers that come, change and go, registrations that come and go: after
    each, every figure is compared with a computation that knows nothing of sums.
    """
    other = import_course(tenant, key="other")
    random = Random(7)
    asked = {each.id: [question(each, f"q{n}") for n in range(3)] for each in (course, other)}
    many(course, [dispatch, others, None], 60)
    many(other, [None], 60)
    is_exact(tenant, [course, other])
    for turn in range(8):
        for row in random.sample(list(Registration.objects.order_by("key")), 12):
            match random.randrange(6):
                case 0:  # a commit that comes late, to an attempt that was replaced meanwhile
                    reached = {"completion": "completed", "success": "passed", "score_scaled": 0.77}
                    Attempt.objects.filter(registration=row, number=1).update(**reached)
                    Registration.objects.filter(id=row.id, attempt_number=1).update(**reached)
                case 1:
                    runtime.new_attempt(tenant.manager, row)
                case 2:
                    Answer.objects.filter(registration=row).update(
                        correct=random.choice((True, False, None)), response=random.choice("xyz")
                    )
                case 3:
                    Answer.objects.filter(registration=row).delete()
                    answer(row, random.choice(asked[row.course_id]), "late", True)
                case 4:
                    opened(row, f"activity {turn}")
                case 5:
                    runtime.delete_registration(tenant.owner, row)
            if turn % 2:
                rollup.roll_up()
        many(course, [dispatch, None], 5, seed=turn + 10)
        is_exact(tenant, [course, other])
    for row in Registration.objects.all():
        runtime.delete_registration(tenant.owner, row)
    rollup.roll_up()
    assert (everything(), Contribution.objects.count()) == ([[], [], [], []], 0)


def test_the_nightly_check_finds_and_repairs_what_was_written_past_the_triggers(tenant, course, dispatch):
    many(course, [dispatch, None], 30)
    rollup.roll_up()
    right = everything()
    CourseCohort.objects.filter(course_id=EVERY).update(completed=F("completed") + 1)
    PathCohort.objects.order_by("id")[0].delete()
    gone = Contribution.objects.order_by("registration_id")[0]
    Contribution.objects.filter(registration_id=gone.registration_id).delete()
    found = figures_check.check()
    assert found.registrations == 1
    assert found.figures > 0
    assert everything() == right
    assert figures_check.check() == (0, 0)


def test_the_check_finds_no_fault_in_what_waits_to_be_rolled_up(tenant, course):
    many(course, [None], 10)
    rollup.roll_up()
    Registration.objects.update(completion="completed", success="passed")
    assert figures_check.check() == (0, 0)
    is_exact(tenant, [course])


def test_a_figure_that_would_fall_below_zero_is_summed_up_again(tenant, course):
    many(course, [None], 10)
    rollup.roll_up()
    CourseCohort.objects.update(completed=0, passed=0, launched=0)
    for row in Registration.objects.exclude(completed_at=None)[:3]:
        runtime.delete_registration(tenant.owner, row)
    rollup.roll_up()
    figures_check.check()  # the other days
    is_exact(tenant, [course])


def test_a_roll_up_reads_the_registrations_that_were_touched_and_no_others(course):
    """However many their cohorts hold."""
    many(course, [None], 40)
    rollup.roll_up()
    kept = set(Contribution.objects.values_list("registration_id", "pk"))
    row = Registration.objects.exclude(completion="completed")[0]
    Registration.objects.filter(id=row.id).update(completion="completed")
    written = of_table("insights_contribution")
    rollup.roll_up()
    assert len(of_table("insights_contribution") - written) == 1
    assert set(Contribution.objects.values_list("registration_id", "pk")) == kept


def of_table(table):
    """Which row versions a table has: a row that was written again is another one."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT ctid::text, xmin::text FROM {table}")
        return set(cursor.fetchall())


def test_whoever_is_registered_without_a_dispatch_counts(course):
    registered(course, "anna", completion="completed", first_launched_at=at(1, "08:00"), completed_at=at(1))
    rollup.roll_up()
    outcomes = queries.outcomes(selection(course))
    assert outcomes.steps == {"registered": 1, "launched": 1, "half": 1, "completed": 1, "passed": 0}
    quartiles = [seconds or 0 for seconds in outcomes.quartiles]
    assert quartiles[1] == pytest.approx(4 * 3_600, rel=0.1)
    assert sorted(quartiles) == quartiles


def test_beginning_again_takes_nothing_back(tenant, course, dispatch):
    made = registered(
        course,
        "anna",
        dispatch=dispatch,
        completion="completed",
        success="passed",
        score_scaled=0.8,
        first_launched_at=at(1, "10:00"),
        completed_at=at(1, "11:00"),
    )
    rollup.roll_up()
    before = everything()
    runtime.new_attempt(tenant.manager, made)
    rollup.roll_up()
    made.refresh_from_db()
    assert (made.completion, made.completed_at) == ("not attempted", None)
    assert everything() == before


def test_what_an_attempt_reaches_after_another_one_has_replaced_it_counts(tenant, course, dispatch):
    made = registered(course, "anna", dispatch=dispatch, completion="incomplete", first_launched_at=at(1))
    runtime.new_attempt(tenant.manager, made)
    rollup.roll_up()
    assert queries.outcomes(selection(course)).passed == 0
    late = Attempt.objects.get(registration=made, number=1)
    Attempt.objects.filter(id=late.id).update(completion="completed", success="passed", score_scaled=0.9)
    rollup.roll_up()
    outcomes = queries.outcomes(selection(course))
    assert (outcomes.completed, outcomes.passed, outcomes.scores[90]) == (1, 1, 1)


def test_a_session_in_an_lms_is_a_launch(course, dispatch):
    session(dispatch, "anna", at(0), completion="incomplete")
    rollup.roll_up()
    assert queries.outcomes(selection(course)).launched == 1


def test_an_item_counts_in_the_first_scored_attempt(course):
    anna = registered(course, "anna")
    asked, other = question(course, "q1"), question(course, "q2")
    again = Attempt.objects.create(
        organization_id=course.organization_id, registration=anna, number=2, version=course.published
    )
    answer(anna, asked, "a", None, at(5))
    answer(anna, asked, "b", False, at(3), again.id)
    answer(anna, other, "a", True, at(3), again.id)
    rollup.roll_up()
    [item, _] = questions.items(selection(course))
    assert (item.answered, item.graded, item.correct) == (1, 1, 0)
    assert [response.text for response in questions.responses(selection(course), item)] == ["b"]


def test_a_question_that_tells_learners_apart_has_a_high_discrimination(course):
    good, useless = question(course, "good"), question(course, "useless")
    rest = [question(course, f"rest{n}") for n in range(3)]
    for place in range(20):
        made, able = registered(course, f"learner{place}"), place % 2 == 0
        for asked in (good, *rest):
            answer(made, asked, "a" if able else "b", able)
        answer(made, useless, "a", True)
    rollup.roll_up()
    by_name = {item.identifier: item for item in questions.items(selection(course))}
    assert by_name["good"].discrimination == pytest.approx(1.0)
    assert by_name["good"].difficulty == 0.5
    assert by_name["useless"].discrimination is None, "everybody answers it alike"
    assert by_name["useless"].difficulty == 1.0


def test_thousands_of_different_answers_are_twenty_and_the_others(course):
    asked = question(course, "text", "fill-in")
    for place in range(60):
        answer(registered(course, f"learner{place}"), asked, f"answer {min(place, 40)}", place >= 40)
    rollup.roll_up()
    [item] = questions.items(selection(course))
    given = questions.responses(selection(course), item)
    assert len(given) == questions.MOST_RESPONSES + 1
    assert (given[0].text, given[0].learners, given[0].right) == ("answer 40", 20, True)
    others = next(response for response in given if response.text is None)
    assert (others.learners, others.right) == (60 - 20 - 19, None)


def test_paths_go_from_the_start_to_where_learners_leave_or_finish(course):
    opened(registered(course, "anna", completion="completed", completed_at=at(0)), "a", "b", "c")
    opened(registered(course, "boris"), "a", "c")
    opened(registered(course, "clara"), "a")
    rollup.roll_up()
    found = paths.paths(selection(course))
    assert {(move.origin, move.target): move.learners for move in found.moves} == {
        ("start", ":a"): 3,
        (":a", ":b"): 1,
        (":a", ":c"): 1,
        (":b", ":c"): 1,
        (":c", "finished"): 1,
        (":c", "left"): 1,
        (":a", "left"): 1,
    }
    assert found.activities[0] == ":a"
    assert (found.learners, found.left(":a"), found.others) == (3, 1, 0)


def test_paths_of_many_activities_keep_the_busiest(course):
    for place in range(30):
        opened(registered(course, f"learner{place}"), *(f"activity {n:02}" for n in range(30 - place)))
    rollup.roll_up()
    found = paths.paths(selection(course))
    assert len(found.activities) == paths.MOST_ACTIVITIES - 1
    assert found.activities == [f":activity {n:02}" for n in range(11)]
    assert found.others == 19
    assert found.entered(paths.OTHER) == 19, "those who go on from one of the others to the next are there"


def test_previews_are_no_learning(course):
    made = registered(course, "anna", purpose="trial", completion="completed")
    answer(made, question(course, "q"), "a", True)
    opened(made, "a")
    rollup.roll_up()
    assert everything() == [[], [], [], []]


def test_a_course_that_is_deleted_takes_its_figures_along(tenant, course, import_course):
    kept = import_course(tenant, key="kept")
    many(course, [None], 10)
    many(kept, [None], 10)
    rollup.roll_up()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    course.delete()
    rollup.roll_up()
    assert {row.course_id for table in COUNTED for row in table.objects.all()} == {kept.id, EVERY}
    assert queries.registered(tenant.organization.id) == 10
    is_what_the_rows_say(selection(kept), recount(tenant.organization.id, kept.id))


def test_figures_take_the_same_queries_however_many_there_are(course, dispatch, django_assert_num_queries):
    def look():
        of = selection(course)
        queries.outcomes(of)
        queries.months(of)
        queries.groups(of, "courses")
        queries.groups(of, "customers")
        questions.responses(of, questions.items(of)[0])
        paths.paths(of)

    many(course, [dispatch], 20)
    rollup.roll_up()
    with django_assert_num_queries(8):
        look()
    many(course, [dispatch, None], 60, seed=2)
    rollup.roll_up()
    with django_assert_num_queries(8):
        look()


def test_a_period_counts_those_who_were_registered_in_it(course):
    registered(course, "anna", at(0))
    registered(course, "boris", at(10))
    rollup.roll_up()
    week = selection(course, "7d")
    assert queries.outcomes(week).registered == 1
    assert queries.outcomes(week.before).registered == 1
    assert week.before.days.last == week.days.first - timedelta(days=1)
