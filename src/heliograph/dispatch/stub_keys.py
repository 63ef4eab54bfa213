"""The key that names a dispatch inside its packages: what it leads to, and a new one.

A key identifies and never authorizes: whether a learner is let in is decided by `admission`.
"""

from datetime import timedelta

from django.db import transaction

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.errors import Invalid
from heliograph.core.ids import random_key
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.dispatch.errors import DispatchNotFound, PackageReplaced
from heliograph.dispatch.models import Dispatch, FormerKey
from heliograph.dispatch.rules import ASK


def dispatch_of_key_or_refuse(stub_key: str) -> Dispatch:
    """The dispatch a package names.

    Raises `DispatchNotFound`, or `PackageReplaced` for a key whose grace is over, in words for a learner.
    """
    offered = Dispatch.objects.select_related("course__published", "destination", "organization")
    dispatch = offered.filter(stub_key=stub_key).first()
    if dispatch is None:
        former = FormerKey.objects.filter(key=stub_key).first()
        if former and former.valid_until <= clock.now():
            raise PackageReplaced(f"This package was replaced by a newer one. {ASK} for the new package.")
        dispatch = offered.get(id=former.dispatch_id) if former else None
    if dispatch is None:
        raise DispatchNotFound(f"This course is no longer offered here. {ASK}.")
    return dispatch


@transaction.atomic
def rekey(actor: Actor, dispatch: Dispatch, grace_days: int = 30) -> Dispatch:
    """Give a dispatch's packages a new key.

    Those in the field keep working for ``grace_days``; with 0 they stop at once. Raises `Invalid`.
    """
    actor.require(Permission.DISPATCHES_MANAGE)
    if not 0 <= grace_days <= 3_650:
        raise Invalid(gettext("Grace period must be 0 to 3,650 days."), field="grace_days")
    locked = Dispatch.objects.select_for_update().get(id=dispatch.id)
    FormerKey.objects.create(
        organization_id=actor.organization_id,
        dispatch=locked,
        key=locked.stub_key,
        valid_until=clock.now() + timedelta(days=grace_days),
    )
    dispatch.stub_key = locked.stub_key = random_key()
    locked.save(update_fields=["stub_key"])
    record(actor, "rotated package key of", "dispatch", locked.id, locked.name, grace_days=grace_days)
    return dispatch
