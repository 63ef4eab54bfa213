"""Daily roll-ups, from which pages and reports count."""

from django.db import models

from heliograph.core.ids import new_id


class Day(models.Model):
    """One day (UTC) of one deployment: sums that can be added, and how many of its learners stood where at its end.

    Without a deployment it holds what happened in no LMS: completions that were set by hand for learners who never opened the course.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.CASCADE, db_index=False)
    dispatch = models.ForeignKey("dispatch.Dispatch", on_delete=models.CASCADE, related_name="days", db_index=False)
    deployment = models.ForeignKey("dispatch.Deployment", null=True, on_delete=models.CASCADE, related_name="days", db_index=False)
    day = models.DateField()
    launches = models.PositiveIntegerField(default=0)
    learners = models.PositiveIntegerField(default=0)  # distinct on that day
    completions = models.PositiveIntegerField(default=0)
    score_sum = models.FloatField(default=0)  # of scaled scores, 0 to 1
    score_count = models.PositiveIntegerField(default=0)
    centiseconds = models.BigIntegerField(default=0)
    not_attempted = models.PositiveIntegerField(default=0)
    incomplete = models.PositiveIntegerField(default=0)
    completed = models.PositiveIntegerField(default=0)
    passed = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "dispatch", "day", "deployment"], nulls_distinct=False, name="day_once")
        ]
        indexes = [models.Index(fields=["organisation", "day"], name="day_of_organisation")]

    def __str__(self) -> str:
        return f"{self.day} of {self.dispatch_id}"
