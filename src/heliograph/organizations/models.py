"""What the back office adds to users and courses: who is to complete which course, and until when."""

from django.db import models
from django.db.models import Q

from heliograph.core.clock import now
from heliograph.core.ids import new_id


class Assignment(models.Model):
    """A course that the organization assigned to a member itself, without a dispatch.

    What they reach is their registration's. ``next_reminder_at`` is when they are next told of the due date;
    none where there is nothing more to tell.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    member = models.ForeignKey("accounts.Membership", on_delete=models.CASCADE, related_name="assignments")
    registration = models.OneToOneField(
        "runtime.Registration", on_delete=models.CASCADE, related_name="assignment"
    )
    due_at = models.DateTimeField(null=True)
    next_reminder_at = models.DateTimeField(null=True)
    assigned_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-id"], name="assignment_newest"),
            models.Index(
                fields=["next_reminder_at"], condition=~Q(next_reminder_at=None), name="assignment_reminder"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} on {self.registration.course}"

    @property
    def state(self) -> str:
        """``completed``, ``overdue``, or ``open``."""
        if self.registration.completed_at:
            return "completed"
        return "overdue" if self.due_at and self.due_at < now() else "open"
