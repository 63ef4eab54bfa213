"""Whoever reads the audit log reads it in their language, whatever was done."""

import ast
from pathlib import Path

from django.utils import translation

import heliograph
from heliograph.audit.verbs import VERBS, said

RECORDING = {"record", "record_of", "_record"}
PIECES = {"used ", "% of the ", " of"}  # of “used 90% of the learners of”


def written() -> set[str]:
    """The verbs with which the source writes the log."""
    calls = [
        node
        for path in Path(heliograph.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and len(node.args) > 2
    ]
    return {
        part.value
        for call in calls
        if (getattr(call.func, "id", "") or getattr(call.func, "attr", "")) in RECORDING
        for part in ast.walk(call.args[1])
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    } - PIECES


def test_every_verb_that_is_written_can_be_translated():
    verbs = written()
    assert len(verbs) > 40
    assert verbs - VERBS.keys() == set()


def test_a_verb_is_said_in_the_readers_language_and_an_unknown_one_as_it_is_stored():
    assert said("created") == "created"
    assert said("used 90% of the learners of") == "used 90% of the learners of"
    assert said("used 90% of the patience of") == "used 90% of the patience of"
    with translation.override("de"):
        assert said("used 90% of the learners of") == "90 % der Lernenden verbraucht:"
    with translation.override("de"):
        assert said("created") == "erstellt:"
