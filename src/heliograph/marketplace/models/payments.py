"""Payments by card through Stripe Checkout: the account, what was begun, what Stripe said of it."""

from django.db import models
from django.db.models import Q

from heliograph.core.clock import now
from heliograph.core.ids import new_id


class PaymentAccount(models.Model):
    """An organization's account at Stripe. Its keys are encrypted, and never shown again."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.OneToOneField(
        "accounts.Organization", on_delete=models.CASCADE, related_name="payment_account"
    )
    encrypted_secret_key = models.BinaryField()
    encrypted_webhook_secret = models.BinaryField()
    ending = models.CharField(max_length=4)  # of the secret key, to tell it from others
    is_live = models.BooleanField()
    created_at = models.DateTimeField(default=now, editable=False)
    changed_by = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"Stripe …{self.ending}"


class CheckoutSession(models.Model):
    """A page of Stripe's on which a share is paid: it counts once, however often it is told of."""

    class State(models.TextChoices):
        OPEN = "open"
        PROCESSING = "processing"  # paid by a method that takes days
        PAID = "paid"
        EXPIRED = "expired"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    allocation = models.ForeignKey(
        "marketplace.Allocation", on_delete=models.PROTECT, related_name="checkouts"
    )
    provider_id = models.CharField(max_length=255, blank=True)  # none until Stripe said it
    payment_intent = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=20, choices=State)
    amount_cents = models.PositiveIntegerField()
    fee_cents = models.PositiveIntegerField(null=True)
    url = models.URLField(max_length=2000, blank=True)
    expires_at = models.DateTimeField()
    end_at = models.DateTimeField(null=True)  # when it is to be ended at Stripe: its order was canceled
    end_tries = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=now, editable=False)
    paid_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-id"], name="checkout_newest"),
            models.Index(fields=["end_at"], condition=Q(state="open"), name="checkout_to_end"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "provider_id"],
                condition=~Q(provider_id=""),
                name="checkout_provider",
            ),
            models.UniqueConstraint(
                fields=["allocation"], condition=Q(state__in=["open", "processing"]), name="checkout_one_open"
            ),
        ]

    def __str__(self) -> str:
        return self.provider_id


class PaymentEvent(models.Model):
    """A webhook of Stripe's, kept before it is answered; what it means is asked of Stripe itself."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    event_id = models.CharField(max_length=255)  # or the digest of the body
    kind = models.CharField(max_length=100)
    object_id = models.CharField(max_length=255)
    received_at = models.DateTimeField(default=now, editable=False)
    tries = models.PositiveIntegerField(default=0)
    try_at = models.DateTimeField(default=now)
    handled_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=1000, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["try_at"], condition=Q(handled_at=None), name="paymentevent_waits"),
            models.Index(fields=["organization", "-id"], name="paymentevent_newest"),
        ]
        constraints = [models.UniqueConstraint(fields=["organization", "event_id"], name="paymentevent_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class Dispute(models.Model):
    """A payment that a student's bank took back until it decides."""

    class State(models.TextChoices):
        OPEN = "open"
        WON = "won"
        LOST = "lost"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    allocation = models.ForeignKey(
        "marketplace.Allocation", on_delete=models.PROTECT, related_name="disputes"
    )
    provider_id = models.CharField(max_length=255)
    amount_cents = models.PositiveIntegerField()
    state = models.CharField(max_length=20, choices=State)
    reason = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organization", "-id"], name="dispute_newest")]
        constraints = [
            models.UniqueConstraint(fields=["organization", "provider_id"], name="dispute_provider")
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.state}"


class PaymentDifference(models.Model):
    """Something that Stripe's records and ours say differently, until somebody dealt with it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=255)  # id at the provider
    order = models.ForeignKey("marketplace.Order", null=True, on_delete=models.SET_NULL, related_name="+")
    amount_cents = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True)
    found_at = models.DateTimeField(default=now, editable=False)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=1000, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organization", "-id"], name="difference_newest")]
        constraints = [
            models.UniqueConstraint(fields=["organization", "kind", "subject"], name="difference_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
