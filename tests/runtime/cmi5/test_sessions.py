"""AUs as the LMS opens and hears them: what is written before, what is taken, and what follows from it for the course."""

import pytest

from heliograph.runtime.models import Attempt, AuSession, Registration

pytestmark = pytest.mark.django_db(transaction=True)


def standing(window):
    return Registration.objects.get(id=window.registration.id)


def test_an_au_is_launched_heard_and_completes_the_registration(open_course, verbs):
    window = open_course()
    au = window.au().start().finish("completed")
    assert standing(window).completion == "completed"
    assert standing(window).completed_at is not None
    assert standing(window).total_centiseconds == 6000
    assert verbs(registration=au.registration) == ["launched", "initialized", "completed", "satisfied", "terminated"]
    answer = window.progress().json()
    assert answer["relay"]["completion"] == "completed"
    assert answer["relay"]["session_centiseconds"] == 6000
    assert Attempt.objects.get().revision > 2
    assert AuSession.objects.get().verbs == ["initialized", "completed", "terminated"]
