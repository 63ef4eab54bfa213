"""The keys that an organization signs credentials with, and the lists that say which were revoked."""

from django.db import models
from django.db.models import Q

from heliograph.core.clock import now
from heliograph.core.ids import new_id


class IssuerKey(models.Model):
    """A key pair of an issuer. The one of each kind that is not retired signs; retired ones stay published,
    so that what they signed can be verified.

    ``private`` is encrypted; ``public`` is a SubjectPublicKeyInfo in DER.
    """

    class Kind(models.TextChoices):
        RSA = "RSA"
        ED25519 = "Ed25519"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    private = models.BinaryField()
    public = models.BinaryField()
    created_at = models.DateTimeField(default=now, editable=False)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organization", "-id"], name="issuerkey_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "kind"], condition=Q(retired_at=None), name="issuerkey_one_current"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class StatusList(models.Model):
    """A list with one bit for each of its credentials, set once that one is revoked. ``taken`` of its places
    are given.

    It is signed when somebody asks and a bit has changed since: ``document`` and ``jwt`` are what was signed
    last, for the bits that ``digest`` identifies.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    number = models.PositiveIntegerField()
    taken = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    document = models.TextField(blank=True)
    jwt = models.TextField(blank=True)
    signed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "number"], name="statuslist_number")]

    def __str__(self) -> str:
        return f"status list {self.number}"


class StatusEntry(models.Model):
    """The place of a credential in a list, drawn at random: it says nothing of when or to whom it was
    awarded.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    credential = models.OneToOneField(
        "marketplace.AwardedCredential", on_delete=models.CASCADE, related_name="status_entry"
    )
    status_list = models.ForeignKey(
        StatusList, on_delete=models.CASCADE, db_index=False, related_name="entries"
    )
    index = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["status_list", "index"], name="statusentry_index")]

    def __str__(self) -> str:
        return f"{self.index} of {self.status_list_id}"
