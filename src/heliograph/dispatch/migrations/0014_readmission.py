import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_answered_requests"),
        ("dispatch", "0013_forgetting_licensed_learners"),
        ("runtime", "0008_launch_tokens_and_forgetting"),
    ]

    operations = [
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
                    "organisation",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="accounts.organisation"),
                ),
            ],
        ),
    ]
