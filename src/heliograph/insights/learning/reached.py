"""The registrations that a step of the funnel counts, one by one: they narrow the list of registrations.

The same definitions as in `insights.course_cohorts`, which counts them by day.
"""

from typing import Final, LiteralString
from uuid import UUID

from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

from heliograph.core.errors import NotFound
from heliograph.core.translation import gettext
from heliograph.core.translation import gettext_lazy as _

FILTER: Final = "reached"
LABELS: Final = {
    "launched": _("Launched"),
    "half": _("Half completed"),
    "completed": _("Completed"),
    "passed": _("Passed"),
}
_ATTEMPTS: LiteralString = """
EXISTS (SELECT 1 FROM report_attempts t
         WHERE t.organization_id = runtime_registration.organization_id
           AND t.registration_id = runtime_registration.id AND {})
"""
_PASSED: LiteralString = f"""
(runtime_registration.success = 'passed' OR {_ATTEMPTS.format("t.success = 'passed'")})
"""
_COMPLETED: LiteralString = f"""
({_PASSED} OR runtime_registration.completion = 'completed'
  OR {_ATTEMPTS.format("t.completion = 'completed'")}
  OR EXISTS (SELECT 1 FROM insights_completion k
              WHERE k.organization_id = runtime_registration.organization_id
                AND k.registration_id = runtime_registration.id AND k.completed_at IS NOT NULL))
"""
_HALF: LiteralString = f"""
({_COMPLETED} OR coalesce(runtime_registration.progress >= 0.5, false)
  OR {_ATTEMPTS.format("t.progress >= 0.5")})
"""
_LAUNCHED: LiteralString = f"""
({_HALF} OR runtime_registration.completion <> 'not attempted' OR runtime_registration.success <> 'unknown'
  OR runtime_registration.first_launched_at IS NOT NULL
  OR {_ATTEMPTS.format("t.completion <> 'not attempted'")}
  OR EXISTS (SELECT 1 FROM report_sessions v
              WHERE v.registration_id = runtime_registration.id AND v.launched_at IS NOT NULL))
"""
_CONDITIONS: Final[dict[str, LiteralString]] = {
    "launched": _LAUNCHED,
    "half": _HALF,
    "completed": _COMPLETED,
    "passed": _PASSED,
}


def registration_filter(organization_id: UUID, name: str, value: str) -> tuple[str, Q] | None:
    """What a step is called and what lets its registrations through; None for another filter than *reached*.

    Raises `NotFound` for an unknown step.
    """
    if name != FILTER:
        return None
    if value not in _CONDITIONS:
        raise NotFound(gettext("The funnel has no step “%(name)s”.") % {"name": value[:40]})
    condition = RawSQL(_CONDITIONS[value], [], output_field=BooleanField())  # noqa: S611 - of constants
    return str(LABELS[value]), Q(condition)
