"""What figures are counted from: small tables whose size follows days and courses, never sessions.

They are counted from the changes in `core.database.change_queue`. `DailyLearner` and `DailyState` make
numbers of distinct learners exact over any range without looking at their sessions (docs/decisions/0006).
"""

from datetime import date
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from heliograph.core.ids import new_id

NEVER_AGAIN = date(9999, 12, 31)
NOWHERE = UUID(int=0)  # the deployment of those who never opened the course, the customer of those without
EVERY = UUID(int=2**128 - 1)  # all courses, or all customers


class DailyTotals(models.Model):
    """One day (UTC) of one deployment: sums that can be added, and how many of its learners stood where at
    its end.

    Without a deployment it holds what happened in no LMS: completions that were set by hand for learners who
    never opened the course.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    dispatch = models.ForeignKey(
        "dispatch.Dispatch", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    deployment = models.ForeignKey(
        "dispatch.Deployment", null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    day = models.DateField()
    launches = models.PositiveIntegerField(default=0)
    learners = models.PositiveIntegerField(default=0)  # distinct on that day
    completions = models.PositiveIntegerField(default=0)
    score_sum = models.FloatField(default=0)  # of scaled scores, 0 to 1
    score_count = models.PositiveIntegerField(default=0)
    centiseconds = models.BigIntegerField(default=0)
    not_attempted = models.PositiveIntegerField(default=0)
    incomplete = models.PositiveIntegerField(default=0)
    completed = models.PositiveIntegerField(default=0)
    passed = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "dispatch", "day", "deployment"],
                nulls_distinct=False,
                name="dailytotals_once",
            )
        ]
        indexes = [models.Index(fields=["organization", "day"], name="dailytotals_day")]

    def __str__(self) -> str:
        return f"{self.day} of {self.dispatch_id}"


class Completion(models.Model):
    """A registration was completed; a new attempt does not unmake it.

    ``deployment``: where the learner was then; none when it was set by hand, and without a dispatch.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    dispatch = models.ForeignKey(
        "dispatch.Dispatch", null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    deployment = models.ForeignKey(
        "dispatch.Deployment", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    registration = models.ForeignKey("runtime.Registration", on_delete=models.CASCADE, related_name="+")
    completed_at = models.DateTimeField()
    day = models.DateField()  # UTC

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "registration", "completed_at"], name="completion_once"
            )
        ]
        indexes = [models.Index(fields=["organization", "dispatch", "day"], name="completion_day")]

    def __str__(self) -> str:
        return f"{self.registration_id} on {self.day}"


class DailyLearner(models.Model):
    """A registration was active on ``day`` in a deployment, and stood at ``state`` with its last session
    there.

    Each ``until_…`` is the next day on which the same person was there again, `NEVER_AGAIN` so far: the
    registration in the deployment and in the dispatch, the learner at the destination and in the course, and
    both of the latter again in LMSs of the same domain. It is empty where another row tells of that day,
    because it was later.
    """

    pk = models.CompositePrimaryKey("organization_id", "registration_id", "deployment_id", "day")
    organization_id = models.UUIDField()
    dispatch_id = models.UUIDField()
    deployment_id = models.UUIDField()
    registration_id = models.UUIDField()
    day = models.DateField()  # UTC
    state = models.CharField(max_length=13)
    score_ten_thousandths = models.IntegerField(null=True)  # the last score, in ten-thousandths of the best
    until_deployment = models.DateField(null=True)
    until_dispatch = models.DateField(null=True)
    until_destination = models.DateField(null=True)
    until_course = models.DateField(null=True)
    until_lms = models.DateField(null=True)  # the learner, in deployments of the same domain
    until_lms_course = models.DateField(null=True)  # the learner in the course, likewise

    class Meta:
        indexes = [models.Index(fields=["organization_id", "dispatch_id", "day"], name="dailylearner_day")]


class DailyState(models.Model):
    """How many people were active on ``day``, stood at ``state``, and came again on the day ``until``:
    counted within a ``scope``.

    Whoever was active between two days has one day among them that was the last: the one with ``until`` after
    the second. Counting those rows counts everybody once. A row with ``until`` equal to ``day`` and no state
    counts everybody of that day.
    """

    class Scope(models.TextChoices):
        DEPLOYMENT = "deployment"
        DISPATCH = "dispatch"
        DESTINATION = "destination"
        COURSE = "course"
        LMS = "lms"
        LMS_COURSE = "lms_course"

    organization_id = models.UUIDField()
    dispatch = models.ForeignKey(
        "dispatch.Dispatch", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    deployment_id = models.UUIDField(null=True)  # within the scopes of a deployment and of an LMS
    scope = models.CharField(max_length=11, choices=Scope.choices)
    day = models.DateField()
    until = models.DateField()
    state = models.CharField(max_length=13)
    people = models.PositiveIntegerField()
    scored = models.PositiveIntegerField()  # how many of them have a score
    score_ten_thousandths = models.BigIntegerField()  # the sum of their scores

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "dispatch", "scope", "until", "day", "deployment_id", "state"],
                nulls_distinct=False,
                name="dailystate_once",
            )
        ]
        indexes = [
            models.Index(fields=["organization_id", "scope", "until", "day"], name="dailystate_until"),
            models.Index(fields=["organization_id", "dispatch", "day"], name="dailystate_day"),
            models.Index(
                fields=["organization_id", "scope", "day"],
                condition=Q(until=F("day")),
                name="dailystate_whole_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.people} {self.state} on {self.day}"


class Cohort(models.Model):
    """Those who were registered on one day (UTC) in one dispatch, and how far they have come by now; by the
    deployment where they first opened the course, `NOWHERE` before.
    """

    pk = models.CompositePrimaryKey("organization_id", "dispatch_id", "day", "deployment_id")
    organization_id = models.UUIDField()
    dispatch = models.ForeignKey(
        "dispatch.Dispatch", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    day = models.DateField()
    deployment_id = models.UUIDField()
    registered = models.PositiveIntegerField()
    launched = models.PositiveIntegerField()
    begun = models.PositiveIntegerField()
    completed = models.PositiveIntegerField()
    passed = models.PositiveIntegerField()


class Contribution(models.Model):
    """What one registration adds to the cohorts of its day; each figure of a cohort is the sum of these.

    ``step``: how far the current attempt has come, of the steps of `Cohort`. All else is what was ever
    reached. ``duration``: the bucket of the time to complete. ``path``: the activities in the order in which
    they were first opened. The last four have an element for each question that was answered in the first
    scored attempt: ``others`` is the share of the other graded answers that are correct, in ten-thousandths.
    """

    pk = models.CompositePrimaryKey("organization_id", "registration_id")
    organization_id = models.UUIDField()
    registration_id = models.UUIDField()
    course_id = models.UUIDField()
    dispatch_id = models.UUIDField(null=True)
    destination_id = models.UUIDField()  # `NOWHERE` without a dispatch
    deployment_id = models.UUIDField()  # of the first session; `NOWHERE` before
    day = models.DateField()  # of the registration, UTC
    step = models.PositiveSmallIntegerField()
    launched = models.BooleanField()
    half = models.BooleanField()
    completed = models.BooleanField()
    passed = models.BooleanField()
    score_ten_thousandths = models.IntegerField(null=True)
    duration = models.PositiveSmallIntegerField(null=True)
    path = ArrayField(models.CharField(max_length=4000))
    questions = ArrayField(models.UUIDField())
    responses = ArrayField(models.CharField(max_length=250))
    correct = ArrayField(models.BooleanField(null=True))
    others = ArrayField(models.IntegerField(null=True))

    class Meta:
        indexes = [models.Index(fields=["organization_id", "day"], name="contribution_day")]


class CourseCohort(models.Model):
    """Those who were registered on one day (UTC), and how far they have ever come: a new attempt takes
    nothing back.

    Each is counted four times: in the course or in `EVERY` one, of the customer (`NOWHERE` without a
    dispatch) or of `EVERY` one. ``scores``: how many have each score in percent, 0 to 100. ``durations``: how
    many took how long from first launch to first completion, by the buckets of `insights.durations`.
    """

    organization_id = models.UUIDField()
    course_id = models.UUIDField()
    destination_id = models.UUIDField()
    day = models.DateField()
    registered = models.PositiveIntegerField()
    launched = models.PositiveIntegerField()
    half = models.PositiveIntegerField()
    completed = models.PositiveIntegerField()
    passed = models.PositiveIntegerField()
    scored = models.PositiveIntegerField()
    score_ten_thousandths = models.BigIntegerField()  # the sum of all scores
    scores = ArrayField(models.IntegerField())
    durations = ArrayField(models.IntegerField())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "course_id", "destination_id", "day"], name="coursecohort_once"
            )
        ]
        indexes = [
            models.Index(fields=["organization_id", "destination_id", "day"], name="coursecohort_customer"),
            models.Index(fields=["organization_id", "day"], name="coursecohort_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day} of {self.course_id}"


class QuestionCohort(models.Model):
    """How a day's cohort answered a question, in each learner's first scored attempt; of the customer, and of
    `EVERY` one.

    The sums are of those who have other graded answers beside this one: of ``x``, 1 where it is correct, and
    ``y``, the share of the others that are, in ten-thousandths.
    """

    organization_id = models.UUIDField()
    course_id = models.UUIDField()
    destination_id = models.UUIDField()
    day = models.DateField()
    question_id = models.UUIDField()
    answered = models.PositiveIntegerField()
    graded = models.PositiveIntegerField()
    correct = models.PositiveIntegerField()
    compared = models.PositiveIntegerField()  # how many the sums are of
    sum_x = models.BigIntegerField()
    sum_y = models.BigIntegerField()
    sum_xy = models.BigIntegerField()
    sum_yy = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "course_id", "destination_id", "day", "question_id"],
                name="questioncohort_once",
            )
        ]
        indexes = [models.Index(fields=["organization_id", "day"], name="questioncohort_day")]

    def __str__(self) -> str:
        return f"{self.question_id} on {self.day}"


class ResponseCohort(models.Model):
    """How many of a day's cohort gave a response to a question, in the same attempts."""

    organization_id = models.UUIDField()
    course_id = models.UUIDField()
    destination_id = models.UUIDField()
    day = models.DateField()
    question_id = models.UUIDField()
    response = models.CharField(max_length=250)
    learners = models.PositiveIntegerField()
    correct = models.PositiveIntegerField()  # how many of them the course called correct

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "organization_id", "course_id", "destination_id", "question_id", "day", "response",
                ],
                name="responsecohort_once",
            )
        ]  # fmt: skip
        indexes = [models.Index(fields=["organization_id", "day"], name="responsecohort_day")]

    def __str__(self) -> str:
        return self.response


class PathCohort(models.Model):
    """How many of a day's cohort opened ``target`` next after ``origin`` for the first time, in their first
    attempt; of the customer, and of `EVERY` one.

    Nothing before the first activity, and nothing behind the last one: they left there, or had ``finished``
    the course.
    """

    organization_id = models.UUIDField()
    course_id = models.UUIDField()
    destination_id = models.UUIDField()
    day = models.DateField()
    origin = models.CharField(max_length=4000)
    target = models.CharField(max_length=4000)
    finished = models.BooleanField()
    learners = models.PositiveIntegerField()

    class Meta:
        # Too wide for a unique index: roll-ups, of which an organization has one at a time, keep it so.
        indexes = [
            models.Index(
                fields=["organization_id", "course_id", "destination_id", "day"], name="pathcohort_of"
            ),
            models.Index(fields=["organization_id", "day"], name="pathcohort_day"),
        ]

    def __str__(self) -> str:
        return f"{self.origin} → {self.target}"
