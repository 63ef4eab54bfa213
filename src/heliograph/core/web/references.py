"""A reference for what a learner was refused: they tell it to whoever helps, who finds it in the
server's log.
"""

import logging
import secrets

from django.http import HttpRequest
from django.utils.encoding import escape_uri_path

from heliograph.core.errors import Problem
from heliograph.core.secrets.redaction import redacted

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is read as something else
log = logging.getLogger("heliograph.refusals")


def noted(problem: Problem, request: HttpRequest) -> str:
    """A new reference, under which the log now has the problem: its code, what its notes say (as the
    dispatch), the address and the LMS.

    Nothing of the learner is logged.
    """
    letters = [secrets.choice(ALPHABET) for _ in range(8)]
    reference = "".join((*letters[:4], "-", *letters[4:]))
    log.info(
        "%s %s: %s %s, from %s; %s",
        reference,
        problem.problem_code,
        request.method,
        redacted(escape_uri_path(request.path)),  # in one line, whatever it holds
        request.headers.get("Origin", "the same site")[:200],
        ", ".join(getattr(problem, "__notes__", [])) or "no dispatch",
    )
    return reference
