"""Files of completions: looked at first, then done row by row."""

from django.db import models

from heliograph.core.clock import now
from heliograph.core.ids import new_id


class CompletionList(models.Model):
    """The rows of a file. ``member`` is in whose name they are done."""

    class State(models.TextChoices):
        CHECKED = "checked"
        RUNNING = "running"
        DONE = "done"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    member = models.ForeignKey("accounts.Membership", on_delete=models.CASCADE, related_name="+")
    file_name = models.CharField(max_length=200)
    state = models.CharField(max_length=20, choices=State, default=State.CHECKED)
    created_at = models.DateTimeField(default=now, editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organization", "-id"], name="completionlist_newest")]

    def __str__(self) -> str:
        return self.file_name


class CompletionListRow(models.Model):
    """A row of such a file, and what comes of it."""

    class State(models.TextChoices):
        READY = "ready"
        UNCHANGED = "unchanged"  # recorded before
        SKIPPED = "skipped"  # no date
        REFUSED = "refused"  # cannot be done, as the problem says
        DONE = "done"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    list = models.ForeignKey(CompletionList, on_delete=models.CASCADE, db_index=False, related_name="rows")
    number = models.PositiveIntegerField()  # in the file; the headings are row 1
    enrollment = models.ForeignKey("marketplace.Enrollment", null=True, on_delete=models.CASCADE)
    email = models.CharField(max_length=254, blank=True)
    completed_at = models.DateTimeField(null=True)
    certificate_url = models.CharField(max_length=1000, blank=True)
    notes = models.TextField(blank=True)
    state = models.CharField(max_length=20, choices=State)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list", "number"], name="completionlistrow_number")]

    def __str__(self) -> str:
        return f"row {self.number}: {self.state}"
