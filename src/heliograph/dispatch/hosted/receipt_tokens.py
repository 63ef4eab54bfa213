"""Tokens by which a stub reports what the LMS kept of one session."""

from uuid import UUID

from django.conf import settings

from heliograph.core import clock
from heliograph.core.secrets import tokens
from heliograph.dispatch.models import Dispatch, Session

RECEIPT = "receipt"
RECEIPTS_ACCEPTED_FOR = 30 * 86_400  # a receipt may wait in the learner's browser


def issue(dispatch: Dispatch, session: Session) -> str:
    """A token for the receipts of one session, good for `RECEIPTS_ACCEPTED_FOR` seconds."""
    secret = settings.HELIOGRAPH.secret_key.encode()
    return tokens.sign(
        secret, f"{RECEIPT}:session:{dispatch.id}", session.id, clock.epoch_seconds() + RECEIPTS_ACCEPTED_FOR
    )


def session_of(dispatch: Dispatch, token: str, page_load_id: UUID | None) -> Session | None:
    """The session that a receipt token was given for; None where its learner was deleted.

    Raises `TokenRefused`, `TokenExpired`.

    Tokens that packages were given by an earlier release name the registration. Of its sessions, the one of
    ``page_load_id`` is meant, or the newest: the first stubs did not name their page load when they asked for
    the launch.
    """
    secret, moment = settings.HELIOGRAPH.secret_key.encode(), clock.epoch_seconds()
    mine = Session.objects.filter(organization_id=dispatch.organization_id, dispatch=dispatch)
    try:
        return mine.filter(
            id=tokens.verify(secret, f"{RECEIPT}:session:{dispatch.id}", token, moment)[0]
        ).first()
    except tokens.TokenExpired:
        raise
    except tokens.TokenRefused:
        of_learner = mine.filter(
            registration_id=tokens.verify(secret, f"{RECEIPT}:{dispatch.id}", token, moment)[0]
        )
    return (page_load_id and of_learner.filter(id=page_load_id).first()) or of_learner.order_by(
        "-launched_at"
    ).first()
