"""Completion: whoever says it, it ends in one state, once, with its credential, and can be taken back."""

import pytest
from tests.marketplace.acts import DONE, claimed, completes_course, now, part, photo

from heliograph.core.errors import Conflict
from heliograph.delivery.models import Mail
from heliograph.marketplace.completion import actions, courses
from heliograph.marketplace.holder_portal import marking
from heliograph.marketplace.models import AwardedCredential, Claim

STUDENT = Claim.Route.STUDENT


def test_three_routes_end_in_one_completed_program_with_its_credential(tenant, student, enrollment):
    completes_course(tenant, enrollment)
    assert courses.sweep() == 1
    assert now(enrollment).state == "active"
    marking.mark_complete(tenant.manager, str(enrollment.id), DONE)
    assert now(enrollment).state == "completed"
    credential = AwardedCredential.objects.get()
    assert credential.title == "Certified phlebotomy technician"
    assert credential.expires_at is not None
    assert credential.expires_at.year == credential.completed_at.year + 2
    assert len(credential.number) >= 26
    assert set(Claim.objects.values_list("route", "state")) == {("course", "awarded"), ("holder", "awarded")}
    subjects = list(Mail.objects.order_by("id").values_list("subject", flat=True))
    assert subjects[-1] == "Your credential: Phlebotomy technician"


def test_a_student_proves_is_rejected_and_proves_again(tenant, student, enrollment, actor_of_student):
    first = claimed(tenant, actor_of_student, enrollment, "partner")
    assert first.state == "proposed"
    with pytest.raises(Conflict, match="being checked"):
        claimed(tenant, actor_of_student, enrollment, "partner")
    actions.reject(tenant.manager, first, "The photo is blurred.")
    rejected = Mail.objects.order_by("-id")[0]
    assert "The photo is blurred." in rejected.text
    second = claimed(tenant, actor_of_student, enrollment, "partner", proof=photo("blue"))
    actions.verify(tenant.manager, second)
    assert part(enrollment, "partner").completed_at == DONE
    assert now(enrollment).state == "active"
    with pytest.raises(Conflict, match="completed already"):
        claimed(tenant, actor_of_student, enrollment, "partner")
