"""Activities and agents are known as statements describe them: all languages, the newest of the rest, and
nothing of what was undone.
"""

import pytest
from django.db import transaction
from tests.lrs.client import Xapi, statement
from tests.tenants import Tenant

from heliograph.lrs.statements import internal
from heliograph.lrs.statements import query as statement_query

ACTIVITY = "https://example.org/activities/1"


def described(**definition: object) -> dict:
    return statement(object={"id": ACTIVITY, "definition": definition})


def test_names_of_all_languages_come_together_and_of_the_rest_the_newest_counts(xapi: Xapi) -> None:
    xapi.store(
        described(name={"en": "One"}, type="x:lesson"),
        described(name={"fr": "Un"}, type="x:course", moreInfo="https://example.org/"),
    )
    assert xapi.get("activities", activityId=ACTIVITY).json() == {
        "objectType": "Activity",
        "id": ACTIVITY,
        "definition": {
            "name": {"en": "One", "fr": "Un"},
            "type": "x:course",
            "moreInfo": "https://example.org/",
        },
    }


def test_what_nobody_described_is_an_activity_all_the_same(xapi: Xapi) -> None:
    assert xapi.get("activities", activityId="x:nobody").json() == {
        "objectType": "Activity",
        "id": "x:nobody",
    }


def test_a_person_is_told_with_the_name_they_were_given_last(xapi: Xapi) -> None:
    for name in ("Ada", "Ada Lovelace"):
        xapi.store(statement(actor={"mbox": "mailto:ada@example.org", "name": name}))
    person = xapi.get("agents", agent={"mbox": "mailto:ada@example.org"}).json()
    assert person == {"objectType": "Person", "name": ["Ada Lovelace"], "mbox": ["mailto:ada@example.org"]}


@pytest.mark.django_db(transaction=True)
def test_what_was_undone_is_written_when_it_comes_again(tenant: Tenant) -> None:
    said = [described(name={"en": "One"})]
    with transaction.atomic():
        internal.store(tenant.organization.id, [{**said[0], "actor": {"mbox": "mailto:nobody@example.org"}}])
        transaction.set_rollback(True)
    assert "definition" not in statement_query.activity(tenant.organization.id, ACTIVITY)
    internal.store(tenant.organization.id, said)
    assert statement_query.activity(tenant.organization.id, ACTIVITY)["definition"] == {"name": {"en": "One"}}
