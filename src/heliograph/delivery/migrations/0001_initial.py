from django.db import migrations, models

import heliograph.core.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Mail",
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
                ("organization_id", models.UUIDField(null=True)),
                ("to", models.JSONField()),
                ("subject", models.CharField(max_length=300)),
                ("text", models.TextField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organization_id", "-id"], name="mail_newest"),
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["next_try_at"], name="mail_due"
                    ),
                ],
            },
        ),
    ]
