"""What pages say of dispatches, deployments and receipts."""

from datetime import datetime
from typing import Any

from django import template

from heliograph.dispatch import queries, states
from heliograph.dispatch.licenses import usage
from heliograph.dispatch.releases import actions as releases
from heliograph.dispatch.results import diagnosis

register = template.Library()


@register.filter
def dispatch_state(dispatch: Any) -> str:
    """The state of a dispatch, as its part's queries tell it."""
    return states.state_of(dispatch)


@register.filter
def deployment_state(deployment: Any) -> str:
    """``active``, ``suspended`` or ``expired``."""
    return queries.deployment_state(deployment)


@register.filter
def likely_reason(receipt: Any) -> Any:
    """Why a customer's LMS may have kept something else, and what to do about it."""
    return diagnosis.likely_reason(receipt.element, receipt.written, receipt.kept, receipt.error)


@register.filter
def uses(dispatch: Any) -> Any:
    """What of a dispatch's own places and its active license is used, the fullest first."""
    return usage.uses(dispatch)


@register.filter
def license_state(license: Any) -> str:
    """``current``, ``scheduled`` or ``ended``."""
    return usage.state_of(license)


@register.filter
def fullest_use(license: Any) -> Any:
    """The count of a license that is nearest to its limit; None where all are unlimited."""
    return next(iter(usage.of_license(license)), None)


@register.filter
def ends_at(dispatch: Any) -> datetime | None:
    """The last moment of a dispatch, by itself and by its licenses."""
    return usage.ends_at(dispatch)


@register.simple_tag
def released_first(course: Any) -> Any:
    """The destinations that get a version of the course before everybody else."""
    return releases.ahead(course)[:20]
