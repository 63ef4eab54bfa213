"""Partners: who delivers a part of a program elsewhere, and what they report of our students."""

from django.db import models
from django.db.models import Q

from heliograph.core.clock import now
from heliograph.core.ids import new_id


class Partner(models.Model):
    """Somebody on whose platform students complete parts of programs, and the adapter that reads the results.

    The breaker: after ``failures`` runs in succession, no run begins before ``open_until``.
    """

    class Adapter(models.TextChoices):
        FILE = "file"
        API = "api"
        WEBHOOK = "webhook"
        BADGE = "badge"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    key = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    profile = models.CharField(max_length=40, blank=True)  # of `partners.profiles`
    adapter = models.CharField(max_length=20, choices=Adapter)
    settings = models.JSONField(default=dict)  # as `partners.settings` says for the adapter
    encrypted_secrets = models.BinaryField(null=True)
    is_active = models.BooleanField(default=True)
    cursor = models.CharField(max_length=2000, blank=True)
    failures = models.PositiveIntegerField(default=0)
    open_until = models.DateTimeField(null=True)
    next_run_at = models.DateTimeField(null=True)
    last_run_at = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)
    alerted_at = models.DateTimeField(null=True)  # of missed runs, until one succeeds
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "key"], name="partner_key")]
        indexes = [models.Index(fields=["next_run_at"], condition=Q(is_active=True), name="partner_due")]

    def __str__(self) -> str:
        return self.name


class PartnerProgram(models.Model):
    """What a partner calls a part of one of our programs. The part is known by its title, and where no part
    of a version has that title, by its position: so the mapping outlives versions.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, db_index=False, related_name="programs")
    key = models.CharField(max_length=200)  # the partner's, in lower case
    program = models.ForeignKey("marketplace.Program", on_delete=models.CASCADE, related_name="+")
    part_title = models.CharField(max_length=200)
    part_position = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "key", "program"], name="partnerprogram_once")
        ]

    def __str__(self) -> str:
        return f"{self.key} is {self.part_title}"


class PartnerRun(models.Model):
    """A synchronization, or a file that is read. One that was interrupted goes on after ``position`` rows."""

    class Kind(models.TextChoices):
        SCHEDULED = "scheduled"
        MANUAL = "manual"
        UPLOAD = "upload"
        FOLDER = "folder"
        WEBHOOK = "webhook"

    class State(models.TextChoices):
        PREVIEW = "preview"  # a file that waits for a person to look at it
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        DISCARDED = "discarded"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, db_index=False, related_name="runs")
    kind = models.CharField(max_length=20, choices=Kind)
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    file_name = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64, blank=True)  # SHA-256 of the file
    cursor = models.CharField(max_length=2000, blank=True)  # where a pull goes on
    position = models.PositiveIntegerField(default=0)  # rows or pages that are read
    received = models.PositiveIntegerField(default=0)
    stored = models.PositiveIntegerField(default=0)  # of these, what was new
    matched = models.PositiveIntegerField(default=0)
    unmatched = models.PositiveIntegerField(default=0)
    ignored = models.PositiveIntegerField(default=0)
    dead = models.PositiveIntegerField(default=0)
    corrected = models.PositiveIntegerField(default=0)
    claimed = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=1000, blank=True)
    started_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=now, editable=False)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["partner", "-id"], name="partnerrun_newest"),
            models.Index(
                fields=["state"], condition=Q(state__in=["waiting", "running"]), name="partnerrun_open"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "digest"],
                condition=~Q(digest="") & ~Q(state__in=["failed", "discarded"]),
                name="partnerrun_file_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class PartnerResult(models.Model):
    """A result as a partner reported it, read into the same terms for all. It is known by the partner's ID of
    it and when it was taken; whatever reports it again changes nothing.

    ``seen`` are digests of each content that it came with. A content that differs is a `correction`, which
    waits for a person.
    """

    class State(models.TextChoices):
        MATCHED = "matched"
        UNMATCHED = "unmatched"  # nobody was found, or several
        IGNORED = "ignored"  # not passed, or put away by a person
        DEAD = "dead"  # not readable, or refused

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, db_index=False, related_name="results")
    run = models.ForeignKey(
        PartnerRun, null=True, on_delete=models.SET_NULL, db_index=False, related_name="results"
    )
    external_id = models.CharField(max_length=200)
    person_id = models.CharField(max_length=200, blank=True)
    voucher = models.CharField(max_length=32, blank=True)  # a digest of its code
    email = models.CharField(max_length=254, blank=True)
    name = models.CharField(max_length=200, blank=True)
    program_key = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=100, blank=True)  # in the partner's words
    outcome = models.CharField(max_length=20)  # completed, failed, revoked or unknown
    score = models.FloatField(null=True)  # from 0 to 1
    taken_at = models.DateTimeField(null=True)
    credential_id = models.CharField(max_length=200, blank=True)
    credential_url = models.CharField(max_length=1000, blank=True)
    record = models.JSONField(default=dict)  # as it came, cut to what is kept
    seen = models.CharField(max_length=500)  # digests, parted by spaces
    correction = models.JSONField(null=True)
    corrected_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=20, choices=State)
    reason = models.CharField(max_length=40, blank=True)  # of `partners.rules.REASONS`
    error = models.CharField(max_length=1000, blank=True)
    matched_by = models.CharField(max_length=20, blank=True)  # account, voucher, person, badge or hand
    part = models.ForeignKey(
        "marketplace.EnrollmentPart", null=True, on_delete=models.SET_NULL, db_index=False, related_name="+"
    )
    claim = models.ForeignKey(
        "marketplace.Claim", null=True, on_delete=models.SET_NULL, db_index=False, related_name="+"
    )
    decided_by = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-id"], name="partnerresult_newest"),
            models.Index(
                fields=["partner", "taken_at"],
                condition=Q(state="matched", claim=None),
                name="partnerresult_to_claim",
            ),
            models.Index(
                fields=["organization", "id"],
                condition=Q(state__in=["unmatched", "dead"]) | ~Q(correction=None),
                name="partnerresult_queue",
            ),
            models.Index(fields=["part"], condition=~Q(part=None), name="partnerresult_part"),
            models.Index(fields=["claim"], condition=~Q(claim=None), name="partnerresult_claim"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "external_id", "taken_at"],
                nulls_distinct=False,
                name="partnerresult_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.external_id} {self.status}"


class PartnerAccount(models.Model):
    """Which member somebody is on a partner's platform."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, db_index=False, related_name="accounts")
    external_id = models.CharField(max_length=200)
    member = models.ForeignKey("accounts.Membership", on_delete=models.CASCADE, related_name="+")
    noted_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["partner", "external_id"], name="partneraccount_once")]

    def __str__(self) -> str:
        return f"{self.external_id} is {self.member_id}"


class PartnerVoucher(models.Model):
    """A code that lets one student take a part at a partner. Only its student reads it: it is kept encrypted,
    and found again by its digest.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, db_index=False, related_name="vouchers")
    digest = models.CharField(max_length=32)
    encrypted_code = models.BinaryField()
    ending = models.CharField(max_length=4)
    program_key = models.CharField(max_length=200, blank=True)  # the partner's; empty: any of its programs
    part = models.OneToOneField(
        "marketplace.EnrollmentPart", null=True, on_delete=models.SET_NULL, related_name="voucher"
    )
    given_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["partner", "digest"], name="partnervoucher_once")]
        indexes = [
            models.Index(fields=["partner", "id"], condition=Q(given_at=None), name="partnervoucher_free")
        ]

    def __str__(self) -> str:
        return f"…{self.ending}"


class PartnerMessage(models.Model):
    """A message that a partner sent to its webhook, as it came; each content is kept and worked once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, db_index=False, related_name="messages")
    digest = models.CharField(max_length=64)  # SHA-256
    body = models.BinaryField()
    received_at = models.DateTimeField(default=now, editable=False)
    done_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=1000, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["partner", "digest"], name="partnermessage_once")]
        indexes = [
            models.Index(fields=["partner", "id"], condition=Q(done_at=None), name="partnermessage_open")
        ]

    def __str__(self) -> str:
        return self.digest[:12]
