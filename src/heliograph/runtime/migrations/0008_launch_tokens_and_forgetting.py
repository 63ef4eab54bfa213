import django.db.models.deletion
from django.db import migrations, models

from heliograph.runtime import forgetting


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_answered_requests"),
        ("runtime", "0007_results_and_identities"),
    ]

    operations = [
        migrations.CreateModel(
            name="LaunchToken",
            fields=[
                ("digest", models.BinaryField(primary_key=True, serialize=False)),
                ("expires_at", models.DateTimeField(db_index=True)),
                ("used_at", models.DateTimeField(null=True)),
                ("used_by", models.BinaryField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "registration",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="runtime.registration"),
                ),
            ],
        ),
        migrations.RunSQL(forgetting.CREATE, forgetting.DROP),
    ]
