"""The audit log: who did what to which row of which organization, partitioned by month; and the mail that
tells people of it.
"""

from django.db import models
from django.db.models import Q

from heliograph.core.ids import new_id

ANNOTATED = ("course version", "dispatch", "license")  # kinds whose changes charts of figures mark


class Entry(models.Model):
    """An audit entry; its time is part of its id."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization_id = models.UUIDField()
    actor_kind = models.CharField(max_length=20)
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=200)
    verb = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField(null=True)
    subject_label = models.CharField(max_length=300)
    details = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["organization_id", "-id"], name="audit_newest"),
            models.Index(fields=["organization_id", "subject_id", "-id"], name="audit_subject"),
            models.Index(
                fields=["organization_id", "subject_kind", "-id"],
                condition=Q(subject_kind__in=ANNOTATED),
                name="audit_annotated",
            ),
            models.Index(
                fields=["organization_id", "actor_id", "-id"],
                condition=Q(actor_kind="user"),
                name="audit_actor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_label} {self.verb} {self.subject_label}"


class Seal(models.Model):
    """What an organization's entries were, from the one after the seal before to ``through``: their digest,
    which the next seal's is made of.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization_id = models.UUIDField()
    through = models.UUIDField()  # the last entry
    entries = models.PositiveIntegerField()
    digest = models.BinaryField(max_length=32)
    # Where the product deleted its entries, and all before, because they were too old: made with the key.
    retired = models.BinaryField(max_length=32, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization_id", "through"], name="seal_once")]

    def __str__(self) -> str:
        return f"{self.entries} entries through {self.through}"


class Verification(models.Model):
    """When an organization's entries were compared with their seals last, and the first that differ then."""

    organization_id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    differs_after = models.UUIDField(null=True)  # the entry before those that differ
    differs_through = models.UUIDField(
        null=True
    )  # the last entry of their seal; none where all are as sealed

    def __str__(self) -> str:
        return f"{self.organization_id} on {self.at}"
