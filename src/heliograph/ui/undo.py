"""Messages that offer to undo what was done.

The inverse act is posted to its own view, which checks what it always checks. What is posted is kept with the
message, which is signed or in the session: nobody but the view that did something decides what undoes it.
"""

import json
from typing import Any

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest


def undoable(request: HttpRequest, sentence: str, address: str, **fields: str | list[str]) -> None:
    """Tell the person on the next page what was done; *Undo* posts ``fields`` to ``address``."""
    messages.success(request, sentence, extra_tags=json.dumps({"address": address, "fields": fields}))


def undo_of(message: Message) -> dict[str, Any] | None:
    """What undoes what a message tells of: its ``address`` and ``fields``, each a name with a value."""
    if not (message.extra_tags or "").startswith("{"):
        return None
    undo = json.loads(message.extra_tags)
    fields = [
        (name, value)
        for name, given in undo["fields"].items()
        for value in (given if isinstance(given, list) else [given])
    ]
    return {"address": undo["address"], "fields": fields}
