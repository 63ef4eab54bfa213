"""A partner whose files are read, with its exam mapped to a part of the program."""

import pytest

from heliograph.marketplace.models import ProgramPart
from heliograph.marketplace.partners import actions

SETTINGS = {
    "fields": {
        "result_id": "Result",
        "person_id": "Candidate",
        "voucher": "Voucher",
        "email": "Email",
        "name": "Name",
        "program": "Exam",
        "status": "Status",
        "score": "Score",
        "taken_at": "Date",
    }
}


def exam(program) -> ProgramPart:
    return ProgramPart.objects.select_related("version").get(version=program.published, kind="partner")


@pytest.fixture
def partner(tenant, program):
    made = actions.create(tenant.manager, "Exams", "file", settings=SETTINGS)
    actions.map_program(tenant.manager, made, "PHL-1", program, exam(program))
    return made
