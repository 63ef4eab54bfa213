"""The statement browser's pages over statements that programs sent: found, opened, exported, saved; and the
credentials they are sent with.
"""

import csv
import hashlib
import io
import json
import re
import threading
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from django.db import connection, transaction
from django.test import Client
from tests.lrs.client import Xapi, statement
from tests.lrs.rules.test_table import VERSIONS, with_value

from heliograph.audit.models import Entry
from heliograph.core.clock import now
from heliograph.core.roles import Role
from heliograph.lrs.browser import search
from heliograph.lrs.credentials import actions as credentials
from heliograph.lrs.models import Credential, SavedView
from heliograph.lrs.people import actions as people
from heliograph.lrs.rules.table import RULES
from heliograph.lrs.statements import counts
from heliograph.lrs.statements.query import stored_at

ADL = "http://adlnet.gov/expapi/verbs"
BO = {"mbox": "mailto:bo@example.org", "name": "Bo"}
COURSE: dict[str, Any] = {
    "id": "https://example.org/courses/fire-safety",
    "definition": {
        "type": "http://adlnet.gov/expapi/activities/course",
        "name": {"en": "Fire safety", "de": "Brandschutz"},
    },
}
LESSON = {"id": "https://example.org/courses/fire-safety/exits", "definition": {"name": {"en": "Exits"}}}
REGISTRATION = "0b0f6ed4-6f3a-4c55-9d1c-3b0f0a2f7c11"


def did(verb: str, **changes):
    return statement(verb={"id": f"{ADL}/{verb}", "display": {"en": verb}}, **changes)


@pytest.fixture
def person(tenant):
    """A person of the organization with a browser, by role."""

    def sign_in(role: Role = Role.OWNER) -> Client:
        client = Client()
        client.force_login(tenant.organization.memberships.get(role=role.word).user)
        return client

    return sign_in


@pytest.fixture
def api(tenant, api_as):
    return api_as(tenant, Role.ADMIN)


@pytest.fixture
def told(xapi: Xapi) -> dict[str, str]:
    """Ada's way through a lesson, and something of Bo's: ids by what happened."""
    context = {"registration": REGISTRATION, "contextActivities": {"grouping": [COURSE]}, "instructor": BO}
    ids = xapi.store(
        did("initialized", object=LESSON, context=context),
        did(
            "completed",
            object=LESSON,
            context=context,
            result={"score": {"scaled": 0.9}, "duration": "PT4M", "completion": True},
        ),
        did("passed", object=COURSE, context={"registration": REGISTRATION}),
        did("attended", actor=BO),
    )
    return dict(zip(("initialized", "completed", "passed", "bo"), ids, strict=True))


def shown(client: Client, query: str = "") -> list[str]:
    """The sentences of a list, top to bottom."""
    answer = client.get(f"/records/{query}")
    assert answer.status_code == 200, answer.content
    return [str(row.words) for row in answer.context["table"].rows]


def offered(client: Client, filter: str, text: str = "", more: str = "") -> list[tuple[str, str]]:
    """What the menu of a filter offers while somebody types: names, and what tells them from others."""
    answer = client.get(
        f"/records/choices/{filter}?{urlencode({'find': text})}{more}",
        headers={"HX-Request": "true", "HX-Trigger-Name": "find"},
    )
    return [(option.label, option.note) for option, _, _ in answer.context["options"]]


def test_statements_are_listed_newest_first_in_words(person, told):
    assert shown(person(Role.REPORTER)) == [
        "Bo attended 1",
        "Ada passed Fire safety",
        "Ada completed Exits, 90%, in 4 minutes",
        "Ada initialized Exits",
    ]


def test_a_row_says_which_course_it_belongs_to_and_leads_to_its_page(person, told):
    page = " ".join(person().get("/records/?verb=completed").content.decode().split())
    assert f'href="/records/{told["completed"]}"' in page
    assert (
        f'<a href="/records/?activity={quote(COURSE["id"], safe="")}" '
        'title="View statements of this course">Fire safety</a>'
    ) in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?learner=mbox+mailto:ada@example.org", ["passed", "completed", "initialized"]),
        ("?learner=mbox+mailto:bo@example.org", ["bo"]),
        ("?learner=mbox+mailto:bo@example.org&related=1", ["bo", "completed", "initialized"]),
        ("?activity=https://example.org/courses/fire-safety", ["passed", "completed", "initialized"]),
        ("?activity=https://example.org/courses/fire-safety/exits", ["completed", "initialized"]),
        ("?verb=passed", ["passed"]),
        (f"?verb={ADL}/attended", ["bo"]),
        (f"?registration={REGISTRATION}", ["passed", "completed", "initialized"]),
        (f"?registration={REGISTRATION.upper()}&verb=passed", ["passed"]),
        ("?since=2000-01-01&until=2001-01-01", []),
        ("?since=2000-01-01&zone=Pacific/Auckland", ["bo", "passed", "completed", "initialized"]),
    ],
)
def test_each_filter_of_the_address_finds_what_it_says(person, told, query, expected):
    answer = person().get(f"/records/{query}")
    assert [row.id for row in answer.context["table"].rows] == [told[name] for name in expected]


def test_a_day_is_one_of_the_readers_calendar(told):
    asked = search.StatementFilters.of(
        {"since": "2026-03-29", "until": "2026-03-29", "zone": "Europe/Berlin"}
    )
    bounds = asked.filter()
    day = stored_at(bounds.before) - stored_at(bounds.after)
    assert day < timedelta(hours=23, seconds=1)
    assert search.StatementFilters.of({"since": "2026-03-29", "zone": "Nowhere/At-All"}).filter().after


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("?verb=danced", "Unknown verb"),
        ("?registration=7", "Enter the UUID"),
        ("?since=soon", "the format 2026-03-31"),
        ("?since=0001-01-01", "the format 2026-03-31"),
        ("?learner=ada", "Choose the learner from the list"),
        ("?id=7", "Enter the UUID"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_refused_in_words(person, told, query, says):
    answer = person().get(f"/records/{query}")
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not answer.context["table"].rows


def test_empty_fields_of_the_form_do_not_stay_in_the_address(person, told):
    answer = person().get("/records/?who=&verb=passed&since=&id=&zone=Europe/Berlin")
    assert (answer.status_code, answer.url) == (302, "/records/?verb=passed")
    assert (
        person().get("/records/?who=&since=2026-05-04&zone=UTC").url == "/records/?since=2026-05-04&zone=UTC"
    )


def test_every_filter_that_is_set_is_shown_and_can_be_removed_alone(person, told):
    filters = {
        "learner": "mbox mailto:bo@example.org",
        "related": "1",
        "activity": COURSE["id"],
        "verb": "completed",
        "registration": REGISTRATION,
        "since": "2026-01-01",
        "until": "2100-01-01",
        "zone": "Europe/Berlin",
    }
    page = person().get("/records/", {**filters, "live": "1", "cursor": REGISTRATION}).content.decode()
    removed = {
        label: dict(parse_qsl(address.replace("&amp;", "&").lstrip("?")))
        for address, label in re.findall(r'href="(\?[^"]*)"\s+aria-label="Remove filter ([^"]*)"', page)
    }
    assert {label: {**filters, "live": "1"}.keys() - kept.keys() for label, kept in removed.items()} == {
        "Learner: Bo (bo@example.org)": {"learner"},
        "Role: Any, such as instructor or group member": {"related"},
        "Course or activity: Fire safety": {"activity"},
        "Verb: completed": {"verb"},
        f"Registration: {REGISTRATION}": {"registration"},
        "From: 2026-01-01": {"since"},
        "Until: 2100-01-01": {"until"},
    }
    assert re.search(r'href="\?zone=Europe%2FBerlin&amp;live=1">\s*Clear filters', page)


def test_what_cannot_be_meant_can_be_removed_as_well(person, told):
    page = person().get("/records/?verb=danced&registration=7").content.decode()
    assert 'href="?verb=danced"' in page
    assert "Remove filter Verb: danced" in page
    assert "No matching statements" in page
    assert 'aria-label="Remove filter ID: 7"' in person().get("/records/?id=7").content.decode()


def test_a_role_is_asked_for_where_a_learner_is(person, told):
    client = person()
    assert 'id="statements-related"' not in client.get("/records/").content.decode()
    page = client.get("/records/?learner=mbox+mailto:bo@example.org").content.decode()
    assert 'href="?learner=mbox+mailto%3Abo%40example.org&amp;related=1"' in page
    assert client.get("/records/?related=1&verb=passed").url == "/records/?verb=passed"


def test_a_list_that_follows_goes_on_following_with_another_filter(person, told):
    client = person()
    assert client.get("/records/choices/learner?live=1&find=bo@").url.endswith(
        "live=1&learner=mbox+mailto%3Abo%40example.org"
    )
    assert client.get(f"/records/?live=1&id={REGISTRATION}").url.endswith(f"{REGISTRATION}&live=1")


def test_an_id_leads_to_its_statement_or_to_those_of_its_registration(person, told):
    assert person().get(f"/records/?id={told['bo']}").url == f"/records/{told['bo']}"
    assert (
        person()
        .get(f"/records/?verb=passed&id={REGISTRATION}")
        .url.endswith(f"passed&registration={REGISTRATION}")
    )


def test_a_learner_is_found_by_name_and_by_identifier(person, told, xapi):
    xapi.store(
        did(
            "attended",
            actor={"account": {"homePage": "https://lms.example.org", "name": "ada_7%"}, "name": "Ada Byron"},
        )
    )
    client = person()
    assert offered(client, "learner", "ada") == [
        ("Ada", "ada@example.org"),
        ("Ada Byron", "ada_7% at https://lms.example.org"),
    ]
    assert offered(client, "learner", "a_7%") == [("Ada Byron", "ada_7% at https://lms.example.org")]
    assert offered(client, "learner", "a%n") == []
    assert [name for name, _ in offered(client, "learner")] == ["Ada", "Ada Byron", "Bo"]
    assert "No matches" in client.get("/records/choices/learner?find=nobody").content.decode()


def test_a_course_is_found_by_any_of_its_names_and_by_its_iri(person, told):
    client = person()
    for text in ("", "brandSCHUTZ", "Fire saf", "fire-safety"):
        assert ("Fire safety", COURSE["id"]) in offered(client, "activity", text), text
    assert offered(client, "activity", "adlnet") == []
    assert offered(client, "activity", '".*(') == []


def test_a_verb_is_one_that_statements_used_or_a_known_one_or_any_iri(person, told, xapi):
    client = person()
    assert ("completed", "") in offered(client, "verb"), "nothing was counted yet"
    xapi.store(statement(verb={"id": "urn:x:danced", "display": {"en": "danced a lot"}}))
    counts.follow()
    assert offered(client, "verb") == [
        ("attended", ""),
        ("completed", ""),
        ("danced a lot", "urn:x:danced"),
        ("initialized", ""),
        ("passed", ""),
    ]
    assert [name for name, _ in offered(client, "verb", "att")] == ["attended", "attempted"]
    assert offered(client, "verb", "urn:x:sung") == [("sung", "urn:x:sung")]
    client.cookies["heliograph_language"] = "de"
    assert [name for name, _ in offered(client, "verb", "abgeschl")] == ["abgeschlossen"]
    assert "Verb: abgeschlossen" in client.get("/records/?verb=completed").content.decode()
    del client.cookies["heliograph_language"]
    page = " ".join(client.get("/records/?verb=urn:x:danced").content.decode().split())
    assert "Verb: <b>danced a lot</b>" in page


def test_a_choice_keeps_the_other_filters(person, told):
    page = person().get("/records/choices/learner?verb=attended&cursor=7").content.decode()
    assert 'href="/records/?verb=attended&amp;learner=mbox+mailto%3Abo%40example.org"' in page
    chosen = person().get("/records/choices/learner?learner=mbox+mailto:bo@example.org").content.decode()
    assert re.search(r'learner=mbox\+mailto%3Abo%40example.org" aria-current="true"', chosen)
    assert re.search(r'href="/records/\?"><i class="icon"></i>\s*<span>All', chosen)


def test_columns_are_hidden_as_in_other_lists(person, told):
    client = person()
    client.cookies["heliograph_columns_statements"] = "course"
    assert 'data-hidden="3"' in client.get("/records/").content.decode()


def test_a_list_goes_on_where_it_ended(person, xapi, monkeypatch):
    monkeypatch.setattr(search, "ROWS", 2)
    ids = xapi.store(*(did("attended") for _ in range(5)))
    client, seen, query = person(), [], "?verb=attended"
    while query:
        page = client.get(f"/records/{query}")
        seen += [row.id for row in page.context["table"].rows]
        link = re.search(r'href="(\?[^"]*cursor=[^"]*)"\s+rel="next"', page.content.decode())
        first = re.search(r'href="([^"]*)"\s+rel="first"', page.content.decode())
        assert (first and first[1]) == ("?verb=attended" if "cursor" in query else None)
        query = link[1].replace("&amp;", "&") if link else ""
    assert seen == ids[::-1]
    assert "1 shown" in page.content.decode()


def test_a_statement_that_two_keys_find_is_listed_once(person, xapi):
    [first] = xapi.store(did("attended", object=COURSE))
    both = {"contextActivities": {"other": [COURSE]}, "instructor": {"mbox": "mailto:ada@example.org"}}
    xapi.store(did("commented", actor=BO, object={"objectType": "StatementRef", "id": first}, context=both))
    for query in (f"?activity={COURSE['id']}", "?learner=mbox+mailto:ada@example.org&related=1"):
        assert sorted(shown(person(), query)) == ["Ada attended Fire safety", "Bo commented a statement"]


# -- following what comes


def follow(client: Client, page: bytes) -> tuple[bytes, list[str]]:
    """What the list's next look brings, and the ids of its new rows."""
    address = re.search(rb'hx-get="([^"]+)"\s+hx-trigger="every', page)
    assert address
    answer = client.get(address[1].decode().replace("&amp;", "&"), headers={"HX-Request": "true"})
    return answer.content, [row.id for row in answer.context["rows"]]


@pytest.mark.django_db(transaction=True)
def test_a_list_that_follows_brings_each_new_statement_once(person, told, xapi, monkeypatch):
    monkeypatch.setattr(search, "TAIL_AT_ONCE", 2)
    client = person()
    page = client.get("/records/?live=1&verb=passed").content
    assert b'aria-checked="true"' in page
    xapi.store(did("failed"))
    ids = xapi.store(*(did("passed") for _ in range(3)))
    seen: list[list[str]] = []
    for _ in range(4):
        page, new = follow(client, page)
        seen.append(new)
    assert [opened for opened in seen if opened] == [ids[1::-1], [ids[2]]]


@pytest.mark.django_db(transaction=True)
def test_a_list_that_follows_skips_nothing_that_a_slower_writer_stores(person, xapi):
    client, stored, resume, ids = person(), threading.Event(), threading.Event(), {}
    xapi.store(did("attended"))
    page = client.get("/records/?live=1").content

    def slow() -> None:
        with transaction.atomic():
            ids["slow"] = xapi.store(did("attended"))
            stored.set()
            resume.wait(10)
        connection.close()

    writer = threading.Thread(target=slow)
    writer.start()
    try:
        assert stored.wait(10)
        ids["fast"] = xapi.store(did("attended"))
        page, new = follow(client, page)
        assert new == [], "what the slower one stored would come below it"
    finally:
        resume.set()
        writer.join()
    seen = []
    for _ in range(3):
        page, new = follow(client, page)
        seen += new
    assert seen == ids["fast"] + ids["slow"]


# -- one statement


def test_a_statements_page_tells_all_of_it(person, told):
    page = person(Role.REPORTER).get(f"/records/{told['completed']}").content.decode()
    for text in (
        "Ada completed Exits, 90%, in 4 minutes",
        "mailto:",
        "bo@example.org",
        "Belongs to",
        REGISTRATION,
        "PT4M",
        "scaled 0.9",
        "tests",
    ):
        assert text in page, text
    assert "<var>&quot;" not in page
    assert '<var>"scaled"</var>: <i>0.9</i>' in page


def test_every_kind_of_statement_that_is_taken_has_words_and_a_page(person, tenant, credential_of):
    client = person()
    for version, example in [
        (version, example) for rule in RULES.values() for example in rule.examples for version in VERSIONS
    ]:
        good = with_value(example.at, example.good)
        good.pop("id", None)
        for attachment in good.get("attachments", ()):
            attachment.setdefault("fileUrl", "https://example.org/file")
        answer = credential_of(tenant, version=version).post("statements", good)
        if answer.status != 200:  # some are of one version only, or need what is stored before
            assert answer.status in (400, 409)
            continue
        page = client.get(f"/records/{answer.json()[0]}")
        assert page.status_code == 200, good
        assert page.context["read"].row.words.what, good
    assert client.get("/records/").status_code == 200
    assert len(client.get("/records/statements.csv").getvalue().splitlines()) > 100


def test_numbers_and_texts_beyond_measure_have_a_page_all_the_same(person, xapi):
    long = {"id": f"https://example.org/{'x' * 5000}", "definition": {"name": {"en": "word " * 5000}}}
    [statement_id] = xapi.store(
        did(
            "scored",
            object=long,
            result={
                "score": {"raw": 10**30, "max": 10**31},
                "duration": "P9999999Y",
                "response": "r" * 300_000,
            },
        ),
    )
    page = person().get(f"/records/{statement_id}")
    assert page.status_code == 200
    assert b"<samp>" not in page.content, "so long a text is not colored"
    assert person().get("/records/").status_code == 200


def test_what_a_statement_says_is_never_taken_for_markup(person, xapi):
    evil = "</pre><script>alert(1)</script>"
    [statement_id] = xapi.store(
        did(
            "attended", actor={**BO, "name": evil}, result={"response": evil, "extensions": {"urn:x:y": evil}}
        )
    )
    for address in (f"/records/{statement_id}", "/records/", "/records/choices/learner"):
        page = person().get(address).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


def test_a_voided_statement_says_so_and_by_whom(person, told, xapi):
    [voiding] = xapi.store(
        did("voided", actor=BO, object={"objectType": "StatementRef", "id": told["passed"]})
    )
    page = person().get(f"/records/{told['passed']}").content.decode()
    assert "Voided – hidden from lists" in page
    assert f'href="/records/{voiding}">Voided by Bo' in page
    assert f'href="/records/{told["passed"]}"' in person().get(f"/records/{voiding}").content.decode()
    assert "Ada passed Fire safety" not in shown(person())


def test_an_attachment_can_be_fetched_and_is_never_shown_on_our_origin(person, xapi):
    content = b"<script>alert(1)</script>"
    sha2 = hashlib.sha256(content).hexdigest()
    said = {
        "usageType": "https://example.org/u",
        "display": {"en": "Certificate, signed"},
        "contentType": "text/html",
        "length": 25,
        "sha2": sha2,
    }
    parts = [
        ("application/json", json.dumps(did("attended", attachments=[said])).encode(), ""),
        ("text/html", content, sha2),
    ]
    body = b"".join(
        f"--x\r\nContent-Type: {kind}\r\n".encode()
        + (f"Content-Transfer-Encoding: binary\r\nX-Experience-API-Hash: {digest}\r\n" if digest else "")
        .encode()
        + b"\r\n" + inner + b"\r\n"
        for kind, inner, digest in parts
    )  # fmt: skip
    answer = xapi.request(
        "POST", "statements", body + b"--x--\r\n", {"Content-Type": "multipart/mixed; boundary=x"}
    )
    assert answer.status == 200, answer.body
    [statement_id] = answer.json()
    address = f"/records/{statement_id}/attachments/{sha2}"
    assert address in person().get(f"/records/{statement_id}").content.decode()
    file = person(Role.REPORTER).get(address)
    assert file.content == content
    assert file["Content-Disposition"] == 'attachment; filename="certificate-signed.html"'
    assert (file["Content-Type"], file["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
    assert file["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert person().get(f"/records/{statement_id}/attachments/{'0' * 64}").status_code == 404


def test_other_organizations_statements_are_not_there(told, stranger):
    client = Client()
    client.force_login(stranger.organization.memberships.get(role="owner").user)
    assert client.get(f"/records/{told['passed']}").status_code == 404
    assert (
        client.get(f"/records/?id={told['passed']}")["Location"] == f"/records/?registration={told['passed']}"
    )
    assert shown(client) == []
    assert offered(client, "learner") == offered(client, "activity") == []
    assert client.get("/records/statements.jsonl").getvalue() == b""


# -- exports


def test_the_lines_of_an_export_are_the_statements_as_they_are_stored(person, told, xapi):
    said = '"verb": {"id": "urn:v:x"}, "object": {"id": "urn:x:y"}, "result": {"score": {"raw": 1.50}}'
    raw = f'{{\n "actor": {{"mbox": "mailto:ada@example.org"}},\r\n {said}}}'
    xapi.request("POST", "statements", raw.encode())
    answer = person(Role.REPORTER).get("/records/statements.jsonl?verb=urn:v:x")
    assert answer["Content-Disposition"] == 'attachment; filename="statements.jsonl"'
    [line] = answer.getvalue().decode().splitlines()
    assert '"raw": 1.50' in line
    assert json.loads(line)["object"] == {"id": "urn:x:y"}
    lines = person().get("/records/statements.jsonl").getvalue().splitlines()
    assert {json.loads(written)["id"] for written in lines} == {json.loads(line)["id"], *told.values()}


def test_a_table_holds_what_the_filters_find_and_no_formula(person, told, xapi):
    xapi.store(
        did(
            "scored",
            actor={**BO, "name": "=HYPERLINK(1)"},
            result={"score": {"raw": -3}, "duration": "PT1.5S"},
        )
    )
    answer = person(Role.REPORTER).get("/records/statements.csv?verb=scored")
    [row] = csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig")))
    assert row["learner"] == "'=HYPERLINK(1)"
    assert (row["score raw"], row["seconds"], row["success"], row["learner id"]) == (
        "-3",
        "1.5",
        "",
        "bo@example.org",
    )
    assert row["statement"].startswith("'=HYPERLINK(1) scored 1, -3 points")


def test_an_export_ends_where_the_store_ended_when_it_began(person, tenant, told, xapi):
    statements = search.exported(tenant.organization.id, search.StatementFilters())
    next(statements)
    xapi.store(did("attended"))
    assert len(list(statements)) == len(told) - 1


# -- saved views


def test_a_view_keeps_the_filters_under_a_name(person, tenant, told):
    client = person(Role.REPORTER)
    answer = client.post("/records/views/?verb=passed&related=1", {"name": " Who  passed "})
    assert answer.url == f"/records/?verb={ADL.replace(':', '%3A').replace('/', '%2F')}%2Fpassed"
    assert "Who passed" in client.get("/records/").content.decode()
    assert "Who passed" not in person(Role.MANAGER).get("/records/").content.decode(), (
        "it is the reporter's own"
    )
    [view] = SavedView.objects.all()
    assert person(Role.MANAGER).post(f"/records/views/{view.id}/delete").status_code == 404
    assert Entry.objects.filter(subject_kind="view of records", verb="saved").count() == 1


def test_a_shared_view_is_everybodys_to_see_and_its_owners_or_an_administrators_to_delete(person, told):
    person(Role.REPORTER).post("/records/views/?verb=passed", {"name": "Passed", "shared": "1"})
    [view] = SavedView.objects.all()
    page = person(Role.MANAGER).get("/records/").content.decode()
    assert re.search(r"Passed\s*<small>Shared by", page)
    assert f'"/records/views/{view.id}/delete"' not in page, "it is not theirs"
    assert f'"/records/views/{view.id}/delete"' in person(Role.ADMIN).get("/records/").content.decode()
    assert person(Role.MANAGER).post(f"/records/views/{view.id}/delete").status_code == 403
    assert person(Role.ADMIN).post(f"/records/views/{view.id}/delete", {"confirmed": "1"}).status_code == 302
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    ("query", "name", "says"),
    [
        ("?verb=passed", "Taken", "Choose another name"),
        ("?verb=passed", " ", "must have 1 to 80"),
        ("", "Everything", "Set a filter before"),
    ],
)
def test_a_view_that_cannot_be_kept_is_refused(person, told, query, name, says):
    person().post("/records/views/?verb=failed", {"name": "Taken"})
    answer = person(Role.REPORTER).post(f"/records/views/{query}", {"name": name})
    assert answer.status_code == 422
    assert says in answer.content.decode()


def test_an_erased_person_is_named_by_no_view_and_no_view_by_the_journal(person, tenant, told):
    client = person()
    for query in (
        "?learner=mbox+mailto:bo@example.org&verb=passed",
        "?learner=mbox+mailto:bo@example.org",
        "?learner=mbox+mailto:bob@example.org",
    ):
        client.post(f"/records/views/{query}", {"name": query[-30:]})
    people.erase(tenant.owner, {"mbox": "mailto:bo@example.org"}, "he asked us to")
    assert [view.query for view in SavedView.objects.all()] == ["learner=mbox+mailto%3Abob%40example.org"]
    assert not any("bo@example.org" in str(entry.details) for entry in Entry.objects.all())
    assert shown(client, "?learner=mbox+mailto:bo@example.org&related=1") == []
    assert offered(client, "learner", "bo@example.org") == []


# -- credentials, and where there is nothing yet


def test_an_empty_store_says_what_to_do_next(person):
    page = person().get("/records/").content.decode()
    assert "No statements yet" in page
    assert 'class="toolbar"' not in page
    assert "/xapi/" in page
    assert 'href="/records/credentials/?new=1"' in page
    assert "Ask an administrator" in person(Role.REPORTER).get("/records/").content.decode()


def test_a_credential_is_shown_once_and_speaks_xapi(person, django_capture_on_commit_callbacks):
    client = person(Role.ADMIN)
    form = {
        "name": "Authoring tool",
        "scopes": ["statements/write", "statements/read"],
        "expires_at": f"{now() + timedelta(days=3):%Y-%m-%d}",
    }
    assert client.post("/records/credentials/new", form).url == "/records/credentials/"
    page = client.get("/records/credentials/")
    made = page.context["made"]
    assert made["secret"] in page.content.decode()
    assert made["token"] == f"{made['key']}.{made['secret']}"
    assert made["secret"] not in client.get("/records/credentials/").content.decode()
    program = Xapi(made["key"], made["secret"])
    program.store(statement())
    assert "Read all statements" in client.get("/records/credentials/").content.decode()
    [credential] = Credential.objects.all()
    with django_capture_on_commit_callbacks(execute=True):
        assert (
            client.post(f"/records/credentials/{credential.id}/revoke", {"confirmed": "1"}).status_code == 302
        )
    assert program.get("statements").status == 401
    assert "Revoked" in client.get("/records/credentials/").content.decode()


def test_programs_make_and_revoke_credentials_too(api, tenant):
    made = api("POST", "/org/credentials", {"name": "Nightly", "scopes": ["statements/read"]})
    assert made.status_code == 201
    told = made.json()
    assert told["endpoint"].endswith("/xapi/")
    assert Xapi(told["key"], told["secret"]).get("statements").status == 200
    [listed] = [item for item in api("GET", "/org/credentials").json()["items"] if item["id"] == told["id"]]
    assert "secret" not in listed
    assert (listed["state"], listed["scopes"]) == ("active", ["statements/read"])
    assert api("DELETE", f"/org/credentials/{told['id']}").status_code == 204
    assert api("GET", "/org/credentials").json()["items"][0]["state"] == "revoked"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"name": ""}, "must have 1 to 200"),
        ({"name": "x", "scopes": ["everything"]}, "must be of"),
        ({"name": "x", "scopes": []}, "must be of"),
        ({"name": "x", "expires_at": "2020-01-01T00:00:00Z"}, "in the future"),
        ({"name": "x", "expires_at": "9999-12-31T23:59:59-12:00"}, "Leave the expiration blank"),
        ({"name": "x", "expires_at": "2100-01-01T00:00:00"}, "timezone"),
    ],
)
def test_a_credential_that_makes_no_sense_is_refused(api, body, says):
    answer = api("POST", "/org/credentials", body)
    assert answer.status_code == 422
    assert says in answer.json()["detail"]


def test_a_reporters_action_makes_no_credential(tenant):
    with pytest.raises(Exception, match="You need the permission “Manage LRS credentials"):
        credentials.create_credential(tenant.actors[Role.REPORTER], "sly")
