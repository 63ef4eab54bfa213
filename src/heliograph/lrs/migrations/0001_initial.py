import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import heliograph.core.clock
import heliograph.core.ids
from heliograph.core.database.partitions import CreatePartitionedModel


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Activity",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id",
                        "key",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("organization_id", models.UUIDField()),
                ("key", models.BigIntegerField()),
                ("iri", models.TextField()),
                ("definition", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="CountCursor",
            fields=[
                ("organization_id", models.UUIDField(primary_key=True, serialize=False)),
                ("position", models.UUIDField()),
            ],
        ),
        CreatePartitionedModel(
            name="Key",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id",
                        "key",
                        "id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("organization_id", models.UUIDField()),
                ("key", models.BigIntegerField()),
                ("id", models.UUIDField()),
            ],
        ),
        CreatePartitionedModel(
            name="Statement",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField()),
                ("id", models.UUIDField()),
                ("statement_id", models.UUIDField()),
                ("voided", models.BooleanField(default=False)),
                ("without_timestamp", models.BooleanField(default=False)),
                ("sent", models.TextField()),
                ("shown", models.TextField(null=True)),
                ("added", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="StatementId",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id",
                        "statement_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("organization_id", models.UUIDField()),
                ("statement_id", models.UUIDField()),
                ("position", models.UUIDField(null=True)),
                ("digest", models.UUIDField(null=True)),
                ("voided", models.BooleanField(default=False)),
                ("voids", models.BooleanField(default=False)),
                ("referrers_wait", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="Verb",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id",
                        "key",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("organization_id", models.UUIDField()),
                ("key", models.BigIntegerField()),
                ("iri", models.TextField()),
                ("display", models.CharField(blank=True, max_length=300)),
            ],
        ),
        migrations.CreateModel(
            name="Agent",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id",
                        "key",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("organization_id", models.UUIDField()),
                ("key", models.BigIntegerField()),
                ("identifier", models.TextField()),
                ("name", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("name", ""), _negated=True),
                        fields=["organization_id", "name"],
                        name="agent_name",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField()),
                ("sha2", models.CharField(max_length=128)),
                ("content", models.BinaryField()),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organization_id", "sha2"), name="attachment_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("state", "State"),
                            ("activity profile", "Activity Profile"),
                            ("agent profile", "Agent Profile"),
                        ],
                        max_length=20,
                    ),
                ),
                ("owner", models.UUIDField()),
                ("address", models.UUIDField()),
                ("registration", models.UUIDField(null=True)),
                ("name", models.TextField()),
                ("activity", models.TextField(blank=True)),
                ("agent", models.TextField(blank=True)),
                ("agent_key", models.BigIntegerField(null=True)),
                ("content", models.BinaryField()),
                ("content_type", models.CharField(max_length=255)),
                ("etag", models.CharField(max_length=40)),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organization_id", "owner", "updated_at"], name="document_owner"),
                    models.Index(
                        condition=models.Q(("agent_key__isnull", False)),
                        fields=["organization_id", "agent_key"],
                        name="document_agent",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("organization_id", "address"), name="document_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Pipe",
            fields=[
                ("turn", models.PositiveIntegerField(default=0)),
                ("leased_until", models.DateTimeField(null=True)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("next_try_at", models.DateTimeField(null=True)),
                ("last_error", models.CharField(blank=True, max_length=500)),
                ("last_status", models.PositiveIntegerField(null=True)),
                ("begun_at", models.DateTimeField(null=True)),
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                (
                    "direction",
                    models.CharField(choices=[("forward", "Forward"), ("import", "Import")], max_length=10),
                ),
                ("endpoint", models.CharField(max_length=2000)),
                ("version", models.CharField(max_length=10)),
                ("encrypted_credentials", models.BinaryField()),
                ("filter", models.JSONField(default=dict)),
                ("paused", models.BooleanField(default=False)),
                ("cursor", models.UUIDField()),
                ("resume", models.JSONField(default=dict)),
                ("continuous", models.BooleanField(default=True)),
                ("moved", models.PositiveBigIntegerField(default=0)),
                ("moved_at", models.DateTimeField(null=True)),
                ("reached_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("created_by", models.CharField(max_length=200)),
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
            name="SavedView",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("query", models.TextField()),
                ("shared", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
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
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StatementCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id",
                        "day",
                        "agent",
                        "course",
                        "verb",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("organization_id", models.UUIDField()),
                ("day", models.DateField()),
                ("agent", models.BigIntegerField()),
                ("course", models.BigIntegerField()),
                ("verb", models.BigIntegerField()),
                ("count", models.BigIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organization_id", "agent", "day"], name="statementcount_agent")
                ],
            },
        ),
        migrations.CreateModel(
            name="Undelivered",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("statement_id", models.CharField(max_length=100)),
                ("position", models.UUIDField(null=True)),
                ("sent", models.TextField(blank=True)),
                ("reason", models.CharField(max_length=1000)),
                ("status", models.PositiveIntegerField(null=True)),
                ("tries", models.PositiveIntegerField(default=1)),
                (
                    "state",
                    models.CharField(
                        choices=[("refused", "Refused"), ("again", "Again"), ("dismissed", "Dismissed")],
                        default="refused",
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "pipe",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="undelivered",
                        to="lrs.pipe",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Credential",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("key", models.CharField(max_length=40, unique=True)),
                ("digest", models.BinaryField(max_length=32)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30), size=None
                    ),
                ),
                ("activity_prefix", models.CharField(blank=True, max_length=1000)),
                ("expires_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("last_used_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("created_by", models.CharField(max_length=200)),
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
            options={
                "indexes": [models.Index(fields=["organization", "-id"], name="credential_newest")],
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("person", models.BinaryField(max_length=32)),
                ("reason", models.CharField(max_length=1000)),
                ("statements", models.PositiveIntegerField()),
                ("redacted", models.PositiveIntegerField()),
                ("documents", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=200)),
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
            options={
                "indexes": [models.Index(fields=["organization", "-id"], name="erasure_newest")],
            },
        ),
        migrations.AddIndex(
            model_name="pipe",
            index=models.Index(fields=["organization", "-id"], name="pipe_newest"),
        ),
        migrations.AddIndex(
            model_name="pipe",
            index=models.Index(
                condition=models.Q(("next_try_at__isnull", False)), fields=["next_try_at"], name="pipe_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(fields=("organization", "name"), name="saved_view_once"),
        ),
        migrations.AddIndex(
            model_name="undelivered",
            index=models.Index(fields=["pipe", "state", "-id"], name="undelivered_newest"),
        ),
        migrations.AddConstraint(
            model_name="undelivered",
            constraint=models.UniqueConstraint(fields=("pipe", "statement_id"), name="undelivered_once"),
        ),
    ]
