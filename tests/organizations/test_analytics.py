"""The tab Analytics of the back office: figures with their definitions, their rows and their files."""

import csv
import io

import pytest
from django.test import Client
from lxml import html
from tests.fixtures import APP
from tests.insights.learners import answer, many, opened, question, registered
from tests.insights.recounting import recount
from tests.insights.sessions import at

from heliograph.accounts.groups import actions as groups
from heliograph.runtime.models import Learner

PAGES = ("", "courses/", "customers/", "compare/", "questions/", "paths/", "statements/")
EVIL = "=cmd()<script>alert(1)</script>\u202e"


@pytest.fixture
def admin(tenant):
    client = Client(HTTP_HOST=APP)
    client.force_login(tenant.organization.memberships.get(role="admin").user)
    return client


def shown(admin, path):
    answer = admin.get(f"/admin/org/analytics/{path}")
    assert answer.status_code == 200, answer.content
    return html.fromstring(answer.content.decode())


def text(document):
    return " ".join(document.text_content().split())


def table(admin, path):
    answer = admin.get(f"/admin/org/analytics/{path}")
    assert answer["Content-Type"].startswith("text/csv")
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


@pytest.fixture
def learned(course, dispatch):
    many(course, [dispatch, None], 60)
    return course


def test_each_page_is_there_with_figures_and_without(tenant, admin, course, dispatch):
    for path in PAGES:
        shown(admin, path)
    many(course, [dispatch, None], 30)
    for path in PAGES:
        for asked in ("", f"?course={course.id}", f"?destination={dispatch.destination_id}&period=90d"):
            document = shown(admin, path + asked)
            for chart in document.xpath("//svg[contains(@class, 'chart ')]"):
                title, words = chart.get("aria-labelledby").split()
                assert document.get_element_by_id(title).text
                assert document.get_element_by_id(words).text


def test_the_funnel_of_the_page_and_its_file_are_what_the_rows_come_to(tenant, admin, learned):
    steps = recount(tenant.organization.id).steps
    rows = table(admin, "?period=90d&csv=funnel")
    assert rows == [["step", "learners"], *([step, str(count)] for step, count in steps.items())]


@pytest.fixture
def group(tenant, learned):
    """A group of two, who are half of the learners."""
    members = [tenant.organization.memberships.get(role=role) for role in ("learner", "reporter")]
    for place, learner in enumerate(Learner.objects.order_by("identifier")):
        if place % 2:
            Learner.objects.filter(id=learner.id).update(email=members[place // 2 % 2].user.email.upper())
    made = groups.create(tenant.owner, "Sales")
    groups.add(tenant.owner, made, members)
    return made


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "&course={course.id}",
        "&destination={dispatch.destination_id}",
        "&course={course.id}&group={group.id}",
    ],
)
def test_a_step_leads_to_as_many_registrations_as_it_counts(tenant, admin, learned, dispatch, group, asked):
    narrowed = asked.format(course=learned, dispatch=dispatch, group=group)
    rows = shown(admin, f"?period=90d{narrowed}").xpath("//table[.//th='Step']//tbody/tr")
    steps = {text(row[0]): (text(row[1]), row.xpath(".//a/@href")[0]) for row in rows}
    assert len({count for count, _ in steps.values()}) == len(steps) == 5, "each step has lost somebody"
    for step, (count, link) in steps.items():
        file = b"".join(admin.get(f"{link}&csv=1").streaming_content).decode()
        assert (step, len(file.splitlines()) - 1) == (step, int(count))
    assert "Reached:" in text(html.fromstring(admin.get(link).content.decode()))


def test_a_step_that_there_is_not_is_refused_in_a_sentence(admin, learned):
    answer = admin.get("/admin/registrations/?reached=moon")
    assert (answer.status_code, "no step “moon”" in answer.content.decode()) == (404, True)


def test_every_page_has_its_tables_as_files(admin, learned):
    course = learned.id
    for path, heading in {
        "?csv=months": "month",
        "?csv=times": "time to complete",
        "?csv=scores": "score",
        "courses/?csv=courses": "name",
        "customers/?csv=customers": "name",
        "compare/?csv=comparison": "figure",
        f"questions/?course={course}&csv=questions": "activity",
        f"paths/?course={course}&csv=paths": "from",
        "statements/?csv=by-verb": "name",
    }.items():
        assert table(admin, f"{path}&period=90d")[0][0] == heading, path


def test_what_learners_and_packages_wrote_stays_text(admin, course):
    asked = question(course, "q1", text=EVIL)
    made = registered(course, "anna")
    answer(made, asked, EVIL, True)
    opened(made, EVIL)
    course.title = EVIL
    course.save()
    pages = ["", "courses/", f"questions/?course={course.id}", f"questions/{asked.id}/"]
    for path in [*pages, f"paths/?course={course.id}", f"compare/?course={course.id}"]:
        assert b"<script>alert" not in admin.get(f"/admin/org/analytics/{path}").content, path
    [_, row] = table(admin, f"questions/{asked.id}/?csv=responses")
    assert row[0] == f"'{EVIL}"
    [_, row] = table(admin, "courses/?csv=courses")
    assert row[0].startswith("'=")


def test_a_question_shows_what_was_answered_and_which_is_correct(admin, course):
    asked = question(course, "q1", text="Which one?")
    for place in range(4):
        answer(registered(course, f"learner{place}"), asked, "a" if place else "b", bool(place))
    page = shown(admin, f"questions/?course={course.id}")
    [link] = page.xpath("//a[normalize-space()='Which one?']/@href")
    page = shown(admin, link.removeprefix("/admin/org/analytics/"))
    rows = [text(row) for row in page.xpath("//tbody/tr")]
    assert rows == ["a Correct answer 3 75%", "b 1 25%"]


def test_two_courses_stand_side_by_side(tenant, admin, course, import_course):
    other = import_course(tenant, key="other")
    registered(course, "anna", completion="completed")
    registered(other, "anna")
    registered(other, "boris")
    rows = table(admin, f"compare/?course={course.id}&versus_course={other.id}&csv=comparison")
    figures = {row[0]: row[1:] for row in rows}
    assert figures["Registered"] == ["1", "2"]
    assert figures["Completion rate"] == ["1.0", "0.0"]


def test_without_a_choice_a_period_stands_beside_the_one_before(admin, course):
    registered(course, "anna", at(1))
    registered(course, "boris", at(10))
    registered(course, "clara", at(11))
    rows = table(admin, "compare/?period=7d&csv=comparison")
    assert rows[1] == ["Registered", "1", "2"]


def test_paths_are_drawn_with_their_table_beneath(admin, course):
    opened(registered(course, "anna"), "intro", "exam")
    opened(registered(course, "boris"), "intro")
    page = shown(admin, f"paths/?course={course.id}")
    assert len(page.xpath("//svg[contains(@class, 'flow')]//*[local-name()='path']")) == 2
    assert "1 left here" in text(page)
    rows = [text(row) for row in page.xpath("//tbody/tr")]
    assert rows[0] == "Start intro 2 100%"
    assert "exam Left the course 1 50%" in rows


def test_pages_take_the_same_statements_however_much_there_is(
    admin, course, dispatch, django_assert_max_num_queries
):
    many(course, [dispatch], 20)
    paths = [f"{path}?course={course.id}&period=90d" for path in PAGES]
    for path in paths:
        shown(admin, path)  # rolled up, and what is remembered is
    taken = {}
    for path in paths:
        with django_assert_max_num_queries(60) as captured:
            shown(admin, path)
        taken[path] = len(captured)
    many(course, [dispatch, None], 60, seed=2)
    shown(admin, "")
    for path in paths:
        with django_assert_max_num_queries(taken[path]):
            shown(admin, path)


def test_the_overview_counts_registrations_from_the_roll_ups(admin, learned):
    admin.get("/admin/org/")
    document = html.fromstring(admin.get("/admin/org/").content.decode())
    links = [link.text for link in document.iter("a") if link.get("href") == "/admin/registrations/"]
    assert "60" in links


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("?course=nowhere", 404),
        ("questions/nothing/", 404),
        ("?period=5d", 422),
        ("compare/?versus_from=x", 422),
    ],
)
def test_an_address_that_cannot_be_meant_is_said_so(admin, path, status):
    assert admin.get(f"/admin/org/analytics/{path}").status_code == status


@pytest.mark.parametrize("path", PAGES)
def test_it_is_for_whoever_may_view_analytics(tenant, path):
    for role, status in (("learner", 403), ("reporter", 200), ("admin", 200)):
        client = Client(HTTP_HOST=APP)
        client.force_login(tenant.organization.memberships.get(role=role).user)
        assert client.get(f"/admin/org/analytics/{path}").status_code == status, role
