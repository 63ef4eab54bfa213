"""What the forms of the record store read and refuse."""

import pytest
from django.test import Client, RequestFactory
from tests.fixtures import APP

from heliograph.core.errors import Invalid
from heliograph.lrs.browser.forms import SaveView
from heliograph.lrs.credentials.forms import NewCredential
from heliograph.lrs.models import Credential, Pipe
from heliograph.lrs.people.forms import ErasePerson
from heliograph.lrs.pipes.forms import ImportChanges, NewForwarding, NewImport, PipeChanges, chosen_filter

OTHER = {
    "name": "Warehouse",
    "endpoint": "https://lrs.example.org/xapi",
    "key": "k",
    "secret": "s",
    "version": "1.0.3",
}


def sent(form, fields, **options):
    return form.sent(RequestFactory().post("/", fields), **options)


def test_a_filter_is_read_line_by_line_and_imports_have_none():
    read = sent(NewForwarding, OTHER | {"direction": "forward", "verbs": " urn:x:a \n\nurn:x:b"})
    assert chosen_filter(read) == {"verbs": ["urn:x:a", "urn:x:b"]}
    assert chosen_filter(sent(NewImport, OTHER | {"direction": "import", "verbs": "urn:x:a"})) == {}
    kept = {"name": "Warehouse", "version": "1.0.3"}
    assert sent(PipeChanges, kept)["secret"] == ""
    assert sent(ImportChanges, kept)["continuous"] is False


@pytest.mark.parametrize(
    ("form", "fields", "field"),
    [
        (NewForwarding, OTHER | {"direction": "forward", "secret": ""}, "secret"),
        (NewForwarding, OTHER | {"direction": "forward", "version": "0.9"}, "version"),
        (NewImport, OTHER | {"direction": "import", "name": ""}, "name"),
        (PipeChanges, {"name": "", "version": "1.0.3"}, "name"),
        (NewCredential, {"scopes": ["admin"]}, "name"),
        (NewCredential, {"name": "x"}, "scopes"),
        (NewCredential, {"name": "x", "scopes": ["everything"]}, "scopes"),
        (SaveView, {"name": "x" * 81}, "name"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(form, fields, field):
    with pytest.raises(Invalid) as refused:
        sent(form, fields)
    assert refused.value.details["field"] == field


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"person": "p", "reason": "", "typed": "ada"}, "reason"),
        ({"person": "p", "reason": "x" * 1001, "typed": "ada"}, "reason"),
        ({"person": "p", "reason": "x", "typed": "bo"}, "typed"),
    ],
)
def test_nobody_is_erased_without_a_reason_and_their_identifier(fields, field):
    with pytest.raises(Invalid) as refused:
        sent(ErasePerson, fields, name="ada")
    assert refused.value.details["field"] == field


@pytest.mark.parametrize(
    ("path", "fields", "field"),
    [
        ("pipes/new", OTHER | {"direction": "forward", "endpoint": "ftp://x"}, "endpoint"),
        ("pipes/new", OTHER | {"direction": "forward", "key": "a:b"}, "key"),
        ("pipes/new", OTHER | {"direction": "forward", "verbs": "no iri"}, "verbs"),
        ("pipes/new", OTHER | {"direction": "forward", "agents": "nobody"}, "agents"),
        ("credentials/new", {"name": "x", "scopes": ["admin"], "expires_at": "2001-01-01"}, "expires_at"),
        ("views/?verb=passed", {"name": " "}, "name"),
    ],
)
def test_what_actions_refuse_names_the_field_of_the_form(tenant, path, fields, field):
    client = Client(HTTP_HOST=APP, headers={"X-Dialog": "1"})
    client.force_login(tenant.organization.memberships.get(role="admin").user)
    answer = client.post(f"/records/{path}", fields)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert (Pipe.objects.count(), Credential.objects.count()) == (0, 0)
