"""The tables of the core."""

from django.db import models


class Counter(models.Model):
    """How often something happened since the beginning, and how long it took in all; the sum over all
    processes.
    """

    name = models.CharField(primary_key=True, max_length=60)
    count = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.count}"


class Installation(models.Model):
    """The one row by which a database of DATABASE_URL and a home know each other (decision 20)."""

    id = models.UUIDField(primary_key=True)

    def __str__(self) -> str:
        return str(self.id)


class ChangeQueue(models.Model):
    """Something was written since figures were last counted (`core.database.change_queue`).

    ``day`` (UTC) of the dispatch has to be counted again, or the cohort that was registered in the course on
    ``registered_day``.
    """

    organization_id = models.UUIDField()
    dispatch_id = models.UUIDField(null=True)  # none for who is registered without one
    course_id = models.UUIDField(null=True)  # known wherever ``registered_day`` is
    registration_id = models.UUIDField()
    learner_id = models.UUIDField()
    day = models.DateField(null=True)
    registered_day = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organization_id", "dispatch_id"], name="changequeue_of")]

    def __str__(self) -> str:
        return f"{self.day or self.registered_day} of {self.dispatch_id}"
