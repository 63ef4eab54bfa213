"""Who may be launched: the limits of a dispatch, in the order in which they are asked (product facts: SCORM
Cloud's order).
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import SplitResult, urlsplit

from heliograph.core.errors import Invalid
from heliograph.core.translation import gettext
from heliograph.dispatch import errors

ASK = "Contact your training provider"
ANONYMOUS = "anonymous-"  # how identifiers that we made begin

MOST_TAGS, LONGEST_TAG = 20, 50
MOST_DEPLOYMENTS = (
    500  # of one dispatch, where it may be opened; whoever comes from elsewhere is seen without a place
)
# How long one loading of a stub may ask again without a mark: its answer was lost on the way, and the learner
# presses the button.
ASKED_AGAIN_FOR = timedelta(hours=1)
READMITTED_FOR = timedelta(days=7)
# Previews of one dispatch within a day: enough for a teacher who looks, and too few to teach a class without
# a place.
MOST_PREVIEWS, PREVIEWS_COUNTED_FOR = 25, timedelta(days=1)
MOST_LATE = 50  # learners who may have learned in embedded packages beyond the limits, before anybody looks


@dataclass(frozen=True)
class DispatchLimits:
    """The limits of a dispatch as they stand."""

    enabled: bool
    expires_at: datetime | None
    new_learners_allowed: bool


def refuse_closed(limits: DispatchLimits, now: datetime) -> None:
    """Raise `Disabled` or `Expired`: these two keep everybody out, known learners too."""
    if not limits.enabled:
        raise errors.Disabled(
            f"This course is currently unavailable. {ASK} to find out when it will be available again."
        )
    if limits.expires_at is not None and limits.expires_at <= now:
        raise errors.Expired(f"Access to this course has expired. {ASK} to renew it.")


def refuse_new_learner(limits: DispatchLimits) -> None:
    """Raise `NewLearnersRefused` where only learners who have been here before may enter."""
    if not limits.new_learners_allowed:
        raise errors.NewLearnersRefused(
            "This course doesn't accept new learners at the moment. "
            "If you started it before, use the same account."
        )


def refuse_unconfirmed(refused: bool) -> None:
    """Raise `LearnerUnconfirmed` for a known learner who came without what their LMS keeps for us."""
    if refused:
        raise errors.LearnerUnconfirmed(
            "We couldn't confirm that you took this course before, for example because your learning "
            f"platform started a new attempt. {ASK} to be let in."
        )


def refuse_hosted(embeds: bool) -> None:
    """Raise `PackageNotEmbedded` where no package of the dispatch holds the content: nobody can have learned
    out of our sight.
    """
    if not embeds:
        raise errors.PackageNotEmbedded(f"This package can't open the course. {ASK} for a new package.")


def refuse_domain(allowed: list[str], origin: str) -> None:
    """Raise `DomainNotAllowed` unless the page around the stub is on one of these host names or below one.

    ``origin`` is the Origin header, which a browser sets itself and no page can change.
    """
    if not is_allowed(allowed, domain_of(origin)):
        raise errors.DomainNotAllowed(
            f"This course isn't licensed for this learning platform. {ASK} to have it added."
        )


def is_allowed(allowed: list[str], host: str) -> bool:
    """Whether a host name is one of these or below one; every one is where none are given."""
    return not allowed or any(host == domain or host.endswith(f".{domain}") for domain in allowed)


def domain_of(origin: str) -> str:
    """The host name of an Origin header; empty where a browser names none."""
    try:
        return (urlsplit(origin).hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


def domains(given: list[str]) -> list[str]:
    """Host names as a person writes them (`https://lms.example.org/`, `*.example.org`), as they are compared.

    Raises `DomainUnreadable`.
    """
    domains = []
    for entry in given:
        text = entry.strip().lower().removeprefix("*.")
        host = domain_of(text if "://" in text else f"https://{text}")
        if not _HOST.fullmatch(host):
            raise errors.DomainUnreadable(
                f"“{entry[:100]}” is not a host name. Enter one such as lms.example.org.",
                field="allowed_domains",
            )
        domains.append(host)
    return list(dict.fromkeys(domains))


def tags(given: list[str]) -> list[str]:
    """Words without spaces around them, each once.

    Raises `Invalid` for more than 20, and for one that is empty or longer than 50 characters.
    """
    tags = list(dict.fromkeys(tag.strip() for tag in given))
    if len(tags) > MOST_TAGS or not all(0 < len(tag) <= LONGEST_TAG for tag in tags):
        raise Invalid(
            gettext("The maximum is %(most_tags)s tags of 1 to %(longest_tag)s characters each.")
            % {"most_tags": MOST_TAGS, "longest_tag": LONGEST_TAG},
            field="tags",
        )
    return tags


def exit_target(given: str) -> str:
    """Where leaving the course leads: ``""`` (a page that says goodbye), ``close``, ``blank``, or an address.

    Raises `Invalid`.
    """
    text = given.strip()
    if text in ("", "close", "blank"):
        return text
    if _on_the_web(text) is None or not text.isprintable() or " " in text:
        raise Invalid(
            gettext(
                "“%(text)s” is not a target for leaving the course. Enter close, blank or a URL"
                " such as https://www.example.org/thanks."
            )
            % {"text": text[:100]},
            field="exit_to",
        )
    return text


def origin(given: str, field: str = "") -> str:
    """An origin as a person writes it, without a path. Raises `Invalid`."""
    parts = _on_the_web(given.strip().rstrip("/"))
    if parts is None or parts.path or parts.query:
        raise Invalid(
            gettext("“%(given)s” is not an origin. Enter a URL such as https://learn.example.org (no path).")
            % {"given": given[:100]},
            **({"field": field} if field else {}),
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _on_the_web(address: str) -> SplitResult | None:
    """The parts of an address at a host name, without a user; None where it is something else."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    good = (
        parts.scheme in ("http", "https")
        and _HOST.fullmatch(parts.hostname or "")
        and parts.username is None
        and port != 0
    )
    return parts if good else None


_HOST = re.compile(
    r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
