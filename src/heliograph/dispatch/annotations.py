"""What charts of figures mark of dispatches: versions that were published for their courses, licenses that
were changed, and dispatches that were disabled or enabled.

Versions are told of here and not by the courses: which of them a customer or an LMS has, only dispatches
know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.urls import reverse

from heliograph.audit import queries as audit
from heliograph.core.scope import limited
from heliograph.core.translation import gettext_lazy as _
from heliograph.courses import queries as courses
from heliograph.dispatch.models import Deployment, Dispatch, License
from heliograph.ui.annotations import MOST, AnnotatedRange, Annotation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from heliograph.audit.models import Entry

PUBLISHED = {"published": _("%(version)s published"), "rolled back to": _("%(version)s restored")}
OF_LICENSES = {
    "added": _("License “%(name)s” added"),
    "changed": _("License “%(name)s” changed"),
    "reset usage of": _("Usage of license “%(name)s” reset"),
    "ended": _("License “%(name)s” ended"),
    "used up": _("License “%(name)s” used up"),
    "ended the term of": _("License “%(name)s” expired"),
}
ENABLED = {True: _("Dispatch “%(name)s” enabled"), False: _("Dispatch “%(name)s” disabled")}


def published_versions(asked: AnnotatedRange) -> tuple[list[Annotation], int]:
    """Versions that were published, and roll-backs to older ones."""
    course_ids = _dispatches(asked).values("course_id") if _is_narrowed(asked) else None
    versions = courses.version_ids(asked.organization_id, course_ids)
    entries = _entries(asked, "course version", tuple(PUBLISHED)).filter(subject_id__in=versions)
    return _newest(
        (
            Annotation(
                entry.at.date(),
                PUBLISHED[entry.verb] % {"version": entry.subject_label},
                reverse("course", args=[entry.details["course"]]),
            )
            for entry in entries[:MOST]
        ),
        entries,
    )


def changed_licenses(asked: AnnotatedRange) -> tuple[list[Annotation], int]:
    """Licenses that were added, changed, reset, used up or ended."""
    licenses = limited(License.objects.filter(organization_id=asked.organization_id))
    if _is_narrowed(asked):
        dispatches = _dispatches(asked)
        licenses = licenses.filter(
            Q(dispatch__in=dispatches.values("id")) | Q(destination__in=dispatches.values("destination"))
        )
    entries = _entries(asked, "license", tuple(OF_LICENSES)).filter(subject_id__in=licenses.values("id"))
    return _newest(
        (
            Annotation(
                entry.at.date(), OF_LICENSES[entry.verb] % {"name": entry.subject_label}, reverse("licenses")
            )
            for entry in entries[:MOST]
        ),
        entries,
    )


def enabled_dispatches(asked: AnnotatedRange) -> tuple[list[Annotation], int]:
    """Dispatches that were disabled, and that were enabled again."""
    entries = _entries(asked, "dispatch", ("changed",)).filter(
        details__after__has_key="enabled", subject_id__in=_dispatches(asked).values("id")
    )
    return _newest(
        (
            Annotation(
                entry.at.date(),
                ENABLED[bool(entry.details["after"]["enabled"])] % {"name": entry.subject_label},
                reverse("dispatch", args=[entry.subject_id]),
            )
            for entry in entries[:MOST]
        ),
        entries,
    )


def _entries(asked: AnnotatedRange, kind: str, verbs: tuple[str, ...]) -> QuerySet[Entry]:
    return audit.of_days(asked.organization_id, kind, verbs, asked.first, asked.last)


def _newest(annotations: Iterable[Annotation], entries: QuerySet[Entry]) -> tuple[list[Annotation], int]:
    newest = list(annotations)
    return newest, len(newest) if len(newest) < MOST else entries.count()


def _is_narrowed(asked: AnnotatedRange) -> bool:
    return bool(asked.dispatch_id or asked.course_id or asked.destination_id or asked.domain is not None)


def _dispatches(asked: AnnotatedRange) -> QuerySet[Dispatch]:
    """The dispatches that are asked about."""
    dispatches = Dispatch.objects.filter(organization_id=asked.organization_id)
    if asked.dispatch_id:
        dispatches = dispatches.filter(id=asked.dispatch_id)
    if asked.course_id:
        dispatches = dispatches.filter(course_id=asked.course_id)
    if asked.destination_id:
        dispatches = dispatches.filter(destination_id=asked.destination_id)
    if asked.domain is not None:
        launched = Deployment.objects.filter(organization_id=asked.organization_id, domain=asked.domain)
        dispatches = dispatches.filter(id__in=launched.values("dispatch_id"))
    return dispatches
