"""The handshake of embedded packages: who learns, in which session, and a token by which its events are told.

The content is in the customer's LMS and plays whether we answer or not. So the session has the id that the
package gave it, the same handshake may come again, and one that comes late, by a learner whom nobody could
refuse, is never turned away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from heliograph.core import clock
from heliograph.courses import queries as courses
from heliograph.dispatch import admission, rules
from heliograph.dispatch.deployments import actions as deployments
from heliograph.dispatch.embedded import callback
from heliograph.dispatch.errors import LaunchRefused, PageLoadInvalid, PageLoadTaken
from heliograph.dispatch.licenses import enforcement
from heliograph.dispatch.models import Dispatch, EmbeddedProgress, Session
from heliograph.dispatch.package import embedding
from heliograph.runtime import actions as runtime
from heliograph.runtime.sequencing import ActivityOutcome

if TYPE_CHECKING:
    from heliograph.runtime.models import Registration

MOST_SCOS = 5_000
SESSIONS_APART = 5


@dataclass(frozen=True)
class Handshake:
    """What an embedded package says first.

    ``identifier`` is the learner's, ``renames`` whether a known one may get another name by it, ``began_ago``
    how many milliseconds ago the session began where we could not be reached then, ``scos`` the addresses of
    the SCOs in the package.
    """

    identifier: str
    renames: bool
    opening: deployments.Opening
    mode: str
    began_ago: int
    scos: list[str]


def open_embedded_session(
    dispatch: Dispatch, handshake: Handshake
) -> tuple[dict[str, Any], Registration | None]:
    """The answer, and the learner's registration.

    Nothing is recorded of an LMS that previews or reviews. Raises every `LaunchRefused`.

    Whether a package holds the content is ours to know: a dispatch whose packages never did takes no such
    handshake.
    """
    rules.refuse_hosted(dispatch.embedded_since is not None)
    if handshake.mode == "browse":
        admission.refuse_domain(dispatch, handshake.opening.origin)
        rules.refuse_closed(rules.DispatchLimits(dispatch.enabled, dispatch.expires_at, True), clock.now())
        enforcement.active(dispatch)
        return _nothing_to_report(), None
    if handshake.mode == "review":
        return _nothing_to_report(), _admitted(dispatch, handshake)
    page_load_id = handshake.opening.page_load_id
    if page_load_id is None or len(handshake.scos) > MOST_SCOS:
        raise PageLoadInvalid("The session ID must be a UUID, and a course has at most 5,000 SCOs.")
    session = _known(dispatch, handshake, page_load_id) or _new(dispatch, handshake)
    answer = {
        "session": str(session.id),
        "callback": callback.token_for(dispatch.id, session.id),
        "reporting": True,
    }
    return answer, session.registration


def has_begun(dispatch: Dispatch, identifier: str, page_load_id: UUID | None) -> bool:
    """Whether this is a session of this learner that an earlier handshake began."""
    mine = Session.objects.filter(organization_id=dispatch.organization_id, dispatch=dispatch, embedded=True)
    return page_load_id is not None and mine.filter(id=page_load_id, learner_identifier=identifier).exists()


def _nothing_to_report() -> dict[str, Any]:
    return {"session": None, "callback": "", "reporting": False}


def _known(dispatch: Dispatch, handshake: Handshake, page_load_id: UUID) -> Session | None:
    """The session of an earlier handshake of the same page load.

    Raises `PageLoadTaken` where it is somebody else's.
    """
    session = Session.objects.select_related("registration").filter(id=page_load_id).first()
    if session is None:
        return None
    # Somebody whom the LMS hides has a new name whenever the first answer was lost on its way.
    both = {session.learner_identifier, handshake.identifier}
    same_learner = len(both) == 1 or all(name.startswith(rules.ANONYMOUS) for name in both)
    if session.dispatch_id != dispatch.id or not session.embedded or not same_learner:
        raise PageLoadTaken("This session belongs to somebody else. Open the course again.")
    return session


def _new(dispatch: Dispatch, handshake: Handshake) -> Session:
    registration = _admitted(dispatch, handshake)
    begun = clock.now() - timedelta(milliseconds=min(max(handshake.began_ago, 0), callback.LONGEST_AGO))
    with transaction.atomic():
        session, _ = deployments.open_session(
            dispatch, registration, replace(handshake.opening, embedded=True, begun=begun)
        )
        _expect(dispatch, registration, handshake)  # before the registration, as the callback locks them
        runtime.note_launch(registration.id, begun)
    return session


def _admitted(dispatch: Dispatch, handshake: Handshake) -> Registration:
    """The registration of a learner who may enter, or who did while nobody could be asked."""
    opening = handshake.opening
    admission.refuse_domain(dispatch, opening.origin)
    try:
        return admission.admit(
            dispatch, handshake.identifier, opening.name, opening.email, renames=handshake.renames
        )
    except LaunchRefused as refusal:
        if handshake.began_ago <= 0 or handshake.mode != "normal":
            raise
        return admission.admit_late(dispatch, handshake.identifier, opening.name, opening.email, refusal)


def forget(registration: Registration) -> None:
    """The learner begins anew: what was reported is forgotten, and what sessions that are open still report
    stays theirs.
    """
    EmbeddedProgress.objects.filter(registration=registration).update(scos={}, counts_from=clock.now())


def achieved(registration: Registration) -> ActivityOutcome | None:
    """How far the learner has come in embedded packages; None where they opened none."""
    return callback.achieved(registration.id)


def _expect(dispatch: Dispatch, registration: Registration, handshake: Handshake) -> None:
    """The SCOs of this package; what an earlier package had and this one has not no longer counts.

    Of who is not confirmed nothing is taken away because of a list that the course does not have.
    """
    scos = handshake.scos
    progress, new = EmbeddedProgress.objects.select_for_update().get_or_create(
        registration=registration, defaults={"organization_id": registration.organization_id}
    )
    if (
        not new
        and handshake.opening.unconfirmed
        and scos != embedding.scos(courses.published_version(dispatch.course))
    ):
        return
    progress.expected = max(1, len(scos))
    if scos:
        progress.scos = {sco: folded(sessions) for sco, sessions in progress.scos.items() if sco in scos}
    progress.save(update_fields=["expected", "scos"])


def folded(sessions: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What the sessions of one SCO achieved, the older ones as one, so that it stays small however often a
    learner comes back.
    """
    if len(sessions) <= 2 * SESSIONS_APART:
        return sessions
    by_age = sorted(sessions.items(), key=lambda entry: datetime.fromisoformat(entry[1]["at"]))
    older, newer = by_age[:-SESSIONS_APART], by_age[-SESSIONS_APART:]
    return {"earlier": reduce(_after, (standing for _, standing in older)), **dict(newer)}


def _after(earlier: dict[str, Any], later: dict[str, Any]) -> dict[str, Any]:
    """Both as one: nothing achieved is taken back, the later word on the rest counts (`callback` rolls up in
    the same way).
    """
    both = dict(later)
    if earlier["completion"] == "completed":
        both["completion"] = "completed"
    if later["success"] == "unknown":
        both["success"] = earlier["success"]
    if later["raw"] is None and later["scaled"] is None:
        both |= {part: earlier[part] for part in ("scaled", "raw", "min", "max")}
    if later["progress"] is None:
        both["progress"] = earlier["progress"]
    return both
