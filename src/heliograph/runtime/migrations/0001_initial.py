import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import heliograph.core.clock
import heliograph.core.ids
from heliograph.core.database.partitions import CreatePartitionedModel
from heliograph.runtime import deletion_triggers, triggers
from heliograph.runtime import sql_views as sql_views


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_initial"),
        ("audit", "0001_initial"),
        ("accounts", "0001_initial"),
        ("courses", "0001_initial"),
        ("webhooks", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="EmittedBatch",
            fields=[
                ("source_id", models.UUIDField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="LogCursor",
            fields=[
                ("log", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("completion", models.CharField(default="not attempted", max_length=20)),
                ("success", models.CharField(default="unknown", max_length=10)),
                ("score_scaled", models.FloatField(null=True)),
                ("score_raw", models.FloatField(null=True)),
                ("score_min", models.FloatField(null=True)),
                ("score_max", models.FloatField(null=True)),
                ("progress", models.FloatField(null=True)),
                ("total_centiseconds", models.BigIntegerField(default=0)),
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("tree", models.JSONField(default=dict)),
                ("revision", models.BigIntegerField(default=0)),
                ("log_watched_until", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.organization",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT, to="courses.courseversion"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Launch",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[("normal", "Normal"), ("browse", "Browse"), ("review", "Review")],
                        default="normal",
                        max_length=10,
                    ),
                ),
                ("named", models.BooleanField(default=True)),
                ("embedder", models.CharField(blank=True, max_length=300)),
                ("centiseconds_before", models.BigIntegerField(default=0)),
                ("last_sequence", models.BigIntegerField(default=0)),
                ("answer", models.JSONField(null=True)),
                ("opened_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("last_commit_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "attempt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="launches",
                        to="runtime.attempt",
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
        ),
        migrations.AddField(
            model_name="attempt",
            name="current_launch",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="runtime.launch"
            ),
        ),
        migrations.CreateModel(
            name="Learner",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("realm", models.UUIDField()),
                ("identifier", models.CharField(max_length=500)),
                ("name", models.CharField(blank=True, max_length=500)),
                ("email", models.CharField(blank=True, max_length=254)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Registration",
            fields=[
                ("completion", models.CharField(default="not attempted", max_length=20)),
                ("success", models.CharField(default="unknown", max_length=10)),
                ("score_scaled", models.FloatField(null=True)),
                ("score_raw", models.FloatField(null=True)),
                ("score_min", models.FloatField(null=True)),
                ("score_max", models.FloatField(null=True)),
                ("progress", models.FloatField(null=True)),
                ("total_centiseconds", models.BigIntegerField(default=0)),
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=100)),
                ("dispatch_id", models.UUIDField(null=True)),
                (
                    "purpose",
                    models.CharField(
                        choices=[("learning", "Learning"), ("trial", "Trial"), ("browse", "Browse")],
                        default="learning",
                        max_length=10,
                    ),
                ),
                ("attempt_number", models.PositiveIntegerField(default=0)),
                ("launch_count", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("first_launched_at", models.DateTimeField(null=True)),
                ("last_activity_at", models.DateTimeField(null=True)),
                ("completed_at", models.DateTimeField(null=True)),
                ("manual_at", models.DateTimeField(null=True)),
                ("manual_by", models.CharField(blank=True, db_default="", max_length=200)),
                ("manual_reason", models.CharField(blank=True, db_default="", max_length=1000)),
                (
                    "course",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="courses.course"
                    ),
                ),
                (
                    "learner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="registrations",
                        to="runtime.learner",
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
        ),
        migrations.CreateModel(
            name="LaunchToken",
            fields=[
                ("digest", models.BinaryField(primary_key=True, serialize=False)),
                ("expires_at", models.DateTimeField(db_index=True)),
                ("used_at", models.DateTimeField(null=True)),
                ("used_by", models.BinaryField(null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
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
        ),
        migrations.AddField(
            model_name="launch",
            name="registration",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="launches",
                to="runtime.registration",
            ),
        ),
        migrations.CreateModel(
            name="EmittedState",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("within", models.UUIDField()),
                ("identifier", models.CharField(max_length=4000)),
                ("state", models.JSONField(default=dict)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
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
        ),
        migrations.CreateModel(
            name="AuSession",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("identifier", models.CharField(max_length=4000)),
                ("mode", models.CharField(default="Normal", max_length=10)),
                ("verbs", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("fetched_at", models.DateTimeField(null=True)),
                ("prepared_at", models.DateTimeField(null=True)),
                ("last_statement_at", models.DateTimeField(null=True)),
                ("terminated_at", models.DateTimeField(null=True)),
                ("abandoned_at", models.DateTimeField(null=True)),
                (
                    "attempt",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="au_sessions",
                        to="runtime.attempt",
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
                    "launch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="au_sessions",
                        to="runtime.launch",
                    ),
                ),
                (
                    "registration",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="au_sessions",
                        to="runtime.registration",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="attempt",
            name="registration",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="attempts",
                to="runtime.registration",
            ),
        ),
        CreatePartitionedModel(
            name="RuntimeCall",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField()),
                ("registration_id", models.UUIDField()),
                ("attempt_id", models.UUIDField()),
                ("launch_id", models.UUIDField()),
                ("sequence", models.BigIntegerField()),
                ("activity", models.CharField(max_length=4000)),
                ("applied", models.BooleanField(default=True)),
                ("rejected", models.JSONField(default=list)),
                ("calls", models.JSONField(default=list)),
                ("received_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["attempt_id", "id"], name="call_attempt")],
            },
        ),
        migrations.CreateModel(
            name="ActivityState",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("identifier", models.CharField(max_length=4000)),
                ("data", models.JSONField(default=dict)),
                ("session", models.PositiveIntegerField(default=0)),
                ("session_open", models.BooleanField(default=False)),
                ("session_started_at", models.DateTimeField(null=True)),
                ("uncounted_centiseconds", models.BigIntegerField(default=0, null=True)),
                ("updated_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.organization",
                    ),
                ),
                (
                    "attempt",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="activities",
                        to="runtime.attempt",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "attempt", "identifier"), name="activity_once"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="learner",
            constraint=models.UniqueConstraint(
                fields=("organization", "realm", "identifier"), name="learner_identifier"
            ),
        ),
        migrations.AddIndex(
            model_name="learner",
            index=models.Index(
                django.db.models.functions.text.Lower("email"),
                models.F("organization"),
                name="learner_email",
            ),
        ),
        migrations.AddIndex(
            model_name="registration",
            index=models.Index(fields=["organization", "-id"], name="registration_newest"),
        ),
        migrations.AddIndex(
            model_name="registration",
            index=models.Index(fields=["organization", "dispatch_id", "-id"], name="registration_dispatch"),
        ),
        migrations.AddIndex(
            model_name="registration",
            index=models.Index(fields=["organization", "dispatch_id", "created_at"], name="registration_day"),
        ),
        migrations.AddIndex(
            model_name="registration",
            index=models.Index(fields=["organization", "course", "-id"], name="registration_course"),
        ),
        migrations.AddConstraint(
            model_name="registration",
            constraint=models.UniqueConstraint(fields=("organization", "key"), name="registration_key"),
        ),
        migrations.AddConstraint(
            model_name="registration",
            constraint=models.UniqueConstraint(
                condition=models.Q(("purpose", "learning")),
                fields=("organization", "course", "learner", "dispatch_id"),
                name="registration_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="emittedstate",
            constraint=models.UniqueConstraint(
                fields=("organization", "within", "identifier"), name="emittedstate_once"
            ),
        ),
        migrations.AddIndex(
            model_name="ausession",
            index=models.Index(fields=["attempt", "id"], name="au_session_attempt"),
        ),
        migrations.AddIndex(
            model_name="ausession",
            index=models.Index(fields=["registration"], name="au_session_registration"),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.UniqueConstraint(
                fields=("organization", "registration", "number"), name="attempt_number"
            ),
        ),
        migrations.CreateModel(
            name="AnnouncedState",
            fields=[
                (
                    "registration",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="runtime.registration",
                    ),
                ),
                ("attempt", models.PositiveIntegerField()),
                ("launched", models.BooleanField()),
                ("completed", models.BooleanField()),
                ("success", models.CharField(max_length=10)),
                ("progress", models.FloatField(null=True)),
                ("score", models.FloatField(null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("activity", models.CharField(max_length=4000)),
                ("identifier", models.CharField(max_length=4000)),
                ("kind", models.CharField(blank=True, max_length=20)),
                ("text", models.CharField(blank=True, max_length=500)),
                ("correct_responses", models.JSONField(default=list)),
                (
                    "course",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="courses.course",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("within", models.UUIDField()),
                ("response", models.CharField(max_length=250)),
                ("correct", models.BooleanField(null=True)),
                ("answered_at", models.DateTimeField()),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
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
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="runtime.question"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="question",
            index=models.Index(fields=["organization", "course"], name="question_course"),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.UniqueConstraint(
                fields=("organization", "within", "question"), name="answer_once"
            ),
        ),
        migrations.RunSQL(deletion_triggers.CREATE, deletion_triggers.DROP),
        migrations.RunSQL(sql_views.CREATE, sql_views.DROP),
        migrations.RunSQL(triggers.CREATE, triggers.DROP),
    ]
