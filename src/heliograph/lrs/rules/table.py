"""Every rule of xAPI by which something is refused: what it says, where the standards say it, and a good and
a bad example.

The checks name these rules, the tests are made of the examples, and docs/protocols/xapi-rules.md is written
from them: what is refused, what is tested and what is documented is one list. ``section_1`` is the section
of xAPI 1.0.3 (Part Two: Data, Part Three: Communication), ``section_2`` that of IEEE 9274.1.1 (xAPI 2.0).
"""

from typing import Any, Final, NoReturn

from heliograph.core.rule_table import ABSENT, Broken, Example, Rule


def refuse(code: str, value: Any = ABSENT) -> NoReturn:
    """Raise `Broken` for the rule called ``code``."""
    raise Broken(RULES[code], value, "The statement")


def _rule(
    code: str, says: str, section_1: str, section_2: str, examples: tuple[Example, ...] = (), only: str = ""
) -> Rule:
    """A rule with its sections in xAPI 1.0.3 and 2.0."""
    return Rule(code, says, {ONE: section_1, TWO: section_2}, examples, only)


ONE: Final = "xAPI 1.0.3"
TWO: Final = "2.0"
ID = "c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a11"
ACTIVITY = {"id": "https://example.org/activities/1"}
AGENT = {"mbox": "mailto:a@example.org"}
CHOICES = [{"id": "a", "description": {"en": "A"}}]
BAD_IRI, BAD_ID, BAD_LANGUAGE = "no scheme", "c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a1", {"a12345": "text"}


def _examples(*rows: tuple[str, Any, Any]) -> tuple[Example, ...]:
    return tuple(Example(*row) for row in rows)


_IN_ORDER: Final = (
    _rule("statement.object", "must be a JSON object", "Data 2.2", "4.2.2"),
    _rule(
        "property.unknown",
        "is not a property that belongs here",
        "Data 2.2",
        "4.2.1",
        _examples(
            ("extra", ABSENT, 1),
            ("Actor", ABSENT, AGENT),
            ("actor.extra", ABSENT, 1),
            ("verb.extra", ABSENT, 1),
            ("object.extra", ABSENT, 1),
            ("object.definition.extra", ABSENT, 1),
            ("result.extra", ABSENT, 1),
            ("result.score.extra", ABSENT, 1),
            ("context.extra", ABSENT, 1),
            ("context.contextActivities.extra", ABSENT, [ACTIVITY]),
            ("attachments.0.extra", ABSENT, 1),
            ("context.statement.extra", ABSENT, 1),
        ),
    ),
    _rule(
        "property.missing",
        "is missing",
        "Data 2.2",
        "4.2.1",
        _examples(
            ("actor", AGENT, ABSENT),
            ("verb", {"id": "https://example.org/v"}, ABSENT),
            ("object", ACTIVITY, ABSENT),
            ("verb.id", "https://example.org/v", ABSENT),
            ("object.id", ACTIVITY["id"], ABSENT),
            ("context.statement.id", ID, ABSENT),
            ("attachments.0.usageType", "https://example.org/u", ABSENT),
            ("attachments.0.display", {"en": "A file"}, ABSENT),
            ("attachments.0.contentType", "text/plain", ABSENT),
            ("attachments.0.length", 3, ABSENT),
            ("attachments.0.sha2", "a" * 64, ABSENT),
        ),
    ),
    _rule(
        "property.twice",
        "has a property twice",
        "Data 2.2",
        "4.2.1",
    ),
    _rule(
        "type.object",
        "must be a JSON object",
        "Data 2.2",
        "4.2.1",
        _examples(
            ("actor", AGENT, "a@example.org"),
            ("verb", {"id": "https://example.org/v"}, "https://example.org/v"),
            ("object", ACTIVITY, []),
            ("object.definition", {}, "text"),
            ("result", {}, True),
            ("result.score", {}, 1),
            ("context", {}, []),
            ("result.extensions", {}, []),
            ("context.contextActivities", {}, "text"),
            ("context.statement", {"objectType": "StatementRef", "id": ID}, ID),
            ("verb.display", {"en": "did"}, "did"),
            ("attachments.0.display", {"en": "A file"}, "A file"),
            ("actor", AGENT, None),
            ("result", {}, None),
        ),
    ),
    _rule(
        "type.array",
        "must be a list",
        "Data 2.2",
        "4.2.1",
        _examples(
            ("attachments", [], {}),
            ("object.definition.correctResponsesPattern", ["a"], "a"),
            ("object.definition.choices", CHOICES, CHOICES[0]),
            ("actor", {"objectType": "Group", "member": [AGENT]}, {"objectType": "Group", "member": AGENT}),
        ),
    ),
    _rule(
        "type.string",
        "must be text",
        "Data 2.2",
        "4.2.1",
        _examples(
            ("actor.name", "Ada", 7),
            ("actor.name", "Ada", None),
            ("result.response", "a", 1),
            ("context.revision", "1", 1),
            ("context.platform", "p", {}),
            ("verb.display.en", "did", None),
            ("object.definition.name.en", "One", 1),
            ("object.definition.correctResponsesPattern", ["a"], [1]),
            (
                "actor",
                {"account": {"homePage": "https://example.org/", "name": "a"}},
                {"account": {"homePage": "https://example.org/", "name": 1}},
            ),
        ),
    ),
    _rule(
        "type.boolean",
        "must be true or false",
        "Data 2.4.5",
        "4.2.2.4",
        _examples(
            ("result.success", True, "true"), ("result.completion", False, 0), ("result.success", False, None)
        ),
    ),
    _rule(
        "type.number",
        "must be a number",
        "Data 2.4.5.1",
        "4.2.2.4",
        _examples(
            ("result.score.raw", 50, "50"),
            ("result.score.min", 0, True),
            ("result.score.max", 100.5, None),
            ("result.score.scaled", 0.5, "0.5"),
        ),
    ),
    _rule(
        "iri",
        "must be an IRI with its scheme",
        "Data 2.2",
        "4.2.1 and 4.2.7",
        _examples(
            ("verb.id", "urn:example:did", BAD_IRI),
            ("object.id", "https://example.org/ä", "ab=c://example.org"),
            ("object.definition.type", "x:y", "x y"),
            ("attachments.0.usageType", "x:y", BAD_IRI),
            ("object.id", "x:y", ""),
            ("object.id", "x:y", 5),
        ),
    ),
    _rule(
        "irl",
        "must be a whole address, such as https://example.org/page",
        "Data 2.4.4.1",
        "4.2.2.3",
        _examples(
            ("object.definition.moreInfo", "https://example.org/", "example.org"),
            ("attachments.0.fileUrl", "https://example.org/f", "f"),
            (
                "actor",
                {"account": {"homePage": "https://example.org/", "name": "a"}},
                {"account": {"homePage": "example.org", "name": "a"}},
            ),
            ("actor", {"openid": "https://a.example.org/"}, {"openid": "a.example.org"}),
        ),
    ),
    _rule(
        "uuid",
        "must be a UUID in its standard form",
        "Data 4.1",
        "4.2.7",
        _examples(
            ("id", ID, BAD_ID),
            ("context.registration", ID, f"{ID}0"),
            ("context.statement.id", ID, ID.replace("c", "M")),
            ("id", ID, 1),
            ("id", ID, None),
        ),
    ),
    _rule(
        "timestamp",
        "must be an ISO 8601 time, such as 2026-05-04T10:11:12.345Z",
        "Data 4.5",
        "4.2.7",
        _examples(
            ("timestamp", "2026-05-04T10:11:12.345Z", "4 May 2026"),
            ("timestamp", "2026-05-04T10:11:12+02:00", "2026-05-04T10:11:12-00:00"),
            ("timestamp", "2036-05-04T10:11:12Z", "2036-13-04T10:11:12Z"),
            ("timestamp", "2026-05-04T10:11:12Z", 1777889472),
            ("stored", "2026-05-04T10:11:12Z", "now"),
        ),
    ),
    _rule(
        "duration",
        "must be an ISO 8601 duration, such as PT1H30M",
        "Data 4.6",
        "4.2.7",
        _examples(
            ("result.duration", "PT0.25S", "90 minutes"),
            ("result.duration", "P3Y1M29DT4H35M59.14S", "P0003-01-29T04:35:59"),
            ("result.duration", "P4W", "P4W1D"),
            ("result.duration", "PT5M", "PT"),
            ("result.duration", "PT5M", 300),
        ),
    ),
    _rule(
        "language",
        "must be a language tag by RFC 5646, such as en-GB",
        "Data 4.2",
        "4.2.7",
        _examples(
            ("verb.display", {"en-GB": "did"}, BAD_LANGUAGE),
            ("object.definition.name", {"cmn": "x"}, {"test": "four letters are reserved"}),
            ("object.definition.name", {"cmn": "x"}, {"test": "a reserved length"}),
            ("object.definition.name", {"zh-Hans-CN": "一"}, {"de-419-DE": "eins"}),
            ("object.definition.description", {"x-mine": "text"}, {"en_GB": "text"}),
            ("context.language", "sr-Latn-RS", "something"),
            ("attachments.0.description", {"fr": "un"}, {"": "un"}),
            ("context.language", "de", "zh-z-aaa-z-bbb"),
            ("context.language", "de", 7),
        ),
    ),
    _rule(
        "language.case",
        "names a language twice",
        "Data 4.2",
        "4.2.7",
        _examples(("verb.display", {"en": "did", "de": "tat"}, {"en": "did", "EN": "did"})),
    ),
    _rule(
        "extensions.key",
        "is not an IRI, and the keys of extensions must be",
        "Data 4.1",
        "4.2.7",
        _examples(
            ("result.extensions", {"x:y": None}, {"no": 1}),
            ("context.extensions", {"https://example.org/e": [1]}, {"a b:c": 1}),
            ("object.definition.extensions", {"x:y": {"any": "thing"}}, {"": 1}),
        ),
    ),
    _rule(
        "actor.type",
        "must be “Agent” or “Group”",
        "Data 2.4.2",
        "4.2.2.1",
        _examples(
            ("actor.objectType", "Agent", "agent"),
            ("actor.objectType", "Agent", "Activity"),
            ("actor.objectType", "Agent", 1),
            ("actor.objectType", ABSENT, None),
        ),
    ),
    _rule(
        "agent.one",
        "must have exactly one of mbox, mbox_sha1sum, openid and account",
        "Data 2.4.2.3",
        "4.2.2.1",
        _examples(
            ("actor", AGENT, {"name": "Ada"}),
            ("actor", AGENT, {"mbox": "mailto:a@example.org", "openid": "https://a.example.org/"}),
            ("context.instructor", AGENT, {"objectType": "Agent"}),
            (
                "actor",
                {"objectType": "Group", "mbox": "mailto:g@example.org"},
                {"objectType": "Group", "mbox": "mailto:g@example.org", "mbox_sha1sum": "a" * 40},
            ),
        ),
    ),
    _rule(
        "agent.mbox",
        "must be mailto: and a mail address",
        "Data 2.4.2.3",
        "4.2.2.1",
        _examples(
            ("actor", AGENT, {"mbox": "a@example.org"}),
            ("actor", AGENT, {"mbox": "mailto:example.org"}),
            ("actor", AGENT, {"mbox": {}}),
        ),
    ),
    _rule(
        "agent.sha1",
        "must be a SHA-1 of 40 hexadecimal digits",
        "Data 2.4.2.3",
        "4.2.2.1",
        _examples(
            ("actor", {"mbox_sha1sum": "0" * 40}, {"mbox_sha1sum": "0" * 39}),
            ("actor", AGENT, {"mbox_sha1sum": 1}),
        ),
    ),
    _rule(
        "agent.account",
        "needs a homePage and a name",
        "Data 2.4.2.4",
        "4.2.2.1",
        _examples(
            (
                "actor",
                {"account": {"homePage": "https://example.org/", "name": "a"}},
                {"account": {"homePage": "https://example.org/"}},
            ),
            ("actor", AGENT, {"account": {"name": "a"}}),
        ),
    ),
    _rule(
        "group.members",
        "is a group without an identifier of its own and so must name its members",
        "Data 2.4.2.2",
        "4.2.2.1",
        _examples(
            ("actor", {"objectType": "Group", "member": [AGENT]}, {"objectType": "Group"}),
            (
                "context.team",
                {"objectType": "Group", "member": [AGENT]},
                {"objectType": "Group", "member": []},
            ),
        ),
    ),
    _rule(
        "group.nested",
        "must be an agent: a group holds no groups",
        "Data 2.4.2.2",
        "4.2.4.2",
        _examples(
            (
                "actor",
                {"objectType": "Group", "member": [AGENT]},
                {"objectType": "Group", "member": [{"objectType": "Group", "member": [AGENT]}]},
            )
        ),
    ),
    _rule(
        "group.expected",
        "must be a group",
        "Data 2.4.6",
        "4.2.2.5",
        _examples(("context.team", {"objectType": "Group", "mbox": "mailto:g@example.org"}, AGENT)),
    ),
    _rule(
        "object.type",
        "must be “Activity”, “Agent”, “Group”, “SubStatement” or “StatementRef”",
        "Data 2.4.4",
        "4.2.2.3",
        _examples(
            ("object.objectType", "Activity", "activity"),
            ("object.objectType", ABSENT, "Course"),
            ("object", {"objectType": "StatementRef", "id": ID}, {"objectType": "statementref", "id": ID}),
        ),
    ),
    _rule(
        "activity.type",
        "must be “Activity” or left out",
        "Data 2.4.6.2",
        "4.2.2.5",
        _examples(
            (
                "context.contextActivities",
                {"parent": [ACTIVITY]},
                {"parent": [{"objectType": "Agent", "id": "x:y"}]},
            )
        ),
    ),
    _rule(
        "reference.type",
        "must be “StatementRef”",
        "Data 2.4.4.3",
        "4.2.2.3",
        _examples(
            ("context.statement.objectType", "StatementRef", "Statement"),
            ("context.statement", {"objectType": "StatementRef", "id": ID}, {"id": ID}),
        ),
    ),
    _rule(
        "interaction.type",
        "must be one of true-false, choice, fill-in, long-fill-in, matching, performance, sequencing, "
        "likert, numeric, other",
        "Data 2.4.4.1",
        "4.2.2.3",
        _examples(
            ("object.definition.interactionType", "choice", "Choice"),
            ("object.definition.interactionType", "choice", 1),
        ),
    ),
    _rule(
        "interaction.typed",
        "is for interactions, and the definition has no interactionType",
        "Data 2.4.4.1",
        "4.2.4.2",
        _examples(
            (
                "object.definition",
                {"interactionType": "true-false", "correctResponsesPattern": ["true"]},
                {"correctResponsesPattern": ["true"]},
            )
        ),
    ),
    _rule(
        "interaction.list",
        "does not belong to an interaction of this type",
        "Data 2.4.4.1",
        "4.2.2.3",
        _examples(
            ("object.definition.interactionType", "choice", "likert"),
            (
                "object.definition",
                {"interactionType": "likert", "scale": CHOICES},
                {"interactionType": "numeric", "scale": CHOICES},
            ),
        ),
    ),
    _rule(
        "interaction.component",
        "must be text: the component's id",
        "Data 2.4.4.1",
        "4.2.2.3",
        _examples(
            ("object.definition.choices", CHOICES, [{"description": {"en": "A"}}]),
            ("object.definition.choices", CHOICES, [{"id": 1}]),
        ),
    ),
    _rule(
        "interaction.twice",
        "is the id of two components",
        "Data 2.4.4.1",
        "4.2.2.3",
        _examples(("object.definition.choices", [{"id": "a"}, {"id": "b"}], [{"id": "a"}, {"id": "a"}])),
    ),
    _rule(
        "score.scaled",
        "must be from -1 to 1",
        "Data 2.4.5.1",
        "4.2.2.4",
        _examples(("result.score.scaled", -1, -1.00001), ("result.score.scaled", 1.0, 1.01)),
    ),
    _rule(
        "score.raw",
        "must lie between min and max",
        "Data 2.4.5.1",
        "4.2.2.4",
        _examples(
            ("result.score", {"raw": 5, "min": 0, "max": 10}, {"raw": 11, "max": 10}),
            ("result.score", {"raw": 5, "min": 0}, {"raw": -1, "min": 0}),
        ),
    ),
    _rule(
        "score.range",
        "must be less than max",
        "Data 2.4.5.1",
        "4.2.2.4",
        _examples(("result.score", {"min": 0, "max": 10}, {"min": 10, "max": 0})),
    ),
    _rule(
        "context.activity",
        "is only for statements about an activity",
        "Data 2.4.6",
        "4.2.2.5",
    ),
    _rule(
        "context.agents",
        "must be “contextAgent”",
        "not in 1.0.3",
        "4.2.2.5",
        _examples(
            (
                "context.contextAgents",
                [{"objectType": "contextAgent", "agent": AGENT}],
                [{"objectType": "Agent", "agent": AGENT}],
            )
        ),
        "2.0",
    ),
    _rule(
        "context.groups",
        "must be “contextGroup”",
        "not in 1.0.3",
        "4.2.2.5",
        _examples(
            (
                "context.contextGroups",
                [
                    {
                        "objectType": "contextGroup",
                        "group": {"objectType": "Group", "mbox": "mailto:g@example.org"},
                    }
                ],
                [{"objectType": "x", "group": {}}],
            )
        ),
        "2.0",
    ),
    _rule(
        "context.relevant",
        "must name at least one type",
        "not in 1.0.3",
        "4.2.2.5",
        _examples(
            (
                "context.contextAgents",
                [{"objectType": "contextAgent", "agent": AGENT, "relevantTypes": ["x:y"]}],
                [{"objectType": "contextAgent", "agent": AGENT, "relevantTypes": []}],
            )
        ),
        "2.0",
    ),
    _rule("substatement.property", "is not a property of a sub-statement", "Data 2.4.4.3", "4.2.2.3"),
    _rule("substatement.nested", "may not be a sub-statement itself", "Data 2.4.4.3", "4.2.4.2"),
    _rule(
        "void.object",
        "must be a StatementRef to the statement that is voided",
        "Data 2.3.2",
        "4.2.5",
        _examples(("verb.id", "https://example.org/v", "http://adlnet.gov/expapi/verbs/voided")),
    ),
    _rule(
        "authority.group",
        "must be an agent, or an anonymous group of two",
        "Data 2.4.9",
        "4.2.2",
        _examples(
            ("authority", AGENT, {"objectType": "Group", "mbox": "mailto:g@example.org"}),
            (
                "authority",
                {"objectType": "Group", "member": [AGENT, {"openid": "https://a.example.org/"}]},
                {"objectType": "Group", "member": [AGENT]},
            ),
        ),
    ),
    _rule(
        "version",
        "must be a version of xAPI, such as 1.0.3",
        "Data 2.4.10",
        "4.2.2",
        _examples(("version", "1.0.9", "1.1.0"), ("version", "1.0", "0.9.9"), ("version", "1.0.3", 1.0)),
    ),
    _rule(
        "attachment.sha2",
        "must be a SHA-2 hash in hexadecimal digits",
        "Data 2.4.11",
        "4.2.2.6",
        _examples(("attachments.0.sha2", "a" * 64, "abc"), ("attachments.0.sha2", "a" * 64, 1)),
    ),
    _rule(
        "attachment.length",
        "must be a whole number of bytes",
        "Data 2.4.11",
        "4.2.2.6",
        _examples(
            ("attachments.0.length", 3, "3"),
            ("attachments.0.length", 3, -1),
            ("attachments.0.length", 3, 3.5),
        ),
    ),
    _rule(
        "attachment.media",
        "must be a media type, such as text/plain",
        "Data 2.4.11",
        "4.2.2.6",
        _examples(
            ("attachments.0.contentType", "text/plain; charset=UTF-8", "text"),
            ("attachments.0.contentType", "text/plain", 1),
        ),
    ),
    _rule("attachment.unsent", "has neither a fileUrl nor a part in this request", "Data 2.4.11", "4.1.5"),
    _rule("signature.media", "must be application/octet-stream for a signature", "Data 2.6", "4.2.6"),
    _rule("signature.malformed", "is not a JWS of the statement", "Data 2.6", "4.2.6"),
    _rule("signature.algorithm", "must be signed with RS256, RS384 or RS512", "Data 2.6", "4.2.6"),
    _rule("signature.statement", "signs another statement than the one it comes with", "Data 2.6", "4.2.6"),
    _rule("signature.certificate", "was not made with the key of its certificate", "Data 2.6", "4.2.6"),
    _rule("id.twice", "is the id of two statements of this request", "Data 2.4.1", "4.1.6.1"),
)
RULES: Final = {rule.code: rule for rule in _IN_ORDER}
