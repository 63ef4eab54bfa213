"""Every text of a page can be read in German and in British English."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from django.test import Client
from django.utils import translation
from tests.fixtures import APP
from tools.translations import ROOT, SOURCE, catalog, collect, unmarked
from tools.translations.__main__ import read, spelled
from tools.translations.british import british

# What is not a page: shown to developers, on paper of its own, or in a learner's language.
OTHERS = (
    "ui/gallery.html",
    "runtime/player.html",
    "runtime/problem.html",
    "runtime/contact.html",
    "runtime/emblem.html",
    "runtime/returned.html",
    "runtime/returned.html",
    "/email/",
    "demo_lms/",
    "demo/",
)
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")


def texts_of(messages: Catalog) -> set:
    return {(message.context, message.id) for message in messages if message.id}


@pytest.fixture(scope="module")
def german() -> Catalog:
    return read("de")


@pytest.mark.parametrize(
    "template",
    [
        str(path.relative_to(SOURCE))
        for path in sorted(SOURCE.glob("*/templates/**/*.html"))
        if not any(part in str(path.relative_to(SOURCE)) for part in OTHERS)
    ],
)
def test_every_text_of_a_page_is_marked_for_translation(template):
    assert unmarked((SOURCE / template).read_text()) == []


def test_texts_that_are_not_marked_are_noticed():
    page = '<h1 title="A title">{% translate "Marked" %}</h1><p>Bare {{ name }}</p><code>code</code>'
    assert unmarked(page) == ["A title", "Bare"]
    assert unmarked("<p aria-label=\"{% translate 'Marked' %}\">{{ name }} · SCORM</p>") == []


@pytest.mark.skipif(not shutil.which("xgettext"), reason="needs GNU gettext, which .ci/run installs")
def test_the_catalog_holds_the_texts_of_the_source(german, tmp_path):
    copy = tmp_path / "heliograph"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("__pycache__", "static", "*.mo"))
    collect(copy)
    fresh = (copy / "locale/de/LC_MESSAGES/django.po").read_bytes()
    assert fresh == catalog("de").read_bytes(), "make translations"


def test_german_is_complete(german):
    missing = [message.id for message in german if message.id and (message.fuzzy or not all_of(message))]
    assert missing == []


def all_of(message) -> bool:
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


def test_a_translation_has_the_placeholders_of_its_text(german):
    for message in german:
        texts = message.id if isinstance(message.id, tuple | list) else [message.id]
        wanted = set(PLACEHOLDER.findall(texts[-1]))
        strings = message.string if isinstance(message.string, tuple | list) else [message.string]
        for text in strings if message.id and all_of(message) else []:
            assert set(PLACEHOLDER.findall(text)) == wanted, (message.id, text)


def test_british_english_is_spelled_as_the_british_do(german):
    written = {(message.id, message.string) for message in read("en_GB") if message.id}
    assert written == {(message.id, message.string) for message in spelled(german) if message.id}
    assert (
        british("The organization’s colors: %(color)s, `color`")
        == "The organisation’s colours: %(color)s, `color`"
    )


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    ("accepted", "chosen", "language"),
    [
        ("", "", "en"),
        ("de-CH,de;q=0.9,en;q=0.5", "", "de"),
        ("en-GB,en;q=0.5", "", "en-gb"),
        ("ja", "", "en"),
        ("de", "en-gb", "en-gb"),
        ("en", "de", "de"),
        ("de", "xx", "de"),
        ("de", '"><script>', "de"),
    ],
)
def test_a_page_is_in_the_language_that_was_chosen_or_that_the_browser_accepts(accepted, chosen, language):
    client = Client(HTTP_HOST=APP, headers={"accept-language": accepted})
    client.post("/ui/language", {"language": chosen})
    answer = client.get("/sign-in/")
    assert f'<html lang="{language}"' in answer.content.decode()
    assert answer["Content-Language"] == language


@pytest.mark.usefixtures("db")
def test_a_program_is_answered_in_english_and_the_next_request_inherits_nothing(client):
    client.post("/ui/language", {"language": "de"}, HTTP_HOST=APP)
    assert client.get("/api/courses", HTTP_HOST=APP).json()["title"] == "Sign in first"
    client.get("/sign-in/", HTTP_HOST=APP)
    assert translation.get_language() == "en"


@pytest.mark.usefixtures("db")
def test_a_form_of_another_site_chooses_no_language(client):
    client.handler.enforce_csrf_checks = True
    assert client.post("/ui/language", {"language": "de"}, HTTP_HOST=APP).status_code == 403


WHILE_IMPORTED = """
import importlib, os, pkgutil, sys, traceback
from django.utils import translation

def noticed(translate):
    def translated(*texts):
        print(*texts, traceback.extract_stack(limit=2)[0].filename)
        return translate(*texts)
    return translated

for name in ("gettext", "ngettext", "pgettext"):
    setattr(translation, name, noticed(getattr(translation, name)))
import django
django.setup()
import heliograph
for module in pkgutil.walk_packages(heliograph.__path__, "heliograph."):
    if "__main__" not in module.name and "migrations" not in module.name:
        importlib.import_module(module.name)
"""


def test_no_text_is_translated_before_somebody_reads_it(tmp_path):
    settings = {"DJANGO_SETTINGS_MODULE": "heliograph.config.settings", "HELIOGRAPH_HOME": str(tmp_path)}
    importing = [sys.executable, "-c", WHILE_IMPORTED]
    done = subprocess.run(
        importing, env={**os.environ, **settings}, capture_output=True, text=True, check=True
    )
    assert done.stdout == "", "use gettext_lazy"


def test_no_catalog_is_kept_compiled():
    assert "*.mo" in Path(ROOT, ".gitignore").read_text().split()
