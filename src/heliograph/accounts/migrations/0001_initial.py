import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import heliograph.core.clock
import heliograph.core.ids
from heliograph.accounts import sql_views as sql_views


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="CacheEntry",
            fields=[
                ("cache_key", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("value", models.TextField()),
                ("expires", models.DateTimeField(db_index=True)),
            ],
            options={
                "db_table": "accounts_cache",
            },
        ),
        migrations.CreateModel(
            name="FailedSignIns",
            fields=[
                ("slot", models.PositiveIntegerField(primary_key=True, serialize=False)),
                ("count", models.PositiveIntegerField()),
                ("last_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="Organization",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=100, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("second_factor_required", models.BooleanField(default=False)),
                ("audit_retention_days", models.PositiveIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("email", models.EmailField(max_length=254)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("address_proven_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(django.db.models.functions.text.Lower("email"), name="user_email")
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "scope_folders",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), db_default=[], default=list, size=None
                    ),
                ),
                (
                    "scope_destinations",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), db_default=[], default=list, size=None
                    ),
                ),
                (
                    "scope_groups",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), db_default=[], default=list, size=None
                    ),
                ),
                ("role", models.CharField(max_length=40)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("joined_at", models.DateTimeField(default=heliograph.core.clock.now, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("email", models.EmailField(max_length=254)),
                (
                    "scope_folders",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), db_default=[], default=list, size=None
                    ),
                ),
                (
                    "scope_destinations",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), db_default=[], default=list, size=None
                    ),
                ),
                (
                    "scope_groups",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), db_default=[], default=list, size=None
                    ),
                ),
                ("role", models.CharField(max_length=40)),
                ("digest", models.BinaryField(max_length=32, unique=True)),
                ("mailed", models.BooleanField()),
                ("invited_by", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="IdempotentResponse",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("credential", models.UUIDField()),
                ("key", models.CharField(max_length=255)),
                ("fingerprint", models.BinaryField(max_length=32)),
                ("status", models.PositiveSmallIntegerField()),
                ("body", models.BinaryField()),
                ("answered_at", models.DateTimeField(db_index=True)),
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
            name="ApiKey",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                (
                    "scope_folders",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), db_default=[], default=list, size=None
                    ),
                ),
                (
                    "scope_destinations",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), db_default=[], default=list, size=None
                    ),
                ),
                (
                    "scope_groups",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), db_default=[], default=list, size=None
                    ),
                ),
                ("role", models.CharField(max_length=40)),
                ("digest", models.BinaryField(max_length=32, unique=True)),
                ("hint", models.CharField(max_length=12)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("expires_at", models.DateTimeField(null=True)),
                ("last_used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="api_keys",
                        to="accounts.membership",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="api_keys",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RefreshToken",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("chain", models.UUIDField(db_index=True)),
                ("digest", models.BinaryField(max_length=32, unique=True)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "membership",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="accounts.membership"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CustomRole",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=60)),
                ("granted", models.JSONField()),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="custom_roles",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "key"), name="customrole_key"),
                    models.UniqueConstraint(
                        models.F("organization"),
                        django.db.models.functions.text.Lower("name"),
                        name="customrole_name",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TableView",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("table", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=60)),
                ("query", models.CharField(max_length=1000)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "membership",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="table_views",
                        to="accounts.membership",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("membership", "table", "name"), name="tableview_name")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(fields=("organization", "user"), name="membership_once"),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("accepted_at", None), ("revoked_at", None)),
                fields=("organization", "email"),
                name="invitation_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="idempotentresponse",
            constraint=models.UniqueConstraint(
                fields=("organization", "credential", "key"), name="idempotentresponse_once"
            ),
        ),
        migrations.CreateModel(
            name="Group",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                (
                    "kind",
                    models.CharField(
                        choices=[("department", "Department"), ("cohort", "Cohort"), ("other", "Other")],
                        default="other",
                        max_length=20,
                    ),
                ),
                ("key", models.CharField(blank=True, max_length=100)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="groups",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="GroupManager",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="managers",
                        to="accounts.group",
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="managed_groups",
                        to="accounts.membership",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="GroupMember",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="members",
                        to="accounts.group",
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="groups",
                        to="accounts.membership",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MembershipMerge",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("moved", models.JSONField(default=dict)),
                ("was_active", models.BooleanField()),
                ("created_by", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "kept",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="merged_from",
                        to="accounts.membership",
                    ),
                ),
                (
                    "merged",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="merges",
                        to="accounts.membership",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DismissedDuplicate",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("dismissed_by", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "first",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("first", "second"), name="dismissedduplicate_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="UserImport",
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
                            ("checking", "Checking"),
                            ("unmapped", "Unmapped"),
                            ("ready", "Ready"),
                            ("applying", "Applying"),
                            ("done", "Done"),
                            ("undoing", "Undoing"),
                            ("undone", "Undone"),
                            ("refused", "Refused"),
                        ],
                        default="checking",
                        max_length=20,
                    ),
                ),
                ("filename", models.CharField(max_length=200)),
                ("stored_bytes", models.BigIntegerField()),
                ("created_by", models.CharField(max_length=200)),
                ("creator", models.UUIDField(null=True)),
                ("creator_kind", models.CharField(max_length=20)),
                ("role", models.CharField(max_length=40)),
                ("update_existing", models.BooleanField(default=True)),
                ("invites", models.BooleanField(default=False)),
                ("headings", models.JSONField(default=list)),
                ("mapping", models.JSONField(default=list)),
                ("counts", models.JSONField(default=dict)),
                ("total", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("made_groups", models.JSONField(default=list)),
                ("error_code", models.CharField(blank=True, max_length=60)),
                ("error", models.TextField(blank=True)),
                ("error_source", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="UserImportRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("email", models.TextField()),
                ("name", models.TextField()),
                ("role", models.TextField()),
                ("groups", models.JSONField(default=list)),
                ("problems", models.JSONField(default=list)),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("create", "Create"),
                            ("change", "Change"),
                            ("unchanged", "Unchanged"),
                            ("skip", "Skip"),
                            ("wrong", "Wrong"),
                        ],
                        default="create",
                        max_length=10,
                    ),
                ),
                ("outcome", models.CharField(blank=True, max_length=20)),
                ("membership_id", models.UUIDField(null=True)),
                ("before", models.JSONField(default=dict)),
                (
                    "user_import",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="accounts.userimport",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="group",
            constraint=models.UniqueConstraint(
                models.F("organization"), django.db.models.functions.text.Lower("name"), name="group_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="group",
            constraint=models.UniqueConstraint(
                condition=models.Q(("key", ""), _negated=True),
                fields=("organization", "key"),
                name="group_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="groupmanager",
            constraint=models.UniqueConstraint(fields=("group", "membership"), name="groupmanager_once"),
        ),
        migrations.AddConstraint(
            model_name="groupmember",
            constraint=models.UniqueConstraint(fields=("group", "membership"), name="groupmember_once"),
        ),
        migrations.AddConstraint(
            model_name="membershipmerge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at", None)), fields=("merged",), name="membershipmerge_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="userimport",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["checking", "applying", "undoing"])),
                fields=("organization",),
                name="userimport_working_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="userimportrow",
            constraint=models.UniqueConstraint(fields=("user_import", "number"), name="userimportrow_number"),
        ),
        migrations.RunSQL(sql_views.CREATE, sql_views.DROP),
    ]
