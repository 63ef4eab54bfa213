"""What is reported under the Workforce Innovation and Opportunity Act: who took part, what they were trained
in, what they gained and earned, and each report that was made of it.

None of it hangs on an enrollment alone: an enrollment is a student in a program, a participation is a period
in which a board serves somebody (decision 43).
"""

from django.db import models
from django.db.models import F, Q

from heliograph.core.clock import now
from heliograph.core.ids import new_id


class WioaSettings(models.Model):
    """That an organization reports, and what it says of itself. Without this row nothing is recorded."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.OneToOneField(
        "accounts.Organization", on_delete=models.CASCADE, related_name="wioa"
    )
    provider = models.CharField(max_length=75)  # ETA-9171, element 101
    state = models.CharField(max_length=2, blank=True)
    least_cell = models.PositiveIntegerField(null=True)  # smaller numbers are not published
    asks_ssn = models.BooleanField(default=False)
    ssn_days = models.PositiveIntegerField(default=365)  # how long a number is kept
    recorded_to = models.UUIDField(null=True)  # the enrollment up to which earlier ones were taken over
    created_at = models.DateTimeField(default=now, editable=False)

    def __str__(self) -> str:
        return self.provider


class ProgramReporting(models.Model):
    """The codes that reports have for a program. What is empty was never said."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    program = models.OneToOneField("marketplace.Program", on_delete=models.CASCADE, related_name="reporting")
    state_key = models.CharField(max_length=40, blank=True)  # the state's own number of the program
    cip_code = models.CharField(max_length=7, blank=True)
    occupation_code = models.CharField(max_length=10, blank=True)  # O*NET-SOC
    training_type = models.CharField(max_length=2, blank=True)  # codes.TRAINING_TYPES
    outcome_type = models.CharField(max_length=1, blank=True)  # codes.OUTCOME_TYPES
    credential_type = models.CharField(max_length=1, blank=True)  # codes.CREDENTIAL_TYPES
    gain_type = models.CharField(max_length=20, blank=True)  # of a completed part: codes.GAIN_TYPES
    hours = models.PositiveIntegerField(null=True)
    listed_on = models.DateField(null=True)  # on the state's list of eligible programs

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "program"], name="reporting_program")]

    def __str__(self) -> str:
        return str(self.program_id)


class Board(models.Model):
    """A local workforce board, which funds and follows students."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    name = models.CharField(max_length=200)
    code = models.CharField(max_length=20, blank=True)  # the state's, in reports
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="board_name")]

    def __str__(self) -> str:
        return self.name


class Participant(models.Model):
    """A student as reports name them: by a number of twelve characters, the same in every report, that is
    never a social security number.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    student = models.OneToOneField(
        "accounts.Membership", on_delete=models.CASCADE, related_name="participant"
    )
    number = models.CharField(max_length=12)
    born_on = models.DateField(null=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "number"], name="participant_number")]

    def __str__(self) -> str:
        return f"{self.student} ({self.number})"


class Participation(models.Model):
    """A period in which a participant is served: from entry to exit. The exit is the last day of a service,
    once ninety days went by without another and none is planned (20 CFR 677.150).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="participations")
    board = models.ForeignKey(Board, null=True, on_delete=models.PROTECT, related_name="participations")
    case_number = models.CharField(max_length=40, blank=True)
    adult = models.CharField(max_length=1, default="0")  # PIRL 903: codes.FUNDING
    dislocated_worker = models.CharField(max_length=1, default="0")  # 904
    youth = models.CharField(max_length=1, default="0")  # 905
    employment_at_entry = models.CharField(max_length=1, blank=True)  # codes.EMPLOYMENT_AT_ENTRY
    education_at_entry = models.CharField(max_length=1, blank=True)  # codes.EDUCATION_AT_ENTRY
    entered_on = models.DateField()
    last_service_on = models.DateField(null=True)
    exited_on = models.DateField(null=True)
    exit_reason = models.CharField(max_length=2, default="00")  # codes.EXIT_REASONS
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-id"], name="participation_newest"),
            models.Index(
                fields=["organization", "id"], condition=Q(exited_on=None), name="participation_open"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["participant"], condition=Q(exited_on=None), name="participation_one_open"
            ),
            models.CheckConstraint(
                condition=Q(exited_on=None) | Q(exited_on__gte=F("entered_on")), name="participation_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant_id} since {self.entered_on}"


class WioaService(models.Model):
    """A service that a participant received on a day, or is to receive."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    participation = models.ForeignKey(
        Participation, on_delete=models.CASCADE, db_index=False, related_name="services"
    )
    kind = models.CharField(max_length=20)  # codes.SERVICES
    on = models.DateField()
    note = models.CharField(max_length=500, blank=True)
    recorded_by = models.CharField(max_length=200)
    cancelled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["participation", "on"], name="wioaservice_days")]

    def __str__(self) -> str:
        return f"{self.kind} on {self.on}"


class TrainingEpisode(models.Model):
    """An enrollment as reports count it: entered, and completed or withdrawn, which is the provider's exit
    and not the board's. It belongs to a participation where a board serves the student.
    """

    class Outcome(models.TextChoices):
        OPEN = ""
        COMPLETED = "completed"
        WITHDREW = "withdrew"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    enrollment = models.OneToOneField(
        "marketplace.Enrollment", on_delete=models.CASCADE, related_name="episode"
    )
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="episodes")
    participation = models.ForeignKey(
        Participation, null=True, on_delete=models.SET_NULL, related_name="episodes"
    )
    entered_on = models.DateField()
    ended_on = models.DateField(null=True)
    outcome = models.CharField(max_length=20, blank=True, choices=Outcome)
    training_type = models.CharField(max_length=2, blank=True)  # codes.TRAINING_TYPES
    occupation_code = models.CharField(max_length=10, blank=True)
    cip_code = models.CharField(max_length=7, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["organization", "participant"], name="episode_of_organization")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on=None, outcome="") | (~Q(ended_on=None) & ~Q(outcome="")),
                name="episode_ended",
            )
        ]

    def __str__(self) -> str:
        return f"{self.enrollment_id} since {self.entered_on}"


class SkillGain(models.Model):
    """A measurable skill gain: made by hand, or by a part of a program that was completed. One that was wrong
    is revoked and stays to be seen.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    participation = models.ForeignKey(Participation, on_delete=models.CASCADE, related_name="gains")
    part = models.ForeignKey(
        "marketplace.EnrollmentPart", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    type = models.CharField(max_length=20)  # codes.GAIN_TYPES
    gained_on = models.DateField()
    recorded_by = models.CharField(max_length=200)
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["part"], condition=Q(revoked_at=None), name="skillgain_one_of_part"
            )
        ]

    def __str__(self) -> str:
        return f"{self.type} on {self.gained_on}"


class CredentialAttainment(models.Model):
    """A credential that a participant attained: one that was awarded here, or another that was shown."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="attainments")
    awarded = models.OneToOneField(
        "marketplace.AwardedCredential", null=True, on_delete=models.CASCADE, related_name="attainment"
    )
    title = models.CharField(max_length=200)
    type = models.CharField(max_length=1, blank=True)  # codes.CREDENTIAL_TYPES
    attained_on = models.DateField()
    recorded_by = models.CharField(max_length=200)
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now, editable=False)

    def __str__(self) -> str:
        return f"{self.title} on {self.attained_on}"


class EmploymentOutcome(models.Model):
    """Whether a participant was employed in a quarter of the calendar, and with what wages. Reports look up
    the quarters after either exit themselves.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="outcomes")
    year = models.PositiveSmallIntegerField()
    quarter = models.PositiveSmallIntegerField()
    employed = models.BooleanField()
    match = models.CharField(max_length=1)  # codes.EMPLOYMENT_MATCHES
    wages_cents = models.PositiveBigIntegerField(null=True)
    employer_number = models.CharField(max_length=20, blank=True)  # the employer's tax number
    recorded_by = models.CharField(max_length=200)
    recorded_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "year", "quarter"], name="outcome_quarter"),
            models.CheckConstraint(condition=Q(quarter__gte=1, quarter__lte=4), name="outcome_of_a_quarter"),
        ]

    def __str__(self) -> str:
        return f"{self.year} Q{self.quarter}"


class ReportLayout(models.Model):
    """A layout of the files that a state or a board asks for; what it says is in its versions."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="reportlayout_name")]

    def __str__(self) -> str:
        return self.name


class ReportLayoutVersion(models.Model):
    """A layout as it was saved, which never changes: what `wioa.layouts` reads."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    layout = models.ForeignKey(
        ReportLayout, on_delete=models.CASCADE, db_index=False, related_name="versions"
    )
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["layout", "number"], name="layoutversion_number")]

    def __str__(self) -> str:
        return f"{self.layout_id} {self.number}"


class ReportRun(models.Model):
    """A report: what was known when it was made, what it says of it, and what is wrong with it.

    The file is made of the snapshot whenever somebody asks for it, with the same bytes: ``sha256`` says so.
    """

    class Kind(models.TextChoices):
        PROVIDER_FILE = "provider_file"
        BOARD_EXTRACT = "board_extract"
        ETA_9171 = "eta_9171"
        INDICATORS = "indicators"

    class State(models.TextChoices):
        QUEUED = "queued"
        DONE = "done"
        REFUSED = "refused"  # by the checks of its layout
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    kind = models.CharField(max_length=20, choices=Kind)
    layout_version = models.ForeignKey(
        ReportLayoutVersion, null=True, on_delete=models.PROTECT, related_name="runs"
    )
    board = models.ForeignKey(Board, null=True, on_delete=models.PROTECT, related_name="+")
    since = models.DateField()  # the reporting period
    until = models.DateField()
    as_of = models.DateField()  # the day of the snapshot
    least_cell = models.PositiveIntegerField(null=True)
    snapshot_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="again")
    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    snapshot_sha256 = models.CharField(max_length=64, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    rows = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    errors_found = models.PositiveIntegerField(default=0)
    has_ssn = models.BooleanField(default=False)
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=now, editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organization", "-id"], name="reportrun_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.since} to {self.until}"


class ReportError(models.Model):
    """What is wrong with a row of a report: which element, by which rule of which gate."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    run = models.ForeignKey(ReportRun, on_delete=models.CASCADE, db_index=False, related_name="errors")
    row = models.PositiveIntegerField()
    element = models.CharField(max_length=10, blank=True)
    rule = models.CharField(max_length=40)
    gate = models.CharField(max_length=20)
    participant_number = models.CharField(max_length=12, blank=True)

    class Meta:
        indexes = [models.Index(fields=["run", "id"], name="reporterror_order")]

    def __str__(self) -> str:
        return f"row {self.row}, element {self.element}: {self.rule}"


class SocialSecurityNumber(models.Model):
    """A participant's social security number, encrypted. It is deleted on its day."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    participant = models.OneToOneField(Participant, on_delete=models.CASCADE, related_name="ssn")
    encrypted = models.BinaryField()
    delete_on = models.DateField()
    entered_by = models.CharField(max_length=200)
    entered_at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["delete_on"], name="ssn_delete_on")]

    def __str__(self) -> str:
        return f"of {self.participant_id}"


class SsnReading(models.Model):
    """That somebody read a social security number, and why. It stays when the number is gone."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="ssn_readings")
    by = models.CharField(max_length=200)
    reason = models.CharField(max_length=500)
    at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["participant", "-id"], name="ssnreading_newest")]

    def __str__(self) -> str:
        return f"by {self.by}"
