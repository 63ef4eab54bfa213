"""Opening a course and keeping what it commits: which attempt goes on, which begins, and what the SCO starts
with.

SCORM 1.2 keeps one attempt for ever and says how it was left; SCORM 2004 begins a new one unless it was
suspended (RTE 4th Ed. 4.2.8). A sitting that never ended, as when the tab died, goes on with what was
committed.
"""

import secrets
import time
from typing import Any

from heliograph.demo_lms import elements as cmi
from heliograph.demo_lms.errors import Refusal
from heliograph.demo_lms.quirks import LONGEST_WAIT, parse
from heliograph.demo_lms.store import Row, Store

MODES = ("normal", "browse", "review")
CREDITS = ("credit", "no-credit")
WINDOWS = ("frame", "popup")
LONGEST_NAME = 255
MAX_ELEMENTS = 20_000
CALL = {"n": int, "at": str, "method": str, "arguments": list, "result": str, "error": str, "why": str}


def begin(store: Store, package: Row, query: dict[str, list[str]]) -> dict[str, Any]:
    """Records a launch as the play page's address asks for it, and returns all that page needs; raises
    Refusal.
    """
    learner, name = _learner(query)
    sco = _sco(package, _one(query, "sco", ""))
    mode = _word(query, "mode", MODES)
    credit = _word(query, "credit", CREDITS if mode == "normal" else CREDITS[::-1])
    shown_in = _word(query, "window", WINDOWS)
    quirks = parse(query["quirk"]) if "quirk" in query else package["quirks"]
    attempt, entry = _attempt(store, package, learner, sco["identifier"], "restart_attempts" in quirks)
    launch = {
        "id": secrets.token_urlsafe(12),
        "attempt": attempt["id"],
        "mode": mode,
        "credit": credit,
        "entry": entry,
    }
    store.add_launch({**launch, "shown_in": shown_in, "quirks": quirks}, package["id"], learner, name)
    words = {**sco["facts"], "mode": mode, "credit": credit, "entry": entry}
    words |= {
        "learner_id": "" if "no_learner_id" in quirks else learner,
        "learner_name": "" if "no_learner_name" in quirks else name,
    }
    return {
        "launch": launch["id"],
        "attempt": attempt["id"],
        "standard": package["standard"],
        "sco": sco,
        "window": shown_in,
        "quirks": quirks,
        "given": cmi.given(package["standard"], words),
        "stored": _stored(package["standard"], attempt, "forget_suspend_data" in quirks),
    }


def commit(store: Store, launch: Row, body: object) -> None:
    """Stores what a launch sends.

    Raises Refusal when it is not understood, or when a quirk wants it refused.
    """
    elements, ended = _data_model(body)
    quirks = launch["quirks"]
    if "slow" in quirks:
        time.sleep(min(quirks["slow"], LONGEST_WAIT) / 1000)
    if "commit_fails" in quirks and store.count_commit(launch["id"]) > quirks["commit_fails"]:
        raise Refusal(
            503, "commit_fails", "This LMS stores nothing now, because the quirk commit_fails asks for it."
        )
    store.commit(launch, elements, ended)


def checked_calls(body: object) -> list[Row]:
    """The calls of a log message; raises Refusal when it is not one."""
    calls = body.get("calls", []) if isinstance(body, dict) else None
    if not isinstance(calls, list) or not all(_is_call(call) for call in calls):
        raise Refusal(400, "bad_calls", "The log of calls was not understood.")
    return [{key: call[key] for key in CALL} for call in calls]


def calls_made(body: object) -> int | None:
    """How many calls there were in all, which only a page's last log message says; raises Refusal when it is
    no number.
    """
    made = body.get("made") if isinstance(body, dict) else None
    if made is not None and (not isinstance(made, int) or not 0 <= made < 2**53):
        raise Refusal(400, "bad_calls", "The log of calls was not understood.")
    return made


def _is_call(call: object) -> bool:
    return isinstance(call, dict) and all(isinstance(call.get(key), kind) for key, kind in CALL.items())


def _data_model(body: object) -> tuple[dict[str, str], bool]:
    elements = body.get("elements") if isinstance(body, dict) else None
    if not isinstance(elements, dict) or len(elements) > MAX_ELEMENTS:
        raise Refusal(400, "bad_commit", "The commit was not understood.")
    if not all(isinstance(value, str) for value in elements.values()):
        raise Refusal(400, "bad_commit", "Every element of a commit must be a string.")
    return elements, bool(isinstance(body, dict) and body.get("ended"))


def _attempt(store: Store, package: Row, learner: str, sco: str, restart: bool) -> tuple[Row, str]:
    """The attempt this launch belongs to, and its `entry`."""
    last = store.latest_attempt(package["id"], learner, sco)
    if last is None or restart:
        return store.add_attempt(package["id"], learner, sco), "ab-initio"
    if not last["elements"]:
        return last, "ab-initio"
    suspended = last["elements"].get(cmi.NAMES[package["standard"]]["exit"]) == "suspend"
    if package["standard"] == "scorm2004" and last["ended"] and not suspended:
        return store.add_attempt(package["id"], learner, sco), "ab-initio"
    return last, "resume" if suspended else ""


def _stored(standard: str, attempt: Row, forgetful: bool) -> dict[str, str]:
    stored = cmi.kept(standard, attempt["elements"])
    if forgetful:
        stored.pop(cmi.NAMES[standard]["suspend_data"], None)
    return stored


def _learner(query: dict[str, list[str]]) -> tuple[str, str]:
    learner, name = _one(query, "learner_id", "").strip(), _one(query, "learner_name", "").strip()
    if not learner:
        raise Refusal(400, "no_learner", "Say who is learning: the address needs a learner_id.")
    if max(len(learner), len(name)) > LONGEST_NAME:
        raise Refusal(
            400, "name_too_long", f"A learner’s id and name have at most {LONGEST_NAME} characters each."
        )
    return learner, name


def _sco(package: Row, identifier: str) -> Row:
    for sco in package["scos"]:
        if identifier in ("", sco["identifier"]):
            return dict(sco)
    raise Refusal(404, "no_such_item", f"This package has no item “{identifier[:80]}”.")


def _word(query: dict[str, list[str]], name: str, words: tuple[str, ...]) -> str:
    """One of `words`; the first when the address says nothing."""
    value = _one(query, name, words[0])
    if value not in words:
        raise Refusal(400, "bad_choice", f"“{value[:40]}” is not a {name}; choose {' or '.join(words)}.")
    return value


def _one(query: dict[str, list[str]], name: str, default: str) -> str:
    return query.get(name, [default])[0]
