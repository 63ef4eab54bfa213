"""Pages speak the words of the trade: what they said before in riddles is nowhere any more."""

import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src/heliograph"
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
