import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import heliograph.core.clock
import heliograph.core.ids
from heliograph.marketplace.ledger import triggers


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("courses", "0001_initial"),
        ("runtime", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="MailPreference",
            fields=[
                (
                    "member",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="mail_preference",
                        serialize=False,
                        to="accounts.membership",
                    ),
                ),
                ("language", models.CharField(blank=True, max_length=20)),
                (
                    "off",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("state", models.CharField(max_length=20)),
                ("currency", models.CharField(max_length=3)),
                ("total_cents", models.PositiveIntegerField()),
                ("pay_by", models.DateTimeField()),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("reminded_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=1000)),
            ],
        ),
        migrations.CreateModel(
            name="Allocation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "payer",
                    models.CharField(
                        choices=[
                            ("student", "Student"),
                            ("voucher", "Voucher"),
                            ("ita", "Ita"),
                            ("employer", "Employer"),
                            ("scholarship", "Scholarship"),
                        ],
                        max_length=20,
                    ),
                ),
                ("state", models.CharField(max_length=20)),
                ("amount_cents", models.PositiveIntegerField()),
                ("refunded_cents", models.PositiveIntegerField(default=0)),
                ("disputed_cents", models.PositiveIntegerField(default=0)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("reference", models.CharField(blank=True, max_length=100)),
                ("milestone", models.CharField(blank=True, max_length=200)),
                ("valid_until", models.DateField(null=True)),
                ("due_on", models.DateField(null=True)),
                ("invoice_number", models.PositiveIntegerField(null=True)),
                ("invoiced_at", models.DateTimeField(null=True)),
                ("paid_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=1000)),
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
            name="Application",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("email", models.EmailField(max_length=254)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("answers", models.JSONField(default=dict)),
                ("language", models.CharField(default="en", max_length=20)),
                ("digest", models.BinaryField(unique=True)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("expires_at", models.DateTimeField()),
                ("mailed_at", models.DateTimeField(default=heliograph.core.clock.now)),
                ("submitted_at", models.DateTimeField(null=True)),
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
            name="Board",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("code", models.CharField(blank=True, max_length=20)),
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
            name="CheckoutSession",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("provider_id", models.CharField(blank=True, max_length=255)),
                ("payment_intent", models.CharField(blank=True, max_length=255)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("processing", "Processing"),
                            ("paid", "Paid"),
                            ("expired", "Expired"),
                            ("failed", "Failed"),
                        ],
                        max_length=20,
                    ),
                ),
                ("amount_cents", models.PositiveIntegerField()),
                ("fee_cents", models.PositiveIntegerField(null=True)),
                ("url", models.URLField(blank=True, max_length=2000)),
                ("expires_at", models.DateTimeField()),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("paid_at", models.DateTimeField(null=True)),
                (
                    "allocation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checkouts",
                        to="marketplace.allocation",
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
            name="Claim",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "route",
                    models.CharField(
                        choices=[
                            ("holder", "Holder"),
                            ("student", "Student"),
                            ("partner", "Partner"),
                            ("course", "Course"),
                        ],
                        max_length=20,
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=200)),
                ("state", models.CharField(max_length=20)),
                ("completed_at", models.DateTimeField()),
                ("score", models.FloatField(null=True)),
                ("certificate_url", models.URLField(blank=True, max_length=1000)),
                ("notes", models.TextField(blank=True)),
                ("claimed_by", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("decided_by", models.CharField(blank=True, max_length=200)),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=1000)),
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
            name="ClaimFile",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("sha256", models.CharField(max_length=64)),
                ("name", models.CharField(max_length=200)),
                ("content_type", models.CharField(max_length=100)),
                ("size", models.PositiveIntegerField()),
                ("received_sha256", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="marketplace.claim",
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
            name="CompletionList",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("file_name", models.CharField(max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[("checked", "Checked"), ("running", "Running"), ("done", "Done")],
                        default="checked",
                        max_length=20,
                    ),
                ),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.membership",
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
            name="CredentialTemplate",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("usual", models.BooleanField(default=False)),
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
            name="CredentialTemplateVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=200)),
                ("blocks", models.JSONField(default=list)),
                ("signatures", models.JSONField(default=list)),
                ("accent", models.CharField(default="#8a4b08", max_length=7)),
                (
                    "orientation",
                    models.CharField(
                        choices=[("landscape", "Landscape"), ("portrait", "Portrait")],
                        default="landscape",
                        max_length=10,
                    ),
                ),
                ("language", models.CharField(default="en", max_length=20)),
                ("months", models.PositiveIntegerField(null=True)),
                ("logo", models.BinaryField(null=True)),
                ("created_by", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "template",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="marketplace.credentialtemplate",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Dispute",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("provider_id", models.CharField(max_length=255)),
                ("amount_cents", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("won", "Won"), ("lost", "Lost")], max_length=20
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=100)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "allocation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disputes",
                        to="marketplace.allocation",
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
            name="Enrollment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("state", models.CharField(max_length=20)),
                ("state_since", models.DateTimeField(default=heliograph.core.clock.now)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("enrolled_at", models.DateTimeField(null=True)),
                ("completed_at", models.DateTimeField(null=True)),
                (
                    "application",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="enrollment",
                        to="marketplace.application",
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
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="program_enrollments",
                        to="accounts.membership",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CompletionListRow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("email", models.CharField(blank=True, max_length=254)),
                ("completed_at", models.DateTimeField(null=True)),
                ("certificate_url", models.CharField(blank=True, max_length=1000)),
                ("notes", models.TextField(blank=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ready", "Ready"),
                            ("unchanged", "Unchanged"),
                            ("skipped", "Skipped"),
                            ("refused", "Refused"),
                            ("done", "Done"),
                        ],
                        max_length=20,
                    ),
                ),
                ("problem", models.CharField(blank=True, max_length=300)),
                (
                    "list",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="marketplace.completionlist",
                    ),
                ),
                (
                    "enrollment",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, to="marketplace.enrollment"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AwardedCredential",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.CharField(max_length=40, unique=True)),
                ("title", models.CharField(max_length=200)),
                ("holder_name", models.CharField(blank=True, max_length=200)),
                ("shows_name", models.BooleanField(default=True)),
                ("awarded_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("completed_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("revoked_by", models.CharField(blank=True, max_length=200)),
                ("revocation_reason", models.CharField(blank=True, max_length=1000)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.organization",
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="replaced_by",
                        to="marketplace.awardedcredential",
                    ),
                ),
                (
                    "template",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credentials",
                        to="marketplace.credentialtemplateversion",
                    ),
                ),
                (
                    "enrollment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credentials",
                        to="marketplace.enrollment",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EnrollmentPart",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("completed_at", models.DateTimeField(null=True)),
                ("score", models.FloatField(null=True)),
                (
                    "enrollment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="marketplace.enrollment",
                    ),
                ),
                (
                    "registration",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="runtime.registration",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="claim",
            name="part",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="claims",
                to="marketplace.enrollmentpart",
            ),
        ),
        migrations.CreateModel(
            name="EnrollmentStep",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("before", models.CharField(blank=True, max_length=20)),
                ("after", models.CharField(max_length=20)),
                ("by", models.CharField(max_length=200)),
                ("reason", models.CharField(blank=True, max_length=1000)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "enrollment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="marketplace.enrollment",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ExpiryReminder",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("days", models.PositiveIntegerField()),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "credential",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reminders",
                        to="marketplace.awardedcredential",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Holder",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=100)),
                ("name", models.CharField(max_length=200)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("website", models.URLField(blank=True, max_length=500)),
                (
                    "permissions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
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
            name="HolderMember",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "holder",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="people",
                        to="marketplace.holder",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="holders",
                        to="accounts.membership",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="IssuerKey",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(choices=[("RSA", "Rsa"), ("Ed25519", "Ed25519")], max_length=10)),
                ("private", models.BinaryField()),
                ("public", models.BinaryField()),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("retired_at", models.DateTimeField(null=True)),
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
            name="LedgerAccount",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("cash", "Cash"),
                            ("receivable", "Receivable"),
                            ("promised", "Promised"),
                            ("revenue", "Revenue"),
                            ("tax", "Tax"),
                            ("held", "Held"),
                            ("due", "Due"),
                            ("disputed", "Disputed"),
                            ("unapplied", "Unapplied"),
                        ],
                        max_length=20,
                    ),
                ),
                ("party", models.CharField(blank=True, max_length=200)),
                ("currency", models.CharField(max_length=3)),
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
            name="LedgerTransaction",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("key", models.CharField(max_length=200)),
                ("by", models.CharField(max_length=200)),
                ("note", models.CharField(blank=True, max_length=1000)),
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
            name="LedgerEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("amount_cents", models.BigIntegerField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="marketplace.ledgeraccount",
                    ),
                ),
                (
                    "transaction",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entries",
                        to="marketplace.ledgertransaction",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MailTemplate",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=40)),
                ("language", models.CharField(max_length=20)),
                ("subject", models.CharField(max_length=200)),
                ("text", models.TextField()),
                ("changed_at", models.DateTimeField(default=heliograph.core.clock.now)),
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
            name="OrderAgreement",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="agreed",
                        serialize=False,
                        to="marketplace.order",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="order",
            name="enrollment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="orders",
                to="marketplace.enrollment",
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="organization",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, to="accounts.organization"
            ),
        ),
        migrations.AddField(
            model_name="ledgertransaction",
            name="order",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="transactions",
                to="marketplace.order",
            ),
        ),
        migrations.AddField(
            model_name="allocation",
            name="order",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="allocations",
                to="marketplace.order",
            ),
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("tuition", "Tuition"), ("fee", "Fee"), ("tax", "Tax")], max_length=20
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("amount_cents", models.PositiveIntegerField()),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="marketplace.order",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Participant",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.CharField(max_length=12)),
                ("born_on", models.DateField(null=True)),
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
                    "student",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="participant",
                        to="accounts.membership",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EmploymentOutcome",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("year", models.PositiveSmallIntegerField()),
                ("quarter", models.PositiveSmallIntegerField()),
                ("employed", models.BooleanField()),
                ("match", models.CharField(max_length=1)),
                ("wages_cents", models.PositiveBigIntegerField(null=True)),
                ("employer_number", models.CharField(blank=True, max_length=20)),
                ("recorded_by", models.CharField(max_length=200)),
                ("recorded_at", models.DateTimeField(default=heliograph.core.clock.now)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.organization",
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="outcomes",
                        to="marketplace.participant",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CredentialAttainment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("type", models.CharField(blank=True, max_length=1)),
                ("attained_on", models.DateField()),
                ("recorded_by", models.CharField(max_length=200)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "awarded",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attainment",
                        to="marketplace.awardedcredential",
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
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attainments",
                        to="marketplace.participant",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Participation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("case_number", models.CharField(blank=True, max_length=40)),
                ("adult", models.CharField(default="0", max_length=1)),
                ("dislocated_worker", models.CharField(default="0", max_length=1)),
                ("youth", models.CharField(default="0", max_length=1)),
                ("employment_at_entry", models.CharField(blank=True, max_length=1)),
                ("education_at_entry", models.CharField(blank=True, max_length=1)),
                ("entered_on", models.DateField()),
                ("last_service_on", models.DateField(null=True)),
                ("exited_on", models.DateField(null=True)),
                ("exit_reason", models.CharField(default="00", max_length=2)),
                ("created_by", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "board",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="participations",
                        to="marketplace.board",
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
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="participations",
                        to="marketplace.participant",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Partner",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=100)),
                ("name", models.CharField(max_length=200)),
                ("profile", models.CharField(blank=True, max_length=40)),
                (
                    "adapter",
                    models.CharField(
                        choices=[
                            ("file", "File"),
                            ("api", "Api"),
                            ("webhook", "Webhook"),
                            ("badge", "Badge"),
                        ],
                        max_length=20,
                    ),
                ),
                ("settings", models.JSONField(default=dict)),
                ("encrypted_secrets", models.BinaryField(null=True)),
                ("is_active", models.BooleanField(default=True)),
                ("cursor", models.CharField(blank=True, max_length=2000)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("open_until", models.DateTimeField(null=True)),
                ("next_run_at", models.DateTimeField(null=True)),
                ("last_run_at", models.DateTimeField(null=True)),
                ("last_success_at", models.DateTimeField(null=True)),
                ("alerted_at", models.DateTimeField(null=True)),
                ("created_by", models.CharField(max_length=200)),
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
            name="PartnerAccount",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("external_id", models.CharField(max_length=200)),
                ("noted_by", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.membership",
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
                    "partner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="accounts",
                        to="marketplace.partner",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PartnerMessage",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("body", models.BinaryField()),
                ("received_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("done_at", models.DateTimeField(null=True)),
                ("error", models.CharField(blank=True, max_length=1000)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.organization",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="marketplace.partner",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PartnerRun",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("scheduled", "Scheduled"),
                            ("manual", "Manual"),
                            ("upload", "Upload"),
                            ("folder", "Folder"),
                            ("webhook", "Webhook"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("preview", "Preview"),
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("discarded", "Discarded"),
                        ],
                        default="waiting",
                        max_length=20,
                    ),
                ),
                ("file_name", models.CharField(blank=True, max_length=200)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("cursor", models.CharField(blank=True, max_length=2000)),
                ("position", models.PositiveIntegerField(default=0)),
                ("received", models.PositiveIntegerField(default=0)),
                ("stored", models.PositiveIntegerField(default=0)),
                ("matched", models.PositiveIntegerField(default=0)),
                ("unmatched", models.PositiveIntegerField(default=0)),
                ("ignored", models.PositiveIntegerField(default=0)),
                ("dead", models.PositiveIntegerField(default=0)),
                ("corrected", models.PositiveIntegerField(default=0)),
                ("claimed", models.PositiveIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=1000)),
                ("started_by", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("started_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.organization",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="runs",
                        to="marketplace.partner",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PartnerResult",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("external_id", models.CharField(max_length=200)),
                ("person_id", models.CharField(blank=True, max_length=200)),
                ("voucher", models.CharField(blank=True, max_length=32)),
                ("email", models.CharField(blank=True, max_length=254)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("program_key", models.CharField(blank=True, max_length=200)),
                ("status", models.CharField(blank=True, max_length=100)),
                ("outcome", models.CharField(max_length=20)),
                ("score", models.FloatField(null=True)),
                ("taken_at", models.DateTimeField(null=True)),
                ("credential_id", models.CharField(blank=True, max_length=200)),
                ("credential_url", models.CharField(blank=True, max_length=1000)),
                ("record", models.JSONField(default=dict)),
                ("seen", models.CharField(max_length=500)),
                ("correction", models.JSONField(null=True)),
                ("corrected_at", models.DateTimeField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("matched", "Matched"),
                            ("unmatched", "Unmatched"),
                            ("ignored", "Ignored"),
                            ("dead", "Dead"),
                        ],
                        max_length=20,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=40)),
                ("error", models.CharField(blank=True, max_length=1000)),
                ("matched_by", models.CharField(blank=True, max_length=20)),
                ("decided_by", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "claim",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="marketplace.claim",
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
                    "part",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="marketplace.enrollmentpart",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="results",
                        to="marketplace.partner",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="results",
                        to="marketplace.partnerrun",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PartnerVoucher",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("digest", models.CharField(max_length=32)),
                ("encrypted_code", models.BinaryField()),
                ("ending", models.CharField(max_length=4)),
                ("program_key", models.CharField(blank=True, max_length=200)),
                ("given_at", models.DateTimeField(null=True)),
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
                    "part",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="voucher",
                        to="marketplace.enrollmentpart",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="vouchers",
                        to="marketplace.partner",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PaymentAccount",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("encrypted_secret_key", models.BinaryField()),
                ("encrypted_webhook_secret", models.BinaryField()),
                ("ending", models.CharField(max_length=4)),
                ("is_live", models.BooleanField()),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("changed_by", models.CharField(max_length=200)),
                (
                    "organization",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="payment_account",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PaymentDifference",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("subject", models.CharField(max_length=255)),
                ("amount_cents", models.BigIntegerField(default=0)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("found_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("resolved_at", models.DateTimeField(null=True)),
                ("resolved_by", models.CharField(blank=True, max_length=200)),
                ("note", models.CharField(blank=True, max_length=1000)),
                (
                    "order",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="marketplace.order",
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
            name="PaymentEvent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("event_id", models.CharField(max_length=255)),
                ("kind", models.CharField(max_length=100)),
                ("object_id", models.CharField(max_length=255)),
                ("received_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("try_at", models.DateTimeField(default=heliograph.core.clock.now)),
                ("handled_at", models.DateTimeField(null=True)),
                ("error", models.CharField(blank=True, max_length=1000)),
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
            name="Program",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=100)),
                ("created_by", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "holder",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="programs",
                        to="marketplace.holder",
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
                    "template",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="programs",
                        to="marketplace.credentialtemplate",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PartnerProgram",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=200)),
                ("part_title", models.CharField(max_length=200)),
                ("part_position", models.PositiveIntegerField()),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.organization",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="programs",
                        to="marketplace.partner",
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="marketplace.program",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="enrollment",
            name="program",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="enrollments",
                to="marketplace.program",
            ),
        ),
        migrations.AddField(
            model_name="application",
            name="program",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="applications",
                to="marketplace.program",
            ),
        ),
        migrations.CreateModel(
            name="ProgramCohort",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(null=True)),
                ("capacity", models.PositiveIntegerField(null=True)),
                ("taken", models.PositiveIntegerField(default=0)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.organization",
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cohorts",
                        to="marketplace.program",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="enrollment",
            name="cohort",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="enrollments",
                to="marketplace.programcohort",
            ),
        ),
        migrations.CreateModel(
            name="ProgramPart",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("course", "Course"), ("holder", "Holder"), ("partner", "Partner")],
                        max_length=20,
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("instructions", models.TextField(blank=True)),
                ("url", models.URLField(blank=True, max_length=1000)),
                ("required", models.BooleanField(default=True)),
                (
                    "course",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="courses.course",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="enrollmentpart",
            name="part",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="marketplace.programpart"
            ),
        ),
        migrations.CreateModel(
            name="ProgramReporting",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("state_key", models.CharField(blank=True, max_length=40)),
                ("cip_code", models.CharField(blank=True, max_length=7)),
                ("occupation_code", models.CharField(blank=True, max_length=10)),
                ("training_type", models.CharField(blank=True, max_length=2)),
                ("outcome_type", models.CharField(blank=True, max_length=1)),
                ("credential_type", models.CharField(blank=True, max_length=1)),
                ("gain_type", models.CharField(blank=True, max_length=20)),
                ("hours", models.PositiveIntegerField(null=True)),
                ("listed_on", models.DateField(null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.organization",
                    ),
                ),
                (
                    "program",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reporting",
                        to="marketplace.program",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ProgramVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=200)),
                ("summary", models.CharField(blank=True, max_length=300)),
                ("description", models.TextField(blank=True)),
                ("requirements", models.TextField(blank=True)),
                ("field", models.CharField(blank=True, max_length=100)),
                ("credential", models.CharField(max_length=200)),
                ("credential_months", models.PositiveIntegerField(null=True)),
                ("weeks", models.PositiveIntegerField(null=True)),
                ("price_cents", models.PositiveIntegerField(default=0)),
                ("currency", models.CharField(default="USD", max_length=3)),
                (
                    "funding",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
                (
                    "delivery",
                    models.CharField(
                        choices=[("online", "Online"), ("in_person", "In Person"), ("hybrid", "Hybrid")],
                        default="online",
                        max_length=20,
                    ),
                ),
                ("language", models.CharField(default="en", max_length=20)),
                ("place", models.CharField(blank=True, max_length=200)),
                (
                    "approval",
                    models.CharField(
                        choices=[("review", "Review"), ("automatic", "Automatic")],
                        default="review",
                        max_length=20,
                    ),
                ),
                ("fees", models.JSONField(default=list)),
                ("tax_percent", models.DecimalField(decimal_places=3, default=0, max_digits=6)),
                ("pay_within_days", models.PositiveIntegerField(default=14)),
                ("instalments", models.PositiveIntegerField(default=1)),
                (
                    "starts_when",
                    models.CharField(
                        choices=[("paid", "Paid"), ("authorized", "Authorized")],
                        default="paid",
                        max_length=20,
                    ),
                ),
                ("refund_windows", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("published_at", models.DateTimeField(null=True)),
                (
                    "program",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="marketplace.program",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="programpart",
            name="version",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="parts",
                to="marketplace.programversion",
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="published",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="marketplace.programversion",
            ),
        ),
        migrations.AddField(
            model_name="enrollment",
            name="version",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="enrollments",
                to="marketplace.programversion",
            ),
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("amount_cents", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "Pending"), ("succeeded", "Succeeded"), ("failed", "Failed")],
                        max_length=20,
                    ),
                ),
                ("reason", models.CharField(max_length=1000)),
                ("by", models.CharField(max_length=200)),
                ("provider_id", models.CharField(blank=True, max_length=255)),
                ("error", models.CharField(blank=True, max_length=1000)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("try_at", models.DateTimeField(default=heliograph.core.clock.now)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "allocation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="marketplace.allocation",
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
            name="ReportLayout",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=200)),
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
            name="ReportLayoutVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("definition", models.JSONField()),
                ("created_by", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "layout",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="marketplace.reportlayout",
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
            name="ReportRun",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("provider_file", "Provider File"),
                            ("board_extract", "Board Extract"),
                            ("eta_9171", "Eta 9171"),
                            ("indicators", "Indicators"),
                        ],
                        max_length=20,
                    ),
                ),
                ("since", models.DateField()),
                ("until", models.DateField()),
                ("as_of", models.DateField()),
                ("least_cell", models.PositiveIntegerField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("done", "Done"),
                            ("refused", "Refused"),
                            ("failed", "Failed"),
                        ],
                        default="queued",
                        max_length=20,
                    ),
                ),
                ("snapshot_sha256", models.CharField(blank=True, max_length=64)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("rows", models.PositiveIntegerField(default=0)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("errors_found", models.PositiveIntegerField(default=0)),
                ("has_ssn", models.BooleanField(default=False)),
                ("created_by", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "board",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketplace.board",
                    ),
                ),
                (
                    "layout_version",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="marketplace.reportlayoutversion",
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
                    "snapshot_of",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="again",
                        to="marketplace.reportrun",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReportError",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("row", models.PositiveIntegerField()),
                ("element", models.CharField(blank=True, max_length=10)),
                ("rule", models.CharField(max_length=40)),
                ("gate", models.CharField(max_length=20)),
                ("participant_number", models.CharField(blank=True, max_length=12)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.organization",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="errors",
                        to="marketplace.reportrun",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RevenueAgreement",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("version", models.PositiveIntegerField()),
                ("terms", models.JSONField()),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(null=True)),
                ("created_by", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "holder",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="marketplace.holder",
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
                    "program",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="marketplace.program",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SignedCredential",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("named", models.BooleanField()),
                ("document", models.TextField()),
                ("jwt", models.TextField()),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "credential",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="signed",
                        to="marketplace.awardedcredential",
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
            name="Site",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("host", models.CharField(blank=True, max_length=253)),
                ("title", models.CharField(max_length=200)),
                ("introduction", models.TextField(blank=True)),
                ("is_open", models.BooleanField(default=False)),
                ("takes_payments", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "organization",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="marketplace",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SkillGain",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("type", models.CharField(max_length=20)),
                ("gained_on", models.DateField()),
                ("recorded_by", models.CharField(max_length=200)),
                ("revoked_at", models.DateTimeField(null=True)),
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
                    "part",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="marketplace.enrollmentpart",
                    ),
                ),
                (
                    "participation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="gains",
                        to="marketplace.participation",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SocialSecurityNumber",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("encrypted", models.BinaryField()),
                ("delete_on", models.DateField()),
                ("entered_by", models.CharField(max_length=200)),
                ("entered_at", models.DateTimeField(default=heliograph.core.clock.now)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.organization",
                    ),
                ),
                (
                    "participant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ssn",
                        to="marketplace.participant",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SsnReading",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("by", models.CharField(max_length=200)),
                ("reason", models.CharField(max_length=500)),
                ("at", models.DateTimeField(default=heliograph.core.clock.now)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.organization",
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ssn_readings",
                        to="marketplace.participant",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StatusList",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("taken", models.PositiveIntegerField(default=0)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("document", models.TextField(blank=True)),
                ("jwt", models.TextField(blank=True)),
                ("signed_at", models.DateTimeField(null=True)),
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
            name="StatusEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("index", models.PositiveIntegerField()),
                (
                    "credential",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="status_entry",
                        to="marketplace.awardedcredential",
                    ),
                ),
                (
                    "status_list",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entries",
                        to="marketplace.statuslist",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TrainingEpisode",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("entered_on", models.DateField()),
                ("ended_on", models.DateField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("", "Open"), ("completed", "Completed"), ("withdrew", "Withdrew")],
                        max_length=20,
                    ),
                ),
                ("training_type", models.CharField(blank=True, max_length=2)),
                ("occupation_code", models.CharField(blank=True, max_length=10)),
                ("cip_code", models.CharField(blank=True, max_length=7)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "enrollment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="episode",
                        to="marketplace.enrollment",
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
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="episodes",
                        to="marketplace.participant",
                    ),
                ),
                (
                    "participation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="episodes",
                        to="marketplace.participation",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Voucher",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("code", models.CharField(max_length=40)),
                ("payer_name", models.CharField(blank=True, max_length=200)),
                ("payer_email", models.EmailField(blank=True, max_length=254)),
                ("amount_cents", models.PositiveIntegerField(null=True)),
                ("currency", models.CharField(default="USD", max_length=3)),
                ("expires_on", models.DateField(null=True)),
                ("uses", models.PositiveIntegerField(default=1)),
                ("used", models.PositiveIntegerField(default=0)),
                ("created_by", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.organization",
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="marketplace.program",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="allocation",
            name="voucher",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="allocations",
                to="marketplace.voucher",
            ),
        ),
        migrations.CreateModel(
            name="WioaService",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("on", models.DateField()),
                ("note", models.CharField(blank=True, max_length=500)),
                ("recorded_by", models.CharField(max_length=200)),
                ("cancelled_at", models.DateTimeField(null=True)),
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
                    "participation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="services",
                        to="marketplace.participation",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WioaSettings",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("provider", models.CharField(max_length=75)),
                ("state", models.CharField(blank=True, max_length=2)),
                ("least_cell", models.PositiveIntegerField(null=True)),
                ("asks_ssn", models.BooleanField(default=False)),
                ("ssn_days", models.PositiveIntegerField(default=365)),
                ("recorded_to", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "organization",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="wioa",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="board",
            constraint=models.UniqueConstraint(fields=("organization", "name"), name="board_name"),
        ),
        migrations.AddIndex(
            model_name="checkoutsession",
            index=models.Index(fields=["organization", "-id"], name="checkout_newest"),
        ),
        migrations.AddConstraint(
            model_name="checkoutsession",
            constraint=models.UniqueConstraint(
                condition=models.Q(("provider_id", ""), _negated=True),
                fields=("organization", "provider_id"),
                name="checkout_provider",
            ),
        ),
        migrations.AddConstraint(
            model_name="checkoutsession",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["open", "processing"])),
                fields=("allocation",),
                name="checkout_one_open",
            ),
        ),
        migrations.AddIndex(
            model_name="claimfile",
            index=models.Index(fields=["organization", "received_sha256"], name="claimfile_received"),
        ),
        migrations.AddIndex(
            model_name="completionlist",
            index=models.Index(fields=["organization", "-id"], name="completionlist_newest"),
        ),
        migrations.AddConstraint(
            model_name="credentialtemplate",
            constraint=models.UniqueConstraint(
                fields=("organization", "name"), name="credentialtemplate_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="credentialtemplate",
            constraint=models.UniqueConstraint(
                condition=models.Q(("usual", True)),
                fields=("organization",),
                name="credentialtemplate_one_usual",
            ),
        ),
        migrations.AddConstraint(
            model_name="credentialtemplateversion",
            constraint=models.UniqueConstraint(
                fields=("template", "number"), name="credentialtemplateversion_number"
            ),
        ),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(fields=["organization", "-id"], name="dispute_newest"),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.UniqueConstraint(
                fields=("organization", "provider_id"), name="dispute_provider"
            ),
        ),
        migrations.AddConstraint(
            model_name="completionlistrow",
            constraint=models.UniqueConstraint(fields=("list", "number"), name="completionlistrow_number"),
        ),
        migrations.AddIndex(
            model_name="awardedcredential",
            index=models.Index(fields=["organization", "-id"], name="awarded_newest"),
        ),
        migrations.AddIndex(
            model_name="awardedcredential",
            index=models.Index(
                condition=models.Q(("revoked_at", None)), fields=["expires_at"], name="awarded_expires"
            ),
        ),
        migrations.AddConstraint(
            model_name="awardedcredential",
            constraint=models.UniqueConstraint(
                condition=models.Q(("revoked_at", None)), fields=("enrollment",), name="awarded_one_valid"
            ),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(fields=["organization", "-id"], name="claim_newest"),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(
                condition=models.Q(("state", "proposed")),
                fields=["organization", "id"],
                name="claim_to_decide",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.UniqueConstraint(
                condition=models.Q(("source", ""), _negated=True),
                fields=("organization", "source"),
                name="claim_source",
            ),
        ),
        migrations.AddIndex(
            model_name="enrollmentstep",
            index=models.Index(fields=["enrollment", "id"], name="enrollmentstep_order"),
        ),
        migrations.AddConstraint(
            model_name="expiryreminder",
            constraint=models.UniqueConstraint(fields=("credential", "days"), name="expiryreminder_once"),
        ),
        migrations.AddConstraint(
            model_name="holder",
            constraint=models.UniqueConstraint(fields=("organization", "key"), name="holder_key"),
        ),
        migrations.AddConstraint(
            model_name="holdermember",
            constraint=models.UniqueConstraint(fields=("holder", "member"), name="holdermember_once"),
        ),
        migrations.AddIndex(
            model_name="issuerkey",
            index=models.Index(fields=["organization", "-id"], name="issuerkey_newest"),
        ),
        migrations.AddConstraint(
            model_name="issuerkey",
            constraint=models.UniqueConstraint(
                condition=models.Q(("retired_at", None)),
                fields=("organization", "kind"),
                name="issuerkey_one_current",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.UniqueConstraint(
                fields=("organization", "kind", "party", "currency"), name="ledgeraccount_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.UniqueConstraint(fields=("transaction", "account"), name="ledgerentry_once"),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_cents", 0), _negated=True), name="ledgerentry_amount"
            ),
        ),
        migrations.AddConstraint(
            model_name="mailtemplate",
            constraint=models.UniqueConstraint(
                fields=("organization", "key", "language"), name="mailtemplate_once"
            ),
        ),
        migrations.AddField(
            model_name="orderagreement",
            name="agreement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="orders",
                to="marketplace.revenueagreement",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["organization", "-id"], name="order_newest"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["pay_by"], name="order_overdue"
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(fields=("organization", "number"), name="order_number"),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "canceled"), _negated=True),
                fields=("enrollment",),
                name="order_one_of_enrollment",
            ),
        ),
        migrations.AddIndex(
            model_name="ledgertransaction",
            index=models.Index(fields=["organization", "-id"], name="ledgertransaction_newest"),
        ),
        migrations.AddConstraint(
            model_name="ledgertransaction",
            constraint=models.UniqueConstraint(fields=("organization", "key"), name="ledgertransaction_once"),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.UniqueConstraint(fields=("order", "position"), name="orderline_position"),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.UniqueConstraint(fields=("organization", "number"), name="participant_number"),
        ),
        migrations.AddConstraint(
            model_name="employmentoutcome",
            constraint=models.UniqueConstraint(
                fields=("participant", "year", "quarter"), name="outcome_quarter"
            ),
        ),
        migrations.AddConstraint(
            model_name="employmentoutcome",
            constraint=models.CheckConstraint(
                condition=models.Q(("quarter__gte", 1), ("quarter__lte", 4)), name="outcome_of_a_quarter"
            ),
        ),
        migrations.AddIndex(
            model_name="participation",
            index=models.Index(fields=["organization", "-id"], name="participation_newest"),
        ),
        migrations.AddIndex(
            model_name="participation",
            index=models.Index(
                condition=models.Q(("exited_on", None)),
                fields=["organization", "id"],
                name="participation_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="participation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("exited_on", None)),
                fields=("participant",),
                name="participation_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="participation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("exited_on", None), ("exited_on__gte", models.F("entered_on")), _connector="OR"
                ),
                name="participation_order",
            ),
        ),
        migrations.AddIndex(
            model_name="partner",
            index=models.Index(
                condition=models.Q(("is_active", True)), fields=["next_run_at"], name="partner_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="partner",
            constraint=models.UniqueConstraint(fields=("organization", "key"), name="partner_key"),
        ),
        migrations.AddConstraint(
            model_name="partneraccount",
            constraint=models.UniqueConstraint(fields=("partner", "external_id"), name="partneraccount_once"),
        ),
        migrations.AddIndex(
            model_name="partnermessage",
            index=models.Index(
                condition=models.Q(("done_at", None)), fields=["partner", "id"], name="partnermessage_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="partnermessage",
            constraint=models.UniqueConstraint(fields=("partner", "digest"), name="partnermessage_once"),
        ),
        migrations.AddIndex(
            model_name="partnerrun",
            index=models.Index(fields=["partner", "-id"], name="partnerrun_newest"),
        ),
        migrations.AddIndex(
            model_name="partnerrun",
            index=models.Index(
                condition=models.Q(("state__in", ["waiting", "running"])),
                fields=["state"],
                name="partnerrun_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="partnerrun",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(("digest", ""), _negated=True),
                    models.Q(("state__in", ["failed", "discarded"]), _negated=True),
                ),
                fields=("partner", "digest"),
                name="partnerrun_file_once",
            ),
        ),
        migrations.AddIndex(
            model_name="partnerresult",
            index=models.Index(fields=["organization", "-id"], name="partnerresult_newest"),
        ),
        migrations.AddIndex(
            model_name="partnerresult",
            index=models.Index(
                condition=models.Q(("claim", None), ("state", "matched")),
                fields=["partner", "taken_at"],
                name="partnerresult_to_claim",
            ),
        ),
        migrations.AddIndex(
            model_name="partnerresult",
            index=models.Index(
                condition=models.Q(
                    ("state__in", ["unmatched", "dead"]),
                    models.Q(("correction", None), _negated=True),
                    _connector="OR",
                ),
                fields=["organization", "id"],
                name="partnerresult_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="partnerresult",
            index=models.Index(
                condition=models.Q(("part", None), _negated=True), fields=["part"], name="partnerresult_part"
            ),
        ),
        migrations.AddIndex(
            model_name="partnerresult",
            index=models.Index(
                condition=models.Q(("claim", None), _negated=True),
                fields=["claim"],
                name="partnerresult_claim",
            ),
        ),
        migrations.AddConstraint(
            model_name="partnerresult",
            constraint=models.UniqueConstraint(
                fields=("partner", "external_id", "taken_at"), name="partnerresult_once", nulls_distinct=False
            ),
        ),
        migrations.AddIndex(
            model_name="partnervoucher",
            index=models.Index(
                condition=models.Q(("given_at", None)), fields=["partner", "id"], name="partnervoucher_free"
            ),
        ),
        migrations.AddConstraint(
            model_name="partnervoucher",
            constraint=models.UniqueConstraint(fields=("partner", "digest"), name="partnervoucher_once"),
        ),
        migrations.AddIndex(
            model_name="paymentdifference",
            index=models.Index(fields=["organization", "-id"], name="difference_newest"),
        ),
        migrations.AddConstraint(
            model_name="paymentdifference",
            constraint=models.UniqueConstraint(
                fields=("organization", "kind", "subject"), name="difference_once"
            ),
        ),
        migrations.AddIndex(
            model_name="paymentevent",
            index=models.Index(
                condition=models.Q(("handled_at", None)), fields=["try_at"], name="paymentevent_waits"
            ),
        ),
        migrations.AddIndex(
            model_name="paymentevent",
            index=models.Index(fields=["organization", "-id"], name="paymentevent_newest"),
        ),
        migrations.AddConstraint(
            model_name="paymentevent",
            constraint=models.UniqueConstraint(fields=("organization", "event_id"), name="paymentevent_once"),
        ),
        migrations.AddConstraint(
            model_name="partnerprogram",
            constraint=models.UniqueConstraint(
                fields=("partner", "key", "program"), name="partnerprogram_once"
            ),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(fields=["organization", "-id"], name="application_newest"),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                condition=models.Q(("submitted_at", None)), fields=["expires_at"], name="application_expires"
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.UniqueConstraint(
                condition=models.Q(("submitted_at", None)),
                fields=("program", "email"),
                name="application_one_open",
            ),
        ),
        migrations.AddIndex(
            model_name="programcohort",
            index=models.Index(fields=["organization", "starts_on"], name="cohort_starts"),
        ),
        migrations.AddConstraint(
            model_name="programcohort",
            constraint=models.CheckConstraint(
                condition=models.Q(("capacity", None), ("taken__lte", models.F("capacity")), _connector="OR"),
                name="cohort_capacity",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrollmentpart",
            constraint=models.UniqueConstraint(fields=("enrollment", "part"), name="enrollmentpart_once"),
        ),
        migrations.AddConstraint(
            model_name="programreporting",
            constraint=models.UniqueConstraint(fields=("organization", "program"), name="reporting_program"),
        ),
        migrations.AddConstraint(
            model_name="programversion",
            constraint=models.UniqueConstraint(fields=("program", "number"), name="programversion_number"),
        ),
        migrations.AddConstraint(
            model_name="programversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("published_at", None)),
                fields=("program",),
                name="programversion_one_draft",
            ),
        ),
        migrations.AddConstraint(
            model_name="programpart",
            constraint=models.UniqueConstraint(fields=("version", "position"), name="programpart_position"),
        ),
        migrations.AddConstraint(
            model_name="programpart",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "course"), ("course", None), _connector="XOR"),
                name="programpart_course_of_ours",
            ),
        ),
        migrations.AddIndex(
            model_name="program",
            index=models.Index(fields=["organization", "-id"], name="program_newest"),
        ),
        migrations.AddConstraint(
            model_name="program",
            constraint=models.UniqueConstraint(fields=("organization", "key"), name="program_key"),
        ),
        migrations.AddIndex(
            model_name="enrollment",
            index=models.Index(fields=["organization", "-id"], name="enrollment_newest"),
        ),
        migrations.AddIndex(
            model_name="enrollment",
            index=models.Index(fields=["program", "-id"], name="enrollment_of_program"),
        ),
        migrations.AddConstraint(
            model_name="enrollment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["completed", "rejected", "withdrawn"]), _negated=True),
                fields=("program", "student"),
                name="enrollment_one_open",
            ),
        ),
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(fields=["organization", "-id"], name="refund_newest"),
        ),
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(
                condition=models.Q(("state", "pending")), fields=["try_at"], name="refund_pending"
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_cents__gt", 0)), name="refund_amount"
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.UniqueConstraint(
                condition=models.Q(("provider_id", ""), _negated=True),
                fields=("organization", "provider_id"),
                name="refund_provider",
            ),
        ),
        migrations.AddConstraint(
            model_name="reportlayout",
            constraint=models.UniqueConstraint(fields=("organization", "name"), name="reportlayout_name"),
        ),
        migrations.AddConstraint(
            model_name="reportlayoutversion",
            constraint=models.UniqueConstraint(fields=("layout", "number"), name="layoutversion_number"),
        ),
        migrations.AddIndex(
            model_name="reportrun",
            index=models.Index(fields=["organization", "-id"], name="reportrun_newest"),
        ),
        migrations.AddIndex(
            model_name="reporterror",
            index=models.Index(fields=["run", "id"], name="reporterror_order"),
        ),
        migrations.AddConstraint(
            model_name="revenueagreement",
            constraint=models.UniqueConstraint(
                fields=("organization", "name", "version"), name="agreement_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="revenueagreement",
            constraint=models.CheckConstraint(
                condition=models.Q(("program", None), ("holder", None), _connector="OR"),
                name="agreement_of_one",
            ),
        ),
        migrations.AddIndex(
            model_name="signedcredential",
            index=models.Index(fields=["organization", "id"], name="signedcredential_order"),
        ),
        migrations.AddConstraint(
            model_name="signedcredential",
            constraint=models.UniqueConstraint(fields=("credential", "named"), name="signedcredential_once"),
        ),
        migrations.AddConstraint(
            model_name="site",
            constraint=models.UniqueConstraint(
                condition=models.Q(("host", ""), _negated=True), fields=("host",), name="site_host"
            ),
        ),
        migrations.AddConstraint(
            model_name="skillgain",
            constraint=models.UniqueConstraint(
                condition=models.Q(("revoked_at", None)), fields=("part",), name="skillgain_one_of_part"
            ),
        ),
        migrations.AddIndex(
            model_name="socialsecuritynumber",
            index=models.Index(fields=["delete_on"], name="ssn_delete_on"),
        ),
        migrations.AddIndex(
            model_name="ssnreading",
            index=models.Index(fields=["participant", "-id"], name="ssnreading_newest"),
        ),
        migrations.AddConstraint(
            model_name="statuslist",
            constraint=models.UniqueConstraint(fields=("organization", "number"), name="statuslist_number"),
        ),
        migrations.AddConstraint(
            model_name="statusentry",
            constraint=models.UniqueConstraint(fields=("status_list", "index"), name="statusentry_index"),
        ),
        migrations.AddIndex(
            model_name="trainingepisode",
            index=models.Index(fields=["organization", "participant"], name="episode_of_organization"),
        ),
        migrations.AddConstraint(
            model_name="trainingepisode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_on", None), ("outcome", "")),
                    models.Q(
                        models.Q(("ended_on", None), _negated=True), models.Q(("outcome", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="episode_ended",
            ),
        ),
        migrations.AddIndex(
            model_name="voucher",
            index=models.Index(fields=["organization", "-id"], name="voucher_newest"),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.UniqueConstraint(fields=("organization", "code"), name="voucher_code"),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.CheckConstraint(
                condition=models.Q(("used__lte", models.F("uses"))), name="voucher_uses"
            ),
        ),
        migrations.AddIndex(
            model_name="allocation",
            index=models.Index(fields=["order", "id"], name="allocation_of_order"),
        ),
        migrations.AddIndex(
            model_name="allocation",
            index=models.Index(fields=["organization", "state", "-id"], name="allocation_by_state"),
        ),
        migrations.AddConstraint(
            model_name="allocation",
            constraint=models.UniqueConstraint(
                fields=("organization", "invoice_number"), name="allocation_invoice"
            ),
        ),
        migrations.AddConstraint(
            model_name="allocation",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_cents__gt", 0)), name="allocation_amount"
            ),
        ),
        migrations.AddConstraint(
            model_name="allocation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "refunded_cents__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("amount_cents"), "-", models.F("disputed_cents")
                        ),
                    )
                ),
                name="allocation_given_back",
            ),
        ),
        migrations.AddIndex(
            model_name="wioaservice",
            index=models.Index(fields=["participation", "on"], name="wioaservice_days"),
        ),
        migrations.RunSQL(triggers.CREATE, triggers.DROP),
    ]
