"""The figures of learning, worked out a second time in plain Python from the raw rows: nothing here is shared
with what is checked.
"""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import pairwise
from math import sqrt
from statistics import mean
from typing import Any

from django.db import connection

_OUTCOME = "completion, success, progress, score_scaled, score_raw, score_min, score_max"
COLUMNS = {
    "runtime_registration": (
        f"id, course_id, learner_id, purpose, created_at, first_launched_at, completed_at, {_OUTCOME}"
    ),
    "runtime_learner": "id, email",
    "accounts_membership": "id, user_id, is_active",
    "runtime_attempt": f"id, registration_id, number, {_OUTCOME}",
    "runtime_answer": "registration_id, within, question_id, response, correct, answered_at",
    "runtime_activitystate": "id, attempt_id, identifier",
    "runtime_ausession": "id, attempt_id, identifier, launch_id",
    "dispatch_session": "registration_id, launched_at",
    "insights_completion": "registration_id, completed_at",  # kept when a learner begins again
}


@dataclass
class Recount:
    """What the raw rows come to; seconds and scores are sorted, each of one learner."""

    steps: dict[str, int] = field(default_factory=dict)
    scores: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    # By question: answered, graded, correct, and the correlation with the rest.
    items: dict[str, tuple[int, int, int, float | None]] = field(default_factory=dict)
    responses: dict[str, Counter[str]] = field(default_factory=dict)
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)


def recount(
    organization_id: Any,
    course_id: Any = None,
    since: Any = None,
    groups: Collection[Any] | None = None,
) -> Recount:
    """Everybody of an organization, or of one of its courses, who was registered since a day; of the people
    of groups alone.
    """
    learners = None if groups is None else _learners_of(organization_id, groups)
    people = [
        row
        for row in _table("runtime_registration", organization_id)
        if row["purpose"] == "learning"
        and course_id in (None, row["course_id"])
        and (since is None or row["created_at"].date() >= since)
        and (learners is None or row["learner_id"] in learners)
    ]
    attempts = _by(_table("runtime_attempt", organization_id), "registration_id")
    sessions = _by(_table("dispatch_session", organization_id), "registration_id")
    kept = _by(_table("insights_completion", organization_id), "registration_id")
    made = Recount()
    counts: Counter[str] = Counter(
        dict.fromkeys(("registered", "launched", "half", "completed", "passed"), 0)
    )
    finished = set()
    for person in people:
        own = [person, *sorted(attempts[person["id"]], key=lambda row: -row["number"])]
        passed = any(row["success"] == "passed" for row in own)
        completed = passed or any(row["completion"] == "completed" for row in own)
        half = completed or any((row["progress"] or 0) >= 0.5 for row in own)
        starts = [row["launched_at"] for row in sessions[person["id"]]]
        starts += [person["first_launched_at"]] if person["first_launched_at"] else []
        begun = any(row["completion"] != "not attempted" for row in own) or person["success"] != "unknown"
        for name, is_there in {
            "registered": True,
            "launched": bool(half or starts or begun),
            "half": half,
            "completed": completed,
            "passed": passed,
        }.items():
            counts[name] += is_there
        known = [score for score in map(_score, own) if score is not None]
        made.scores += known[:1]
        if completed:
            finished.add(person["id"])
            ends = [row["completed_at"] for row in (person, *kept[person["id"]]) if row["completed_at"]]
            if ends and starts:
                made.seconds.append(max(0.0, (min(ends) - min(starts)).total_seconds()))
    made.steps = dict(counts)
    made.scores.sort()
    made.seconds.sort()
    _recount_items(made, organization_id, {person["id"] for person in people})
    _recount_moves(made, organization_id, attempts, {person["id"] for person in people}, finished)
    return made


def _learners_of(organization_id: Any, groups: Collection[Any]) -> set[Any]:
    """The learners who have the address of somebody in the groups who is not deactivated."""
    members = {row["id"]: row for row in _table("accounts_membership", organization_id) if row["is_active"]}
    with connection.cursor() as cursor:
        cursor.execute("SELECT membership_id FROM accounts_groupmember WHERE group_id = ANY(%s)", [[*groups]])
        users = {members[member]["user_id"] for (member,) in cursor.fetchall() if member in members}
        cursor.execute("SELECT email FROM accounts_user WHERE id = ANY(%s)", [[*users]])
        emails = {email.lower() for (email,) in cursor.fetchall()}
    return {row["id"] for row in _table("runtime_learner", organization_id) if row["email"].lower() in emails}


def _recount_items(made: Recount, organization_id: Any, people: set[Any]) -> None:
    by_person: dict[Any, dict[Any, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for answer in _table("runtime_answer", organization_id):
        if answer["registration_id"] in people:
            by_person[answer["registration_id"]][answer["within"]].append(answer)
    pairs: dict[str, list[tuple[int, float]]] = defaultdict(list)
    tallies: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    made.responses = defaultdict(Counter)
    for passes in by_person.values():
        scored = [answers for answers in passes.values() if any(a["correct"] is not None for a in answers)]
        graded_first = min(
            scored,
            key=lambda answers: min(a["answered_at"] for a in answers if a["correct"] is not None),
            default=None,
        )
        chosen = graded_first or min(
            passes.values(), key=lambda answers: min(a["answered_at"] for a in answers)
        )
        marks = [answer["correct"] for answer in chosen if answer["correct"] is not None]
        for answer in chosen:
            question = str(answer["question_id"])
            made.responses[question][answer["response"]] += 1
            tally = tallies[question]
            tally[0] += 1
            if answer["correct"] is None:
                continue
            tally[1] += 1
            tally[2] += answer["correct"]
            if len(marks) > 1:
                rest = (sum(marks) - answer["correct"]) / (len(marks) - 1)
                pairs[question].append((int(answer["correct"]), rest))
    made.items = {
        question: (tally[0], tally[1], tally[2], _correlation(pairs[question]))
        for question, tally in tallies.items()
    }


def _recount_moves(
    made: Recount, organization_id: Any, attempts: dict[Any, list[Any]], people: set[Any], finished: set[Any]
) -> None:
    firsts = {
        row["id"]: registration_id
        for registration_id, rows in attempts.items()
        if registration_id in people
        for row in rows
        if row["number"] == 1
    }
    opened: dict[Any, list[tuple[str, str]]] = defaultdict(list)
    for table in ("runtime_activitystate", "runtime_ausession"):
        for row in _table(table, organization_id):
            if row["attempt_id"] in firsts and row.get("launch_id", "") is not None:
                opened[firsts[row["attempt_id"]]].append((str(row["id"]), row["identifier"]))
    for person, openings in opened.items():
        order = list(dict.fromkeys(identifier for _, identifier in sorted(openings)))
        stops = ["start", *(f":{identifier}" for identifier in order)]
        stops.append("finished" if person in finished else "left")
        made.moves.update(pairwise(stops))


def _score(row: dict[str, Any]) -> float | None:
    if row["score_scaled"] is not None:
        return min(1.0, max(0.0, row["score_scaled"]))
    low = 0 if row["score_min"] is None else row["score_min"]
    high = 100 if row["score_max"] is None else row["score_max"]
    if row["score_raw"] is None or high <= low:
        return None
    return min(1.0, max(0.0, (row["score_raw"] - low) / (high - low)))


def _correlation(pairs: list[tuple[int, float]]) -> float | None:
    """Pearson's, from deviations, where neither side is constant."""
    if not pairs:
        return None
    left, right = mean(x for x, _ in pairs), mean(y for _, y in pairs)
    across = sum((x - left) * (y - right) for x, y in pairs)
    spread = sqrt(sum((x - left) ** 2 for x, _ in pairs) * sum((y - right) ** 2 for _, y in pairs))
    return across / spread if spread > 1e-9 else None


def _table(name: str, organization_id: Any) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS[name]} FROM {name} WHERE organization_id = %s", [organization_id])
        columns = [column[0] for column in cursor.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in cursor]


def _by(rows: list[dict[str, Any]], column: str) -> dict[Any, list[dict[str, Any]]]:
    grouped: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        grouped[row[column]].append(row)
    return grouped
