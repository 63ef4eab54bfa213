"""`Idempotency-Key`: a POST that is sent again, because its answer got lost, is answered again and done once.

The key is claimed by a row with a unique key, in the transaction of what is done: a second request with it
waits there until the first is over, and whatever undoes the one undoes the other. Only what was done is
remembered; a refusal changed nothing and may be asked again. Answers may hold secrets (an API key, a launch
link), so all of them are kept sealed, for a day.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from heliograph.accounts.errors import KeyReused, KeyUnreadable
from heliograph.accounts.models import IdempotentResponse
from heliograph.core import clock
from heliograph.core.database.prepared import PreparedStatement
from heliograph.core.ids import new_id
from heliograph.core.secrets.encryption import seal, unseal

HEADER, REPLAYED = "Idempotency-Key", "Idempotent-Replayed"
LONGEST = 255
KEPT_FOR = timedelta(days=1)
PURPOSE = "answers to repeated requests"


class AnsweredBefore(Exception):
    """This very request was answered before; ``response`` is that answer."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.response = response


def in_one_transaction(run: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Around a whole route: what a request with a key does, and the memory of its answer, happen together or
    not at all.
    """

    @wraps(run)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST" or HEADER not in request.headers:
            return run(request, *args, **kwargs)
        with transaction.atomic():
            response = run(request, *args, **kwargs)
            if response.status_code >= 500:
                transaction.set_rollback(True)
            elif claimed := getattr(request, "claimed_key", None):
                _remember(claimed, response)
        return response

    return guarded


def once(view: Callable[..., Any]) -> Callable[..., Any]:
    """Around what a route does, when it is known who asks and that they ask properly.

    Raises `AnsweredBefore`, `KeyReused`, `KeyUnreadable`.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        key, actor = request.headers.get(HEADER), getattr(request, "actor", None)
        if request.method == "POST" and key is not None and actor is not None:
            request.claimed_key = _claim(actor.organization_id, actor.id, key, _fingerprint(request))  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return guarded


def forget_old() -> int:
    """Delete what was answered more than a day ago; how many answers those were."""
    return IdempotentResponse.objects.filter(answered_at__lt=clock.now() - KEPT_FOR).delete()[0]


_CLAIM = PreparedStatement("""
INSERT INTO accounts_idempotentresponse
       (id, organization_id, credential, key, fingerprint, status, body, answered_at)
VALUES (%(id)s, %(organization)s, %(credential)s, %(key)s, %(fingerprint)s, 0, '', %(now)s)
ON CONFLICT (organization_id, credential, key) DO UPDATE
   SET id = excluded.id, fingerprint = excluded.fingerprint,
       status = 0, body = '', answered_at = excluded.answered_at
 WHERE accounts_idempotentresponse.answered_at < %(over)s
RETURNING id
""")


def _claim(organization_id: UUID, credential: UUID, key: str, fingerprint: bytes) -> UUID:
    if not 0 < len(key) <= LONGEST or not all("!" <= sign <= "~" for sign in key):
        raise KeyUnreadable(
            f"An {HEADER} must be 1 to {LONGEST} ASCII characters without spaces, such as a new UUID."
        )
    mine = {"organization": organization_id, "credential": credential, "key": key}
    moment = clock.now()
    claimed = _CLAIM.row(
        {**mine, "id": new_id(), "fingerprint": fingerprint, "now": moment, "over": moment - KEPT_FOR}
    )
    if claimed:
        return UUID(str(claimed[0]))
    known = IdempotentResponse.objects.get(organization_id=organization_id, credential=credential, key=key)
    if bytes(known.fingerprint) != fingerprint:
        raise KeyReused(
            f"This {HEADER} was used for another request within the last day. Use a new key for each request."
        )
    raise AnsweredBefore(_answer(known))


def _answer(known: IdempotentResponse) -> HttpResponse:
    content = unseal(settings.HELIOGRAPH.secret_key.encode(), PURPOSE, bytes(known.body))
    response = HttpResponse(content, status=known.status, content_type="application/json; charset=utf-8")
    response[REPLAYED] = "true"
    return response


def _remember(claimed: UUID, response: HttpResponseBase) -> None:
    mine = IdempotentResponse.objects.filter(id=claimed)
    if isinstance(response, HttpResponse) and response.status_code < 400:
        mine.update(
            status=response.status_code,
            body=seal(settings.HELIOGRAPH.secret_key.encode(), PURPOSE, response.content),
        )
    else:
        mine.delete()


def _fingerprint(request: HttpRequest) -> bytes:
    """A digest of what is asked for: the address and the body; of a form, its fields and files."""
    parts = [request.get_full_path().encode()]
    if (request.content_type or "").startswith("multipart/"):
        parts += [f"{name}={values}".encode() for name, values in sorted(request.POST.lists())]
        parts += [
            f"{name}={file.name}".encode() + _digest_of(file)
            for name, files in request.FILES.lists()
            for file in files
        ]
    else:
        parts.append(request.body)
    return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).digest()


def _digest_of(file: Any) -> bytes:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.digest()
