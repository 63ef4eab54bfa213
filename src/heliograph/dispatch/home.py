"""What the home page shows of dispatches: licenses that end or fill up, results that differ in a customer's
LMS, postbacks that failed; and the first dispatch.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from heliograph.core import clock
from heliograph.core.ids import lowest_id
from heliograph.core.permissions import Permission
from heliograph.core.scope import limited
from heliograph.core.translation import gettext, gettext_lazy, grouped, ngettext, short_day
from heliograph.dispatch import queries
from heliograph.dispatch.models import Deployment, Dispatch, License, Postback
from heliograph.dispatch.results import queries as results
from heliograph.ui.home import Attention, FirstStep

LATELY = timedelta(days=7)
ENDS_SOON = timedelta(days=30)
MOST_DIFFERING = 1000  # results that are counted
NEARLY_FULL = 90  # per cent of one of a license's counts


def attention(organization_id: UUID) -> Iterator[Attention]:
    """The worst first: results that differ, failed postbacks, licenses that are nearly full or end soon."""
    if differs := results.differing_lately(organization_id, MOST_DIFFERING + 1):
        yield Attention("bad", _differing(differs), reverse("dispatches"))
    for name, dispatch_id, count in _failed_postbacks(organization_id):
        sentence = ngettext(
            "%(name)s: %(count)s webhook failed", "%(name)s: %(count)s webhooks failed", count
        )
        yield Attention(
            "bad",
            sentence % {"name": name, "count": grouped(count)},
            reverse("postbacks", args=[dispatch_id]),
        )
    for license in _licenses(organization_id).exclude(warnings_sent=[]).order_by("-id")[:50]:
        if share := _fullest(license):
            text = gettext("%(license)s is %(share)s%% used") % {"license": _called(license), "share": share}
            yield Attention("bad" if share >= 100 else "warn", text, _address(license))
    within = {"expires_at__gt": clock.now(), "expires_at__lt": clock.now() + ENDS_SOON}
    for license in _licenses(organization_id).filter(**within).order_by("expires_at")[:5]:
        yield _ending(_called(license), license.expires_at, _address(license))
    for dispatch in (
        queries.dispatches(organization_id).filter(enabled=True, **within).order_by("expires_at")[:5]
    ):
        yield _ending(dispatch.name, dispatch.expires_at, reverse("dispatch", args=[dispatch.id]))


def _differing(count: int) -> str:
    if count > MOST_DIFFERING:
        sentence = gettext("More than %(count)s results differ in customers' LMSs")
        return sentence % {"count": grouped(MOST_DIFFERING)}
    sentence = ngettext(
        "%(count)s result differs in customers' LMSs", "%(count)s results differ in customers' LMSs", count
    )
    return sentence % {"count": grouped(count)}


def _ending(name: str, day: datetime | None, address: str) -> Attention:
    said = {"name": name, "day": short_day(day) if day else ""}
    return Attention("warn", gettext("%(name)s ends on %(day)s") % said, address)


def _licenses(organization_id: UUID) -> QuerySet[License]:
    going_on = limited(License.objects.filter(organization_id=organization_id, ended_at=None))
    return going_on.select_related("dispatch", "destination")


def _failed_postbacks(organization_id: UUID) -> list[tuple[str, UUID, int]]:
    """By dispatch: its name, its id, and how many of the last week were given up."""
    counts: dict[UUID, tuple[str, int]] = {}
    lately = lowest_id(clock.now() - LATELY)
    failed = limited(
        Postback.objects.filter(organization_id=organization_id, state="given up", id__gte=lately)
    )
    for dispatch_id, name in failed.values_list("dispatch_id", "dispatch__name")[:1000]:
        counts[dispatch_id] = (name, counts.get(dispatch_id, (name, 0))[1] + 1)
    return [(name, dispatch_id, count) for dispatch_id, (name, count) in counts.items()]


def _fullest(license: License) -> int:
    """The highest share that was warned of in this period, in per cent; 0 below `NEARLY_FULL`."""
    sent = (warning.split(" ") for warning in license.warnings_sent if not warning.startswith("term"))
    shares = (int(share) for _, share in sent)
    return max((share for share in shares if share >= NEARLY_FULL), default=0)


def _called(license: License) -> str:
    owner = license.dispatch or license.destination
    return gettext("License “%(name)s” of %(owner)s") % {
        "name": license.name,
        "owner": owner.name if owner else "",
    }


def _address(license: License) -> str:
    if license.dispatch_id:
        return reverse("dispatch", args=[license.dispatch_id])
    return reverse("destination", args=[license.destination_id])


STEPS = (
    FirstStep(
        20,
        gettext_lazy("Create a dispatch for a customer"),
        "dispatches",
        Permission.DISPATCHES_VIEW,
        lambda organization_id: queries.dispatches(organization_id).exists(),
    ),
    FirstStep(
        30,
        gettext_lazy("Download its package"),
        "dispatches",
        Permission.DISPATCHES_VIEW,
        lambda organization_id: Dispatch.objects.filter(
            organization_id=organization_id, download_count__gt=0
        ).exists(),
    ),
    FirstStep(
        40,
        gettext_lazy("Launch it in the customer's LMS"),
        "dispatches",
        Permission.DISPATCHES_VIEW,
        lambda organization_id: Deployment.objects.filter(organization_id=organization_id).exists(),
    ),
)
