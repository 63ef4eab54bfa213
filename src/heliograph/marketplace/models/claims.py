"""Claims: that a part of a program was completed, by which route it was said, and what proves it."""

from django.db import models
from django.db.models import Q

from heliograph.core.clock import now
from heliograph.core.ids import new_id


class Claim(models.Model):
    """A statement that a student completed a part, with its evidence; somebody or a rule verified or rejected
    it. Nothing of a claim is overwritten; what was wrong is revoked, and claimed again.

    ``source`` identifies what it was made of (a partner's result, a registration), so that it is made once.
    """

    class Route(models.TextChoices):
        HOLDER = "holder"
        STUDENT = "student"
        PARTNER = "partner"
        COURSE = "course"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    part = models.ForeignKey("marketplace.EnrollmentPart", on_delete=models.CASCADE, related_name="claims")
    route = models.CharField(max_length=20, choices=Route)
    source = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=20)  # `rules.CLAIM_TRANSITIONS`
    completed_at = models.DateTimeField()
    score = models.FloatField(null=True)  # from 0 to 1
    certificate_url = models.URLField(max_length=1000, blank=True)
    notes = models.TextField(blank=True)
    claimed_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=now, editable=False)
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=1000, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-id"], name="claim_newest"),
            models.Index(
                fields=["organization", "id"], condition=Q(state="proposed"), name="claim_to_decide"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "source"], condition=~Q(source=""), name="claim_source"
            )
        ]

    def __str__(self) -> str:
        return f"{self.route} {self.state}"


class ClaimFile(models.Model):
    """A file that proves a claim, in the organization's storage by its content."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="files")
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    received_sha256 = models.CharField(max_length=64)  # before metadata was taken out
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["organization", "received_sha256"], name="claimfile_received")]

    def __str__(self) -> str:
        return self.name
