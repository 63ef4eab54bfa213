"""Learners, their registrations, the attempts and launches of each, and the log of every call."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from heliograph.core.clock import now
from heliograph.core.ids import new_id


class Learner(models.Model):
    """Somebody who learns; ``identifier`` is unique in its ``realm``, which is a destination or the
    organization itself.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    realm = models.UUIDField()
    identifier = models.CharField(max_length=500)
    name = models.CharField(max_length=500, blank=True)
    email = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "realm", "identifier"], name="learner_identifier")
        ]
        # Groups, limits of roles and users' pages find learners by their address.
        indexes = [models.Index(Lower("email"), "organization", name="learner_email")]

    def __str__(self) -> str:
        return self.name or self.identifier


class OutcomeFields(models.Model):
    """How far somebody has come: the columns that a registration and each of its attempts share."""

    # Not attempted, incomplete, completed, unknown.
    completion = models.CharField(max_length=20, default="not attempted")
    success = models.CharField(max_length=10, default="unknown")  # unknown, passed, failed
    score_scaled = models.FloatField(null=True)
    score_raw = models.FloatField(null=True)
    score_min = models.FloatField(null=True)
    score_max = models.FloatField(null=True)
    progress = models.FloatField(null=True)  # 0 to 1
    total_centiseconds = models.BigIntegerField(default=0)

    class Meta:
        abstract = True


class Registration(OutcomeFields):
    """One learner on one course, possibly under one dispatch; its outcome is that of the current attempt."""

    class Purpose(models.TextChoices):
        LEARNING = "learning"
        TRIAL = "trial"  # a manager tries the course beside its log
        BROWSE = "browse"  # an LMS previews the course: nothing is reported and no seat taken

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    key = models.CharField(max_length=100)
    course = models.ForeignKey("courses.Course", on_delete=models.CASCADE, db_index=False)
    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="registrations")
    # The dispatch part lies above this one: an id without a constraint, and the dispatch part keeps it true.
    dispatch_id = models.UUIDField(null=True)
    purpose = models.CharField(max_length=10, choices=Purpose.choices, default=Purpose.LEARNING)
    attempt_number = models.PositiveIntegerField(default=0)
    launch_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=now, editable=False)
    first_launched_at = models.DateTimeField(null=True)
    last_activity_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    # Somebody completed it by hand: this outcome stands, whatever the course still reports, until it is taken
    # back or begun anew.
    manual_at = models.DateTimeField(null=True)
    manual_by = models.CharField(max_length=200, blank=True, db_default="")
    manual_reason = models.CharField(max_length=1000, blank=True, db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "key"], name="registration_key"),
            models.UniqueConstraint(
                fields=["organization", "course", "learner", "dispatch_id"],
                condition=Q(purpose="learning"),
                nulls_distinct=False,
                name="registration_once",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-id"], name="registration_newest"),
            models.Index(fields=["organization", "dispatch_id", "-id"], name="registration_dispatch"),
            models.Index(fields=["organization", "dispatch_id", "created_at"], name="registration_day"),
            models.Index(fields=["organization", "course", "-id"], name="registration_course"),
        ]

    def __str__(self) -> str:
        return f"{self.learner} on {self.course}"

    @property
    def is_learning(self) -> bool:
        """Whether this is a learner's, and no preview or trial."""
        return self.purpose == Registration.Purpose.LEARNING


class Attempt(OutcomeFields):
    """One pass through one version of a course."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    registration = models.ForeignKey(
        Registration, on_delete=models.CASCADE, related_name="attempts", db_index=False
    )
    number = models.PositiveIntegerField()
    version = models.ForeignKey("courses.CourseVersion", on_delete=models.RESTRICT)
    tree = models.JSONField(default=dict)  # the sequencing state, as `sequencing.step` returns it
    # Counts changes: a commit applies only to the revision it read.
    revision = models.BigIntegerField(default=0)
    current_launch = models.ForeignKey(
        "runtime.Launch", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Until then somebody looks at the live log, and the player sends sooner.
    log_watched_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "registration", "number"], name="attempt_number")
        ]

    def __str__(self) -> str:
        return f"attempt {self.number}"


class ActivityState(models.Model):
    """What one SCO keeps during an attempt: its data model, flat (``{"cmi.location": "3"}``)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="activities", db_index=False)
    identifier = models.CharField(max_length=4000)
    data = models.JSONField(default=dict)
    session = models.PositiveIntegerField(default=0)  # counts this SCO's sessions
    session_open = models.BooleanField(default=False)
    session_started_at = models.DateTimeField(null=True)
    # The open session's time; None once the attempt's time has it.
    uncounted_centiseconds = models.BigIntegerField(null=True, default=0)
    updated_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "attempt", "identifier"], name="activity_once")
        ]

    def __str__(self) -> str:
        return self.identifier


class Launch(models.Model):
    """One opening of the player."""

    class Mode(models.TextChoices):
        NORMAL = "normal"
        BROWSE = "browse"
        REVIEW = "review"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="launches")
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="launches")
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.NORMAL)
    # Off: the course is told no name by us, because nobody confirmed who learns.
    named = models.BooleanField(default=True)
    embedder = models.CharField(max_length=300, blank=True)  # the origin of the page around the player
    centiseconds_before = models.BigIntegerField(default=0)  # of the attempt, when this launch began
    last_sequence = models.BigIntegerField(default=0)
    answer = models.JSONField(null=True)  # the acknowledgment of last_sequence, repeated when asked
    opened_at = models.DateTimeField(default=now, editable=False)
    last_commit_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)


class LaunchToken(models.Model):
    """A launch link until its time is over; it opens the course once (docs/decisions/0016)."""

    # SHA-256 of the token, which nobody can make out of it.
    digest = models.BinaryField(primary_key=True, editable=False)
    organization = models.ForeignKey(
        "accounts.Organization", on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)
    # A digest of the browser that used it: only the same one may repeat its request.
    used_by = models.BinaryField(null=True)

    def __str__(self) -> str:
        return f"a launch of {self.registration_id} until {self.expires_at}"


class AuSession(models.Model):
    """One opening of an AU of cmi5, or of an activity of an xAPI package, and what it has said; its id is
    cmi5's session id.

    One that a manager waived has no launch.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    registration = models.ForeignKey(
        Registration, on_delete=models.CASCADE, related_name="au_sessions", db_index=False
    )
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="au_sessions", db_index=False)
    launch = models.ForeignKey(Launch, null=True, on_delete=models.CASCADE, related_name="au_sessions")
    identifier = models.CharField(max_length=4000)
    mode = models.CharField(max_length=10, default="Normal")  # Normal, Browse, Review
    verbs = models.JSONField(default=list)  # cmi5's own, in the order in which they were said
    created_at = models.DateTimeField(default=now, editable=False)
    fetched_at = models.DateTimeField(null=True)  # when the content took its token, which it may do once
    prepared_at = models.DateTimeField(null=True)  # when it read the learner's preferences
    last_statement_at = models.DateTimeField(null=True)
    terminated_at = models.DateTimeField(null=True)
    abandoned_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["attempt", "id"], name="au_session_attempt"),
            models.Index(fields=["registration"], name="au_session_registration"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def state(self) -> str:
        """``waived``, ``abandoned``, ``over`` or ``open``.

        No verb of xAPI's own ends a session, so those of xAPI packages stay open.
        """
        if self.launch_id is None:
            return "waived"
        if self.abandoned_at:
            return "abandoned"
        return "over" if self.terminated_at else "open"


class RuntimeCall(models.Model):
    """A batch of API calls as one commit brought them; partitioned by month.

    ``calls`` is a list of ``[milliseconds since the launch, method, [arguments], result, error code]``.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization_id = models.UUIDField()
    registration_id = models.UUIDField()
    attempt_id = models.UUIDField()
    launch_id = models.UUIDField()
    sequence = models.BigIntegerField()
    activity = models.CharField(max_length=4000)
    applied = models.BooleanField(default=True)
    rejected = models.JSONField(default=list)
    calls = models.JSONField(default=list)
    received_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["attempt_id", "id"], name="call_attempt")]

    def __str__(self) -> str:
        return f"{self.launch_id}/{self.sequence}"


class EmittedState(models.Model):
    """What statements have said of a SCO in an attempt, or in a session that was played elsewhere: the
    `scorm_profile.rules.SessionState` so far.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        "accounts.Organization", on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="+")
    within = models.UUIDField()  # the attempt, or the session
    identifier = models.CharField(max_length=4000)
    state = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "within", "identifier"], name="emittedstate_once")
        ]

    def __str__(self) -> str:
        return self.identifier


class Question(models.Model):
    """An interaction of a course's activity, as answers have described it; ``id`` is a digest of all three.

    ``correct_responses`` are patterns as the course gave them.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    organization = models.ForeignKey(
        "accounts.Organization", on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    course = models.ForeignKey("courses.Course", on_delete=models.CASCADE, db_index=False, related_name="+")
    activity = models.CharField(max_length=4000)
    identifier = models.CharField(max_length=4000)
    kind = models.CharField(max_length=20, blank=True)  # an interaction type of SCORM and xAPI
    text = models.CharField(max_length=500, blank=True)
    correct_responses = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["organization", "course"], name="question_course")]

    def __str__(self) -> str:
        return self.identifier


class Answer(models.Model):
    """The last answer to a question in an attempt, or in a session that was played elsewhere (``within``).

    ``correct`` is what the course said of it; None where it said neither.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        "accounts.Organization", on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="+")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="+")
    within = models.UUIDField()
    response = models.CharField(max_length=250)
    correct = models.BooleanField(null=True)
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "within", "question"], name="answer_once")
        ]

    def __str__(self) -> str:
        return self.response


class EmittedBatch(models.Model):
    """One batch of calls, or one event, that statements were made of; kept for as long as it could be met
    again.
    """

    source_id = models.UUIDField(primary_key=True)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.source_id)


class LogCursor(models.Model):
    """How far statements have been made of a log: before this moment, less a while, all is told."""

    log = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.log}: {self.at}"


class AnnouncedState(models.Model):
    """What webhooks were last told of a registration; it is compared with where that stands."""

    registration = models.OneToOneField(Registration, on_delete=models.CASCADE, primary_key=True)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    attempt = models.PositiveIntegerField()
    launched = models.BooleanField()
    completed = models.BooleanField()
    success = models.CharField(max_length=10)
    progress = models.FloatField(null=True)
    score = models.FloatField(null=True)

    def __str__(self) -> str:
        return f"{self.registration_id}"
