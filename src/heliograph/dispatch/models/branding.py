"""Logos of packages, kept as they were uploaded and cleaned.

A branding names one; what a name stands for never changes.
"""

from django.db import models

from heliograph.core.ids import new_id


class Logo(models.Model):
    """A picture of at most 128 KB."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    name = models.CharField(max_length=40)  # of its content: a digest and the kind
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="logo_once")]

    def __str__(self) -> str:
        return self.name
