"""Writing mails in the organization's own words, and choosing which ones to get."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.errors import Invalid, NotFound
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.marketplace import mails
from heliograph.marketplace.models import MailPreference, MailTemplate
from heliograph.marketplace.models.mails import LONGEST_TEXT

if TYPE_CHECKING:
    from heliograph.accounts.models import Membership
    from heliograph.core.actor import Actor
    from heliograph.marketplace.mails import Template

LONGEST_SUBJECT = 200


def template(key: str) -> Template:
    """The mail with that key. Raises `NotFound`."""
    if key not in mails.TEMPLATES:
        raise NotFound(gettext("There is no such mail."))
    return mails.TEMPLATES[key]


def language(code: str) -> str:
    """The code of a language that mails are written in. Raises `NotFound`."""
    if code not in dict(settings.LANGUAGES):
        raise NotFound(gettext("Mails are not written in this language."))
    return code


@transaction.atomic
def change(actor: Actor, template: Template, code: str, subject: str, text: str) -> MailTemplate:
    """Write a mail in the organization's own words, for a language. Raises `Invalid`."""
    actor.require(Permission.PROGRAMS_MANAGE)
    subject, text = " ".join(subject.split()), text.replace("\r\n", "\n").strip()
    if not subject:
        raise Invalid(gettext("Enter a subject."), field="subject")
    if not text:
        raise Invalid(gettext("Enter a text."), field="text")
    for field, said, most in (("subject", subject, LONGEST_SUBJECT), ("text", text, LONGEST_TEXT)):
        if len(said) > most:
            raise Invalid(gettext("Enter at most %(most)s characters.") % {"most": most}, field=field)
        for place in mails.PLACE.findall(said):
            if place not in template.places:
                raise Invalid(
                    gettext("This mail has no value {%(place)s}. It has: %(places)s.")
                    % {"place": place[:40], "places": shown_places(template)},
                    field=field,
                )
    made, _ = MailTemplate.objects.update_or_create(
        organization_id=actor.organization_id,
        key=template.key,
        language=code,
        defaults={"subject": subject, "text": text, "changed_at": clock.now()},
    )
    record(actor, "changed", "mail template", made.id, f"{template.key} ({code})")
    return made


@transaction.atomic
def restore(actor: Actor, template: Template, code: str) -> None:
    """Use our words again. Raises `NotFound` where the organization has none of its own."""
    actor.require(Permission.PROGRAMS_MANAGE)
    own = MailTemplate.objects.filter(
        organization_id=actor.organization_id, key=template.key, language=code
    ).first()
    if own is None:
        raise NotFound(gettext("This mail has the standard text already."))
    record(actor, "reset", "mail template", own.id, f"{template.key} ({code})")
    own.delete()


def prefer(member: Membership, code: str, off: Collection[str]) -> MailPreference:
    """A student's language, empty for that of their application, and the mails that they do without."""
    if code:
        language(code)
    kept = [each.key for each in mails.TEMPLATES.values() if each.optional and each.key in off]
    made, _ = MailPreference.objects.update_or_create(member=member, defaults={"language": code, "off": kept})
    return made


def shown_places(template: Template) -> str:
    """The values of a mail, as they are written."""
    return ", ".join(f"{{{place}}}" for place in template.places)
