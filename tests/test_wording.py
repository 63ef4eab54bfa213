"""Pages speak the words of the trade: what they said before in riddles is nowhere any more."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tools.translations.__main__ import read

import heliograph
from heliograph.insights.pages import TABLES
from heliograph.ui.tables import Table

SOURCE = Path(__file__).parents[1] / "src/heliograph"
DECISIONS = Path(__file__).parents[2] / "shared/wording.md"  # what each text became; not everybody has it
# Words of before that say something else today, or the same in another place.
STILL_SAID = {
    "none", "Person", "Change", "Version", "Saved.", "Expires", "Name", "Registrations", "Learners",
    "Launches", "Downloads", "Success", "People", "Import a course", "Check", "Launch link", "Contents",
    "Changes", "Launched",
}  # fmt: skip
# Labels, buttons and headings of before; each has a plain one today.
RIDDLES = (
    "Skip to the page", "Go to the start page", "Outbox", "With what is ticked", "Do it", "New last day",
    "Tick all on this page", "turned away", "or a new customer", "Its name", "Most learners", "First day",
    "New learners may enter", "Not begun", "Switched off", "Not open yet", "Try it as a learner",
    "Dispatch it", "Go back to it", "To some first", "What happened", "Where it is opened",
    "Relay receipts", "Make a link", "A new key for its packages", "Make a new key", "Count anew",
    "End now", "Attach a license", "Seats at the same time", "Days for each learner", "Per cent beyond",
    "Sent on to", "Its packages ask at", "Begin a new attempt", "Forget all progress",
    "Complete it by hand", "Where learners stand", "How far those come", "Where it runs", "Day by day",
    "take away", "What refers to it", "What uses it", "Make the credential", "Make the key",
    "Erase for good", "Erased so far", "Another key", "Undelivered", "Bad manners", "Who changed what",
    "Mail address", "mail address", "The whole audit log", "Add a member", "Title or key",
    "Drop a package here", "Publish it as soon as", "The package was clean", "Begun", "The customer keeps",
    "Nobody has opened it yet", "No LMS has opened it yet", "Where the learner stands",
)  # fmt: skip
# Headings of files that said what pages do not: each has the word of the page today.
OLD_HEADINGS = {
    "destination", "deployment", "mail", "state", "tries", "who", "who is", "did", "what", "at", "kept",
    "agrees", "written", "message", "answer", "pipe", "postback",
}  # fmt: skip
TEXT = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<[^>]*>", re.S)


def words_of(template: Path) -> str:
    """What a template shows: its texts and the attributes that people hear or read."""
    source = template.read_text()
    attributes = re.findall(r'(?:aria-label|placeholder|title|label)="([^"]*)"', source)
    return " ".join(" ".join([TEXT.sub(" ", source), *attributes]).split())


@pytest.mark.parametrize("riddle", RIDDLES)
def test_no_page_says_it_any_more(riddle: str) -> None:
    said = re.compile(rf"(?<!\w){re.escape(riddle)}(?!\w)")
    templates = [path for path in SOURCE.rglob("templates/**/*.html") if "demo/courses" not in str(path)]
    assert len(templates) > 90
    assert [str(path.relative_to(SOURCE)) for path in templates if said.search(words_of(path))] == []


def texts() -> list[str]:
    """Everything that pages say, from the catalog of translations."""
    messages = [message.id for message in read("de") if message.id]
    return [text for given in messages for text in (given if isinstance(given, tuple | list) else [given])]


@pytest.mark.parametrize("riddle", RIDDLES)
def test_no_text_of_the_catalog_says_it_any_more(riddle: str) -> None:
    said = re.compile(rf"(?<!\w){re.escape(riddle)}(?!\w)")
    assert [text for text in texts() if said.search(text)] == []


@pytest.mark.skipif(not DECISIONS.exists(), reason="needs ../shared/wording.md")
def test_no_label_button_or_heading_of_the_old_table_is_left() -> None:
    rows = [
        line.strip("| \n").split("|") for line in DECISIONS.read_text().splitlines() if line.startswith("|")
    ]
    decided = [(cells[1], cells[2]) for cells in rows if len(cells) > 2]
    assert len(decided) > 390
    said = set(texts())
    left = {
        phrase
        for before, after in decided
        for part in re.split(r" / | · ", before)
        if len(phrase := re.sub(r"\(.*?\)", "", part).strip(' “”"')) > 3
        and phrase in said
        and phrase not in after
    }
    assert left - STILL_SAID == set()


def headings() -> Iterator[tuple[str, str]]:
    """Of each file that pages export: its name, and a heading."""
    tables = {name: columns for name, (columns, _) in TABLES.items()}
    for module in pkgutil.walk_packages(heliograph.__path__, "heliograph."):
        if module.name.rpartition(".")[2] in ("pages", "tables", "list_page", "groups", "outbox"):
            values = vars(importlib.import_module(module.name)).values()
            found = [value for value in values if isinstance(value, Table)]
            tables |= {table.name: dict(table.csv) for table in found}
    for name, columns in tables.items():
        yield from ((name, heading) for heading in columns)


def test_files_have_the_headings_of_the_pages() -> None:
    found = list(headings())
    assert len({name for name, _ in found}) > 15
    assert [pair for pair in found if pair[1] in OLD_HEADINGS or "_" in pair[1]] == []
