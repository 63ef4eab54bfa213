"""What follows from ending a license, or counting it anew, in sentences with figures."""

from collections.abc import Iterator

from heliograph.core.translation import gettext, grouped, ngettext
from heliograph.dispatch.licenses import enforcement, rules, usage
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
        yield gettext("“%(name)s” applies from now on.") % {"name": others[0].name}
    else:
        learners = _learners_under(license)
        yield ngettext(
            "%(count)s learner loses access: no license follows.",
            "%(count)s learners lose access: no license follows.",
            learners,
        ) % {"count": grouped(learners)}
    yield gettext(
        "The counts are kept. Resetting its usage makes it active again unless its end date has passed."
    )


def of_resetting(license: License) -> Iterator[str]:
    """Of counting a license anew."""
    used = [
        f"{grouped(number)} {usage.LABELS[count]}"
        for count in rules.COUNTS
        if (number := getattr(license, f"{count}_used"))
    ]
    if used:
        yield gettext("No longer counted against the limits: %(counts)s.") % {"counts": ", ".join(used)}
    yield gettext("The former counts are kept in the audit log. This cannot be undone.")


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
