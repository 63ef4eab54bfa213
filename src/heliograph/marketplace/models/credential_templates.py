"""Templates of certificates and badges: data of the organization, each saved change a version."""

from django.db import models

from heliograph.core.clock import now
from heliograph.core.ids import new_id


class CredentialTemplate(models.Model):
    """What the certificates and badges of some programs look like. One that has no programs is for all that
    have no template of their own, if it is ``usual``.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    name = models.CharField(max_length=100)
    usual = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="credentialtemplate_name"),
            models.UniqueConstraint(
                fields=["organization"], condition=models.Q(usual=True), name="credentialtemplate_one_usual"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CredentialTemplateVersion(models.Model):
    """A template as it was saved. A credential keeps the version that it was awarded with.

    ``blocks`` are paragraphs with the variables of `credentials.wording`; ``signatures`` are objects of
    ``name`` and ``role``. ``logo`` is a PNG.
    """

    class Orientation(models.TextChoices):
        LANDSCAPE = "landscape"
        PORTRAIT = "portrait"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    template = models.ForeignKey(
        CredentialTemplate, on_delete=models.CASCADE, db_index=False, related_name="versions"
    )
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    blocks = models.JSONField(default=list)
    signatures = models.JSONField(default=list)
    accent = models.CharField(max_length=7, default="#8a4b08")
    orientation = models.CharField(max_length=10, choices=Orientation, default=Orientation.LANDSCAPE)
    language = models.CharField(max_length=20, default="en")
    months = models.PositiveIntegerField(null=True)  # for how long credentials are valid
    logo = models.BinaryField(null=True)
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="credentialtemplateversion_number")
        ]

    def __str__(self) -> str:
        return f"{self.template_id}, version {self.number}"
