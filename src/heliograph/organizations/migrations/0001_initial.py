import django.db.models.deletion
from django.db import migrations, models

import heliograph.core.clock
import heliograph.core.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("runtime", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Assignment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("due_at", models.DateTimeField(null=True)),
                ("next_reminder_at", models.DateTimeField(null=True)),
                ("assigned_by", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="assignments",
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
                    "registration",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="assignment",
                        to="runtime.registration",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organization", "-id"], name="assignment_newest"),
                    models.Index(
                        condition=models.Q(("next_reminder_at", None), _negated=True),
                        fields=["next_reminder_at"],
                        name="assignment_reminder",
                    ),
                ],
            },
        ),
    ]
