"""What embedded packages have reported of a course with several SCOs."""

from django.db import models


class EmbeddedProgress(models.Model):
    """How each SCO of an embedded course stands for one learner; the registration's outcome is rolled up from
    here, row by row under one lock.
    """

    registration = models.OneToOneField(
        "runtime.Registration", primary_key=True, on_delete=models.CASCADE, related_name="embedded"
    )
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    expected = models.PositiveIntegerField(default=1)  # the SCOs of the package that was opened last
    # The learner began anew: sessions that began before this no longer count.
    counts_from = models.DateTimeField(null=True)
    # By SCO and session: {"completion", "success", "scaled", "raw", "min", "max", "progress", "at"} of the
    # session's newest event; what sessions of long ago achieved is one entry, `earlier`.
    scos = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{len(self.scos)} of {self.expected}"
