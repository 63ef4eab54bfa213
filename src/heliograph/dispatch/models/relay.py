"""The relay ledger: what the stub wrote into customers' LMSs, and what they kept."""

from django.db import models
from django.db.models import Q

from heliograph.core.clock import now
from heliograph.core.ids import new_id


class LmsResult(models.Model):
    """What a customer's LMS has of one learner's result, by its newest receipts.

    `results.agreement` says what follows.
    """

    registration = models.OneToOneField(
        "runtime.Registration", primary_key=True, on_delete=models.CASCADE, related_name="lms_result"
    )
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    dispatch = models.ForeignKey("dispatch.Dispatch", on_delete=models.CASCADE, related_name="lms_results")
    # Scorm12, scorm2004, cmi5, embedded: how much of a result the LMS can hold.
    standard = models.CharField(max_length=10)
    # Of each element of the result: [written, whether it was kept; null: it cannot be read].
    values = models.JSONField(default=dict)
    written_at = models.DateTimeField()
    # Whether it differed from the registration at the last roll-up.
    differs = models.BooleanField(db_default=False)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "dispatch"], name="lms_result_dispatch"),
            models.Index(fields=["organization"], condition=Q(differs=True), name="lms_result_differs"),
        ]

    def __str__(self) -> str:
        return f"{self.registration_id}: {self.values}"


class RelayReceipt(models.Model):
    """One value the stub wrote into a customer's LMS, and what the LMS said when asked for it again.

    Of an embedded package, whose course writes by itself: what the LMS refused, changed or did not save.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    dispatch = models.ForeignKey("dispatch.Dispatch", on_delete=models.CASCADE, related_name="receipts")
    deployment = models.ForeignKey(
        "dispatch.Deployment", null=True, on_delete=models.CASCADE, related_name="receipts"
    )
    registration = models.ForeignKey(
        "runtime.Registration", on_delete=models.CASCADE, related_name="receipts"
    )
    # The session; in rows of earlier releases also another name of one loading of the stub.
    page_load_id = models.UUIDField()
    sequence = models.PositiveBigIntegerField()
    element = models.CharField(max_length=100)
    written = models.TextField()
    kept = models.TextField()
    error = models.CharField(max_length=10)
    agrees = models.BooleanField(null=True)  # None: it was taken, and cannot be read again
    written_at = models.DateTimeField()
    received_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "registration", "page_load_id", "sequence", "element"],
                name="receipt_once",
            )
        ]
        indexes = [
            models.Index(fields=["organization", "dispatch", "-id"], name="receipt_newest"),
            models.Index(fields=["organization", "id"], include=["agrees"], name="receipt_lately"),
        ]

    def __str__(self) -> str:
        return f"{self.element}: {self.written}"
