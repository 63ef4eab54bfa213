"""The quirks of real LMSs, one row each: switched on for a package, or for one launch with
`?quirk=name:value`.

A quirk acts where its row says: in `launch` (before the SCO starts) and `server` (when it commits) from
Python, in `api` (while it calls) from static/quirks.js and session.js, in `page` (when the learner leaves)
from static/play.js. To add one: a row here, its behavior in that one place.
"""

from dataclasses import dataclass

from heliograph.demo_lms.errors import Refusal


@dataclass(frozen=True)
class Quirk:
    """One bad manner: `default` is the number used when none is given; None where a number means nothing."""

    name: str
    where: str
    default: int | None
    does: str


TABLE = [
    Quirk("no_learner_name", "launch", None, "Gives the course an empty learner name."),
    Quirk("no_learner_id", "launch", None, "Gives the course an empty learner id."),
    Quirk("restart_attempts", "launch", None, "Starts a new, empty attempt at every launch."),
    Quirk("forget_suspend_data", "launch", None, "Resumes with everything but the suspend data."),
    Quirk(
        "truncate_suspend_data",
        "api",
        4096,
        "Says “true” and keeps the first N characters of the suspend data.",
    ),
    Quirk(
        "reject_status", "api", None, "Refuses every status as a wrong value (405 in SCORM 1.2, 406 in 2004)."
    ),
    Quirk(
        "readonly_status", "api", None, "Refuses every status as read-only (403 in SCORM 1.2, 404 in 2004)."
    ),
    Quirk("ignore_status", "api", None, "Says “true” to every status and keeps the old one."),
    Quirk("mastery_override", "api", 80, "Decides passed or failed itself: the score must reach N of 100."),
    Quirk(
        "mastery_at_commit",
        "api",
        80,
        "Decides passed or failed when it stores: the score must reach N of 100.",
    ),
    Quirk("no_last_words", "api", None, "Hears nothing a course says while it is being closed."),
    Quirk("slow", "server", 2000, "Takes N milliseconds for every commit."),
    Quirk("commit_fails", "server", 0, "Refuses to store anything after N commits of a launch."),
    Quirk(
        "navigates_away",
        "page",
        None,
        "Its exit link leads away from the page, so the LMS says goodbye before the course does.",
    ),
    Quirk(
        "hangs_up_first",
        "page",
        None,
        "Ends the session itself when its page goes, before the course can speak.",
    ),
    Quirk("removes_frame", "page", None, "Its exit takes the course's frame out of the page."),
    Quirk("slow_exit", "page", 4000, "Takes N milliseconds to answer its exit link."),
    Quirk(
        "finish_completes", "api", None, "Calls whatever finishes without a status completed, a preview too."
    ),
]
BY_NAME = {quirk.name: quirk for quirk in TABLE}
# The quirks of one kind of LMS under one name, which stands where a quirk's may.
PROFILES = {
    "strict": {},
    "moodle": {"navigates_away": 0, "finish_completes": 0},
    "outermost-first": {"navigates_away": 0, "hangs_up_first": 0},
    "forgetful": {"forget_suspend_data": 0, "restart_attempts": 0},
    "slow": {"slow": 2000},
    "finish-completes": {"finish_completes": 0},
}
LARGEST = 100_000
LONGEST_WAIT = 60_000  # milliseconds


def parse(words: list[str]) -> dict[str, int]:
    """`["slow:500", "reject_status"]` as `{"slow": 500, "reject_status": 0}`; a profile as its quirks.

    Raises Refusal for an unknown name.
    """
    chosen: dict[str, int] = {}
    for word in words:
        name, _, number = word.strip().partition(":")
        if name in PROFILES and not (number or name in BY_NAME):
            chosen |= PROFILES[name]
            continue
        if name not in BY_NAME:
            known = ", ".join([*BY_NAME, *PROFILES])
            raise Refusal(400, "unknown_quirk", f"There is no quirk “{name[:60]}”; there are: {known}.")
        chosen[name] = _number(name, number)
    return chosen


def words(chosen: dict[str, int]) -> list[str]:
    """The same, written as in an address."""
    return [name if BY_NAME[name].default is None else f"{name}:{number}" for name, number in chosen.items()]


def _number(name: str, number: str) -> int:
    if not number:
        return BY_NAME[name].default or 0
    if not number.isascii() or not number.isdigit() or int(number) > LARGEST:
        raise Refusal(400, "bad_quirk", f"The quirk “{name}” takes a whole number up to {LARGEST:,}.")
    return int(number)
