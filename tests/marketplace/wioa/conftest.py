"""An organization that reports, with a student in a program whose codes are known."""

from datetime import UTC, date, datetime, timedelta

import pytest

from heliograph.core import clock
from heliograph.marketplace.participants import exits
from heliograph.marketplace.wioa import participations, reporting
from heliograph.marketplace.wioa.participations import Intake

ENTRY = date(2026, 3, 2)


@pytest.fixture
def wioa(tenant):
    return reporting.change(tenant.owner, provider="Northlight Careers", state="ny", least_cell=5)


@pytest.fixture
def codes_known(tenant, program, wioa):
    return reporting.describe_program(
        tenant.owner,
        program,
        cip_code="511009",
        occupation_code="31-9097",
        training_type="06",
        outcome_type="1",
        credential_type="6",
        gain_type="milestone",
    )


@pytest.fixture
def board(tenant):
    return reporting.add_board(tenant.owner, "Northern Workforce Board", "NY-7")


@pytest.fixture
def participation(tenant, wioa, student, board):
    """Open: another service is planned for tomorrow."""
    intake = Intake(board, "C-1", adult="1", employment_at_entry="0", education_at_entry="1")
    tomorrow = exits.today() + timedelta(days=1)
    with clock.at(datetime(ENTRY.year, ENTRY.month, ENTRY.day, 12, tzinfo=UTC)):
        made = participations.start(tenant.owner, student, ENTRY, intake)
        participations.record_service(tenant.owner, made, "career", tomorrow, "planned")
    return made
