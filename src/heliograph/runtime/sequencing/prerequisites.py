"""Whether an activity's prerequisites are met, and in words what is missing (SCORM 1.2 CAM,
adlcp:prerequisites).

The status of an activity is that of its lesson_status; a heading's follows from what opens inside of it. What
was only browsed is incomplete everywhere else (see `runtime/cmi/outcome.py`); here it equals no other status,
and satisfies what asks for it by this name alone.
"""

from collections.abc import Callable

from heliograph.courses.formats.prerequisites import AtLeast, Done, Expression, Not, Status
from heliograph.runtime.sequencing.model import ActivityOutcome, Tree

DONE = ("passed", "completed")
Known = Callable[[str], str]


def missing(tree: Tree, known: Known, identifier: str) -> str:
    """What the activity still waits for, to follow “opens when”; empty where it may be opened. ``known``
    gives the `lesson_status` of what opens."""
    unmet = [rule for rule in tree.prerequisites.get(identifier, ()) if not _holds(rule, tree, known)]
    return " and ".join(_rule_text(rule, tree, known) for rule in unmet)


def _holds(rule: Expression, tree: Tree, known: Known) -> bool:
    if isinstance(rule, Done):
        return _status(tree, known, rule.item) in DONE
    if isinstance(rule, Status):
        return (_status(tree, known, rule.item) == rule.status) != rule.negated
    if isinstance(rule, Not):
        return not _holds(rule.inner, tree, known)
    return sum(_holds(part, tree, known) for part in rule.parts) >= rule.count


def _status(tree: Tree, known: Known, identifier: str) -> str:
    inside = {known(name) for name in tree.deliverable_within[identifier]}
    if "failed" in inside:
        return "failed"
    if inside <= {"passed"} and inside:
        return "passed"
    if inside <= {*DONE}:
        return "completed"
    return inside.pop() if len(inside) == 1 else "incomplete"


def lesson_status(outcome: ActivityOutcome, browsed: bool) -> str:
    """An activity's outcome as SCORM 1.2 says it in one word; what was achieved counts whoever ``browsed`` it
    later.
    """
    if outcome.success != "unknown":
        return outcome.success
    if browsed and outcome.completion != "completed":
        return "browsed"
    return outcome.completion if outcome.completion != "unknown" else "incomplete"


def _rule_text(rule: Expression, tree: Tree, known: Known) -> str:
    """The rule in words; of several that must all hold, those that do not yet."""
    if isinstance(rule, Done):
        return f"“{tree.by_id[rule.item].title}” is completed or passed"
    if isinstance(rule, Status):
        return f"“{tree.by_id[rule.item].title}” is {'not ' if rule.negated else ''}{rule.status}"
    if isinstance(rule, Not):
        return _negation_text(rule.inner, tree, known)
    return _count_text(rule, tree, known)


def _negation_text(inner: Expression, tree: Tree, known: Known) -> str:
    if isinstance(inner, Done):
        return f"“{tree.by_id[inner.item].title}” is neither completed nor passed"
    return f"it is not the case that {_rule_text(inner, tree, known)}"


def _count_text(rule: AtLeast, tree: Tree, known: Known) -> str:
    if rule.kind == "all":
        unmet = [part for part in rule.parts if not _holds(part, tree, known)]
        return " and ".join(_rule_text(part, tree, known) for part in unmet or rule.parts)
    parts = [_rule_text(part, tree, known) for part in rule.parts]
    if rule.kind == "any":
        return " or ".join(parts)
    return f"{rule.count} of these hold: {'; '.join(parts)}"
