"""What leaves for somebody else's server: the columns that every message has, those of standing work, and
mail.

A part whose messages belong to rows of its own, as postbacks to registrations, keeps a table of its own with
these columns, so that its messages go when those rows go.
"""

from django.db import models

from heliograph.core.ids import new_id


class Delivery(models.Model):
    """A message, written in its change's own transaction, until it has arrived or is given up."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        GIVEN_UP = "given up"

    # The receiver is told the id, so that a repetition can be told.
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    tries = models.PositiveIntegerField(default=0)  # also says which try may note what came of it
    status = models.PositiveIntegerField(null=True)  # of the last answer: of HTTP, or of SMTP
    answer = models.CharField(max_length=500, blank=True)  # how it begins, or why there was none
    next_try_at = models.DateTimeField(null=True)  # while it is tried, when the lease ends
    give_up_at = models.DateTimeField(null=True)  # after this, a failed try is the last
    delivered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        abstract = True


class Mail(Delivery):
    """A mail to one or more people."""

    WORDS = {"waiting": "waiting", "delivered": "sent", "given up": "failed"}  # what people say of mail

    organization_id = models.UUIDField(null=True)  # none: a person's own mail, which no administrator sees
    to = models.JSONField()
    subject = models.CharField(max_length=300)
    text = models.TextField()  # until it is delivered

    class Meta:
        indexes = [
            models.Index(fields=["organization_id", "-id"], name="mail_newest"),
            models.Index(fields=["next_try_at"], condition=models.Q(state="waiting"), name="mail_due"),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def word(self) -> str:
        """What became of it, as people say it of mail."""
        return self.WORDS[self.state]


class Leased(models.Model):
    """Work that never ends, as a pipe's: one worker at a time holds it, until its turn or lease is over."""

    turn = models.PositiveIntegerField(default=0)  # only the latest turn may say what came of it
    leased_until = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)  # in a row that failed
    next_try_at = models.DateTimeField(null=True)  # null: nothing is to be done
    last_error = models.CharField(max_length=500, blank=True)
    last_status = models.PositiveIntegerField(null=True)  # of HTTP, where the last error is an answer
    begun_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
