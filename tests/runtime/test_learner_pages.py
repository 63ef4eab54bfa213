"""What a learner's pages show of a course's seller, and how a refusal reaches whoever reads it."""

import json
import re
from html import unescape

import pytest
from tests.fixtures import CONTENT

from heliograph.core import clock
from heliograph.core.errors import Problem
from heliograph.dispatch import actions, admission
from heliograph.runtime import actions as runtime
from heliograph.runtime import learner_pages
from heliograph.runtime.brand import Brand

CONTACT = {
    "email": "hilfe@nordlicht.example",
    "phone": "+49 (30) 1234",
    "url": "https://nordlicht.example/hilfe",
}
BRANDING = {
    "name": "Nordlicht Akademie",
    "colors": {"accent": "#7c2d12", "background": "#fff7ed"},
    "contact": CONTACT,
}
IN_GERMAN = {"Accept-Language": "de-AT,de;q=0.9"}


@pytest.fixture
def registration(tenant, dispatch):
    """Of a learner of a branded dispatch."""
    actions.change_destination(tenant.manager, dispatch.destination, branding=BRANDING)
    return admission.admit(dispatch, "anna", "Anna")


@pytest.fixture
def get(client):
    return lambda path, **headers: client.get(
        path, HTTP_HOST=CONTENT, headers={"Accept": "text/html", **headers}
    )


def path_of(address: str) -> str:
    return "/" + address.split("/", 3)[3]


def boot_of(page: str) -> dict:
    match = re.search(r'<script id="boot" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert match is not None
    return dict(json.loads(match[1]))


def test_the_players_page_comes_with_the_seller_in_the_learners_language(registration, get):
    page = get(path_of(runtime.player_address(registration)), **IN_GERMAN)
    assert "Accept-Language" in page["Vary"]
    text = unescape(page.content.decode())
    for said in (
        'lang="de"',
        "Nordlicht Akademie",
        "--paper:#fff7ed",
        "Speichern und beenden",
        "Der Kurs wird geladen",
    ):
        assert said in text, said
    boot = boot_of(page.content.decode())
    assert boot["contact"] == CONTACT
    assert boot["texts"]["player.state.failed"] == "Nicht bestanden"
    assert boot["texts"]["dispatch_disabled.text"].startswith("Dieser Kurs ist zurzeit nicht verfügbar.")


def test_without_a_dispatch_the_organization_is_the_seller(tenant, course, get):
    learner = runtime.ensure_learner(tenant.organization.id, tenant.organization.id, "boris")
    registration, _ = runtime.register(tenant.manager, course, learner)
    page = get(path_of(runtime.player_address(registration)))
    assert "Northlight" in page.content.decode()
    assert 'lang="en"' in page.content.decode()


def test_a_language_that_the_seller_chose_goes_before_the_browsers(tenant, dispatch, registration, get):
    actions.change_destination(tenant.manager, dispatch.destination, branding={"language": "fr"})
    page = get(path_of(runtime.player_address(registration)), **IN_GERMAN)
    assert "Enregistrer et quitter" in page.content.decode()


def test_a_session_that_has_expired_still_names_the_seller_and_who_helps(registration, get, monkeypatch):
    path = path_of(runtime.player_address(registration))
    monkeypatch.setattr(clock, "epoch_seconds", lambda: 2**39)
    page = get(path, **IN_GERMAN)
    assert page.status_code == 401
    text = unescape(page.content.decode())
    for said in (
        "Dieser Link ist abgelaufen.",
        "Nordlicht Akademie",
        "mailto:hilfe@nordlicht.example",
        "Brauchen Sie Hilfe?",
    ):
        assert said in text, said
    assert 'href="tel:+49(30)1234"' in text


def test_a_token_that_is_none_names_nobody(registration, get):
    forged = "A" * 49 + "B"
    page = get(f"/play/{forged}/").content.decode()
    assert "Nordlicht" not in page
    assert "Reference: " in page


def test_a_launch_link_that_is_shut_says_it_on_the_apps_own_site_without_breaking_its_policy(
    tenant, dispatch, registration, client
):
    link = runtime.launch_link(registration)
    actions.change_dispatch(tenant.manager, dispatch, enabled=False)
    page = client.get(path_of(link.url), headers={"Accept": "text/html", **IN_GERMAN})
    text = unescape(page.content.decode())
    assert page.status_code == 403
    assert "Dieser Kurs ist zurzeit nicht verfügbar." in text
    assert "Nordlicht Akademie" in text
    assert "style=" not in text


def test_a_program_still_gets_the_document_with_its_code_and_a_reference(dispatch, client):
    answer = client.post(
        "/d/nothing/launch", b"{}", content_type="text/plain", HTTP_HOST=CONTENT, headers={"Accept": "*/*"}
    )
    document = answer.json()
    assert document["code"] == "dispatch_not_found"
    assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}", document["reference"])


class Strange(Problem):
    code, title = "from_the_future", "Not today"


class Ended(Problem):
    code = "access_ended"


def test_what_the_catalog_does_not_know_is_said_as_the_host_says_it():
    page = learner_pages.refusal(Strange("The host <knows> why."), "de", Brand(name="A & B"), "")
    assert "Not today" in page
    assert "The host &lt;knows&gt; why." in page
    assert "A &amp; B" in page
    assert "Referenz" not in page


def test_a_text_whose_place_nobody_fills_gives_way_to_the_hosts_sentence():
    assert "Your access is over." in learner_pages.refusal(Ended("Your access is over."), "de", None, "")
    assert "(Dauer in Tagen: 7)" in learner_pages.refusal(Ended("Over.", days=7), "de", None, "")


def test_a_sellers_own_text_is_text_and_nothing_else():
    own = {"en": {"access_ended.text": "{days} days { over {days.__class__}.", "code": "No. {code} {"}}
    page = learner_pages.refusal(Ended("Over.", days=7), "en", Brand(texts=own), "")
    assert "7 days { over {days.__class__}." in page
    assert "No. access_ended {" in page


@pytest.mark.parametrize(
    ("headers", "language", "sentence"),
    [
        ({}, "en", "You can close this page."),
        (IN_GERMAN, "de", "Sie können diese Seite schließen."),
        ({"Accept-Language": "ja"}, "en", "You can close this page."),
    ],
)
def test_who_comes_back_from_a_lesson_alone_reads_it_in_their_language(get, headers, language, sentence):
    page = get("/play/returned", **headers)
    assert f'<html lang="{language}">' in page.text
    assert sentence in page.text
    assert page.headers["Vary"] == "Accept-Language"
