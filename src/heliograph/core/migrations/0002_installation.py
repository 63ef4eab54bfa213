from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0001_counters")]

    operations = [
        migrations.CreateModel(
            name="Installation",
            fields=[("id", models.UUIDField(primary_key=True, serialize=False))],
        ),
    ]
