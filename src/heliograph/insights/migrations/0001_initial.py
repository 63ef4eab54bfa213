import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import heliograph.core.ids
from heliograph.insights import triggers


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("dispatch", "0001_initial"),
        ("runtime", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Cohort",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id",
                        "dispatch_id",
                        "day",
                        "deployment_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("organization_id", models.UUIDField()),
                ("day", models.DateField()),
                ("deployment_id", models.UUIDField()),
                ("registered", models.PositiveIntegerField()),
                ("launched", models.PositiveIntegerField()),
                ("begun", models.PositiveIntegerField()),
                ("completed", models.PositiveIntegerField()),
                ("passed", models.PositiveIntegerField()),
                (
                    "dispatch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="dispatch.dispatch",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Contribution",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id",
                        "registration_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("organization_id", models.UUIDField()),
                ("registration_id", models.UUIDField()),
                ("course_id", models.UUIDField()),
                ("dispatch_id", models.UUIDField(null=True)),
                ("destination_id", models.UUIDField()),
                ("deployment_id", models.UUIDField()),
                ("day", models.DateField()),
                ("step", models.PositiveSmallIntegerField()),
                ("launched", models.BooleanField()),
                ("half", models.BooleanField()),
                ("completed", models.BooleanField()),
                ("passed", models.BooleanField()),
                ("score_ten_thousandths", models.IntegerField(null=True)),
                ("duration", models.PositiveSmallIntegerField(null=True)),
                (
                    "path",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=4000), size=None
                    ),
                ),
                (
                    "questions",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None),
                ),
                (
                    "responses",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=250), size=None
                    ),
                ),
                (
                    "correct",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BooleanField(null=True), size=None
                    ),
                ),
                (
                    "others",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(null=True), size=None
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["organization_id", "day"], name="contribution_day")],
            },
        ),
        migrations.CreateModel(
            name="CourseCohort",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("organization_id", models.UUIDField()),
                ("course_id", models.UUIDField()),
                ("destination_id", models.UUIDField()),
                ("day", models.DateField()),
                ("registered", models.PositiveIntegerField()),
                ("launched", models.PositiveIntegerField()),
                ("half", models.PositiveIntegerField()),
                ("completed", models.PositiveIntegerField()),
                ("passed", models.PositiveIntegerField()),
                ("scored", models.PositiveIntegerField()),
                ("score_ten_thousandths", models.BigIntegerField()),
                (
                    "scores",
                    django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None),
                ),
                (
                    "durations",
                    django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["organization_id", "destination_id", "day"], name="coursecohort_customer"
                    ),
                    models.Index(fields=["organization_id", "day"], name="coursecohort_day"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization_id", "course_id", "destination_id", "day"),
                        name="coursecohort_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DailyLearner",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id",
                        "registration_id",
                        "deployment_id",
                        "day",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("organization_id", models.UUIDField()),
                ("dispatch_id", models.UUIDField()),
                ("deployment_id", models.UUIDField()),
                ("registration_id", models.UUIDField()),
                ("day", models.DateField()),
                ("state", models.CharField(max_length=13)),
                ("score_ten_thousandths", models.IntegerField(null=True)),
                ("until_deployment", models.DateField(null=True)),
                ("until_dispatch", models.DateField(null=True)),
                ("until_destination", models.DateField(null=True)),
                ("until_course", models.DateField(null=True)),
                ("until_lms", models.DateField(null=True)),
                ("until_lms_course", models.DateField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organization_id", "dispatch_id", "day"], name="dailylearner_day")
                ],
            },
        ),
        migrations.CreateModel(
            name="PathCohort",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("organization_id", models.UUIDField()),
                ("course_id", models.UUIDField()),
                ("destination_id", models.UUIDField()),
                ("day", models.DateField()),
                ("origin", models.CharField(max_length=4000)),
                ("target", models.CharField(max_length=4000)),
                ("finished", models.BooleanField()),
                ("learners", models.PositiveIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["organization_id", "course_id", "destination_id", "day"], name="pathcohort_of"
                    ),
                    models.Index(fields=["organization_id", "day"], name="pathcohort_day"),
                ],
            },
        ),
        migrations.CreateModel(
            name="QuestionCohort",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("organization_id", models.UUIDField()),
                ("course_id", models.UUIDField()),
                ("destination_id", models.UUIDField()),
                ("day", models.DateField()),
                ("question_id", models.UUIDField()),
                ("answered", models.PositiveIntegerField()),
                ("graded", models.PositiveIntegerField()),
                ("correct", models.PositiveIntegerField()),
                ("compared", models.PositiveIntegerField()),
                ("sum_x", models.BigIntegerField()),
                ("sum_y", models.BigIntegerField()),
                ("sum_xy", models.BigIntegerField()),
                ("sum_yy", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["organization_id", "day"], name="questioncohort_day")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization_id", "course_id", "destination_id", "day", "question_id"),
                        name="questioncohort_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ResponseCohort",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("organization_id", models.UUIDField()),
                ("course_id", models.UUIDField()),
                ("destination_id", models.UUIDField()),
                ("day", models.DateField()),
                ("question_id", models.UUIDField()),
                ("response", models.CharField(max_length=250)),
                ("learners", models.PositiveIntegerField()),
                ("correct", models.PositiveIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["organization_id", "day"], name="responsecohort_day")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "organization_id",
                            "course_id",
                            "destination_id",
                            "question_id",
                            "day",
                            "response",
                        ),
                        name="responsecohort_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Completion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("completed_at", models.DateTimeField()),
                ("day", models.DateField()),
                (
                    "deployment",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="dispatch.deployment",
                    ),
                ),
                (
                    "dispatch",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="dispatch.dispatch",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.organization",
                    ),
                ),
                (
                    "registration",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="runtime.registration",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["organization", "dispatch", "day"], name="completion_day")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "registration", "completed_at"), name="completion_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DailyState",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("organization_id", models.UUIDField()),
                ("deployment_id", models.UUIDField(null=True)),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("deployment", "Deployment"),
                            ("dispatch", "Dispatch"),
                            ("destination", "Destination"),
                            ("course", "Course"),
                            ("lms", "Lms"),
                            ("lms_course", "Lms Course"),
                        ],
                        max_length=11,
                    ),
                ),
                ("day", models.DateField()),
                ("until", models.DateField()),
                ("state", models.CharField(max_length=13)),
                ("people", models.PositiveIntegerField()),
                ("scored", models.PositiveIntegerField()),
                ("score_ten_thousandths", models.BigIntegerField()),
                (
                    "dispatch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="dispatch.dispatch",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["organization_id", "scope", "until", "day"], name="dailystate_until"
                    ),
                    models.Index(fields=["organization_id", "dispatch", "day"], name="dailystate_day"),
                    models.Index(
                        condition=models.Q(("until", models.F("day"))),
                        fields=["organization_id", "scope", "day"],
                        name="dailystate_whole_day",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "organization_id",
                            "dispatch",
                            "scope",
                            "until",
                            "day",
                            "deployment_id",
                            "state",
                        ),
                        name="dailystate_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DailyTotals",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("day", models.DateField()),
                ("launches", models.PositiveIntegerField(default=0)),
                ("learners", models.PositiveIntegerField(default=0)),
                ("completions", models.PositiveIntegerField(default=0)),
                ("score_sum", models.FloatField(default=0)),
                ("score_count", models.PositiveIntegerField(default=0)),
                ("centiseconds", models.BigIntegerField(default=0)),
                ("not_attempted", models.PositiveIntegerField(default=0)),
                ("incomplete", models.PositiveIntegerField(default=0)),
                ("completed", models.PositiveIntegerField(default=0)),
                ("passed", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
                (
                    "deployment",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="dispatch.deployment",
                    ),
                ),
                (
                    "dispatch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="dispatch.dispatch",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["organization", "day"], name="dailytotals_day")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "dispatch", "day", "deployment"),
                        name="dailytotals_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.RunSQL(triggers.CREATE, triggers.DROP),
    ]
