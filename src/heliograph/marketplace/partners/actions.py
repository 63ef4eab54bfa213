"""Partners: who they are, how their results are read, and what their keys stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from heliograph.audit.actions import record
from heliograph.core.actor import Actor
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.errors import Conflict, Invalid
from heliograph.core.ids import is_key, new_id, slug
from heliograph.core.permissions import Permission
from heliograph.core.secrets.webhook_signatures import new_secret
from heliograph.core.translation import gettext
from heliograph.marketplace.models import Partner, PartnerProgram, PartnerRun
from heliograph.marketplace.partners import sealed, storing, syncing
from heliograph.marketplace.partners.profiles import PROFILES
from heliograph.marketplace.partners.settings import SECRETS, check

if TYPE_CHECKING:
    from heliograph.marketplace.models import Program, ProgramPart

LONGEST_SECRET = 4_000


@transaction.atomic
def create(
    actor: Actor,
    name: str,
    adapter: str = "",
    *,
    key: str = "",
    profile: str = "",
    settings: dict[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Partner:
    """A partner; without settings it has those of its profile. One that sends messages gets a secret, where
    none is given. Raises `Invalid` and `Conflict`.
    """
    actor.require(Permission.PROGRAMS_MANAGE)
    known = PROFILES.get(profile)
    if profile and known is None:
        raise Invalid(gettext("Choose one of the options."), field="profile")
    adapter = adapter or (known.adapter if known else "")
    if adapter not in Partner.Adapter.values:
        raise Invalid(gettext("Choose one of the options."), field="adapter")
    name = _name(name)
    made = Partner(
        id=new_id(),
        organization_id=actor.organization_id,
        key=key or slug(name, "partner"),
        name=name,
        profile=profile,
        adapter=adapter,
        created_by=actor.label[:200],
    )
    if not is_key(made.key):
        raise Invalid(
            gettext("IDs can contain letters, numbers, dots, hyphens and underscores."), field="key"
        )
    if settings is not None:
        made.settings = check(adapter, settings)
    elif known is not None and known.adapter == adapter:
        made.settings = check(adapter, known.settings)
    else:
        made.is_active = False  # until its settings are there
    _keep_secrets(made, secrets or {})
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        raise Conflict(
            gettext("The ID “%(key)s” is already in use.") % {"key": made.key}, code="key_taken", field="key"
        ) from None
    record(actor, "created", "partner", made.id, made.name, adapter=adapter)
    return made


@transaction.atomic
def change(
    actor: Actor,
    partner: Partner,
    *,
    name: str | None = None,
    settings: dict[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
    is_active: bool | None = None,
) -> Partner:
    """Change what is given of a partner; secrets that are empty stay. Raises `Invalid`."""
    actor.require(Permission.PROGRAMS_MANAGE)
    locked = Partner.objects.select_for_update().get(id=partner.id)
    before = {"name": locked.name, "settings": locked.settings, "enabled": locked.is_active}
    if name is not None:
        locked.name = _name(name)
    if settings is not None:
        locked.settings = check(locked.adapter, settings)
        locked.failures, locked.open_until = 0, None
    _keep_secrets(locked, secrets or {})
    if is_active is not None:
        if is_active:
            check(locked.adapter, locked.settings)
        locked.is_active = is_active
    locked.save()
    after = {"name": locked.name, "settings": locked.settings, "enabled": locked.is_active}
    changed = [word for word in before if before[word] != after[word]]
    record(
        actor,
        "changed",
        "partner",
        locked.id,
        locked.name,
        before={word: before[word] for word in changed},
        after={word: after[word] for word in changed},
        secrets=sorted(name for name, value in (secrets or {}).items() if value),
    )
    return locked


@transaction.atomic
def map_program(
    actor: Actor, partner: Partner, key: str, program: Program, part: ProgramPart
) -> PartnerProgram:
    """Say which part of a program a key of the partner stands for. What waited for that is matched at once.

    Raises `Invalid` for a part that is none of a partner's.
    """
    actor.require(Permission.PROGRAMS_MANAGE)
    key = key.strip().casefold()
    refuse_too_long(PartnerProgram, {"key": key})
    if not key:
        raise Invalid(gettext("Enter the partner’s ID of the program."), field="key")
    if part.kind != part.Kind.PARTNER or part.version.program_id != program.id:
        raise Invalid(gettext("Choose a part on a partner’s platform."), field="part")
    made, _ = PartnerProgram.objects.update_or_create(
        partner=partner,
        key=key,
        program=program,
        defaults={
            "organization_id": partner.organization_id,
            "part_title": part.title,
            "part_position": part.position,
        },
    )
    storing.match_again(partner)
    record(actor, "mapped a program of", "partner", partner.id, partner.name, key=key, part=part.title)
    return made


@transaction.atomic
def unmap_program(actor: Actor, partner: Partner, mapping: PartnerProgram) -> None:
    """Forget what a key stands for; what was matched by it stays."""
    actor.require(Permission.PROGRAMS_MANAGE)
    record(actor, "unmapped a program of", "partner", partner.id, partner.name, key=mapping.key)
    mapping.delete()


@transaction.atomic
def import_file(actor: Actor, run: PartnerRun) -> PartnerRun:
    """Import a file that was looked at. Raises `Conflict` where that was decided before."""
    _decide_preview(actor, run, PartnerRun.State.WAITING)
    record(actor, "imported a file of", "partner", run.partner_id, run.partner.name, file=run.file_name)
    syncing.enqueue(run)
    return run


@transaction.atomic
def discard_file(actor: Actor, run: PartnerRun) -> None:
    """Do not import a file that was looked at; it can be uploaded again. Raises `Conflict`."""
    _decide_preview(actor, run, PartnerRun.State.DISCARDED)


def _decide_preview(actor: Actor, run: PartnerRun, after: PartnerRun.State) -> None:
    actor.require(Permission.PROGRAMS_MANAGE)
    waiting = PartnerRun.objects.filter(id=run.id, state=PartnerRun.State.PREVIEW)
    if not waiting.update(state=after):
        raise Conflict(gettext("This file was imported or discarded already."), code="partner_file_decided")
    run.state = after


def _name(name: str) -> str:
    refuse_too_long(Partner, {"name": name})
    if not name.strip():
        raise Invalid(gettext("Enter a name."), field="name")
    return name.strip()


def _keep_secrets(partner: Partner, given: Mapping[str, str]) -> None:
    """Keep what is given beside what is there. Raises `Invalid` for a name that the adapter does not have."""
    known = sealed.secrets_of(partner)
    for name, value in given.items():
        value = value.strip()
        if name not in SECRETS[partner.adapter]:
            raise Invalid(gettext("This adapter has no such secret."), field="secrets")
        if len(value) > LONGEST_SECRET or not (value.isascii() and value.isprintable()):
            raise Invalid(gettext("Enter the secret as the partner gave it to you."), field=name)
        if value:
            known[name] = value
    if partner.adapter == Partner.Adapter.WEBHOOK and "secret" not in known:
        known["secret"] = new_secret()
    partner.encrypted_secrets = sealed.seal_secrets(partner.id, known)
