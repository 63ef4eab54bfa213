"""Sessions of AUs: opened with all that cmi5 wants written before, spoken to through one token, heard by the
record store, ended or abandoned.

A registration of cmi5 is an attempt here, so that a new attempt begins at the beginning. What an AU says is
judged and applied in the transaction that stores it: the registration is locked first, then the attempt, as
everywhere, and each change raises the attempt's revision. The activities of xAPI packages go the same way,
without cmi5's rules.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
from django.conf import settings
from django.db.models import F

from heliograph.core import clock
from heliograph.core.errors import Problem
from heliograph.core.rule_table import Broken
from heliograph.core.secrets import tokens
from heliograph.core.web import query_strings
from heliograph.courses import queries as courses
from heliograph.courses.formats.addresses import is_online
from heliograph.courses.queries import Frozen
from heliograph.courses.serving import content
from heliograph.lrs.access import PROFILE, READ_OWN, STATE, WRITE, Access
from heliograph.lrs.authentication import authority_of, session_token
from heliograph.lrs.errors import CredentialRefused
from heliograph.lrs.messages import Request
from heliograph.lrs.rules import keys, values
from heliograph.lrs.statements import documents, internal
from heliograph.lrs.statements.documents import Address, Preconditions
from heliograph.runtime import actions, answers, queries, xapi_outcome
from heliograph.runtime.cmi5 import rules, statements
from heliograph.runtime.cmi5.errors import AuRefused
from heliograph.runtime.cmi5.table import CMI5
from heliograph.runtime.models import Attempt, AuSession, Launch, Learner, Registration, RuntimeCall
from heliograph.runtime.rules import relay
from heliograph.runtime.sequencing import ActivityOutcome, Event, Step, step
from heliograph.runtime.sequencing.model import Activity
from heliograph.runtime.xapi_identifiers import activity_iri, agent_of

FETCH = "fetch"
GRACE = timedelta(seconds=10)  # for states that were on their way when a session ended
MODES = {"normal": "Normal", "browse": "Browse", "review": "Review"}
KINDS = ("au", "activity")
RETURN = "/play/returned"
LONGEST_MEASURED = 4 * 3600 * 100  # centiseconds: a forgotten window is not four hours of learning
Verbs = dict[str, set[str]]  # cmi5's verbs by the AU's identifier


# -- opening


def open_unit(launch: Launch, version: Frozen, activity: Activity) -> tuple[dict[str, Any], int]:
    """Open a session of an AU or activity: what the browser gets, and the centiseconds of sessions that never
    ended.

    Call it inside the transaction that holds the registration.
    """
    learner = Learner.objects.get(registrations=launch.registration_id)
    if not launch.named:
        learner.name = ""  # of this one reading: what the content is told of its learner
    session = AuSession(
        organization_id=launch.organization_id,
        registration_id=launch.registration_id,
        attempt_id=launch.attempt_id,
        launch=launch,
        identifier=activity.identifier,
        mode=MODES[launch.mode],
    )
    session.save()
    own = "au" in activity.item
    made, recovered = abandon(launch.attempt_id, version, learner, but=session.id) if own else ([], 0)
    page = _address(version, activity)
    if own:
        made.append(statements.launched(session, activity.item, version, learner, page))
        _write_launch_data(
            session, activity.item, version, learner, _player_page(version.course_id, session.id)
        )
        internal.store(
            launch.organization_id, made, after=True
        )  # the same transaction may have begun the attempt
    payload = {
        "activity": activity.identifier,
        "title": activity.title,
        "kind": activity.launch["kind"] if activity.launch else "",
        "session": str(session.id),
        "url": _with_parameters(page, _parameters(session, version, learner, own)),
        "window": own and activity.item["au"]["launch_method"] == "OwnWindow",
    }
    return payload, recovered


def abandon(
    attempt_id: UUID, version: Frozen, learner: Learner, *, but: UUID | None = None, only: UUID | None = None
) -> tuple[list[dict[str, Any]], int]:
    """End the AU sessions of an attempt that never ended, all ``but`` one or ``only`` one.

    What comes back are the statements to make of them, and how long they were in centiseconds.
    """
    made, total = [], 0
    moment = clock.now()
    for session in AuSession.objects.filter(
        attempt_id=attempt_id, terminated_at=None, abandoned_at=None
    ).order_by("id"):
        if (
            session.id == but
            or (only and session.id != only)
            or session.launch_id is None
            or "au" not in queries.tree(version.id).by_id[session.identifier].item
        ):
            continue
        spent = measured(session.created_at, session.last_statement_at or session.created_at)
        made.append(statements.abandoned(session, version, learner, moment, spent / 100))
        total += spent if session.mode == "Normal" else 0
        session.abandoned_at = moment
        session.save(update_fields=["abandoned_at"])
    return made, total


def close(attempt_id: UUID, version: Frozen) -> int:
    """End the AU sessions of an attempt where the course was opened anew without one; how long they were, in
    centiseconds.
    """
    if version.standard != "cmi5":
        return 0
    made, total = abandon(attempt_id, version, Learner.objects.get(registrations__attempts=attempt_id))
    internal.store(version.organization_id, made)
    return total


def begin_registration(attempt: Attempt) -> None:
    """What is satisfied before anybody opened anything (section 9.6.1): AUs whose moveOn does not apply, and
    the blocks of such AUs alone.
    """
    version = courses.frozen(attempt.version_id)
    if version.standard != "cmi5":
        return
    items = version.structure["organizations"][0]["items"]
    state = attempt.tree
    for item in rules.units(items):
        if rules.met(item["au"]["move_on"], frozenset()):
            state = tracked(
                version, state, item["identifier"], rules.outcome("NotApplicable", frozenset())
            ).state
    if state is attempt.tree:
        return
    apply(attempt, state, version)
    done = rules.satisfied(items, {})
    learner = Learner.objects.get(registrations=attempt.registration_id)
    internal.store(
        attempt.organization_id,
        statements.satisfied(done, uuid4(), attempt.id, version, learner, clock.now()),
    )


def _parameters(session: AuSession, version: Frozen, learner: Learner, own: bool) -> dict[str, str]:
    """What is added to the address of the content: cmi5, section 8.1, or what tincan.xml's launches have."""
    origin = content_origin(version.course_id)
    expires = clock.epoch_seconds() + settings.HELIOGRAPH.session_token_seconds
    launch_url_data = {
        "endpoint": f"{origin}/xapi/",
        "actor": json.dumps(agent_of(learner), separators=(",", ":"), ensure_ascii=False),
        "registration": str(session.attempt_id),
    }
    if own:
        token = tokens.sign(_secret(), FETCH, session.id, expires)
        return {
            **launch_url_data,
            "fetch": f"{origin}/cmi5/{token}/fetch",
            "activityId": activity_iri(version.course_id, session.identifier),
        }
    return {
        **launch_url_data,
        "auth": f"Basic {session_token(session.id, expires)}",
        "activity_id": session.identifier,
    }


def content_origin(course_id: UUID) -> str:
    """The origin that a course's content lies on."""
    return str(settings.HELIOGRAPH.content_url).replace("*", course_id.hex)


def _address(version: Frozen, activity: Activity) -> str:
    """The whole address of the content, with what its author wrote behind it."""
    launch = activity.launch or {}
    if is_online(launch["href"]):
        return str(launch["href"])
    return content_origin(version.course_id) + content.address(version.id, launch["href"]) + launch["query"]


def _with_parameters(address: str, parameters: dict[str, str]) -> str:
    page, hash_, fragment = address.partition("#")
    return f"{page}{'&' if '?' in page else '?'}{query_strings.query(parameters)}{hash_}{fragment}"


def lead_to(session_id: UUID, return_url: str) -> None:
    """Where an AU that just opened leads when it is over; nowhere where this is empty."""
    session = AuSession.objects.select_related("attempt", "registration__learner").get(id=session_id)
    version = courses.frozen(session.attempt.version_id)
    _write_launch_data(session, _item(session), version, session.registration.learner, return_url)


def _player_page(course_id: UUID, session_id: UUID) -> str:
    """The page that tells the player around it that a session is over."""
    return f"{content_origin(course_id)}{RETURN}#{session_id}"


def _write_launch_data(
    session: AuSession, item: dict[str, Any], version: Frozen, learner: Learner, return_url: str
) -> None:
    launch_data = statements.launch_data(session, item, version.course_id, return_url)
    address = Address(
        documents.STATE,
        activity_iri(version.course_id, session.identifier),
        keys.identifier(agent_of(learner)) or "",
        session.attempt_id,
        statements.LAUNCH_DATA,
    )
    documents.put(
        session.organization_id,
        address,
        msgspec.json.encode(launch_data),
        documents.JSON,
        Preconditions(),
        careful=False,
    )


# -- the token


def fetch(token: str) -> dict[str, str]:
    """The token for the content of a session, the first time it is asked for; later, and for what is no
    session, an error (section 8.2).
    """
    try:
        session_id, expires = tokens.verify(_secret(), FETCH, token, clock.epoch_seconds())
    except tokens.TokenExpired:
        return _error("1", "This session has expired. Open the course again.")
    except tokens.TokenRefused:
        return _error("2", "Session not found.")
    ready = AuSession.objects.filter(id=session_id, fetched_at=None, terminated_at=None, abandoned_at=None)
    if not ready.update(fetched_at=clock.now()):
        return _error("1", "The authorization token was already fetched, or the session has ended.")
    return {"auth-token": session_token(session_id, expires)}


def _error(code: str, text: str) -> dict[str, str]:
    return {"error-code": code, "error-text": text}


def access_of(session_id: UUID) -> Access | None:
    """What the content of a session may do in the record store; None where the session is over, or the
    registration gone.
    """
    session = (
        AuSession.objects.select_related("launch", "registration__learner", "registration__course")
        .filter(id=session_id)
        .first()
    )
    if (
        session is None
        or session.abandoned_at
        or (session.terminated_at and clock.now() > session.terminated_at + GRACE)
    ):
        return None
    registration = session.registration
    authority = authority_of(f"course:{registration.course_id}")
    return Access(
        organization_id=session.organization_id,
        label=registration.course.title,
        scopes=frozenset({STATE} if session.terminated_at else {WRITE, READ_OWN, STATE, PROFILE}),
        authority=authority,
        authority_identifier=keys.identifier(msgspec.json.decode(authority)) or "",
        registration=session.attempt_id,
        agent=keys.identifier(agent_of(registration.learner)) or "",
        session=session.id,
        nameless=bool(session.launch and not session.launch.named),
        activities=frozenset({activity_iri(registration.course_id, session.identifier), session.identifier}),
    )


def subject(access: Access) -> UUID:
    """The session whose content asks."""
    assert access.session is not None  # noqa: S101 - nobody else is led here
    return access.session


# -- hearing


def guard(access: Access, missing: Callable[[], list[dict[str, Any]]]) -> None:
    """Refuse what cmi5 does not let an AU say.

    Locks the registration and the attempt until what is said is stored.
    """
    session = _locked(access)
    item = _item(session)
    if "au" not in item:
        return
    batch, held = missing(), _held(session, item)
    for number, statement in enumerate(batch, 1):
        try:
            word = rules.check(statement, held)
        except Broken as broken:
            raise AuRefused.by(broken, number if len(batch) > 1 else None) from None
        held.said += (word,) if word else ()


def read_statements(access: Access, statements: list[dict[str, Any]]) -> None:
    """Apply what was stored of a session to its attempt and registration."""
    session = AuSession.objects.select_related(
        "attempt", "registration__learner", "registration__course", "launch"
    ).get(id=subject(access))
    attempt, moment = session.attempt, clock.now()
    version = courses.frozen(attempt.version_id)
    item = _item(session)
    state, verbs = attempt.tree, session.verbs
    before = verbs_in(attempt.id)
    for statement in statements:
        read_statement = _read_au_statement if "au" in item else _read_activity_statement
        state = read_statement(session, item, version, state, before, statement)
    if "au" not in item:  # no verb of xAPI's own ends a session, so the clock counts it
        attempt.total_centiseconds += measured(session.last_statement_at or session.created_at, moment)
    session.last_statement_at = moment
    session.save(update_fields=["verbs", "last_statement_at", "terminated_at"])
    _log(session, [_shown(statement) for statement in statements], moment)
    if session.mode != "Normal":
        return
    if session.registration.is_learning:
        answers.keep(session.registration, attempt.id, session.identifier, statements, moment)
    _note_on_launch(session, apply(attempt, state, version, active_at=moment), moment)
    if "au" in item and session.verbs != verbs:
        emit_satisfied(session, version, before, after=True)


def verbs_in(attempt_id: UUID) -> Verbs:
    """cmi5's verbs that were said in an attempt, by the AU's identifier."""
    by_identifier: Verbs = {}
    for identifier, verbs in AuSession.objects.filter(attempt_id=attempt_id).values_list(
        "identifier", "verbs"
    ):
        by_identifier.setdefault(identifier, set()).update(verbs)
    return by_identifier


def emit_satisfied(
    session: AuSession, version: Frozen, before: Mapping[str, set[str]], *, after: bool
) -> None:
    """Tell of blocks and the course that are satisfied now and were not, in the session whose statement it
    was.
    """
    items = version.structure["organizations"][0]["items"]
    known = set(rules.satisfied(items, before))
    news = [
        identifier
        for identifier in rules.satisfied(items, verbs_in(session.attempt_id))
        if identifier not in known
    ]
    learner = session.registration.learner
    made = statements.satisfied(news, session.id, session.attempt_id, version, learner, clock.now())
    internal.store(session.organization_id, made, after=after)


def apply(
    attempt: Attempt, state: dict[str, Any], version: Frozen, active_at: datetime | None = None
) -> ActivityOutcome:
    """Write an attempt's state and what follows from it; the registration's too, unless somebody set it by
    hand or it is at another attempt.
    """
    course = step(queries.tree(version.id), state, Event("track")).course
    attempt.tree = state
    columns = {**course._asdict(), "total_centiseconds": attempt.total_centiseconds}
    Attempt.objects.filter(id=attempt.id).update(tree=state, revision=F("revision") + 1, **columns)
    current = Registration.objects.filter(id=attempt.registration_id, attempt_number=attempt.number)
    if active_at:
        current.update(last_activity_at=active_at, total_centiseconds=attempt.total_centiseconds)
    current.filter(manual_at=None).update(**course._asdict())
    if course.completion == "completed":
        current.filter(completed_at=None).update(completed_at=clock.now())
    return course


def _note_on_launch(session: AuSession, course: ActivityOutcome, moment: datetime) -> None:
    """What the launch has reached, where an acknowledgment of a commit says it: figures of sessions are taken
    from there.
    """
    launch, registration = session.launch, session.registration
    if launch is None:
        return
    by_hand = registration.manual_at and registration.attempt_number == session.attempt.number
    outcome = actions.outcome_of(registration) if by_hand else course
    reached = relay(outcome, session.attempt.total_centiseconds - launch.centiseconds_before)
    answer = {**(launch.answer or {"sequence": 0}), "relay": reached}
    Launch.objects.filter(id=launch.id).update(answer=answer, last_commit_at=moment)


def _locked(access: Access) -> AuSession:
    au_session = (
        AuSession.objects.filter(id=subject(access)).values_list("registration_id", "attempt_id").first()
    )
    if au_session is not None:
        actions.lock(au_session[0])
        Attempt.objects.select_for_update().filter(id=au_session[1]).values_list("id").first()
    session = (
        AuSession.objects.select_related("attempt").filter(id=subject(access), abandoned_at=None).first()
    )
    if session is None or session.terminated_at:
        raise CredentialRefused("This session has ended. Open the course again.")
    return session


def _item(session: AuSession) -> dict[str, Any]:
    return queries.tree(session.attempt.version_id).by_id[session.identifier].item


def _held(session: AuSession, item: dict[str, Any]) -> rules.SessionRules:
    """The session as the rules look at it."""
    course_id = courses.frozen(session.attempt.version_id).course_id
    earlier = AuSession.objects.filter(attempt_id=session.attempt_id, identifier=session.identifier).exclude(
        id=session.id
    )
    return rules.SessionRules(
        registration=str(session.attempt_id),
        activity=activity_iri(course_id, session.identifier),
        template=statements.template_of(session, course_id),
        mode=session.mode,
        mastery_score=item["mastery_score"],
        prepared=session.prepared_at is not None,
        said=tuple(session.verbs),
        before=frozenset(verb for verbs in earlier.values_list("verbs", flat=True) for verb in verbs),
    )


def _read_au_statement(
    session: AuSession,
    item: dict[str, Any],
    version: Frozen,
    state: dict[str, Any],
    before: Verbs,
    statement: dict[str, Any],
) -> dict[str, Any]:
    """The attempt's state after one statement; the session has its verb."""
    marks = statement.get("context", {}).get("contextActivities", {}).get("category", [])
    own = any(mark["id"] == CMI5 for mark in (marks if isinstance(marks, list) else [marks]))
    word = rules.AN_AUS[statement["verb"]["id"]] if own else None
    result = statement.get("result", {})
    if word:
        session.verbs = [*session.verbs, word]
    if word == "terminated":
        session.terminated_at = clock.now()
        if session.mode == "Normal":
            session.attempt.total_centiseconds += values.centiseconds(result["duration"]) or 0
    if session.mode != "Normal":
        return state
    verbs_of_au = before.get(session.identifier, set()) | set(session.verbs)
    return tracked(
        version, state, session.identifier, rules.outcome(item["au"]["move_on"], verbs_of_au, word, result)
    ).state


def _read_activity_statement(
    session: AuSession,
    item: dict[str, Any],
    version: Frozen,
    state: dict[str, Any],
    before: Verbs,
    statement: dict[str, Any],
) -> dict[str, Any]:
    """The attempt's state after a statement of an xAPI package."""
    news = xapi_outcome.verdicts(statement, item["identifier"])
    earlier = before.get(session.identifier, set()) | set(session.verbs)
    session.verbs = [*session.verbs, *sorted(news - set(session.verbs))]
    if session.mode != "Normal":
        return state
    rule = session.registration.course.completes_by
    return tracked(
        version,
        state,
        session.identifier,
        xapi_outcome.outcome(rule, earlier, news, statement, item["identifier"]),
    ).state


def opened(version: Frozen, after: Step) -> Step:
    """The step that delivers an activity, where opening it is all that its course asks for."""
    activity = queries.tree(version.id).by_id[after.delivery or ""]
    if "activity" not in activity.item or not courses.completes_by_launch(version.course_id):
        return after
    known = tracked(version, after.state, activity.identifier, ActivityOutcome("completed", progress=1.0))
    return replace(after, state=known.state, course=known.course)


def tracked(version: Frozen, state: dict[str, Any], identifier: str, outcome: ActivityOutcome) -> Step:
    """The step by which something became known of an AU or activity."""
    return step(queries.tree(version.id), state, Event("track", identifier, outcome))


def note_refusal(request: Request, access: Access, problem: Problem) -> None:
    """The runtime log shows what was refused, too: whoever tries a course sees there why it counts for
    nothing.
    """
    session = AuSession.objects.select_related("launch").filter(id=subject(access)).first()
    if session is None or request.resource != "statements" or request.method not in ("PUT", "POST"):
        return
    shown: list[Any] = ["statement", []]
    try:
        decoded = msgspec.json.decode(request.body)
        shown = _shown(
            decoded[problem.details.get("statement", 1) - 1] if isinstance(decoded, list) else decoded
        )[:2]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, LookupError, TypeError, AttributeError):
        pass  # what is no statement has no verb to show
    _log(session, [[shown[0], [*shown[1], problem.sentence], "", problem.status]], clock.now(), applied=False)


def _log(session: AuSession, lines: list[list[Any]], moment: datetime, *, applied: bool = True) -> None:
    """The runtime log shows what was said, and whoever follows the log hears that something happened."""
    launch = session.launch
    if launch is None:
        return
    since = max(0, round((moment - launch.opened_at).total_seconds() * 1000))
    RuntimeCall.objects.create(
        organization_id=session.organization_id,
        registration_id=session.registration_id,
        attempt_id=session.attempt_id,
        launch_id=launch.id,
        sequence=0,  # no commit of the player's
        activity=session.identifier,
        applied=applied,
        calls=[[since, *line] for line in lines],
        received_at=moment,
    )


def _shown(statement: dict[str, Any]) -> list[Any]:
    """A statement as a line of the log: its verb, what it is about and its result."""
    verb = statement["verb"]["id"].rstrip("/#").rsplit("/", 1)[-1]
    about = statement["object"].get("id", statement["object"].get("objectType", ""))
    shown = [about, *([json.dumps(statement["result"])] if "result" in statement else [])]
    return [verb, [text[:1000] for text in shown], "stored", 0]


def measured(since: datetime, until: datetime) -> int:
    """Centiseconds by the clock."""
    return max(0, min(LONGEST_MEASURED, round((until - since).total_seconds() * 100)))


def _secret() -> bytes:
    return str(settings.HELIOGRAPH.secret_key).encode()
