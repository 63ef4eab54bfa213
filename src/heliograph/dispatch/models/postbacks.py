"""What we send and sign: postbacks to the organization's own server, and the keys of completion receipts."""

from django.db import models
from django.db.models import Q

from heliograph.core.clock import now
from heliograph.core.ids import new_id
from heliograph.delivery.models import Delivery


class Postback(Delivery):
    """One message to a dispatch's postback address, until it is delivered or given up; both can be sent
    again.
    """

    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    dispatch = models.ForeignKey("dispatch.Dispatch", on_delete=models.CASCADE, related_name="postbacks")
    registration = models.ForeignKey(
        "runtime.Registration", null=True, on_delete=models.CASCADE, related_name="+"
    )
    # registration.registered, registration.changed, registration.completed, license.warning
    kind = models.CharField(max_length=40)
    body = models.JSONField()

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
    created_at = models.DateTimeField(default=now, editable=False)
    retired_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)
