"""Programs: what the public is offered, by whom, in which versions, and when it starts."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from heliograph.core.clock import now
from heliograph.core.ids import new_id


class Site(models.Model):
    """The public pages of an organization's marketplace. ``host`` is where they are; without one they are
    not reached.

    A host name is given by whoever runs the server, so that nobody takes another's (decision 37).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.OneToOneField(
        "accounts.Organization", on_delete=models.CASCADE, related_name="marketplace"
    )
    host = models.CharField(max_length=253, blank=True)
    title = models.CharField(max_length=200)
    introduction = models.TextField(blank=True)
    is_open = models.BooleanField(default=False)
    fewest_students = models.PositiveIntegerField(default=10)  # that a public figure may tell about
    takes_payments = models.BooleanField(default=False)  # orders are opened for what costs something
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host"], condition=~Q(host=""), name="site_host")]

    def __str__(self) -> str:
        return self.title


class Holder(models.Model):
    """A program holder: the training provider whose programs these are.

    ``permissions`` are what its people may do beyond seeing their enrollments (`rules.HOLDER_PERMISSIONS`).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    key = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    email = models.EmailField(max_length=254, blank=True)
    website = models.URLField(max_length=500, blank=True)
    permissions = ArrayField(models.CharField(max_length=40), default=list)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "key"], name="holder_key")]

    def __str__(self) -> str:
        return self.name


class HolderMember(models.Model):
    """That a member of the organization works for a program holder."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    holder = models.ForeignKey(Holder, on_delete=models.CASCADE, db_index=False, related_name="people")
    member = models.ForeignKey("accounts.Membership", on_delete=models.CASCADE, related_name="holders")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["holder", "member"], name="holdermember_once")]

    def __str__(self) -> str:
        return f"{self.member_id} of {self.holder_id}"


class Program(models.Model):
    """Something that people enroll in. What it consists of is in its versions; ``published`` is the one that
    new applicants get, none where the public does not see it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    key = models.CharField(max_length=100)  # in its address
    holder = models.ForeignKey(Holder, null=True, on_delete=models.PROTECT, related_name="programs")
    published = models.ForeignKey(
        "marketplace.ProgramVersion", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    template = models.ForeignKey(
        "marketplace.CredentialTemplate", null=True, on_delete=models.SET_NULL, related_name="programs"
    )
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "key"], name="program_key")]
        indexes = [models.Index(fields=["organization", "-id"], name="program_newest")]

    def __str__(self) -> str:
        return self.key


class ProgramVersion(models.Model):
    """What a program says and consists of. One that was published is never changed again: whoever enrolled
    keeps it.
    """

    class Delivery(models.TextChoices):
        ONLINE = "online"
        IN_PERSON = "in_person"
        HYBRID = "hybrid"

    class Approval(models.TextChoices):
        REVIEW = "review"
        AUTOMATIC = "automatic"

    class StartsWhen(models.TextChoices):
        PAID = "paid"
        AUTHORIZED = "authorized"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    program = models.ForeignKey(Program, on_delete=models.CASCADE, db_index=False, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    summary = models.CharField(max_length=300, blank=True)
    description = models.TextField(blank=True)
    requirements = models.TextField(blank=True)
    field = models.CharField(max_length=100, blank=True)  # of work, as Health care
    credential = models.CharField(max_length=200)  # what is awarded
    credential_months = models.PositiveIntegerField(null=True)  # for how long; none: for good
    weeks = models.PositiveIntegerField(null=True)
    price_cents = models.PositiveIntegerField(default=0)
    currency = models.CharField(max_length=3, default="USD")
    funding = ArrayField(models.CharField(max_length=40), default=list)
    delivery = models.CharField(max_length=20, choices=Delivery, default=Delivery.ONLINE)
    language = models.CharField(max_length=20, default="en")
    place = models.CharField(max_length=200, blank=True)
    approval = models.CharField(max_length=20, choices=Approval, default=Approval.REVIEW)
    # Of its orders (`orders.rules`): fees as [title, cents], windows of refunds as [days, percent].
    fees = models.JSONField(default=list)
    tax_percent = models.DecimalField(max_digits=6, decimal_places=3, default=0)
    pay_within_days = models.PositiveIntegerField(default=14)
    instalments = models.PositiveIntegerField(default=1)
    starts_when = models.CharField(max_length=20, choices=StartsWhen, default=StartsWhen.PAID)
    refund_windows = models.JSONField(default=list)
    created_at = models.DateTimeField(default=now, editable=False)
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="programversion_number"),
            models.UniqueConstraint(
                fields=["program"], condition=Q(published_at=None), name="programversion_one_draft"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ProgramPart(models.Model):
    """A part of a program: a course of ours, or what students do elsewhere and prove."""

    class Kind(models.TextChoices):
        COURSE = "course"  # of ours: its registration completes it
        HOLDER = "holder"  # held by the program holder, as a class or an exam
        PARTNER = "partner"  # on a partner's platform

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version = models.ForeignKey(
        ProgramVersion, on_delete=models.CASCADE, db_index=False, related_name="parts"
    )
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=Kind)
    title = models.CharField(max_length=200)
    course = models.ForeignKey("courses.Course", null=True, on_delete=models.PROTECT, related_name="+")
    instructions = models.TextField(blank=True)
    url = models.URLField(max_length=1000, blank=True)  # of the partner's platform
    required = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="programpart_position"),
            models.CheckConstraint(
                condition=Q(kind="course") ^ Q(course=None), name="programpart_course_of_ours"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ProgramCohort(models.Model):
    """A start of a program. ``taken`` is raised by one conditional update, never beyond ``capacity``."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="cohorts")
    name = models.CharField(max_length=100)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    capacity = models.PositiveIntegerField(null=True)
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["organization", "starts_on"], name="cohort_starts")]
        constraints = [
            models.CheckConstraint(
                condition=Q(capacity=None) | Q(taken__lte=F("capacity")), name="cohort_capacity"
            )
        ]

    def __str__(self) -> str:
        return self.name
