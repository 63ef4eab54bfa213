"""What values an element takes: a judge for each type of the table, built once for each table and strictness.

A judge answers "" for a good value, else why it is refused: "type" (not of this form) or "range" (out of
bounds). Lengths are counted in characters (code points), as in the browser.
"""

import math
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from heliograph.runtime.cmi.table import Standard, Table, load_table, with_strict

Judge = Callable[[str], str]
LANGUAGE_TAG = re.compile(r"([A-Za-z]{1,8})((?:-[A-Za-z0-9]{1,8})*)")
LANGUAGE_PREFIX = re.compile(r"\{lang=([^{}]*)\}")
LONGEST_NUMBER = 100


class TypeRules:
    """The judges of one table, lenient or strict."""

    def __init__(self, table: Table, strict: bool) -> None:
        self.table, self.strict = table, strict
        self.languages = {code for line in table.content["languages"] for code in line.split()}
        self.judges: dict[str, Judge] = {}

    def why_refused(self, type_name: str, value: str, interaction: str = "") -> str:
        """Empty for a good value, else "type" or "range".

        `interaction`: the type of interaction it belongs to.
        """
        spec = self.table.type_spec(type_name, self.strict)
        if spec["kind"] == "by_interaction":
            type_name = self.interaction(interaction).get(spec["part"]) or spec["otherwise"]
            if "max" in spec and len(value) > spec["max"]:
                return "type"
        return self.judge(type_name)(value)

    def interaction(self, interaction: str) -> Mapping[str, Any]:
        """How responses to a type of interaction look: `response`, `pattern`, `patterns` (how many),
        `distinct`.
        """
        written = self.table.content["interactions"].get(interaction, {})
        return with_strict(dict(written), written, self.strict)

    def judge(self, name: str) -> Judge:
        if name not in self.judges:
            spec = self.table.type_spec(name, self.strict)
            self.judges[name] = getattr(self, f"_{spec['kind']}")(spec)
        return self.judges[name]

    def _text(self, spec: Mapping[str, Any]) -> Judge:
        longest, without = spec["max"], spec.get("without", [])
        return lambda value: _type_unless(
            len(value) <= longest and not any(token in value for token in without)
        )

    def _localized(self, spec: Mapping[str, Any]) -> Judge:
        """localized_string_type (RTE 4.1.1): the delimiter in front does not count toward the length."""
        longest = spec["max"]

        def judge(value: str) -> str:
            prefix = LANGUAGE_PREFIX.match(value)
            if prefix is None:
                return _type_unless(len(value) <= longest)
            return _type_unless(self._is_language(prefix[1]) and len(value) - prefix.end() <= longest)

        return judge

    def _language(self, spec: Mapping[str, Any]) -> Judge:
        return lambda value: _type_unless(self._is_language(value) or (value == "" and spec["blank"]))

    def _is_language(self, value: str) -> bool:
        """language_type (RTE 4.1.1): an ISO 639 code, or i or x, with subtags."""
        tag = LANGUAGE_TAG.fullmatch(value)
        if tag is None:
            return False
        primary = tag[1].lower()
        return primary in self.languages or (primary in ("i", "x") and tag[2] != "")

    def _number(self, spec: Mapping[str, Any]) -> Judge:
        form, least, most = (
            re.compile(spec["format"]),
            spec.get("least", -math.inf),
            spec.get("most", math.inf),
        )

        def judge(value: str) -> str:
            if value == "" and spec.get("blank"):
                return ""
            if len(value) > LONGEST_NUMBER or not form.fullmatch(value) or not math.isfinite(float(value)):
                return "type"
            return "" if least <= float(value) <= most else "range"

        return judge

    def _words(self, spec: Mapping[str, Any]) -> Judge:
        words = frozenset(spec["words"])
        return lambda value: _type_unless(value in words)

    def _format(self, spec: Mapping[str, Any]) -> Judge:
        form, longest = re.compile(spec["format"]), spec["max"]
        return lambda value: _type_unless(len(value) <= longest and form.fullmatch(value) is not None)

    def _either(self, spec: Mapping[str, Any]) -> Judge:
        judges = [self.judge(name) for name in spec["of"]]
        return lambda value: _type_unless(any(not judge(value) for judge in judges))

    def _list(self, spec: Mapping[str, Any]) -> Judge:
        """Items between [,] (RTE 4.2.9.1)."""
        item = self.judge(spec["of"])

        def judge(value: str) -> str:
            if value == "":
                return _type_unless(spec.get("blank", False))
            items = value.split("[,]")
            if len(items) > spec["max"] or (spec.get("distinct") and len(set(items)) < len(items)):
                return "type"
            return _type_unless(not any(item(each) for each in items))

        return judge

    def _pair(self, spec: Mapping[str, Any]) -> Judge:
        """Two values with [.] between them."""
        first, second = (self.judge(name) for name in spec["of"])

        def judge(value: str) -> str:
            parts = value.split("[.]")
            return _type_unless(len(parts) == 2 and not first(parts[0]) and not second(parts[1]))

        return judge

    def _range(self, spec: Mapping[str, Any]) -> Judge:
        """Two numbers with [:] between them, either of which may be missing; the first may not exceed the
        second.
        """
        number = self.judge(spec["of"])

        def judge(value: str) -> str:
            bounds = value.split("[:]")
            if len(bounds) != 2 or any(bound and number(bound) for bound in bounds):
                return "type"
            return _type_unless("" in bounds or float(bounds[0]) <= float(bounds[1]))

        return judge

    def _options(self, spec: Mapping[str, Any]) -> Judge:
        """{case_matters=…} and {order_matters=…}, each at most once, in any order, in front of the value
        proper.
        """
        rest = self.judge(spec["of"])
        option = re.compile(rf"\{{({'|'.join(spec['options'])})=([^{{}}]*)\}}")

        def judge(value: str) -> str:
            seen: set[str] = set()
            while (match := option.match(value)) and match[1] not in seen:
                if match[2] not in ("true", "false"):
                    return "type"
                seen.add(match[1])
                value = value[match.end() :]
            return rest(value)

        return judge


@cache
def values_of(standard: Standard, strict: bool) -> TypeRules:
    """The judges of a standard, built once."""
    return TypeRules(load_table(standard), strict)


def _type_unless(good: bool) -> str:
    return "" if good else "type"
