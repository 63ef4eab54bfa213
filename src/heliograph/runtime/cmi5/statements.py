"""The statements that the LMS makes of AUs, blocks and the course: launched, abandoned, waived, satisfied
(cmi5, section 9).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from heliograph.courses.queries import Frozen
from heliograph.runtime.cmi5.rules import COURSE, VERBS, template
from heliograph.runtime.cmi5.table import CMI5, MASTERY_SCORE, MOVE_ON
from heliograph.runtime.models import AuSession, Learner
from heliograph.runtime.xapi_identifiers import activity_iri, agent_of, course_iri

EXTENSIONS = "https://w3id.org/xapi/cmi5/context/extensions/"
REASON = "https://w3id.org/xapi/cmi5/result/extensions/reason"
TYPES = "https://w3id.org/xapi/cmi5/activitytype/"
LAUNCH_DATA = "LMS.LaunchData"
PREFERENCES = "cmi5LearnerPreferences"


def launch_data(session: AuSession, item: dict[str, Any], course_id: UUID, return_url: str) -> dict[str, Any]:
    """The document that an AU begins with (section 10)."""
    unit = item["au"]
    launch_data = {
        "contextTemplate": template_of(session, course_id),
        "launchMode": session.mode,
        "launchMethod": unit["launch_method"],
        "moveOn": unit["move_on"],
        "returnURL": return_url or None,
        "masteryScore": item["mastery_score"],
        "launchParameters": unit["launch_parameters"],
        "entitlementKey": {"courseStructure": unit["entitlement_key"]} if unit["entitlement_key"] else None,
    }
    return {name: value for name, value in launch_data.items() if value is not None}


def template_of(session: AuSession, course_id: UUID) -> dict[str, Any]:
    """The context that every statement of a session has: the course, and the AU by its publisher's id."""
    return template(str(session.id), course_iri(course_id), session.identifier)


def launched(
    session: AuSession, item: dict[str, Any], version: Frozen, learner: Learner, url: str
) -> dict[str, Any]:
    """An AU is about to open at ``url``, which is told without what the launch added to it."""
    unit = item["au"]
    made = _of_au("launched", session, version, learner, session.created_at)
    extensions = {
        "launchmode": session.mode,
        "launchurl": url,
        "moveon": unit["move_on"],
        "launchparameters": unit["launch_parameters"],
    }
    made["context"]["extensions"] |= {
        EXTENSIONS + name: value for name, value in extensions.items() if value is not None
    }
    if item["mastery_score"] is not None:
        made["context"]["extensions"][MASTERY_SCORE] = item["mastery_score"]
    made["object"]["definition"] = _definition(unit["activity_type"], unit)
    course = _definition(TYPES + "course", version.structure["organizations"][0]["cmi5"])
    made["context"]["contextActivities"]["grouping"][0]["definition"] = (
        course  # what is only named elsewhere is described here
    )
    return made


def abandoned(
    session: AuSession, version: Frozen, learner: Learner, moment: datetime, seconds: float
) -> dict[str, Any]:
    """A session ended without its AU saying so."""
    return {
        **_of_au("abandoned", session, version, learner, moment),
        "result": {"duration": f"PT{seconds:.2f}S"},
    }


def waived(
    session: AuSession, version: Frozen, learner: Learner, moment: datetime, reason: str
) -> dict[str, Any]:
    """An AU was met by other means."""
    made = _of_au("waived", session, version, learner, moment)
    made["context"]["contextActivities"]["category"].append({"id": MOVE_ON})
    return {**made, "result": {"success": True, "completion": True, "extensions": {REASON: reason}}}


def satisfied(
    identifiers: list[str],
    session_id: UUID,
    attempt_id: UUID,
    version: Frozen,
    learner: Learner,
    moment: datetime,
) -> list[dict[str, Any]]:
    """Blocks, and the course where `COURSE` is among them, whose AUs are all done."""
    organization = version.structure["organizations"][0]
    blocks = _blocks(organization["items"])
    made = []
    for identifier in identifiers:
        known = organization["cmi5"] if identifier == COURSE else blocks[identifier]
        iri = (
            course_iri(version.course_id)
            if identifier == COURSE
            else activity_iri(version.course_id, identifier)
        )
        kind = "course" if identifier == COURSE else "block"
        about = {"objectType": "Activity", "id": iri, "definition": _definition(TYPES + kind, known)}
        context = template(
            str(session_id), *([] if identifier == COURSE else [course_iri(version.course_id)]), known["id"]
        )
        made.append(_statement("satisfied", learner, attempt_id, about, context, moment))
    return made


def _of_au(
    verb: str, session: AuSession, version: Frozen, learner: Learner, moment: datetime
) -> dict[str, Any]:
    about = {"objectType": "Activity", "id": activity_iri(version.course_id, session.identifier)}
    return _statement(
        verb, learner, session.attempt_id, about, template_of(session, version.course_id), moment
    )


def _statement(
    verb: str,
    learner: Learner,
    attempt_id: UUID,
    about: dict[str, Any],
    context: dict[str, Any],
    moment: datetime,
) -> dict[str, Any]:
    context["contextActivities"]["category"] = [{"id": CMI5}]
    return {
        "actor": agent_of(learner),
        "verb": {"id": VERBS[verb], "display": {"en": verb}},
        "object": about,
        "context": {"registration": str(attempt_id), **context},
        "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def _definition(kind: str | None, known: dict[str, Any]) -> dict[str, Any]:
    """What a course says of itself, a block or an AU, in every language it does."""
    definition = {"type": kind, "name": known["titles"], "description": known["descriptions"]}
    return {name: value for name, value in definition.items() if value}


def _blocks(items: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    blocks: dict[str, dict[str, Any]] = {}
    for item in items:
        if "block" in item:
            blocks[item["identifier"]] = item["block"]
        blocks |= _blocks(item["items"])
    return blocks
