"""The tables of rules as a page for people: docs/protocols/xapi-rules.md.

``python -m heliograph.lrs.rules.rules_page`` prints it.
"""

import json
from typing import Any

from heliograph.core.rule_table import ABSENT
from heliograph.lrs.rules.requests import REQUESTS
from heliograph.lrs.rules.table import ONE, RULES, TWO

HEAD = """# What the record store refuses

Made from `lrs/rules/table.py` and `lrs/rules/requests.py`; the tests send each example in each version. \
A refusal is a problem document:
`detail` is one sentence with the property and the rule, `rule` its code here, `property` the way to the \
value, `statement` which of several.

Sections are those of xAPI 1.0.3 (Part Two: Data, Part Three: Communication) and of IEEE 9274.1.1 (xAPI 2.0).
"""


def page() -> str:
    """The whole page, in Markdown."""
    lines = [
        HEAD,
        "## Statements",
        "",
        "| rule | a property | 1.0.3 | 2.0 | taken | refused |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for rule in RULES.values():
        shown = rule.examples[0] if rule.examples else None
        good, bad = (
            f"`{shown.at}`: {_shown(value)}" if shown else ""
            for value in ((shown.good, shown.bad) if shown else ("", ""))
        )
        lines.append(
            f"| `{rule.code}` | {rule.says} | {rule.sections[ONE]} | {rule.sections[TWO]} | {good} | {bad} |"
        )
    lines += [
        "",
        "## Requests",
        "",
        "| code | status | rule | 1.0.3 | 2.0 | refused |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for request in REQUESTS:
        asked = request.bad[-1]
        query = "&".join(
            f"{name}={value if isinstance(value, str) else json.dumps(value)}"
            for name, value in asked.query.items()
        )
        address = f"{asked.resource}{'?' if query else ''}{query}"
        lines.append(
            f"| `{request.code}` | {request.status} | {request.says} "
            f"| {request.section_1} | {request.section_2} | `{asked.method} {address[:80]}` |"
        )
    return "\n".join(lines) + "\n"


def _shown(value: Any) -> str:
    if value is ABSENT:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False).replace("|", "\\|")
    return f"`{text[:70]}{'…' if len(text) > 70 else ''}`"


if __name__ == "__main__":
    print(page(), end="")
