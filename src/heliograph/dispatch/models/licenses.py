"""Licenses: what a customer bought, how much of it is used, and who it admitted."""

from django.db import models
from django.db.models import Q

from heliograph.core.clock import now
from heliograph.core.ids import new_id


class License(models.Model):
    """Limits for one dispatch or for all of a destination.

    Of several, the first that has not ended is active; the next follows it.

    Every limit may be empty (unlimited); every counter is raised by one conditional update.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    destination = models.ForeignKey(
        "dispatch.Destination", null=True, on_delete=models.CASCADE, related_name="licenses"
    )
    dispatch = models.ForeignKey(
        "dispatch.Dispatch", null=True, on_delete=models.CASCADE, related_name="licenses"
    )
    name = models.CharField(max_length=200)
    starts_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    # After the expiry: known learners and new ones may still enter.
    grace_days = models.PositiveIntegerField(default=0)
    registration_limit = models.PositiveIntegerField(null=True)
    learner_limit = models.PositiveIntegerField(null=True)
    launch_limit = models.PositiveIntegerField(null=True)
    download_limit = models.PositiveIntegerField(null=True)
    seat_limit = models.PositiveIntegerField(null=True)  # learners at the same time
    # Per cent of each count that may be used beyond its limit.
    grace_share = models.PositiveIntegerField(default=0)
    access_days = models.PositiveIntegerField(null=True)  # each learner's access, from the first launch
    registrations_used = models.PositiveIntegerField(default=0)
    learners_used = models.PositiveIntegerField(default=0)
    launches_used = models.PositiveIntegerField(default=0)
    downloads_used = models.PositiveIntegerField(default=0)
    # Raised when counters are reset; admissions keep theirs, so nothing is forgotten.
    period = models.PositiveIntegerField(default=1)
    warnings_sent = models.JSONField(default=list)  # what was warned of in this period: "registrations 90"
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(destination=None) ^ Q(dispatch=None), name="license_of_one"),
        ]
        indexes = [
            models.Index(fields=["organization", "dispatch", "id"], name="license_dispatch"),
            models.Index(fields=["organization", "destination", "id"], name="license_destination"),
            # What the home page warns of.
            models.Index(
                fields=["organization", "-id"],
                name="license_warned",
                condition=~Q(warnings_sent=[]) & Q(ended_at=None),
            ),
            models.Index(
                fields=["organization", "expires_at"], name="license_ends", condition=Q(ended_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Admission(models.Model):
    """A registration that a license let in."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    license = models.ForeignKey(License, on_delete=models.CASCADE, related_name="admissions")
    registration = models.ForeignKey(
        "runtime.Registration", on_delete=models.CASCADE, related_name="admissions"
    )
    period = models.PositiveIntegerField()
    admitted_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["license", "registration"], name="admission_once")]

    def __str__(self) -> str:
        return f"{self.registration_id} under {self.license_id}"


class LicenseLearner(models.Model):
    """A learner who counts in a license's period, on however many courses; it goes with the learner, and the
    count stays.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    license = models.ForeignKey(License, on_delete=models.CASCADE, related_name="learners")
    learner = models.ForeignKey("runtime.Learner", on_delete=models.CASCADE, related_name="+")
    period = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["license", "period", "learner"], name="license_learner_once")
        ]

    def __str__(self) -> str:
        return f"{self.learner_id} under {self.license_id}"


class Seat(models.Model):
    """One of a license's numbered seats, and who sits there; free again when nothing was heard of them for a
    while.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    license = models.ForeignKey(License, on_delete=models.CASCADE, related_name="seats")
    number = models.PositiveIntegerField()
    registration_id = models.UUIDField(null=True, db_index=True)
    taken_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["license", "number"], name="seat_number")]

    def __str__(self) -> str:
        return f"seat {self.number}"
