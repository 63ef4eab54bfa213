"""What follows from ending a license, or counting it anew, in sentences with figures."""

from collections.abc import Iterator

from heliograph.core.words import counted
from heliograph.dispatch.licenses import enforcement, rules
from heliograph.dispatch.models import Dispatch, License
from heliograph.runtime import queries as registrations


def of_ending(license: License) -> Iterator[str]:
    """Of ending a license: the next one follows, or nobody gets in."""
    others = [
        other
        for other in enforcement.licenses_of(license.dispatch or license.destination)  # type: ignore[arg-type]
        if other.id != license.id and not other.ended_at
    ]
    if others:
        yield f"“{others[0].name}” applies from now on."
    else:
        learners = counted(_learners_under(license), "learner loses", "learners lose")
        yield f"{learners} access: no license follows."
    yield "The counts are kept. Resetting its usage makes it active again unless its end date has passed."


def of_resetting(license: License) -> Iterator[str]:
    """Of counting a license anew."""
    used = [
        counted(number, rules.LIMITS[count].removesuffix("_limit"), count)
        for count in rules.COUNTS
        if (number := getattr(license, f"{count}_used"))
    ]
    if used:
        yield f"{', '.join(used)} no longer count against the limits."
    yield "The former counts are kept in the audit log. This cannot be undone."


def _learners_under(license: License) -> int:
    """How many learners there are under the dispatches that a license is for."""
    dispatches = Dispatch.objects.filter(organization_id=license.organization_id)
    own = (
        dispatches.filter(id=license.dispatch_id)
        if license.dispatch_id
        else dispatches.filter(destination=license.destination, licenses=None)
    )
    return (
        registrations.learning(license.organization_id)
        .filter(dispatch_id__in=own.values("id"))
        .values("learner_id")
        .distinct()
        .count()
    )
