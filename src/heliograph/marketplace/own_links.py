"""Links of the navigation to pages that are about oneself: a student's programs, a program holder's students.

To know whether somebody has any costs a statement each. People who work with other pages are asked it only on
pages of this kind; *My courses* leads there.
"""

from django.http import HttpRequest

from heliograph.marketplace.holders.queries import works_for
from heliograph.marketplace.models import Enrollment

OWN = ("/lms/", "/program-holder/")


def has_programs(request: HttpRequest) -> bool:
    """Whether whoever asks applied for a program here, or is or was enrolled in one."""
    member = request.member  # type: ignore[attr-defined]
    return _is_asked(request) and Enrollment.objects.filter(student=member).exists()


def works_for_any(request: HttpRequest) -> bool:
    """Whether whoever asks works for a program holder."""
    return _is_asked(request) and bool(works_for(request.actor))  # type: ignore[attr-defined]


def _is_asked(request: HttpRequest) -> bool:
    actor = request.actor  # type: ignore[attr-defined]
    return actor is not None and (not actor.role.permissions or request.path.startswith(OWN))
