"""Destinations, the dispatches that license courses to them, and what their packages are named by."""

from django.db import models

from heliograph.core.clock import now
from heliograph.core.ids import new_id, random_key
from heliograph.core.translation import gettext_lazy, pgettext_lazy


class Destination(models.Model):
    """A customer, or its LMS."""

    class Identity(models.TextChoices):
        AS_GIVEN = "as_given", pgettext_lazy("identity", "Full")  # id, name and mail as the LMS gives them
        HASHED = (
            "hashed",
            gettext_lazy("Pseudonymous (hashed)"),
        )  # the browser sends a SHA-256 of the id, and nothing else
        ANONYMOUS = "anonymous", gettext_lazy("Anonymous")  # an id of our own, which the LMS keeps for us

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    key = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    notes = models.TextField(blank=True)
    identity = models.CharField(max_length=10, choices=Identity.choices, default=Identity.AS_GIVEN)
    # The origin its packages call; empty: our content origin. Packages in the field are sent on to
    # `redirect_origin`.
    host = models.CharField(max_length=300, blank=True)
    redirect_origin = models.CharField(max_length=300, blank=True)
    branding = models.JSONField(default=dict, blank=True)  # shape: branding/rules.py
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "key"], name="destination_key")]
        indexes = [models.Index(fields=["organization", "-id"], name="destination_newest")]

    def __str__(self) -> str:
        return self.name


class Dispatch(models.Model):
    """One course for one destination, with the limits that decide a launch; licenses add theirs."""

    class Mode(models.TextChoices):
        HOSTED = "hosted", gettext_lazy("Hosted")
        EMBEDDED = "embedded", gettext_lazy("Embedded")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    key = models.CharField(max_length=100)
    course = models.ForeignKey("courses.Course", on_delete=models.PROTECT, related_name="dispatches")
    destination = models.ForeignKey(Destination, on_delete=models.PROTECT, related_name="dispatches")
    name = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.HOSTED)
    # Names the dispatch inside packages. It identifies and never authorizes: launches are decided by the
    # limits.
    stub_key = models.CharField(max_length=40, unique=True, default=random_key)
    enabled = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True)
    new_learners_allowed = models.BooleanField(default=True)
    registration_limit = models.PositiveIntegerField(null=True)  # none: unlimited
    registrations_used = models.PositiveIntegerField(default=0)
    # Host names, their subdomains included; empty: any.
    allowed_domains = models.JSONField(default=list, blank=True)
    tags = models.JSONField(default=list, blank=True)  # the organization's own words, to find it by
    # Where leaving the course leads: see `rules.exit_target`.
    exit_to = models.CharField(max_length=2000, blank=True)
    # An LMS that begins anew begins a new attempt here, for who is confirmed.
    instanced = models.BooleanField(default=False)
    # On: who was here before comes back only with what their LMS keeps for us. Off: they come in, and the
    # session says that nobody confirmed them.
    confirmed_only = models.BooleanField(default=False)
    # When a package that holds the content was first made; before, nobody can have learned where we do not
    # see it.
    embedded_since = models.DateTimeField(null=True)
    # Previews by LMSs in the day that began at `previews_since`.
    previews = models.PositiveIntegerField(default=0)
    previews_since = models.DateTimeField(null=True)
    late_admissions = models.PositiveIntegerField(default=0)  # see `LateAdmission`
    # Off: sessions keep no name, no mail and no data beyond the outcome.
    tracking = models.BooleanField(default=True)
    branding = models.JSONField(default=dict, blank=True)  # over the destination's
    postback_url = models.CharField(max_length=2000, blank=True)
    signing_secret = models.CharField(max_length=100, blank=True)  # server to server only; never in a package
    refused_count = models.PositiveIntegerField(default=0)
    launch_count = models.PositiveIntegerField(default=0)
    download_count = models.PositiveIntegerField(default=0)
    last_download_at = models.DateTimeField(null=True)
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "key"], name="dispatch_key")]
        indexes = [
            models.Index(fields=["organization", "-id"], name="dispatch_newest"),
            # What its list can be ordered or narrowed by, as quickly for many as for few.
            models.Index(fields=["organization", "name"], name="dispatch_name"),
            models.Index(fields=["organization", "expires_at"], name="dispatch_ends"),
            models.Index(
                fields=["organization", "-id"], name="dispatch_disabled", condition=models.Q(enabled=False)
            ),
            models.Index(
                fields=["organization"], name="dispatch_downloaded", condition=models.Q(download_count__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LateAdmission(models.Model):
    """Somebody whom the limits would have refused, and who had learned in an embedded package while we were
    away.

    Their result is kept; it does not make them known: the next launch is a new learner's.
    """

    registration = models.OneToOneField(
        "runtime.Registration", primary_key=True, on_delete=models.CASCADE, related_name="late_admission"
    )
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    dispatch = models.ForeignKey(Dispatch, on_delete=models.CASCADE, related_name="late")
    refusal = models.CharField(max_length=40)  # the code of what would have refused them
    admitted_at = models.DateTimeField(default=now, editable=False)

    def __str__(self) -> str:
        return f"{self.registration_id} despite {self.refusal}"


class Readmission(models.Model):
    """A known learner whose next launch is believed without the mark of their first one, because a manager
    says so.
    """

    registration = models.OneToOneField(
        "runtime.Registration", primary_key=True, on_delete=models.CASCADE, related_name="readmission"
    )
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.registration_id} until {self.until:%Y-%m-%d %H:%M}"


class FormerKey(models.Model):
    """A stub key that packages in the field still carry, good until the end of its grace."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    dispatch = models.ForeignKey(Dispatch, on_delete=models.CASCADE, related_name="former_keys")
    key = models.CharField(max_length=40, unique=True)
    valid_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key} until {self.valid_until:%Y-%m-%d}"


class Canary(models.Model):
    """A version that one destination gets before everybody does."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    course = models.ForeignKey("courses.Course", on_delete=models.CASCADE, related_name="canaries")
    destination = models.ForeignKey(Destination, on_delete=models.CASCADE, related_name="canaries")
    version = models.ForeignKey("courses.CourseVersion", on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "course", "destination"], name="canary_once")
        ]

    def __str__(self) -> str:
        return f"{self.version} for {self.destination}"
