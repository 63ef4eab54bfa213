import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import heliograph.core.clock
import heliograph.core.ids
from heliograph.core.database.partitions import CreatePartitionedModel
from heliograph.dispatch import sql_views as sql_views
from heliograph.dispatch import triggers


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_initial"),
        ("accounts", "0001_initial"),
        ("courses", "0001_initial"),
        ("runtime", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="SigningKey",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("private", models.BinaryField()),
                ("public", models.BinaryField()),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("retired_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Destination",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=100)),
                ("name", models.CharField(max_length=200)),
                ("notes", models.TextField(blank=True)),
                (
                    "identity",
                    models.CharField(
                        choices=[
                            ("as_given", "Full"),
                            ("hashed", "Pseudonymous (hashed)"),
                            ("anonymous", "Anonymous"),
                        ],
                        default="as_given",
                        max_length=10,
                    ),
                ),
                ("host", models.CharField(blank=True, max_length=300)),
                ("redirect_origin", models.CharField(blank=True, max_length=300)),
                ("branding", models.JSONField(blank=True, default=dict)),
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
            name="Canary",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="canaries",
                        to="courses.course",
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
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="courses.courseversion",
                    ),
                ),
                (
                    "destination",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="canaries",
                        to="dispatch.destination",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Dispatch",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=100)),
                ("name", models.CharField(max_length=300)),
                ("description", models.TextField(blank=True)),
                (
                    "mode",
                    models.CharField(
                        choices=[("hosted", "Hosted"), ("embedded", "Embedded")],
                        default="hosted",
                        max_length=10,
                    ),
                ),
                (
                    "stub_key",
                    models.CharField(default=heliograph.core.ids.random_key, max_length=40, unique=True),
                ),
                ("enabled", models.BooleanField(default=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("new_learners_allowed", models.BooleanField(default=True)),
                ("registration_limit", models.PositiveIntegerField(null=True)),
                ("registrations_used", models.PositiveIntegerField(default=0)),
                ("allowed_domains", models.JSONField(blank=True, default=list)),
                ("tags", models.JSONField(blank=True, default=list)),
                ("exit_to", models.CharField(blank=True, max_length=2000)),
                ("instanced", models.BooleanField(default=False)),
                ("confirmed_only", models.BooleanField(default=False)),
                ("embedded_since", models.DateTimeField(null=True)),
                ("previews", models.PositiveIntegerField(default=0)),
                ("previews_since", models.DateTimeField(null=True)),
                ("late_admissions", models.PositiveIntegerField(default=0)),
                ("tracking", models.BooleanField(default=True)),
                ("branding", models.JSONField(blank=True, default=dict)),
                ("postback_url", models.CharField(blank=True, max_length=2000)),
                ("signing_secret", models.CharField(blank=True, max_length=100)),
                ("refused_count", models.PositiveIntegerField(default=0)),
                ("launch_count", models.PositiveIntegerField(default=0)),
                ("download_count", models.PositiveIntegerField(default=0)),
                ("last_download_at", models.DateTimeField(null=True)),
                ("created_by", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dispatches",
                        to="courses.course",
                    ),
                ),
                (
                    "destination",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dispatches",
                        to="dispatch.destination",
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
            name="Deployment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("domain", models.CharField(max_length=253)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("lms_course", models.CharField(blank=True, max_length=500)),
                ("suspended", models.BooleanField(default=False)),
                ("stub_version", models.CharField(blank=True, max_length=20)),
                ("package_format", models.CharField(blank=True, max_length=20)),
                ("launches", models.PositiveIntegerField(default=0)),
                ("learners", models.PositiveIntegerField(default=0)),
                ("first_launch_at", models.DateTimeField()),
                ("last_activity_at", models.DateTimeField()),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.organization",
                    ),
                ),
                (
                    "dispatch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deployments",
                        to="dispatch.dispatch",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EmbeddedProgress",
            fields=[
                (
                    "registration",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="embedded",
                        serialize=False,
                        to="runtime.registration",
                    ),
                ),
                ("expected", models.PositiveIntegerField(default=1)),
                ("counts_from", models.DateTimeField(null=True)),
                ("scos", models.JSONField(default=dict)),
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
            name="FormerKey",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=40, unique=True)),
                ("valid_until", models.DateTimeField()),
                (
                    "dispatch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former_keys",
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
        ),
        migrations.CreateModel(
            name="LateAdmission",
            fields=[
                (
                    "registration",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="late_admission",
                        serialize=False,
                        to="runtime.registration",
                    ),
                ),
                ("refusal", models.CharField(max_length=40)),
                ("admitted_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "dispatch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="late",
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
        ),
        migrations.CreateModel(
            name="License",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("starts_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("grace_days", models.PositiveIntegerField(default=0)),
                ("registration_limit", models.PositiveIntegerField(null=True)),
                ("learner_limit", models.PositiveIntegerField(null=True)),
                ("launch_limit", models.PositiveIntegerField(null=True)),
                ("download_limit", models.PositiveIntegerField(null=True)),
                ("seat_limit", models.PositiveIntegerField(null=True)),
                ("grace_share", models.PositiveIntegerField(default=0)),
                ("access_days", models.PositiveIntegerField(null=True)),
                ("registrations_used", models.PositiveIntegerField(default=0)),
                ("learners_used", models.PositiveIntegerField(default=0)),
                ("launches_used", models.PositiveIntegerField(default=0)),
                ("downloads_used", models.PositiveIntegerField(default=0)),
                ("period", models.PositiveIntegerField(default=1)),
                ("warnings_sent", models.JSONField(default=list)),
                ("ended_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "destination",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="licenses",
                        to="dispatch.destination",
                    ),
                ),
                (
                    "dispatch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="licenses",
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
        ),
        migrations.CreateModel(
            name="Admission",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("period", models.PositiveIntegerField()),
                ("admitted_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
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
                        related_name="admissions",
                        to="runtime.registration",
                    ),
                ),
                (
                    "license",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="admissions",
                        to="dispatch.license",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LicenseLearner",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("period", models.PositiveIntegerField()),
                (
                    "learner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="runtime.learner"
                    ),
                ),
                (
                    "license",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="learners",
                        to="dispatch.license",
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
            name="LmsResult",
            fields=[
                (
                    "registration",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="lms_result",
                        serialize=False,
                        to="runtime.registration",
                    ),
                ),
                ("standard", models.CharField(max_length=10)),
                ("values", models.JSONField(default=dict)),
                ("written_at", models.DateTimeField()),
                ("differs", models.BooleanField(db_default=False)),
                (
                    "dispatch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lms_results",
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
        ),
        migrations.CreateModel(
            name="Logo",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=40)),
                ("content", models.BinaryField()),
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
            name="Postback",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("delivered", "Delivered"),
                            ("given up", "Given Up"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("tries", models.PositiveIntegerField(default=0)),
                ("status", models.PositiveIntegerField(null=True)),
                ("answer", models.CharField(blank=True, max_length=500)),
                ("next_try_at", models.DateTimeField(null=True)),
                ("give_up_at", models.DateTimeField(null=True)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                ("kind", models.CharField(max_length=40)),
                ("body", models.JSONField()),
                (
                    "dispatch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="postbacks",
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
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="runtime.registration",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PostbackState",
            fields=[
                (
                    "registration",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="runtime.registration",
                    ),
                ),
                ("attempt", models.PositiveIntegerField()),
                ("completed", models.BooleanField()),
                ("success", models.CharField(max_length=10)),
                ("score_scaled", models.FloatField(null=True)),
                ("score_raw", models.FloatField(null=True)),
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
            name="Readmission",
            fields=[
                (
                    "registration",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="readmission",
                        serialize=False,
                        to="runtime.registration",
                    ),
                ),
                ("until", models.DateTimeField()),
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
            name="RelayReceipt",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("page_load_id", models.UUIDField()),
                ("sequence", models.PositiveBigIntegerField()),
                ("element", models.CharField(max_length=100)),
                ("written", models.TextField()),
                ("kept", models.TextField()),
                ("error", models.CharField(max_length=10)),
                ("agrees", models.BooleanField(null=True)),
                ("written_at", models.DateTimeField()),
                ("received_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "deployment",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="receipts",
                        to="dispatch.deployment",
                    ),
                ),
                (
                    "dispatch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="receipts",
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
                        related_name="receipts",
                        to="runtime.registration",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Seat",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("registration_id", models.UUIDField(db_index=True, null=True)),
                ("taken_at", models.DateTimeField(null=True)),
                (
                    "license",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="seats",
                        to="dispatch.license",
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
            name="Session",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("launch_id", models.UUIDField(null=True, unique=True)),
                ("embedded", models.BooleanField(default=False)),
                ("unconfirmed", models.BooleanField(default=False)),
                ("learner_identifier", models.CharField(max_length=500)),
                ("learner_name", models.CharField(blank=True, max_length=500)),
                ("learner_email", models.CharField(blank=True, max_length=254)),
                ("launched_at", models.DateTimeField()),
                ("last_activity_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("completion", models.CharField(default="not attempted", max_length=20)),
                ("success", models.CharField(default="unknown", max_length=10)),
                ("score_scaled", models.FloatField(null=True)),
                ("score_raw", models.FloatField(null=True)),
                ("score_min", models.FloatField(null=True)),
                ("score_max", models.FloatField(null=True)),
                ("progress", models.FloatField(null=True)),
                ("centiseconds", models.BigIntegerField(default=0)),
                ("data", models.JSONField(default=dict)),
                ("sequence", models.BigIntegerField(default=0)),
                ("folder", models.CharField(blank=True, max_length=500)),
                ("time_before_attempt", models.BigIntegerField(null=True)),
                (
                    "deployment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to="dispatch.deployment",
                    ),
                ),
                (
                    "dispatch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
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
                        related_name="sessions",
                        to="runtime.registration",
                    ),
                ),
            ],
        ),
        CreatePartitionedModel(
            name="SessionEvent",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("organization_id", models.UUIDField()),
                ("session_id", models.UUIDField()),
                ("sequence", models.BigIntegerField()),
                ("kind", models.CharField(max_length=20)),
                ("body", models.JSONField(default=dict)),
                ("happened_at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["session_id", "sequence"], name="event_session"),
                    django.contrib.postgres.indexes.BrinIndex(fields=["received_at"], name="event_received"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShareLink",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("last_used_at", models.DateTimeField(null=True)),
                ("created_by", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "deployment",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to="dispatch.deployment",
                    ),
                ),
                (
                    "destination",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links",
                        to="dispatch.destination",
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
        migrations.AddIndex(
            model_name="destination",
            index=models.Index(fields=["organization", "-id"], name="destination_newest"),
        ),
        migrations.AddConstraint(
            model_name="destination",
            constraint=models.UniqueConstraint(fields=("organization", "key"), name="destination_key"),
        ),
        migrations.AddConstraint(
            model_name="canary",
            constraint=models.UniqueConstraint(
                fields=("organization", "course", "destination"), name="canary_once"
            ),
        ),
        migrations.AddIndex(
            model_name="dispatch",
            index=models.Index(fields=["organization", "-id"], name="dispatch_newest"),
        ),
        migrations.AddIndex(
            model_name="dispatch",
            index=models.Index(fields=["organization", "name"], name="dispatch_name"),
        ),
        migrations.AddIndex(
            model_name="dispatch",
            index=models.Index(fields=["organization", "expires_at"], name="dispatch_ends"),
        ),
        migrations.AddIndex(
            model_name="dispatch",
            index=models.Index(
                condition=models.Q(("enabled", False)),
                fields=["organization", "-id"],
                name="dispatch_disabled",
            ),
        ),
        migrations.AddIndex(
            model_name="dispatch",
            index=models.Index(
                condition=models.Q(("download_count__gt", 0)),
                fields=["organization"],
                name="dispatch_downloaded",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispatch",
            constraint=models.UniqueConstraint(fields=("organization", "key"), name="dispatch_key"),
        ),
        migrations.AddConstraint(
            model_name="deployment",
            constraint=models.UniqueConstraint(
                fields=("organization", "dispatch", "domain"), name="deployment_domain"
            ),
        ),
        migrations.AddIndex(
            model_name="license",
            index=models.Index(fields=["organization", "dispatch", "id"], name="license_dispatch"),
        ),
        migrations.AddIndex(
            model_name="license",
            index=models.Index(fields=["organization", "destination", "id"], name="license_destination"),
        ),
        migrations.AddIndex(
            model_name="license",
            index=models.Index(
                condition=models.Q(
                    models.Q(("warnings_sent", []), _negated=True),
                    ("ended_at", None),
                ),
                fields=["organization", "-id"],
                name="license_warned",
            ),
        ),
        migrations.AddIndex(
            model_name="license",
            index=models.Index(
                condition=models.Q(("ended_at", None)),
                fields=["organization", "expires_at"],
                name="license_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="license",
            constraint=models.CheckConstraint(
                condition=models.Q(("destination", None), ("dispatch", None), _connector="XOR"),
                name="license_of_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="admission",
            constraint=models.UniqueConstraint(fields=("license", "registration"), name="admission_once"),
        ),
        migrations.AddConstraint(
            model_name="licenselearner",
            constraint=models.UniqueConstraint(
                fields=("license", "period", "learner"), name="license_learner_once"
            ),
        ),
        migrations.AddIndex(
            model_name="lmsresult",
            index=models.Index(fields=["organization", "dispatch"], name="lms_result_dispatch"),
        ),
        migrations.AddIndex(
            model_name="lmsresult",
            index=models.Index(
                condition=models.Q(("differs", True)), fields=["organization"], name="lms_result_differs"
            ),
        ),
        migrations.AddConstraint(
            model_name="logo",
            constraint=models.UniqueConstraint(fields=("organization", "name"), name="logo_once"),
        ),
        migrations.AddIndex(
            model_name="postback",
            index=models.Index(fields=["organization", "dispatch", "-id"], name="postback_newest"),
        ),
        migrations.AddIndex(
            model_name="postback",
            index=models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["dispatch", "next_try_at"],
                name="postback_due",
            ),
        ),
        migrations.AddIndex(
            model_name="relayreceipt",
            index=models.Index(fields=["organization", "dispatch", "-id"], name="receipt_newest"),
        ),
        migrations.AddIndex(
            model_name="relayreceipt",
            index=models.Index(fields=["organization", "id"], include=("agrees",), name="receipt_lately"),
        ),
        migrations.AddConstraint(
            model_name="relayreceipt",
            constraint=models.UniqueConstraint(
                fields=("organization", "registration", "page_load_id", "sequence", "element"),
                name="receipt_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.UniqueConstraint(fields=("license", "number"), name="seat_number"),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(fields=["organization", "dispatch", "-id"], name="session_dispatch"),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(fields=["organization", "-id"], name="session_newest"),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(fields=["organization", "dispatch", "launched_at"], name="session_day"),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(
                condition=models.Q(("ended_at", None)),
                fields=["organization", "dispatch"],
                name="session_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="sharelink",
            constraint=models.CheckConstraint(
                condition=models.Q(("destination", None), ("deployment", None), _connector="XOR"),
                name="link_to_one",
            ),
        ),
        migrations.RunSQL(sql_views.CREATE, sql_views.DROP),
        migrations.RunSQL(triggers.CREATE, triggers.DROP),
    ]
