"""The demo as it is loaded: what is in it, and that its figures agree, wherever they are shown."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Count, F, Sum
from django.test import Client
from tests.emptying import empty_database

from heliograph.accounts.models import Group, Organization, User
from heliograph.audit.models import Entry
from heliograph.config.database import PARTITIONED
from heliograph.core import clock
from heliograph.courses.models import Course
from heliograph.delivery.models import Mail
from heliograph.demo import load
from heliograph.demo.history import incidents
from heliograph.demo.history.plan import DAYS, LEARNERS
from heliograph.dispatch import states
from heliograph.dispatch.models import (
    Admission,
    Canary,
    Deployment,
    Destination,
    Dispatch,
    License,
    LmsResult,
    Postback,
    RelayReceipt,
    Session,
)
from heliograph.dispatch.results import agreement, diagnosis
from heliograph.dispatch.results import queries as results
from heliograph.insights import queries as figures
from heliograph.insights.filters import Filters
from heliograph.insights.periods import days
from heliograph.lrs.models import Agent, Statement, StatementCount, StatementId
from heliograph.lrs.statements import counts as statement_counts
from heliograph.organizations.assignments import actions as reminders
from heliograph.organizations.assignments import queries as assignments
from heliograph.runtime.models import Attempt, Launch, Learner, Registration, RuntimeCall
from heliograph.runtime.scorm_profile import emitter

# Beside them, the organization's own people have courses.
UNDER_DISPATCHES = Registration.objects.exclude(dispatch_id=None)
CUSTOMERS_LEARNERS = Learner.objects.exclude(realm=F("organization_id"))

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(scope="module")
def organization(django_db_setup, django_db_blocker):
    """The demo, loaded once for all tests here."""
    with django_db_blocker.unblock():
        load.load(PARTITIONED)
        statement_counts.follow()  # the worker's, every ten seconds
        yield Organization.objects.get(key=load.KEY)
        empty_database()


@pytest.fixture
def all_days(organization):
    """The analytics of all days on which something happened."""
    today = clock.now().date()
    since = today - timedelta(days=DAYS + 1)
    return lambda dispatch=None: figures.analytics(
        organization.id,
        days("", f"{since}", f"{today}"),
        Filters(dispatch_id=dispatch.id if dispatch else None),
        most=None,
    )


def test_what_is_there(organization):
    standards = Course.objects.values_list("published__standard", flat=True)
    assert Counter(standards) == {"scorm_12": 3, "scorm_2004": 3, "cmi5": 1, "xapi": 1, "pdf": 1, "mp4": 1}
    assert Destination.objects.count() == 12
    assert CUSTOMERS_LEARNERS.count() == LEARNERS == 3_000
    assert CUSTOMERS_LEARNERS.values("name").distinct().count() == LEARNERS
    assert {email.rpartition(".")[2] for email in Learner.objects.values_list("email", flat=True)} == {
        "example"
    }
    assert states.state_counts(organization.id) == {
        "": 35, "active": 30, "full": 1, "upcoming": 1, "disabled": 1, "expired": 2,
    }  # fmt: skip


def test_its_own_people_are_in_groups_and_have_courses_to_complete(client, organization):
    people = Group.objects.filter(organization=organization).annotate(people=Count("members"))
    assert dict(people.values_list("name", "people")) == {
        "Operations": 20, "Sales": 15, "Office": 10, "New starters": 12,
    }  # fmt: skip
    states = Counter(row.state for row in assignments.assignments(organization.id))
    assert states.keys() == {"open", "overdue", "completed"}
    assert min(states.values()) > 5
    mine = client.get("/lms/").context
    assert {row.state for row in mine["to_do"]} == {"open", "overdue"}
    assert [row.state for row in mine["done"]] != []
    reporter = Client(headers={"host": "localhost"})
    reporter.force_login(User.objects.get(email="reporter@demo.example"))
    assert [row.name for row in reporter.get("/admin/org/groups/").context["table"].rows] == ["Sales"]
    before = Mail.objects.count()
    reminders.send_reminders()
    assert Mail.objects.count() == before, "nobody is reminded of what is over"


def test_its_mail_was_sent_when_it_was_written(organization):
    mails = Mail.objects.filter(organization_id=organization.id)
    assert mails.count() >= 3, "managers were warned of licenses"
    for mail in mails:
        assert mail.delivered_at
        assert mail.delivered_at - mail.created_at < timedelta(hours=1)


def test_dispatches_deployments_and_licenses_count_what_is_there(organization):
    sessions = dict(Session.objects.values_list("dispatch").annotate(Count("id")).order_by())
    registrations = dict(UNDER_DISPATCHES.values_list("dispatch_id").annotate(Count("id")).order_by())
    for dispatch in Dispatch.objects.all():
        assert dispatch.launch_count == sessions.get(dispatch.id, 0), dispatch
        assert dispatch.registrations_used == registrations.get(dispatch.id, 0), dispatch
        assert (dispatch.refused_count, dispatch.download_count) == (0, 1), dispatch
    for deployment in Deployment.objects.all():
        mine = Session.objects.filter(deployment=deployment).order_by("launched_at")
        assert deployment.launches == mine.count(), deployment
        assert deployment.learners == mine.values("registration").distinct().count(), deployment
        assert deployment.first_launch_at == mine[0].launched_at, deployment
        assert deployment.last_activity_at == mine.reverse()[0].launched_at, deployment
    for license in License.objects.all():
        mine = Session.objects.filter(dispatch=license.dispatch_id)
        admitted = Admission.objects.filter(license=license).count()
        assert (license.registrations_used, license.learners_used) == (admitted, admitted), license
        assert license.launches_used == mine.count(), license


def test_licenses_are_nearly_full_full_and_expired(organization):
    limited = License.objects.exclude(registration_limit=None)
    shares = {
        key: used / (limit or 1)
        for key, used, limit in limited.values_list(
            "dispatch__key", "registrations_used", "registration_limit"
        )
    }
    assert 0.95 <= shares["lifting-brandt"] < 0.96
    assert shares["lifting-bluefin"] == 1
    assert 0.9 < shares["privacy-valmont"] < 1
    assert "registrations 95" in License.objects.get(dispatch__key="lifting-brandt").warnings_sent
    [ended] = License.objects.exclude(ended_at=None)
    assert Dispatch.objects.filter(licenses=ended, key="chemicals-ostrava").exists()
    assert not Session.objects.filter(dispatch=ended.dispatch_id, launched_at__gte=ended.expires_at).exists()


def test_analytics_say_the_same_of_all_of_each_dispatch_and_of_the_rows(organization, all_days):
    whole = all_days()
    assert whole.summary.launches == Session.objects.count() == Launch.objects.count()
    assert whole.summary.learners == LEARNERS
    completed = UNDER_DISPATCHES.exclude(completed_at=None).count()
    assert whole.summary.completions == whole.funnel["completed"] == completed
    assert whole.funnel["registered"] == whole.funnel["launched"] == UNDER_DISPATCHES.count() == LEARNERS
    assert sum(whole.states.values()) == LEARNERS
    assert (
        whole.states["passed"] == whole.funnel["passed"] == UNDER_DISPATCHES.filter(success="passed").count()
    )
    assert whole.summary.centiseconds == Session.objects.aggregate(spent=Sum("centiseconds"))["spent"]
    each = [all_days(dispatch) for dispatch in Dispatch.objects.all()]
    for group in (
        whole.courses,
        whole.destinations,
        whole.deployments,
        whole.timeline,
        [one.summary for one in each],
    ):
        assert sum(part.launches for part in group) == whole.summary.launches
        assert sum(part.completions for part in group) == whole.summary.completions
        assert sum(part.centiseconds for part in group) == whole.summary.centiseconds
    assert sum(part.learners for part in whole.destinations) == LEARNERS
    assert Counter(sum((Counter(one.states) for one in each), Counter())) == +Counter(whole.states)


def test_results_in_customers_lmss_are_all_accounted_for(organization):
    counts = agreement.counts(UNDER_DISPATCHES.all())
    assert sum(counts[state] for state in agreement.STATES) == counts["results"]
    assert results.differing_lately(organization.id, 100) == counts["differs"] > 0


def test_curves_are_plausible(organization, all_days):
    whole = all_days()
    busy = [day for day in whole.timeline if day.launches]
    assert len(busy) > 70
    assert 0.6 < whole.funnel["completed"] / whole.funnel["registered"] < 0.95
    assert 0.7 < whole.summary.average_score < 0.95
    weekend = sum(day.launches for day in whole.timeline if day.day.weekday() >= 5)
    assert weekend < whole.summary.launches / 8


def test_mismatches_are_there_with_the_reason(organization):
    """What the LMS has otherwise, or never took; the diagnosis says why."""
    codes = set()
    for course, customer, _, _ in incidents.MISMATCHES:
        dispatch = Dispatch.objects.get(key=f"{course}-{customer}")
        for receipt in RelayReceipt.objects.filter(dispatch=dispatch, agrees=False):
            reason = diagnosis.likely_reason(receipt.element, receipt.written, receipt.kept, receipt.error)
            codes.add(reason.code)
    assert codes == {"mastery_override", "status_read_only", "session_lost", "commit_refused"}
    counts = agreement.counts(UNDER_DISPATCHES.all())
    assert counts["differs"] + counts["not_written"] == len(incidents.MISMATCHES)
    assert counts["confirmed"] == LmsResult.objects.count() - len(incidents.MISMATCHES)


def test_a_version_was_released_early(organization):
    canary = Canary.objects.get()
    assert (canary.destination.key, canary.version.number) == ("halden", 2)
    assert Course.objects.get(key="forklift", published__number=1).id == canary.course_id
    on_it = Attempt.objects.filter(version=canary.version).select_related("registration")
    assert on_it.count() == 3
    dispatch = Dispatch.objects.get(key="forklift-halden")
    assert {attempt.registration.dispatch_id for attempt in on_it} == {dispatch.id}


def test_postbacks_were_delivered_failed_and_replayed(organization):
    counts = Counter(Postback.objects.values_list("state", flat=True))
    assert counts["waiting"] == 0
    assert counts["delivered"] > 1_000
    assert counts["given up"] == 2
    assert {postback.status for postback in Postback.objects.filter(state="given up")} == {503}
    replayed = Entry.objects.filter(organization_id=organization.id, verb="retried webhook for")
    ids = [entry.details["postback"] for entry in replayed]
    assert set(Postback.objects.filter(id__in=ids).values_list("state", flat=True)) == {"delivered"}
    assert len(ids) == 2


def test_statements_are_counted_and_made_once(organization):
    assert Statement.objects.count() == StatementId.objects.count() > 20_000
    assert StatementCount.objects.aggregate(total=Sum("count"))["total"] == Statement.objects.count()
    assert Agent.objects.count() == LEARNERS
    before = Statement.objects.count()
    with transaction.atomic():
        assert emitter.follow() == 0
    assert Statement.objects.count() == before


def test_every_foreign_key_holds(organization):
    """Copies are written without the database's own checks, where it lets us."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text, f.attname
              FROM pg_constraint c
              JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
              JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = c.confkey[1]
             WHERE c.contype = 'f' AND c.conparentid = 0 AND cardinality(c.conkey) = 1
            """
        )
        keys = cursor.fetchall()
        assert len(keys) > 50
        for table, column, named, id_ in keys:
            cursor.execute(
                f"SELECT count(*) FROM {table} t WHERE {column} IS NOT NULL"
                f" AND NOT EXISTS (SELECT FROM {named} n WHERE n.{id_} = t.{column})"
            )
            assert cursor.fetchone() == (0,), (table, column)
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)


def test_history_lies_in_its_own_months(organization):
    months = {moment.strftime("%Y%m") for moment in Session.objects.values_list("launched_at", flat=True)}
    assert len(months) >= 3
    for table in ("audit_entry", "runtime_runtimecall", "lrs_statement", "lrs_key"):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT tableoid::regclass::text, count(*) FROM {table} GROUP BY 1")
            filled = dict(cursor.fetchall())
        assert {f"{table}_{month}" for month in months} <= filled.keys()
        assert f"{table}_default" not in filled
    assert RuntimeCall.objects.filter(received_at__gt=clock.now()).count() == 0


def test_a_second_load_changes_nothing(organization):
    before = {model: model.objects.count() for model in (Entry, Session, Registration, User)}
    assert "owner@demo.example" in load.load(PARTITIONED)
    assert "owner@demo.example" in load.load(PARTITIONED, empty=True)
    assert before == {model: model.objects.count() for model in before}


@pytest.fixture
def client(organization):
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(email="owner@demo.example"))
    return client


def test_pages_show_the_same_figures(client, organization):
    """The home page, the list of dispatches, registrations and analytics, as somebody reads them."""
    month = figures.analytics(organization.id, days("30d"))
    home = client.get("/").context["analytics"]
    assert (home.summary, home.funnel) == (month.summary, month.funnel)
    analytics = client.get("/admin/analytics/?period=30d").context["analytics"]
    assert (analytics.summary, analytics.timeline) == (month.summary, month.timeline)
    assert client.get("/admin/dispatch/").context["table"].total == Dispatch.objects.count()
    assert client.get("/admin/registrations/").context["table"].total == Registration.objects.count()
    completed = client.get("/admin/registrations/?completion=completed").context["table"].total
    assert completed == Registration.objects.filter(completion="completed").count()
    assert client.get("/records/").status_code == 200


def test_what_needs_attention_is_on_the_home_page(client):
    said = [item.text for item in client.get("/").context["attention"]]
    assert any("differ" in text for text in said)
    assert any("webhooks failed" in text for text in said)
    assert any("% used" in text for text in said)


def test_the_tour_has_five_steps_that_lead_somewhere_until_it_is_closed(client):
    page = client.get("/")
    assert [step.title for step in page.context["tour"]] == [
        "Course", "Dispatch", "Package in an LMS", "Results sync", "Analytics",
    ]  # fmt: skip
    assert "A tour in five steps" in page.content.decode()
    for step in page.context["tour"]:
        if step.title == "Package in an LMS":
            assert step.address == "http://localhost:8090"
        else:
            assert client.get(step.address).status_code == 200, step
    assert client.post("/tour/close").headers["Location"] == "/"
    assert client.cookies["heliograph_tour"]["httponly"]
    assert client.get("/").context["tour"] == []
    assert client.get("/tour/close").status_code == 405
