"""The audit log: who did what to which row of which organization, partitioned by month; and the mail that
tells people of it.
"""

from django.db import models

from heliograph.core.ids import new_id


class Entry(models.Model):
    """An audit entry; its time is part of its id."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization_id = models.UUIDField()
    actor_kind = models.CharField(max_length=20)
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=200)
    verb = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField(null=True)
    subject_label = models.CharField(max_length=300)
    details = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["organization_id", "-id"], name="audit_newest"),
            models.Index(fields=["organization_id", "subject_id", "-id"], name="audit_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_label} {self.verb} {self.subject_label}"


class Mail(models.Model):
    """A mail that is to be sent, written in the transaction of the change it tells of."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        FAILED = "failed"

    id = models.UUIDField(
        primary_key=True, default=new_id, editable=False
    )  # also in its Message-ID, so that a repetition can be told
    organization_id = models.UUIDField(null=True)  # none: a person's own mail, which no administrator sees
    to = models.JSONField()
    subject = models.CharField(max_length=300)
    text = models.TextField()  # until it is sent
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    tries = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)  # of the last try
    next_try_at = models.DateTimeField(null=True)
    give_up_at = models.DateTimeField()  # after this, a failed try is the last
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organization_id", "-id"], name="mail_newest"),
            models.Index(fields=["next_try_at"], condition=models.Q(state="waiting"), name="mail_due"),
        ]

    def __str__(self) -> str:
        return self.subject
