"""Credentials: what a student received for completing a program, which anybody can verify."""

from django.db import models
from django.db.models import Q

from heliograph.core.clock import now
from heliograph.core.ids import new_id


class AwardedCredential(models.Model):
    """A credential as it was awarded; only its revocation and the student's privacy change afterwards.

    ``number`` cannot be guessed, and is its public address.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    enrollment = models.ForeignKey(
        "marketplace.Enrollment", on_delete=models.PROTECT, related_name="credentials"
    )
    number = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=200)
    holder_name = models.CharField(max_length=200)
    shows_name = models.BooleanField(default=True)  # on its public page
    awarded_at = models.DateTimeField(default=now, editable=False)
    completed_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=200, blank=True)
    revocation_reason = models.CharField(max_length=1000, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organization", "-id"], name="awarded_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment"], condition=Q(revoked_at=None), name="awarded_one_valid"
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.number}"

    @property
    def state(self) -> str:
        """``valid``, ``expired`` or ``revoked``."""
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at and self.expires_at < now() else "valid"
