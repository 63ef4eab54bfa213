"""Jobs by name."""

from datetime import UTC, datetime

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from heliograph.core import clock
from heliograph.core.background import jobs

pytestmark = pytest.mark.django_db


def test_one_of_a_name_waits_at_a_time():
    for _ in range(2):
        jobs.enqueue("delivery.send", only_one="send of somebody", channel="mail", shard="1")
    assert ProcrastinateJob.objects.get().queueing_lock == "send of somebody"


def test_what_is_told_of_another_time_leaves_nothing_to_do():
    with clock.at(datetime(2026, 3, 14, tzinfo=UTC)):
        jobs.enqueue("delivery.send", only_one="send of somebody", channel="mail", shard="1")
    assert not ProcrastinateJob.objects.exists()
