"""What becomes of an import whose work failed after the last try: it stands still, says so, and holds up no
other.
"""

from uuid import UUID

from heliograph.accounts.models import UserImport
from heliograph.core.clock import now
from heliograph.core.translation import gettext_noop

State = UserImport.State
# What it is then, and what whoever started it reads.
STOPPED = {
    State.CHECKING: (
        State.REFUSED,
        gettext_noop("The file could not be checked because of an error on the server. Try again later."),
    ),
    State.APPLYING: (
        State.DONE,
        gettext_noop(
            "The import stopped because of an error on the server. Import the file again for the rest of its "
            "rows, or undo what was done."
        ),
    ),
    State.UNDOING: (
        State.DONE,
        gettext_noop(
            "Undoing stopped because of an error on the server. Undo the import again for the rest."
        ),
    ),
}


def give_up(import_id: UUID) -> UserImport:
    """Stop an import that is at work; a finished one stays as it is."""
    job = UserImport.objects.get(id=import_id)
    if job.state in STOPPED:
        state, sentence = STOPPED[State(job.state)]
        UserImport.objects.filter(id=job.id, state=job.state).update(
            state=state, error_code="import_failed", error=sentence, finished_at=now()
        )
        job.refresh_from_db()
    return job
