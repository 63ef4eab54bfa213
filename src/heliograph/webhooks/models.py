"""Endpoints, the events of an organization, what is delivered to whom, and each attempt."""

from django.db import models
from django.db.models import Q

from heliograph.core.clock import now
from heliograph.core.ids import new_id
from heliograph.delivery.models import Delivery


class Endpoint(models.Model):
    """A URL that is told of events of some topics."""

    class Reason(models.TextChoices):
        MANUAL = "manual"  # somebody disabled it
        GONE = "gone"  # it answered 410
        FAILING = "failing"  # nothing arrived for days

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    url = models.CharField(max_length=2000)
    description = models.CharField(max_length=200, blank=True)
    topics = models.JSONField()  # names, groups (import.*), or * for all
    # What the events must belong to; other parts' rows lie above this part, so these are ids alone.
    course_id = models.UUIDField(null=True)
    destination_id = models.UUIDField(null=True)
    dispatch_id = models.UUIDField(null=True)
    in_order = models.BooleanField(default=False)  # events of a registration arrive in their order
    enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=10, choices=Reason.choices, blank=True)
    disabled_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)  # of the failures since anything arrived, the first
    last_success_at = models.DateTimeField(null=True)
    encrypted_secret = models.BinaryField()
    encrypted_old_secret = models.BinaryField(null=True)  # signs beside the other one, until
    old_secret_ends_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now, editable=False)
    created_by = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["organization", "-id"], name="endpoint_newest")]

    def __str__(self) -> str:
        return self.description or self.url

    @property
    def state(self) -> str:
        """As pages say it: active, failing, or disabled."""
        if not self.enabled:
            return "disabled"
        return "failing" if self.failing_since else "active"


class Listener(models.Model):
    """That programs of an organization read its events from the API; they are kept while they do."""

    organization = models.OneToOneField("accounts.Organization", on_delete=models.CASCADE, primary_key=True)
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.organization_id}: {self.asked_at}"


class Event(models.Model):
    """What happened, as it is told: the same id and the same bytes to everybody, however often."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    topic = models.CharField(max_length=60)
    body = models.TextField()  # JSON
    course_id = models.UUIDField(null=True)
    destination_id = models.UUIDField(null=True)
    dispatch_id = models.UUIDField(null=True)
    registration_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-id"], name="event_newest"),
            models.Index(
                fields=["registration_id"],
                condition=Q(registration_id__isnull=False),
                name="event_registration",
            ),
            models.Index(
                fields=["dispatch_id"], condition=Q(dispatch_id__isnull=False), name="event_dispatch"
            ),
        ]

    def __str__(self) -> str:
        return self.topic


class Message(Delivery):
    """An event on its way to an endpoint."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="messages", db_index=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="messages")
    ordered_by = models.UUIDField(null=True)  # the registration, where its events arrive in their order

    class Meta:
        indexes = [
            models.Index(fields=["endpoint", "-id"], name="message_newest"),
            models.Index(
                fields=["endpoint", "next_try_at", "id"], condition=Q(state="waiting"), name="message_due"
            ),
            models.Index(
                fields=["endpoint", "ordered_by", "id"],
                condition=Q(state="waiting", ordered_by__isnull=False),
                name="message_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.endpoint_id}"


class DeliveryAttempt(models.Model):
    """One request and what came of it; its body is the event's."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attempts")
    url = models.CharField(max_length=2000)
    headers = models.JSONField()  # of the request
    status = models.PositiveIntegerField(null=True)  # none: there was no response
    response = models.CharField(max_length=500, blank=True)  # how it begins, or why there was none
    milliseconds = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=now, editable=False)

    def __str__(self) -> str:
        return f"{self.message_id}: {self.status or self.response}"
