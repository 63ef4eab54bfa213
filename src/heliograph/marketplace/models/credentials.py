"""Credentials: what a student received for completing a program, which anybody can verify."""

from django.db import models
from django.db.models import Q

from heliograph.core.clock import now
from heliograph.core.ids import new_id


class AwardedCredential(models.Model):
    """A credential as it was awarded; only its revocation, the student's privacy and, where the person is
    erased, the name change afterwards.

    ``number`` cannot be guessed, and is its public address.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    enrollment = models.ForeignKey(
        "marketplace.Enrollment", on_delete=models.PROTECT, related_name="credentials"
    )
    template = models.ForeignKey(
        "marketplace.CredentialTemplateVersion",
        null=True,
        on_delete=models.PROTECT,
        related_name="credentials",
    )
    replaces = models.OneToOneField(
        "self", null=True, on_delete=models.SET_NULL, related_name="replaced_by"
    )  # the one that was revoked when this one was issued in its place
    number = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=200)
    holder_name = models.CharField(max_length=200, blank=True)  # empty once the person was erased
    shows_name = models.BooleanField(default=True)  # on its public page
    awarded_at = models.DateTimeField(default=now, editable=False)
    completed_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=200, blank=True)
    revocation_reason = models.CharField(max_length=1000, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-id"], name="awarded_newest"),
            models.Index(fields=["expires_at"], condition=Q(revoked_at=None), name="awarded_expires"),
        ]
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

    @property
    def public_name(self) -> str:
        """The name that everybody may read; empty where the student hides it."""
        return self.holder_name if self.shows_name else ""


class SignedCredential(models.Model):
    """A credential as an Open Badge, signed in both forms: ``document`` has its Data Integrity proof in it,
    ``jwt`` is the same as a VC-JWT. Made when somebody first asks for it, and never again.

    One is with the holder's name and one without, for whoever hides it from the public.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    credential = models.ForeignKey(
        AwardedCredential, on_delete=models.CASCADE, db_index=False, related_name="signed"
    )
    named = models.BooleanField()
    document = models.TextField()
    jwt = models.TextField()
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["organization", "id"], name="signedcredential_order")]
        constraints = [models.UniqueConstraint(fields=["credential", "named"], name="signedcredential_once")]

    def __str__(self) -> str:
        return f"{self.credential_id} {'named' if self.named else 'unnamed'}"


class ExpiryReminder(models.Model):
    """That a student was mailed so many days before a credential expires."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    credential = models.ForeignKey(
        AwardedCredential, on_delete=models.CASCADE, db_index=False, related_name="reminders"
    )
    days = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["credential", "days"], name="expiryreminder_once")]

    def __str__(self) -> str:
        return f"{self.credential_id}, {self.days} days"
