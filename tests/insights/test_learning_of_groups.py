"""How the people of groups do: sums of what they contribute, of whoever is in the groups at this moment."""

import json

import pytest
from django.db import connection
from django.test import Client
from tests.fixtures import APP, Api
from tests.insights.learners import many, registered
from tests.insights.recounting import recount
from tests.insights.sessions import at
from tests.insights.test_learning import everything, is_what_the_rows_say, selection
from tests.runtime.scorm_profile.test_emitter import Learning
from tests.tenants import make_member

from heliograph.accounts import actions as accounts
from heliograph.accounts.groups import actions as groups
from heliograph.accounts.models import Membership
from heliograph.core.actor import system
from heliograph.core.roles import Role
from heliograph.core.scope import Scope
from heliograph.courses import organizing
from heliograph.dispatch import actions as dispatching
from heliograph.insights import figures_check, rollup
from heliograph.insights.learning import paths, queries, questions
from heliograph.insights.models import Contribution
from heliograph.insights.periods import days
from heliograph.lrs.models import Statement
from heliograph.lrs.people import actions as data_requests
from heliograph.runtime import actions as runtime
from heliograph.runtime.models import Learner, Registration
from heliograph.runtime.scorm_profile import emitter


@pytest.fixture
def people(tenant) -> list[Membership]:
    """Four members of the organization."""
    actor = system(tenant.organization.id)
    return [make_member(actor, f"person{n}@northlight.example", Role.LEARNER) for n in range(4)]


@pytest.fixture
def sales(tenant, people):
    """The first two people."""
    return group_of(tenant, "Sales", people[:2])


@pytest.fixture
def cohort(tenant, people):
    """The second and the third: the second is in both groups."""
    return group_of(tenant, "Cohort of May", people[1:3])


@pytest.fixture
def learned(tenant, people, course, dispatch):
    """Two hundred learners, each fifth of whom has the address of one of the four, or of nobody, written in
    capital letters.
    """
    many(course, [dispatch, None], 200)
    emails = [person.user.email.title() for person in people]
    for number, learner in enumerate(Learner.objects.order_by("identifier")):
        address = [*emails, "nobody@northlight.example"][number % 5]
        Learner.objects.filter(id=learner.id).update(email=address)
    rollup.roll_up()
    return course


def group_of(tenant, name, members, key=""):
    made = groups.create(tenant.owner, name, "cohort", key)
    groups.add(tenant.owner, made, members)
    return made


def has(course, member, **outcome):
    """A registration of a learner with the member's address."""
    made = registered(course, f"{member.id}", **outcome)
    Learner.objects.filter(id=made.learner_id).update(email=member.user.email)
    return made


def limited(tenant, client, scope: Scope) -> Api:
    return Api(client, accounts.create_api_key(tenant.owner, "limited", Role.ADMIN, None, scope)[1])


def steps(api, **asked):
    told = api("GET", "/org/analytics", query_params={"period": "90d", **asked}).json()["outcomes"]
    return {step: told[step] for step in queries.STEPS}


def of(counted) -> dict[str, int]:
    return dict(counted.steps)


def test_figures_of_a_group_are_what_the_raw_rows_of_its_people_come_to(tenant, sales, cohort, learned):
    organization = tenant.organization.id
    for chosen in ([sales.id], [cohort.id]):
        counted = recount(organization, learned.id, groups=chosen)
        assert 60 < counted.steps["registered"] < 100
        is_what_the_rows_say(selection(learned, group_id=chosen[0]), counted)
    since = days("30d").first
    is_what_the_rows_say(
        selection(learned, "30d", group_id=sales.id),
        recount(organization, learned.id, since, groups=[sales.id]),
    )
    of_sales = selection(learned, group_id=sales.id)
    outcomes = queries.outcomes(of_sales)
    for parts in (queries.months(of_sales), queries.groups(of_sales, "customers")):
        assert len(parts) > 1
        assert sum(part.completed for part in parts) == outcomes.completed
    [by_course] = queries.groups(of_sales, "courses")
    assert by_course.steps == outcomes.steps


def test_somebody_in_two_groups_counts_in_each_and_once_in_both(tenant, client, sales, cohort, learned):
    organization = tenant.organization.id
    both = [sales.id, cohort.id]
    counted = recount(organization, learned.id, groups=both)
    is_what_the_rows_say(selection(learned, within_groups=tuple(both)), counted)
    each = [recount(organization, groups=[group]).steps["registered"] for group in both]
    assert sum(each) > counted.steps["registered"] > max(each)
    assert steps(limited(tenant, client, Scope(groups=tuple(both)))) == of(counted)


def test_whoever_leaves_the_group_leaves_the_figures(tenant, api_as, course, people, sales):
    api = api_as(tenant, Role.ADMIN)
    for person in people[:3]:
        has(course, person, completion="completed")
    assert steps(api, group=str(sales.id))["completed"] == 2
    sums = everything()
    groups.remove(tenant.owner, sales, [people[0]])
    assert steps(api, group=str(sales.id))["completed"] == 1
    groups.add(tenant.owner, sales, [people[0], people[2]])
    assert steps(api, group=str(sales.id))["completed"] == 3
    accounts.set_member_active(tenant.owner, people[0], False)
    assert steps(api, group=str(sales.id))["completed"] == 2
    Learner.objects.filter(email=people[1].user.email).update(email="another@northlight.example")
    assert steps(api, group=str(sales.id))["completed"] == 1
    assert steps(api)["completed"] == 3
    assert everything() == sums, "nothing was counted again"


def test_every_figure_can_be_had_of_a_group(tenant, api_as, learned, sales):
    api, course = api_as(tenant, Role.ADMIN), learned.id
    counted = recount(tenant.organization.id, groups=[sales.id])
    asked = {"period": "90d", "group": str(sales.id)}

    def told(path, **more):
        answer = api("GET", f"/org/analytics{path}", query_params={**asked, **more})
        assert answer.status_code == 200, answer.content
        return answer.json()

    everybody = told("")
    assert sum(everybody["scores"]["distribution"]) == len(counted.scores)
    assert everybody["time_to_complete"]["learners"] == len(counted.seconds)
    [row] = told("/courses")["items"]
    assert {step: row[step] for step in counted.steps} == counted.steps
    assert sum(row["passed"] for row in told("/customers")["items"]) == counted.steps["passed"]
    items = told("/questions", course=str(course))["items"]
    answered = {item["id"]: (item["answered"], item["graded"], item["correct"]) for item in items}
    assert answered == {name: item[:3] for name, item in counted.items.items()}
    detail = told(f"/questions/{items[0]['id']}")["responses"]
    assert {row["response"]: row["learners"] for row in detail} == counted.responses[items[0]["id"]]
    starts = sum(number for (origin, _), number in counted.moves.items() if origin == "start")
    assert told("/paths", course=str(course))["learners"] == starts


def test_a_group_is_found_by_its_id_or_key_and_no_other_organizations(
    tenant, stranger, api_as, course, people
):
    has(course, people[0])
    group_of(tenant, "Office", people[:1], "office")
    theirs = groups.create(stranger.owner, "Office", "other", "theirs")
    api = api_as(tenant, Role.REPORTER)
    assert steps(api, group="office")["registered"] == 1
    client = Client(HTTP_HOST=APP)
    client.force_login(tenant.organization.memberships.get(role="reporter").user)
    for unknown in (str(theirs.id), "theirs", "nowhere"):
        for path in ("", "/courses", "/customers", "/questions", "/paths", "/comparison"):
            answer = api("GET", f"/org/analytics{path}", query_params={"group": unknown})
            assert (answer.status_code, answer.json()["code"]) == (404, "group_not_found"), path
        answer = api("GET", "/org/analytics/comparison", query_params={"versus_group": unknown})
        assert (answer.status_code, answer.json()["code"]) == (404, "group_not_found")
        for path in ("", "courses/", "compare/", "questions/", "paths/"):
            assert client.get(f"/admin/org/analytics/{path}?group={unknown}").status_code == 404, path
        assert client.get(f"/admin/org/analytics/compare/?versus_group={unknown}").status_code == 404
        assert client.get(f"/admin/registrations/?group={unknown}").status_code == 404


def test_two_groups_stand_side_by_side_and_so_do_two_periods(tenant, api_as, course, people, sales):
    rest = group_of(tenant, "The others", people[2:])
    for place, person in enumerate(people):
        has(course, person, when=at(1 + place * 20), completion="completed" if place else "not attempted")
    api = api_as(tenant, Role.REPORTER)

    def columns(**asked):
        told = api("GET", "/org/analytics/comparison", query_params=asked).json()["columns"]
        return [
            (column["group"], column["registered"], column["completion_rate"], column["from"], column["to"])
            for column in told
        ]

    quarter = days("90d")
    span = (str(quarter.first), str(quarter.last))
    assert columns(period="90d", group=str(sales.id), versus_group=str(rest.id)) == [
        (str(sales.id), 2, 0.5, *span),
        (str(rest.id), 2, 1.0, *span),
    ]
    assert columns(period="90d", group=str(sales.id), versus_course="course") == [
        (str(sales.id), 2, 0.5, *span),
        (None, 4, 0.75, *span),
    ]
    month = days("30d")
    before = month.before
    assert columns(period="30d", group=str(sales.id)) == [
        (str(sales.id), 2, 0.5, str(month.first), str(month.last)),
        (str(sales.id), 0, None, str(before.first), str(before.last)),
    ]
    early, late = str(at(70).date()), str(at(30).date())
    [_, second] = columns(period="30d", versus_from=early, versus_to=late)
    assert second == (None, 2, 1.0, early, late)


def test_the_comparison_of_the_api_has_the_figures_of_the_page(tenant, api_as, learned, sales, cohort):
    asked = {"period": "90d", "group": str(sales.id), "versus_group": str(cohort.id)}
    told = api_as(tenant, Role.REPORTER)("GET", "/org/analytics/comparison", query_params=asked).json()
    client = Client(HTTP_HOST=APP)
    client.force_login(tenant.organization.memberships.get(role="reporter").user)
    answer = client.get("/admin/org/analytics/compare/", {**asked, "csv": "comparison"})
    lines = answer.getvalue().decode("utf-8-sig").splitlines()
    rows = {name: values for name, *values in (line.split(",") for line in lines[1:])}
    for heading, name in (
        ("Registered", "registered"),
        ("Passed", "passed"),
        ("Completion rate", "completion_rate"),
        ("Average score", "average_score"),
        ("Median score", "median_score"),
        ("Median time to complete", "median_seconds"),
    ):
        values = [float(value) for value in rows[heading]]
        assert values == pytest.approx([column[name] for column in told["columns"]], abs=1e-4), heading
    shown = client.get("/admin/org/analytics/compare/", asked).text
    assert "the active users who are in it now" in shown
    assert "the active users who are in it now" not in client.get("/admin/org/analytics/compare/").text


def test_a_role_that_is_limited_to_groups_has_their_figures_and_no_others(
    tenant, client, learned, import_course, people, sales, cohort
):
    other = import_course(tenant, key="other", title="Nobody's course")
    registered(other, "anna")
    api = limited(tenant, client, Scope(groups=(sales.id,)))
    counted = recount(tenant.organization.id, groups=[sales.id])
    assert steps(api) == steps(api, group=str(sales.id)) == of(counted)
    for foreign in (cohort.id, "nowhere"):
        answer = api("GET", f"/org/analytics?group={foreign}")
        assert (answer.status_code, answer.json()["code"]) == (404, "group_not_found")
    assert [row["id"] for row in api("GET", "/org/analytics/courses?period=90d").json()["items"]] == [
        str(learned.id)
    ]
    assert api("GET", f"/org/analytics?course={other.id}").status_code == 404
    answer = api("GET", "/org/analytics/customers")
    assert (answer.status_code, answer.json()["code"]) == (403, "outside_limits")
    assert api("GET", "/org/analytics?destination=brandt").status_code == 404
    [mine, before] = api("GET", "/org/analytics/comparison?period=90d").json()["columns"]
    assert (mine["registered"], before["registered"]) == (counted.steps["registered"], 0)
    item = next(iter(recount(tenant.organization.id, groups=[cohort.id]).items))
    told = api("GET", f"/org/analytics/questions/{item}?period=90d").json()
    assert told["answered"] == counted.items[item][0]
    refused = api("GET", "/analytics")
    assert (refused.status_code, refused.json()["code"]) == (403, "outside_limits")


def test_the_pages_of_a_role_that_is_limited_to_groups(tenant, learned, sales, cohort):
    member = tenant.organization.memberships.get(role="admin")
    accounts.change_role(tenant.owner, member, Role.ADMIN, Scope(groups=(sales.id,)))
    client = Client(HTTP_HOST=APP)
    client.force_login(member.user)
    page = client.get("/admin/org/analytics/?period=90d").text
    assert "the active users who are in it now" in page
    for there, address in (
        (True, "/admin/org/analytics/compare/"),
        (True, "/admin/org/analytics/filters/group/"),
        (False, "/admin/org/analytics/customers/"),
        (False, "/admin/org/analytics/filters/destination/"),
        (False, "/admin/org/analytics/statements/"),
    ):
        assert (address in page) == there, address
    assert client.get("/admin/org/analytics/customers/").status_code == 403
    for name in ("group", "versus_group"):
        choices = client.get(f"/admin/org/analytics/compare/filters/{name}/").text
        assert ("Sales" in choices, "Cohort of May" in choices) == (True, False)
    assert "Brandt" not in client.get("/admin/org/analytics/compare/filters/destination/").text
    assert client.get("/admin/analytics/").headers["Location"] == "/admin/org/analytics/"


def test_figures_are_within_all_limits_of_a_role(
    tenant, client, course, dispatch, import_course, people, sales
):
    other = import_course(tenant, key="other", title="Cranes")
    elsewhere = dispatching.create_destination(tenant.manager, "Another customer")
    there = dispatching.create_dispatch(tenant.manager, course, elsewhere)
    for person in people:
        for delivered in (dispatch, there, None):
            has(course, person, dispatch=delivered)
        has(other, person)
    folder = organizing.create_folder(tenant.manager, "Safety")
    organizing.organize(tenant.manager, [course], folder=folder)

    def counted(**scope):
        api = limited(tenant, client, Scope(**scope))
        rows = api("GET", "/org/analytics/courses").json()["items"]
        return steps(api)["registered"], {row["name"]: row["registered"] for row in rows}

    mine, theirs = course.title, other.title
    of_sales, in_folder, to_customer = (sales.id,), (folder.id,), (elsewhere.id,)
    assert counted(groups=of_sales) == (8, {mine: 6, theirs: 2})
    assert counted(groups=of_sales, folders=in_folder) == (6, {mine: 6})
    assert counted(groups=of_sales, destinations=to_customer) == (2, {mine: 2})
    assert counted(groups=of_sales, folders=in_folder, destinations=to_customer) == (2, {mine: 2})
    assert counted(folders=in_folder, destinations=to_customer) == (4, {mine: 4})
    wide = limited(tenant, client, Scope(folders=in_folder))
    assert steps(wide, group=str(sales.id))["registered"] == 6


def test_it_takes_the_same_statements_however_many_people_there_are(
    tenant, people, learned, sales, django_assert_max_num_queries
):
    client = Client(HTTP_HOST=APP)
    client.force_login(tenant.organization.memberships.get(role="admin").user)
    few = group_of(tenant, "One", people[:1])
    everybody = group_of(tenant, "Everybody", people)
    for path in ("", "courses/", "customers/", "compare/", "questions/", "paths/"):
        address = f"/admin/org/analytics/{path}?course={learned.id}&period=90d&versus_group={sales.id}&group="
        client.get(f"{address}{few.id}")
        with django_assert_max_num_queries(60) as taken:
            assert client.get(f"{address}{few.id}").status_code == 200
        with django_assert_max_num_queries(len(taken)):
            assert client.get(f"{address}{everybody.id}").status_code == 200


def like_the_first(table: str, column: str) -> None:
    """Put 20,000 more rows into a table, of people who are in no group, and have the planner know of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {table}
            SELECT (jsonb_populate_record(first, jsonb_build_object(
                      '{column}', gen_random_uuid(), 'realm', gen_random_uuid(), 'email', 'nobody-' || n))).*
              FROM {table} first, generate_series(1, 20000) n
             WHERE first.{column} = (SELECT {column} FROM {table} LIMIT 1)
            """
        )
        cursor.execute(f"ANALYZE {table}")


def test_an_organization_is_not_read_for_the_figures_of_a_group(learned, sales):
    """Its people are looked up by their address, and what they contribute by the registration."""
    plans = []

    def explain(execute, sql, parameters, many, context):
        if "report_group_people" in sql:
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (FORMAT json) {sql}", parameters)
                plans.append(json.dumps(cursor.fetchone()[0]))
        return execute(sql, parameters, many, context)

    like_the_first("runtime_learner", "id")
    like_the_first("insights_contribution", "registration_id")
    chosen = selection(learned, group_id=sales.id)
    with connection.execute_wrapper(explain):
        queries.outcomes(chosen)
        queries.months(chosen)
        questions.items(chosen)
        paths.paths(chosen)
    assert len(plans) == 4
    for plan in plans:
        assert "learner_email" in plan
        assert "insights_contribution_pkey" in plan


@pytest.mark.django_db(transaction=True)
def test_erasing_a_person_leaves_figures_that_name_nobody_and_deleting_the_results_takes_them_out(
    tenant, course
):
    """Data requests are about the record store; results go with the registrations (decision 33)."""
    learning = Learning(tenant, course)
    learning.does(
        ("cmi.interactions.0.id", "q1"),
        ("cmi.interactions.0.type", "choice"),
        ("cmi.interactions.0.student_response", "b"),
        ("cmi.interactions.0.result", "wrong"),
        ("cmi.core.lesson_status", "passed"),
        initialize=True,
        terminated=True,
    )
    emitter.follow()
    registered(course, "boris")
    rollup.roll_up()
    before, contributed = everything(), list(Contribution.objects.order_by("pk").values())
    [actor] = {json.dumps(json.loads(row.sent)["actor"]) for row in Statement.objects.all()}
    erased = data_requests.erase(tenant.owner, json.loads(actor), "asked for by letter")
    assert erased.statements > 2
    rollup.roll_up()
    assert figures_check.check() == (0, 0)
    assert everything() == before
    assert list(Contribution.objects.order_by("pk").values()) == contributed
    is_what_the_rows_say_of_steps(tenant, course)
    names = ("ada", "account")
    assert not [name for name in names for row in contributed if name in str(row).lower()]
    runtime.delete_registration(tenant.owner, Registration.objects.get(learner__identifier="ada"))
    rollup.roll_up()
    assert not Learner.objects.filter(identifier="ada").exists()
    assert Contribution.objects.count() == 1
    is_what_the_rows_say_of_steps(tenant, course)
    assert figures_check.check() == (0, 0)
    assert "q1" not in str(everything())


def is_what_the_rows_say_of_steps(tenant, course):
    assert queries.outcomes(selection(course)).steps == of(recount(tenant.organization.id, course.id))
