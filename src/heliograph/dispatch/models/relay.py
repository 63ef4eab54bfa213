"""The relay ledger: what the stub wrote into customers' LMSs, and what they kept."""

from django.db import models

from heliograph.core.ids import new_id


class RelayReceipt(models.Model):
    """One value the stub wrote into a customer's LMS, and what the LMS said when asked for it again.

    Of an embedded package, whose course writes by itself: what the LMS refused, changed or did not save.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.CASCADE, db_index=False)
    dispatch = models.ForeignKey("dispatch.Dispatch", on_delete=models.CASCADE, related_name="receipts")
    deployment = models.ForeignKey("dispatch.Deployment", null=True, on_delete=models.CASCADE, related_name="receipts")
    registration = models.ForeignKey("runtime.Registration", on_delete=models.CASCADE, related_name="receipts")
    sitting = models.UUIDField()  # one loading of the stub; the session, where the package is embedded
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
        indexes = [
            models.Index(fields=["organisation", "dispatch", "-id"], name="receipt_newest"),
            models.Index(fields=["organisation", "id"], include=["agrees"], name="receipt_lately"),
        ]

    def __str__(self) -> str:
        return f"{self.element}: {self.written}"
