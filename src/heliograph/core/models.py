"""The one table of the core."""

from django.db import models


class Counter(models.Model):
    """How often something happened since the beginning, and how long it took in all; the sum over all processes."""

    name = models.CharField(primary_key=True, max_length=60)
    count = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.count}"
