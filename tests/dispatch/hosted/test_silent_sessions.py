"""Hosted sessions tell what their learners reached, as the last acknowledgment of their launch said it."""

from datetime import timedelta

import pytest
from django.db import connection
from tests.fixtures import CONTENT
from tests.insights.sessions import TODAY, deployment, session
from tests.runtime.test_commits import LOCATION, STATUS, Player

from heliograph.config.server import worker
from heliograph.core.clock import now
from heliograph.core.ids import new_id
from heliograph.dispatch import admission
from heliograph.dispatch.hosted.silent_sessions import refresh_and_end_silent_sessions
from heliograph.dispatch.models import Session
from heliograph.insights import queries
from heliograph.insights.filters import Filters
from heliograph.insights.models import DailyTotals
from heliograph.insights.periods import days
from heliograph.runtime.models import Attempt, Launch


@pytest.fixture
def opened(client, dispatch):
    """A learner's browser with the course open, and the session of that launch."""
    player = Player(client, admission.admit(dispatch, "anna"))
    return player, session_of(dispatch, player)


def session_of(dispatch, player) -> Session:
    made = session(dispatch, "anna", now())
    Session.objects.filter(id=made.id).update(launch_id=player.opened["launch"], embedded=False)
    return made


def fresh(row: Session) -> Session:
    return Session.objects.get(id=row.id)


def test_a_session_reaches_what_its_launch_acknowledged(dispatch, opened):
    player, row = opened
    player.commit(1, [STATUS, "incomplete"], [LOCATION, "3"])
    refresh_and_end_silent_sessions(dispatch.organization_id, dispatch.id)
    assert (fresh(row).completion, fresh(row).ended_at) == ("incomplete", None)
    score = [["cmi.core.score.min", "0"], ["cmi.core.score.max", "100"], ["cmi.core.score.raw", "90"]]
    player.commit(2, [STATUS, "passed"], *score, ["cmi.core.session_time", "00:02:00"])
    refresh_and_end_silent_sessions(dispatch.organization_id, dispatch.id)
    after = fresh(row)
    assert (after.completion, after.success, after.score_raw, after.score_max, after.centiseconds) == (
        "completed",
        "passed",
        90,
        100,
        12_000,
    )
    assert (
        after.last_activity_at
        == Launch.objects.get(id=row.launch_id or player.opened["launch"]).last_commit_at
    )


@pytest.mark.parametrize("column", ["score_raw", "score_min", "score_max"])
def test_a_session_follows_each_part_of_a_score_also_alone(dispatch, opened, column):
    """Opening may set a score without a commit: the sequence stays, and only this column is new."""
    _, row = opened
    refresh_and_end_silent_sessions(dispatch.organization_id)
    Attempt.objects.filter(current_launch_id=fresh(row).launch_id).update(**{column: 7})
    assert refresh_and_end_silent_sessions(dispatch.organization_id) == 1
    assert getattr(fresh(row), column) == 7


def test_nothing_is_written_where_nothing_is_new(dispatch, opened):
    player, _ = opened
    player.commit(1, [STATUS, "incomplete"])
    assert refresh_and_end_silent_sessions(dispatch.organization_id) == 1
    assert refresh_and_end_silent_sessions(dispatch.organization_id) == 0


def test_a_session_ends_with_its_launch_or_after_a_day_of_silence(dispatch, client, opened):
    player, row = opened
    player.commit(1, [STATUS, "completed"], event={"kind": "exit_all"}, terminated=True)
    other = session_of(dispatch, Player(client, admission.admit(dispatch, "boris")))
    refresh_and_end_silent_sessions(dispatch.organization_id)
    session = fresh(row)
    assert session.launch_id is not None
    assert session.ended_at == Launch.objects.get(id=session.launch_id).ended_at is not None
    assert fresh(other).ended_at is None
    Session.objects.filter(id=other.id).update(last_activity_at=now() - timedelta(days=2))
    refresh_and_end_silent_sessions(dispatch.organization_id)
    assert fresh(other).ended_at == fresh(other).last_activity_at


def test_what_a_browser_replays_after_days_still_reaches_its_session(dispatch, opened):
    player, row = opened
    Session.objects.filter(id=row.id).update(ended_at=now() - timedelta(days=3))
    player.commit(1, [STATUS, "passed"])
    refresh_and_end_silent_sessions(dispatch.organization_id)
    assert (fresh(row).success, fresh(row).completion) == ("passed", "completed")


def test_another_organizations_sessions_are_left_alone(stranger, opened):
    player, row = opened
    player.commit(1, [STATUS, "passed"])
    assert refresh_and_end_silent_sessions(stranger.organization.id) == 0
    assert fresh(row).completion == "not attempted"


def test_the_figures_of_a_dispatch_have_what_was_acknowledged_a_moment_ago(dispatch, opened):
    player, _ = opened
    player.commit(1, [STATUS, "passed"])
    analytics = queries.analytics(dispatch.organization_id, days("7d"), Filters(dispatch_id=dispatch.id))
    assert (analytics.states["passed"], analytics.summary.completions, analytics.timeline[-1].day) == (
        1,
        1,
        TODAY,
    )
    assert analytics.funnel == {"registered": 1, "launched": 1, "in_progress": 1, "completed": 1, "passed": 1}


def test_the_worker_counts_every_minute(dispatch, opened):
    player, _ = opened
    player.commit(1, [STATUS, "passed"])
    worker.figures(timestamp=0)
    assert [(day.passed, day.completions, day.deployment) for day in DailyTotals.objects.all()] == [
        (1, 1, deployment(dispatch))
    ]


def test_a_commit_that_changes_no_outcome_leaves_nothing_to_count(opened):
    player, _ = opened
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM core_changequeue")
        before = cursor.fetchone()[0]
        player.commit(1, [LOCATION, "4"])
        player.commit(2, [LOCATION, "5"])
        cursor.execute("SELECT count(*) FROM core_changequeue")
        assert cursor.fetchone()[0] - before <= 1


def test_a_launch_of_the_stub_is_a_session_that_its_player_fills(client, dispatch):
    """The whole way: the stub asks, the player opens and commits, and the figures know."""
    body = {"learner": "anna", "name": "Anna", "sitting": str(new_id())}
    client.post(
        f"/d/{dispatch.stub_key}/launch",
        body,
        content_type="application/json",
        HTTP_HOST=CONTENT,
        headers={"Origin": "https://lms.example"},
    )
    refresh_and_end_silent_sessions(dispatch.organization_id)
    Player(client, admission.admit(dispatch, "anna")).commit(1, [STATUS, "passed"])
    analytics = queries.analytics(dispatch.organization_id, days("7d"), Filters(dispatch_id=dispatch.id))
    assert [
        (deployment.name, deployment.launches, deployment.learners, deployment.completions)
        for deployment in analytics.deployments
    ] == [("lms.example", 1, 1, 1)]
    assert analytics.states["passed"] == 1


def test_opening_the_package_again_without_the_course_takes_nothing_back(dispatch, opened):
    player, _ = opened
    player.commit(1, [STATUS, "passed"], ["cmi.core.score.raw", "80"])
    again = session(dispatch, "anna", now() + timedelta(seconds=1))
    Session.objects.filter(id=again.id).update(embedded=False)
    analytics = queries.analytics(dispatch.organization_id, days("7d"), Filters(dispatch_id=dispatch.id))
    assert (analytics.summary.launches, analytics.states["passed"], analytics.summary.average_score) == (
        2,
        1,
        0.8,
    )
    assert (fresh(again).success, fresh(again).ended_at) == ("passed", None)
