"""The organization's own words for mails to students, and which of them a student gets."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from heliograph.core.clock import now
from heliograph.core.ids import new_id

LONGEST_TEXT = 5_000


class MailTemplate(models.Model):
    """Subject and text of a mail in a language, in place of ours."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    key = models.CharField(max_length=40)  # of `mails.TEMPLATES`
    language = models.CharField(max_length=20)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    changed_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "key", "language"], name="mailtemplate_once")
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.language})"


class MailPreference(models.Model):
    """A student's language, and the mails that they do without."""

    member = models.OneToOneField(
        "accounts.Membership", primary_key=True, on_delete=models.CASCADE, related_name="mail_preference"
    )
    language = models.CharField(max_length=20, blank=True)  # empty: that of the application
    off = ArrayField(models.CharField(max_length=40), default=list)  # keys of `mails.TEMPLATES`

    def __str__(self) -> str:
        return f"{self.member_id} in {self.language}"
