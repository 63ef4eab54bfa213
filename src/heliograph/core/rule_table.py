"""A standard's rules as one table: what is refused, where the standard says so, and a good and a bad example.

The checks name these rules, the tests are made of the examples, and the documents list them, so that what is
refused, what is tested and what is documented is one list. A table is a dictionary of `Rule` by its code.
"""

from typing import Any, Final, NamedTuple

ABSENT: Final = object()  # an example's value: the property is not there


class Example(NamedTuple):
    """A place in a statement (``result.score.scaled``), a value that is taken there, and one that is refused.

    ``verb`` is the statement's, where a table has examples of several.
    """

    at: str
    good: Any
    bad: Any
    verb: str = ""


class Rule(NamedTuple):
    """One thing that is refused.

    ``says`` follows the place's name, or is a sentence of its own; ``sections`` are the places in the
    standards, by their names; ``only`` is the one version that has the rule, empty where all have it.
    """

    code: str
    says: str
    sections: dict[str, str]
    examples: tuple[Example, ...] = ()
    only: str = ""


class Broken(Exception):
    """A value breaks a rule.

    ``path`` is the way to it, innermost first; ``subject`` is what breaks the rule where there is no way.
    """

    def __init__(self, rule: Rule, value: Any = ABSENT, subject: str = "") -> None:
        super().__init__(rule.code)
        self.rule = rule
        self.value = value
        self.subject = subject
        self.path: list[str | int] = []

    @property
    def at(self) -> str:
        """The way to the value from the outside in: ``context.contextActivities.parent[0].id``."""
        way = ""
        for step in reversed(self.path):
            way += f"[{step}]" if isinstance(step, int) else f".{step}" if way else step
        return way

    @property
    def sentence(self) -> str:
        where = self.at or self.subject
        shown = "" if self.value is ABSENT else f", not {_shown(self.value)}"
        sections = "; ".join(f"{standard} {section}" for standard, section in self.rule.sections.items())
        return f"{where} {self.rule.says}{shown} ({sections}).".lstrip()


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f"“{value[:60]}…”" if len(value) > 60 else f"“{value}”"
    kinds = {
        dict: "an object",
        list: "a list",
        bool: "true" if value is True else "false",
        type(None): "null",
    }
    return kinds.get(type(value)) or str(value)[:30]
