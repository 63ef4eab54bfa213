"""Destinations, dispatches with their limits, and the relay receipts of what customers' LMSs kept."""

from django.db import models

from heliograph.core.ids import new_id, random_key


class Destination(models.Model):
    """A customer, or its LMS."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.CASCADE, db_index=False)
    key = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "key"], name="destination_key")]
        indexes = [models.Index(fields=["organisation", "-id"], name="destination_newest")]

    def __str__(self) -> str:
        return self.name


class Dispatch(models.Model):
    """One course for one destination, with the limits that decide a launch."""

    class Mode(models.TextChoices):
        HOSTED = "hosted"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.CASCADE, db_index=False)
    key = models.CharField(max_length=100)
    course = models.ForeignKey("courses.Course", on_delete=models.PROTECT, related_name="dispatches")
    destination = models.ForeignKey(Destination, on_delete=models.PROTECT, related_name="dispatches")
    name = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.HOSTED)
    # Names the dispatch inside packages. It identifies and never authorises: launches are decided by the limits below.
    stub_key = models.CharField(max_length=40, unique=True, default=random_key)
    enabled = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True)
    new_learners_allowed = models.BooleanField(default=True)
    registration_limit = models.PositiveIntegerField(null=True)  # none: unlimited
    registrations_used = models.PositiveIntegerField(default=0)
    refused_count = models.PositiveIntegerField(default=0)
    download_count = models.PositiveIntegerField(default=0)
    last_download_at = models.DateTimeField(null=True)
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "key"], name="dispatch_key")]
        indexes = [models.Index(fields=["organisation", "-id"], name="dispatch_newest")]

    def __str__(self) -> str:
        return self.name


class RelayReceipt(models.Model):
    """One value the stub wrote into a customer's LMS, and what the LMS said when asked for it again."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.CASCADE, db_index=False)
    dispatch = models.ForeignKey(Dispatch, on_delete=models.CASCADE, related_name="receipts")
    registration = models.ForeignKey("runtime.Registration", on_delete=models.CASCADE, related_name="receipts")
    sitting = models.UUIDField()  # one loading of the stub
    sequence = models.PositiveBigIntegerField()
    element = models.CharField(max_length=100)
    written = models.TextField()
    kept = models.TextField()
    error = models.CharField(max_length=10)
    agrees = models.BooleanField()
    written_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "registration", "sitting", "sequence", "element"], name="receipt_once")
        ]
        indexes = [models.Index(fields=["organisation", "dispatch", "-id"], name="receipt_newest")]

    def __str__(self) -> str:
        return f"{self.element}: {self.written}"
