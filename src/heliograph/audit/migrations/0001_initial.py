from django.db import migrations, models

import heliograph.core.ids
from heliograph.audit import deletion_triggers
from heliograph.core.database.partitions import CreatePartitionedModel


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        CreatePartitionedModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField()),
                ("actor_kind", models.CharField(max_length=20)),
                ("actor_id", models.UUIDField(null=True)),
                ("actor_label", models.CharField(max_length=200)),
                ("verb", models.CharField(max_length=60)),
                ("subject_kind", models.CharField(max_length=40)),
                ("subject_id", models.UUIDField(null=True)),
                ("subject_label", models.CharField(max_length=300)),
                ("details", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organization_id", "-id"], name="audit_newest"),
                    models.Index(fields=["organization_id", "subject_id", "-id"], name="audit_subject"),
                    models.Index(
                        condition=models.Q(("subject_kind__in", ("course version", "dispatch", "license"))),
                        fields=["organization_id", "subject_kind", "-id"],
                        name="audit_annotated",
                    ),
                    models.Index(
                        condition=models.Q(("actor_kind", "user")),
                        fields=["organization_id", "actor_id", "-id"],
                        name="audit_actor",
                    ),
                ],
            },
        ),
        migrations.RunSQL(deletion_triggers.CREATE, deletion_triggers.DROP),
        migrations.CreateModel(
            name="Seal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organization_id", models.UUIDField()),
                ("through", models.UUIDField()),
                ("entries", models.PositiveIntegerField()),
                ("digest", models.BinaryField(max_length=32)),
                ("retired", models.BinaryField(max_length=32, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organization_id", "through"), name="seal_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Verification",
            fields=[
                ("organization_id", models.UUIDField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("differs_after", models.UUIDField(null=True)),
                ("differs_through", models.UUIDField(null=True)),
            ],
        ),
    ]
