"""What learners, courses and activities are called in statements: the same for every learner of a course, and
for every version of it.
"""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.conf import settings

from heliograph.runtime.models import Learner


def agent_of(learner: Learner) -> dict[str, Any]:
    """A learner as an xAPI agent: an account of where their identifier comes from."""
    own = learner.realm == learner.organization_id
    home = settings.HELIOGRAPH.url if own else f"{settings.HELIOGRAPH.url}/destinations/{learner.realm}"
    agent: dict[str, Any] = {"objectType": "Agent", "account": {"homePage": home, "name": learner.identifier}}
    return {**agent, "name": learner.name} if learner.name else agent


def course_iri(course_id: UUID) -> str:
    """The activity id of a course."""
    return f"{settings.HELIOGRAPH.url}/courses/{course_id}"


def activity_iri(course_id: UUID, identifier: str) -> str:
    """The activity id of a SCO, AU or block of a course."""
    return f"{course_iri(course_id)}/activities/{quote(identifier, safe='')}"
