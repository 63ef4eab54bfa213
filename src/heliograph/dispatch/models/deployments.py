"""Where dispatches are seen: LMS domains, the sessions of their learners, and links for people without an
account.
"""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from heliograph.core.clock import now
from heliograph.core.ids import new_id


class Deployment(models.Model):
    """An LMS domain on which a dispatch was launched; it appears by itself."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    dispatch = models.ForeignKey("dispatch.Dispatch", on_delete=models.CASCADE, related_name="deployments")
    # Host name of the page around the stub; empty for direct links, and where no browser says it.
    domain = models.CharField(max_length=253)
    name = models.CharField(max_length=200, blank=True)
    lms_course = models.CharField(max_length=500, blank=True)  # the folder the LMS keeps the package in
    suspended = models.BooleanField(default=False)
    stub_version = models.CharField(max_length=20, blank=True)
    package_format = models.CharField(max_length=20, blank=True)
    launches = models.PositiveIntegerField(default=0)
    learners = models.PositiveIntegerField(default=0)
    first_launch_at = models.DateTimeField()
    last_activity_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "dispatch", "domain"], name="deployment_domain")
        ]

    def __str__(self) -> str:
        return self.name or self.domain or "Unnamed LMS"


class Session(models.Model):
    """One opening of a dispatched course in an LMS, hosted or embedded; its outcome is what the learner had
    reached when it was last heard of.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    dispatch = models.ForeignKey(
        "dispatch.Dispatch", on_delete=models.CASCADE, related_name="sessions", db_index=False
    )
    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="sessions")
    registration = models.ForeignKey(
        "runtime.Registration", on_delete=models.CASCADE, related_name="sessions"
    )
    # Hosted: the opening of the player, whose acknowledgments hold the outcome.
    launch_id = models.UUIDField(null=True, unique=True)
    embedded = models.BooleanField(default=False)
    unconfirmed = models.BooleanField(default=False)  # a known learner, without what their LMS keeps for us
    learner_identifier = models.CharField(max_length=500)  # as the LMS gave it, at that time
    learner_name = models.CharField(max_length=500, blank=True)
    learner_email = models.CharField(max_length=254, blank=True)
    launched_at = models.DateTimeField()
    last_activity_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    completion = models.CharField(max_length=20, default="not attempted")
    success = models.CharField(max_length=10, default="unknown")
    score_scaled = models.FloatField(null=True)
    score_raw = models.FloatField(null=True)
    score_min = models.FloatField(null=True)
    score_max = models.FloatField(null=True)
    progress = models.FloatField(null=True)
    centiseconds = models.BigIntegerField(default=0)
    data = models.JSONField(default=dict)  # the data model of an embedded course, by SCO
    sequence = models.BigIntegerField(default=0)  # of the newest event that was applied
    # Where the LMS keeps the package: most have one for each activity.
    folder = models.CharField(max_length=500, blank=True)
    # Centiseconds of the registration that were spent before the LMS's attempt began: what it need not know.
    # None where no stub asked.
    time_before_attempt = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "dispatch", "-id"], name="session_dispatch"),
            models.Index(fields=["organization", "-id"], name="session_newest"),
            models.Index(fields=["organization", "dispatch", "launched_at"], name="session_day"),
            models.Index(
                fields=["organization", "dispatch"], condition=Q(ended_at=None), name="session_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.learner_identifier} at {self.launched_at:%Y-%m-%d %H:%M}"


class SessionEvent(models.Model):
    """One event as an embedded package reported it, kept once; partitioned by month.

    The id is made from the session's and the event's number, so that the same event has the same id however
    often it comes.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    organization_id = models.UUIDField()
    session_id = models.UUIDField()
    sequence = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    body = models.JSONField(default=dict)
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["session_id", "sequence"], name="event_session"),
            BrinIndex(fields=["received_at"], name="event_received"),
        ]

    def __str__(self) -> str:
        return f"{self.session_id}/{self.sequence} {self.kind}"


class ShareLink(models.Model):
    """A link that shows somebody without an account one thing: a destination's portal, or a deployment's
    health. Only its digest is kept.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    destination = models.ForeignKey(
        "dispatch.Destination", null=True, on_delete=models.CASCADE, related_name="links"
    )
    deployment = models.ForeignKey(Deployment, null=True, on_delete=models.CASCADE, related_name="links")
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the link's secret, in hex
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(destination=None) ^ Q(deployment=None), name="link_to_one")
        ]

    def __str__(self) -> str:
        return f"link until {self.expires_at:%Y-%m-%d}"
