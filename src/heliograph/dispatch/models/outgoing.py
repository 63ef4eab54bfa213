"""What we send and sign: postbacks to the organization's own server, and the keys of completion receipts."""

from django.db import models
from django.db.models import Q

from heliograph.core.ids import new_id


class Postback(models.Model):
    """One message to a dispatch's postback address, until it is delivered or given up; both can be sent
    again.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        GIVEN_UP = "given up"

    id = models.UUIDField(
        primary_key=True, default=new_id, editable=False
    )  # also the message's id, so receivers can tell repetitions
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    dispatch = models.ForeignKey("dispatch.Dispatch", on_delete=models.CASCADE, related_name="postbacks")
    registration = models.ForeignKey(
        "runtime.Registration", null=True, on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(
        max_length=40
    )  # registration.registered, registration.changed, registration.completed, license.warning
    body = models.JSONField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    tries = models.PositiveIntegerField(default=0)
    status = models.PositiveIntegerField(null=True)  # the HTTP status of the last answer
    answer = models.CharField(max_length=500, blank=True)  # its beginning, or why there was none
    next_try_at = models.DateTimeField(null=True)
    give_up_at = models.DateTimeField(null=True)  # after this, a failed try is the last
    delivered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "dispatch", "-id"], name="postback_newest"),
            models.Index(
                fields=["dispatch", "next_try_at"], condition=Q(state="waiting"), name="postback_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class PostbackState(models.Model):
    """What a postback address was last told of a registration; where the registration stands elsewhere, there
    is something to tell.
    """

    registration = models.OneToOneField(
        "runtime.Registration", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    attempt = models.PositiveIntegerField()  # from 1, also before the first launch
    completed = models.BooleanField()
    success = models.CharField(max_length=10)
    score_scaled = models.FloatField(null=True)
    score_raw = models.FloatField(null=True)

    def __str__(self) -> str:
        return f"told of {self.registration_id}"


class SigningKey(models.Model):
    """A key pair that signs completion receipts; retired ones stay, so that old receipts can be verified."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    private = models.BinaryField()  # Ed25519, encrypted with the secret key
    public = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)
