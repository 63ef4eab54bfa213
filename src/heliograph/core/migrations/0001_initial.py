from django.db import migrations, models

from heliograph.core import sql_views as sql_views
from heliograph.core.database import change_queue


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Counter",
            fields=[
                ("name", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("count", models.BigIntegerField(default=0)),
                ("seconds", models.FloatField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Installation",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name="ChangeQueue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("organization_id", models.UUIDField()),
                ("dispatch_id", models.UUIDField(null=True)),
                ("course_id", models.UUIDField(null=True)),
                ("registration_id", models.UUIDField()),
                ("learner_id", models.UUIDField()),
                ("day", models.DateField(null=True)),
                ("registered_day", models.DateField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["organization_id", "dispatch_id"], name="changequeue_of")],
            },
        ),
        migrations.RunSQL(change_queue.CREATE, change_queue.DROP),
        migrations.RunSQL(sql_views.CREATE, sql_views.DROP),
    ]
