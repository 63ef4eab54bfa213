"""Whoever reads the audit log reads what was changed in the words of the pages, in their language."""

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils import translation
from tests.fixtures import APP

from heliograph.audit.changed import SETTINGS
from heliograph.audit.models import Entry
from heliograph.audit.queries import DETAILS
from heliograph.courses.actions import CHANGEABLE
from heliograph.dispatch import actions
from heliograph.dispatch.licenses.actions import SETTINGS as OF_LICENSES
from heliograph.runtime.sequencing.model import ActivityOutcome

CHANGES = Template("{% load audit %}{% include 'audit/changes.html' %}")
OF_OTHERS = {"completed_at", "second factor required", "suspended", "audit retention days", "due"}
OF_ROLES_AND_FOLDERS = {"permissions", "folder", "parent", "owner", "tags"}
OF_WEBHOOKS = {"course_id", "description", "destination_id", "dispatch_id", "in_order", "topics", "url"}


def shown(before, after):
    entry = Entry(details={"before": before, "after": after})
    text = CHANGES.render(Context({"entry": entry}))
    return " ".join(text.replace("<small>", "").replace("</small>", "").split())


def test_every_setting_that_can_be_changed_has_a_name():
    changeable = {
        *actions.DISPATCH_SETTINGS,
        *actions.DESTINATION_SETTINGS,
        *OF_LICENSES,
        *CHANGEABLE,
        *ActivityOutcome._fields,
        *OF_OTHERS,
        *OF_ROLES_AND_FOLDERS,
        *OF_WEBHOOKS,
    }
    assert set(SETTINGS) == changeable - {*DETAILS, "postback_url"}


@pytest.mark.parametrize(
    ("name", "before", "after", "english", "german"),
    [
        (
            "registration_limit", 10, 12_000,
            "Registration limit changed from 10 to 12,000",
            "Grenze für Registrierungen: von 10 auf 12.000 geändert",
        ),
        ("enabled", True, False, "Enabled changed from On to Off", "Aktiviert: von An auf Aus geändert"),
        ("success", "unknown", "passed", "Success changed from “Unknown” to “Passed”", "„Bestanden“"),
        ("mode", "hosted", "embedded", "Package mode changed from “Hosted” to “Embedded”", "„Eingebettet“"),
        ("a_new_one", "a", "b", "A new one changed from “a” to “b”", "A new one: von „a“ auf „b“ geändert"),
    ],
)  # fmt: skip
def test_a_change_is_told_in_the_readers_language(name, before, after, english, german):
    assert english in shown({name: before}, {name: after})
    with translation.override("de"):
        assert german in shown({name: before}, {name: after})


def test_a_role_that_was_changed_is_told_as_pages_call_it():
    assert shown("reporter", "owner") == "Changed from “Reporter” to “Owner”"
    assert shown("", "https://example.org/") == "Changed from blank to “https://example.org/”"
    with translation.override("de"):
        assert "„Auswerter“" in shown("reporter", "owner")


def test_the_log_is_searched_by_the_words_that_the_reader_sees(tenant):
    brandt = actions.create_destination(tenant.manager, "Brandt")
    actions.change_destination(tenant.manager, brandt, notes="new")
    client = Client(HTTP_HOST=APP)
    client.force_login(tenant.organization.memberships.get(role="owner").user)

    def found(words):
        page = client.get("/admin/org/audit-log/", {"search": words, "kind": "destination"})
        return {entry.verb for entry in page.context["table"].rows}

    assert found("Geändert") == set()
    client.post("/ui/language", {"language": "de"})
    assert found("Geändert") == {"changed"}
    assert found("changed") == {"changed"}
    assert found("brandt") == {"created", "changed"}
