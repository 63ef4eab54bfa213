"""Who applied for a program, and how far they are."""

from django.db import models
from django.db.models import Q

from heliograph.core.clock import now
from heliograph.core.ids import new_id


class Application(models.Model):
    """An application that somebody is filling in, with or without an account. Its mailed link proves the
    address; sent in, it has an enrollment.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    program = models.ForeignKey(
        "marketplace.Program", on_delete=models.CASCADE, db_index=False, related_name="applications"
    )
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=200, blank=True)
    answers = models.JSONField(default=dict)
    language = models.CharField(max_length=20, default="en")
    digest = models.BinaryField(unique=True)  # of the link
    created_at = models.DateTimeField(default=now, editable=False)
    expires_at = models.DateTimeField()
    mailed_at = models.DateTimeField(default=now)
    submitted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-id"], name="application_newest"),
            models.Index(fields=["expires_at"], condition=Q(submitted_at=None), name="application_expires"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "email"], condition=Q(submitted_at=None), name="application_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} for {self.program_id}"


class Enrollment(models.Model):
    """A student in a version of a program. `rules.TRANSITIONS` says which state follows which."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    program = models.ForeignKey(
        "marketplace.Program", on_delete=models.PROTECT, db_index=False, related_name="enrollments"
    )
    version = models.ForeignKey(
        "marketplace.ProgramVersion", on_delete=models.PROTECT, db_index=False, related_name="enrollments"
    )
    cohort = models.ForeignKey(
        "marketplace.ProgramCohort", null=True, on_delete=models.PROTECT, related_name="enrollments"
    )
    student = models.ForeignKey(
        "accounts.Membership", on_delete=models.CASCADE, related_name="program_enrollments"
    )
    application = models.OneToOneField(
        Application, null=True, on_delete=models.SET_NULL, related_name="enrollment"
    )
    state = models.CharField(max_length=20)
    state_since = models.DateTimeField(default=now)
    created_at = models.DateTimeField(default=now, editable=False)
    enrolled_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-id"], name="enrollment_newest"),
            models.Index(fields=["program", "-id"], name="enrollment_of_program"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "student"],
                condition=~Q(state__in=["completed", "rejected", "withdrawn"]),
                name="enrollment_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.student} in {self.version}"


class EnrollmentStep(models.Model):
    """A change of an enrollment's state: from what, to what, by whom and why."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, db_index=False, related_name="steps")
    before = models.CharField(max_length=20, blank=True)
    after = models.CharField(max_length=20)
    by = models.CharField(max_length=200)
    reason = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["enrollment", "id"], name="enrollmentstep_order")]

    def __str__(self) -> str:
        return f"{self.before} to {self.after}"


class EnrollmentPart(models.Model):
    """How far a student is with a part of their program: ``completed_at`` is what was verified."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, db_index=False, related_name="parts")
    part = models.ForeignKey("marketplace.ProgramPart", on_delete=models.PROTECT, related_name="+")
    registration = models.ForeignKey(
        "runtime.Registration", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    completed_at = models.DateTimeField(null=True)
    score = models.FloatField(null=True)  # from 0 to 1

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrollment", "part"], name="enrollmentpart_once")]

    def __str__(self) -> str:
        return f"{self.part_id} of {self.enrollment_id}"
