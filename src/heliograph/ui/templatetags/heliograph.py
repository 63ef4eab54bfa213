"""Words and figures for people: sizes, times, durations, shares, states."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BoundField, CheckboxInput, Select
from django.urls import reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from heliograph.core import translation
from heliograph.core.roles import Role
from heliograph.core.translation import (
    day_and_month,
    gettext,
    grouped,
    ngettext,
    pgettext_lazy,
    plain,
    short_day,
    weekday_day,
)
from heliograph.core.translation import gettext_lazy as _
from heliograph.ui import charts, icons, navigation, tables
from heliograph.ui.theme import THEMES, theme_of
from heliograph.ui.undo import undo_of

register = template.Library()

LINK = re.compile(r"""<a\b((?:[^>"']|"[^"]*"|'[^']*')*)>""")
ADDRESS = re.compile(r"""\s+href=("[^"]*"|'[^']*')""")

STANDARDS = {
    "scorm_11": "SCORM 1.1",
    "scorm_12": "SCORM 1.2",
    "scorm_2004": "SCORM 2004",
    "cmi5": "cmi5",
    "xapi": "xAPI",
    "pdf": _("PDF document"),
    "mp3": _("Audio"),
    "mp4": _("Video"),
}
STANDARD_ICONS = {"pdf": "file-text", "mp3": "music", "mp4": "video"}  # whatever else is a package
TONES = {
    "enrolled": "good",
    "verified": "good",
    "awarded": "good",
    "valid": "good",
    "proposed": "warn",
    "applied": "warn",
    "eligible": "warn",
    "documents_complete": "warn",
    "approved": "warn",
    "on_hold": "warn",
    "rejected": "bad",
    "active": "good",
    "current": "good",
    "scheduled": "warn",
    "completed": "good",
    "passed": "good",
    "done": "good",
    "delivered": "good",
    "sent": "good",
    "published": "good",
    "up to date": "good",
    "finished": "good",
    "incomplete": "warn",
    "running": "warn",
    "queued": "warn",
    "waiting": "warn",
    "given up": "bad",
    "revoked": "soft",
    "expired": "bad",
    "overdue": "bad",
    "full": "bad",
    "upcoming": "warn",
    "failed": "bad",
    "refused": "bad",
    "confirmed": "good",
    "differs": "bad",
    "not_written": "warn",
    "failing": "bad",
}
LABELS = {
    "applied": _("Applied"),
    "eligible": _("Eligible"),
    "documents_complete": _("Documents complete"),
    "approved": _("Approved"),
    "rejected": _("Rejected"),
    "enrolled": _("Enrolled"),
    "on_hold": _("On hold"),
    "withdrawn": _("Withdrawn"),
    "proposed": _("To verify"),
    "verified": _("Verified"),
    "awarded": _("Credential awarded"),
    "valid": _("Valid"),
    "added": _("Added"),
    "changed": _("Changed"),
    "removed": _("Removed"),
    "active": _("Active"),
    "current": _("Current"),
    "scheduled": _("Scheduled"),
    "completed": _("Completed"),
    "passed": _("Passed"),
    "done": _("Done"),
    "delivered": _("Delivered"),
    "sent": _("Sent"),
    "published": _("Published"),
    "not published": _("Not published"),
    "up to date": _("Up to date"),
    "not started": _("Not started"),
    "finished": _("Finished"),
    "not attempted": _("Not started"),
    "incomplete": _("In progress"),
    "running": _("Running"),
    "queued": _("Queued"),
    "waiting": _("Waiting"),
    "given up": _("Failed"),
    "revoked": _("Revoked"),
    "expired": _("Expired"),
    "full": _("Full"),
    "upcoming": _("Scheduled"),
    "failed": pgettext_lazy("learner", "Failed"),
    "refused": _("Refused"),
    "confirmed": _("Confirmed"),
    "differs": _("Mismatched"),
    "not_written": _("Not yet sent"),
    "unreadable": _("Not readable"),
    "disabled": _("Disabled"),
    "failing": _("Failing"),
    "suspended": _("Suspended"),
    "deactivated": _("Deactivated"),
    "paused": _("Paused"),
    "open": pgettext_lazy("state", "Open"),
    "overdue": pgettext_lazy("state", "Overdue"),
    "over": _("Over"),
    "abandoned": _("Abandoned"),
    "waived": _("Waived"),
    "unpublished": _("Not published"),
}


@register.filter
def bytes_(size: int) -> str:
    """A size for people: 1.2 MB."""
    value = float(size)
    for unit in ("bytes", "KB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    said = gettext("bytes") if unit == "bytes" else unit
    return f"{grouped(value, 0 if unit == 'bytes' or value >= 100 else 1)} {said}"


@register.filter
def translated(sentence: str, source: Mapping[str, Any] | None = None) -> str:
    """What a job has written down in English, in the reader's language; `source` is its text and values."""
    return translation.translated(sentence, source)


@register.filter
def with_code(text: str) -> SafeString:
    """A text whose words in backticks are code."""
    return SafeString(re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text)))


@register.filter
def times(count: str) -> range:
    """So many times, for a loop."""
    return range(int(count))


@register.filter
def number(count: int) -> str:
    """A count with its thousands apart: 12,345."""
    return grouped(count)


@register.filter
def files(count: int) -> str:
    """A count of files: 3 files."""
    return ngettext("%(count)s file", "%(count)s files", count) % {"count": grouped(count)}


@register.filter
def duration(centiseconds: int | None) -> str:
    """A span of time for people: 1h 05m, 3m 20s."""
    if not centiseconds:
        return "–"
    seconds = centiseconds // 100
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours}h {minutes:02d}m"
    return f"{minutes}m {seconds % 60:02d}s" if minutes else f"{seconds}s"


@register.filter
def percent(share: float | None) -> str:
    """A share as a whole percentage."""
    return "–" if share is None else gettext("%(share)s%%") % {"share": round(share * 100)}


@register.filter
def change_from(now: float | None, before: float | None) -> str:
    """How a figure stands beside that of the period before: +12%; nothing where there was none."""
    if not before or now is None:
        return ""
    share = round((now - before) / before * 100)
    said = f"{'+' if share > 0 else '−' if share < 0 else '±'}{grouped(abs(share))}"
    return gettext("%(share)s%%") % {"share": said}


@register.filter
def score(row: Any) -> str:
    """The score of a registration or attempt: the raw one with its maximum, else the scaled one."""
    if row.score_raw is not None:
        raw = plain(row.score_raw)
        if row.score_max is None:
            return raw
        return gettext("%(raw)s of %(max)s") % {"raw": raw, "max": plain(row.score_max)}
    return percent(row.score_scaled)


@register.filter
def standard(version: Any) -> str:
    """A version's standard and edition in words."""
    if version is None:
        return ""
    name = str(STANDARDS.get(version.standard, version.standard))
    if not version.edition:
        return name
    return gettext("%(standard)s %(edition)s Edition") % {"standard": name, "edition": version.edition}


@register.filter
def standard_icon(version: Any) -> str:
    """The icon that shows what kind of course a version is."""
    return STANDARD_ICONS.get(version.standard, "package") if version else "circle-dashed"


@register.filter
def moment(when: datetime | None) -> SafeString | str:
    """A moment, shown in the reader's own time zone by the page's script, in UTC without it."""
    if when is None:
        return "–"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        when.isoformat(),
        f"{when:%Y-%m-%d %H:%M:%S} UTC",
        f"{short_day(when)}, {when:%H:%M}",
    )


@register.filter
def day(when: datetime | None) -> SafeString | str:
    """The day of a moment, in the reader's own time zone by the page's script, in UTC without it."""
    if when is None:
        return "–"
    return format_html(
        '<time datetime="{}" title="{}" data-day>{}</time>',
        when.isoformat(),
        f"{when:%Y-%m-%d %H:%M:%S} UTC",
        short_day(when),
    )


@register.filter
def short_date(when: date) -> str:
    """A day that is no moment: Dec 1, 2026."""
    return short_day(when)


@register.filter
def weekday_date(when: date) -> str:
    """The same with its weekday: Tue, Dec 1, 2026."""
    return weekday_day(when)


@register.filter
def state(word: str) -> SafeString | str:
    """A state as a dot and a plain word; one that nobody knows is as any value that is not there."""
    if word == "unknown":
        return "–"
    return format_html('<span class="state" data-tone="{}">{}</span>', state_tone(word), state_label(word))


@register.filter
def state_label(word: str) -> str:
    """What pages call a state."""
    return str(LABELS.get(word, word.capitalize()))


@register.filter
def state_tone(word: str) -> str:
    """The tone of a state: good, warn, bad or soft."""
    return TONES.get(word, "soft")


@register.simple_tag(takes_context=True)
def role_label(context: Any, word: str) -> str:
    """What pages call a role, by its key; one that is gone by the key itself."""
    if word.upper() in Role.__members__:
        return Role.of(word).label
    return str(context.get("custom_roles", {}).get(word, word))


@register.filter
def get(mapping: dict[str, Any], key: str) -> Any:
    """One value of a dictionary."""
    return mapping.get(key)


@register.filter
def undo(message: Message) -> dict[str, Any] | None:
    """What undoes the thing that a message tells of; None where nothing does."""
    return undo_of(message)


@register.filter
def field_kind(field: BoundField) -> str:
    """How a field is laid out: as a ``line``, a ``tick`` beside its label, or a ``group`` of choices."""
    if field.use_fieldset:
        return "group"
    return "tick" if isinstance(field.field.widget, CheckboxInput) else "line"


@register.filter
def unprompted(field: BoundField) -> BoundField:
    """A field of another library's form without its placeholder, which only says its label again."""
    field.field.widget.attrs.pop("placeholder", None)
    return field


@register.filter
def is_marked_optional(field: BoundField) -> bool:
    """Whether a field says that it can stay empty: where others cannot, and no help says more."""
    return (
        not field.field.required
        and not field.help_text
        and not isinstance(field.field.widget, Select)
        and any(other.field.required for other in field.form)
    )


@register.simple_tag
def columns_chart(
    title: str, description: str, rows: Any, column: str, line: str, points: Sequence[charts.Point] = ()
) -> SafeString:
    """A column and a point of a line for each day of ``rows``, from attributes ``column`` and ``line``;
    ``points`` say what the card of each day has.
    """
    return charts.columns(
        title,
        description,
        [day_and_month(row.day) for row in rows],
        charts.Series(column, [getattr(row, column) for row in rows]),
        charts.Series(line, [getattr(row, line) for row in rows]),
        points,
    )


@register.simple_tag
def bars_chart(title: str, description: str, rows: Any, points: Sequence[charts.Point] = ()) -> SafeString:
    """A bar for each of ``rows``: label, count, share and the state that tells its tone; ``points`` say what
    the card of each has.
    """
    return charts.bars(
        title,
        description,
        [
            charts.Bar(label, value, percent(share) if value else "", TONES.get(state, ""))
            for label, value, share, state in rows
        ],
        points,
    )


@register.simple_tag
def histogram_chart(title: str, description: str, rows: Any) -> SafeString:
    """A column for each of ``rows``: label and count."""
    return charts.histogram(title, description, [str(row[0]) for row in rows], [row[1] for row in rows])


@register.simple_tag
def dots_chart(title: str, description: str, rows: Any, line: float | None, line_name: str) -> SafeString:
    """A dot for each of ``rows``, label and share, and a line at the share ``line``."""
    made = [charts.Dot(str(label), share, percent(share)) for label, share in rows]
    return charts.dots(title, description, made, line, line_name)


@register.filter
def long_duration(seconds: float | None) -> str:
    """A span of time that may be days: 3 days, 1h 05m."""
    if seconds is None:
        return "–"
    days = round(seconds / 86_400)
    if days >= 3:
        return ngettext("%(count)s day", "%(count)s days", days) % {"count": grouped(days)}
    return duration(max(1, round(seconds)) * 100)


@register.simple_block_tag
def link_if(content: str, allowed: Any) -> str:
    """The link inside, for those who may open it; for others the same text and look without an address."""
    if allowed:
        return content
    return mark_safe(LINK.sub(_without_address, content).replace("</a>", "</span>"))  # noqa: S308 - was rendered


def _without_address(link: re.Match[str]) -> str:
    return f"<span{ADDRESS.sub('', link[1])}>"


@register.simple_tag(takes_context=True)
def query(context: Any, **changes: Any) -> str:
    """The page's query string with some parameters changed: `tables.address`."""
    return tables.address(context["request"].GET, **changes)


@register.simple_tag(takes_context=True)
def hidden_fields(context: Any, *typed: str) -> SafeString:
    """What a form that is sent by its address sends along: the page's parameters that it does not ask for."""
    left_out = {*typed, "page", "cursor", "csv"}
    kept = [(name, value) for name, value in context["request"].GET.items() if name not in left_out]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', kept)


@register.simple_tag(takes_context=True)
def saved_views(context: Any, table: str) -> list[tables.ViewLink]:
    """What whoever looks at the page has saved of a list."""
    return tables.saved_views(context["request"], table)


@register.simple_tag(takes_context=True)
def here(context: Any, prefix: str) -> SafeString | str:
    """Marks the link of the current page."""
    return SafeString(' aria-current="page"') if context["request"].path.startswith(prefix) else ""


@register.simple_tag(takes_context=True)
def navigation_groups(context: Any) -> list[navigation.NavigationGroup]:
    """The groups of links that whoever looks at the page may open."""
    request = context["request"]
    return list(navigation.groups(context.get("role", Role.REPORTER), request.path, request))


@register.simple_tag(takes_context=True)
def help_address(context: Any) -> str:
    """The guide that explains the page."""
    guide = navigation.help_for(context.get("role", Role.REPORTER), context["request"].path)
    name, _, section = guide.partition("#")
    return reverse("guide", args=[name]) + (f"#{section}" if section else "")


@register.simple_tag
@lru_cache(maxsize=1_000)  # a list shows some hundred
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite. Where it stands alone, ``label`` says what it means."""
    said = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html(
        '<svg class="icon" {}><use href="{}?v={}#{}"/></svg>', said, reverse("icons"), icons.version(), name
    )


@register.simple_tag(takes_context=True)
def theme(context: Any) -> str:
    """The theme that the reader has chosen."""
    return theme_of(context["request"])


@register.simple_tag
def themes() -> dict[str, str]:
    """The themes that can be chosen, each with its name."""
    return THEMES
