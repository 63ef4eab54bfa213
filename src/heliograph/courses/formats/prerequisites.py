"""Prerequisites of SCORM 1.2 (CAM, adlcp:prerequisites): expressions of aicc_script (AICC CMI001), read into
a tree.

    expression  = all { "|" all }
    all         = one { "&" one }
    one         = "~" one | "(" expression ")" | [number "*"] "{" expression { "," expression } "}"
                | identifier [ ("=" | "<>") status ]

An identifier alone means that the item is completed or passed; braces without a number, that all inside of
them hold.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from heliograph.core.translation import gettext_noop, told
from heliograph.courses.findings import Report
from heliograph.courses.formats.structure import Item
from heliograph.courses.limits import shown

LONGEST: Final = 4_000
DEEPEST: Final = 50
STATUSES: Final = ("passed", "completed", "failed", "incomplete", "browsed", "not attempted")
TOKEN: Final = re.compile(
    r"\s*(?:([0-9]+)\s*\*\s*(?={)|(<>|[&|~=(){},])|\"([^\"]*)\"|'([^']*)'|([^\s&|~=<>(){},*\"']+))"
)


@dataclass(frozen=True)
class Done:
    """The item is completed or passed."""

    item: str


@dataclass(frozen=True)
class Status:
    """The item has this status, or, `negated`, any other one."""

    item: str
    status: str
    negated: bool


@dataclass(frozen=True)
class Not:
    """The inner expression does not hold."""

    inner: "Expression"


@dataclass(frozen=True)
class AtLeast:
    """So many of these hold. `kind` says how the author wrote it: all of them, any one, or a count."""

    count: int
    parts: tuple["Expression", ...]
    kind: Literal["all", "any", "count"]


Expression: TypeAlias = Done | Status | Not | AtLeast


class Unreadable(ValueError):
    """The text is no expression; ``reason`` says why, to follow the expression itself."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_prerequisites(text: str, items: Collection[str]) -> Expression:
    """The expression; `items` are the identifiers that it may name. Raises `Unreadable`."""
    return _Reader(text, items).read()


def report_prerequisites(items: list[Item], report: Report) -> None:
    """Tell of every prerequisite in the tree of an organization that cannot be read."""
    every = list(_all(items))
    known = {item["identifier"] for item in every}
    for item in every:
        try:
            if item["prerequisites"]:
                read_prerequisites(item["prerequisites"], known)
        except Unreadable as unreadable:
            report.advice(
                "prerequisites_invalid",
                told(
                    gettext_noop("Prerequisites of %(item)s were ignored: %(expression)s %(reason)s."),
                    item=shown(item["title"]),
                    expression=shown(item["prerequisites"] or ""),
                    reason=told(unreadable.reason),
                ),
                item["identifier"],
            )


def _all(items: list[Item]) -> Iterator[Item]:
    for item in items:
        yield item
        yield from _all(item["items"])


class _Reader:
    def __init__(self, text: str, items: Collection[str]) -> None:
        if len(text) > LONGEST:
            raise Unreadable(told(gettext_noop("is longer than %(count)s characters"), count=LONGEST))
        self._items = items
        self._tokens = list(_tokens(text))
        self._at = 0
        self._depth = 0

    def read(self) -> Expression:
        expression = self._expression()
        if self._at < len(self._tokens):
            raise Unreadable(
                told(gettext_noop("has an unexpected %(sign)s"), sign=shown(self._tokens[self._at][1]))
            )
        return expression

    def _expression(self) -> Expression:
        return self._several("|", "any", lambda: self._several("&", "all", self._one))

    def _several(
        self, operator: str, kind: Literal["all", "any"], read: Callable[[], Expression]
    ) -> Expression:
        parts = [read()]
        while self._takes(operator):
            parts.append(read())
        return (
            parts[0] if len(parts) == 1 else AtLeast(len(parts) if kind == "all" else 1, tuple(parts), kind)
        )

    def _one(self) -> Expression:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Unreadable(
                told(gettext_noop("is nested more than %(depth)s levels deep"), depth=str(DEEPEST))
            )
        try:
            return self._negated_or_grouped()
        finally:
            self._depth -= 1

    def _negated_or_grouped(self) -> Expression:
        if self._takes("~"):
            return Not(self._one())
        if self._takes("("):
            inner = self._expression()
            self._expect(")")
            return inner
        count = self._next("count")
        if self._takes("{"):
            return self._set(None if count is None else int(count))
        return self._item()

    def _set(self, count: int | None) -> Expression:
        parts = [self._expression()]
        while self._takes(","):
            parts.append(self._expression())
        self._expect("}")
        if count is None:
            return AtLeast(len(parts), tuple(parts), "all")
        if count > len(parts):
            raise Unreadable(
                told(
                    gettext_noop("requires %(count)s of %(total)s items"),
                    count=str(count),
                    total=str(len(parts)),
                )
            )
        return AtLeast(count, tuple(parts), "count")

    def _item(self) -> Expression:
        name = self._next("word")
        if name is None:
            raise Unreadable(gettext_noop("is missing an item"))
        if name not in self._items:
            raise Unreadable(told(gettext_noop("names the unknown item %(name)s"), name=shown(name)))
        negated = self._takes("<>")
        return Status(name, self._status(), negated) if negated or self._takes("=") else Done(name)

    def _status(self) -> str:
        """A status in full or by its first letter; two words need no quotes."""
        written = (self._next("word") or "").lower().replace("_", " ")
        if written == "not" and (self._next("word") or "").lower() == "attempted":
            written = "not attempted"
        status = next(
            (status for status in STATUSES if written in (status, status[0], status.replace(" ", ""))), None
        )
        if status is None:
            raise Unreadable(told(gettext_noop("has an unknown status %(written)s"), written=shown(written)))
        return status

    def _takes(self, sign: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == ("sign", sign):
            self._at += 1
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._takes(sign):
            raise Unreadable(told(gettext_noop("is missing a “%(sign)s”"), sign=sign))

    def _next(self, kind: str) -> str | None:
        """The next token's text if it is of this kind."""
        if self._at < len(self._tokens) and self._tokens[self._at][0] == kind:
            self._at += 1
            return self._tokens[self._at - 1][1]
        return None


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = TOKEN.match(text, at)
        if match is None:
            raise Unreadable(
                told(gettext_noop("has an unexpected %(sign)s"), sign=shown(text[at:].strip()[:1]))
            )
        count, sign, *words = match.groups()
        if count is not None:
            yield "count", count[:9]
        elif sign is not None:
            yield "sign", sign
        else:
            yield "word", next(word for word in words if word is not None).strip()
        at = match.end()
