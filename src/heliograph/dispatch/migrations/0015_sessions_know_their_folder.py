from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0014_readmission")]

    operations = [
        migrations.AddField("session", "folder", models.CharField(blank=True, default="", max_length=500), preserve_default=False),
        migrations.AlterField("session", "time_before_attempt", models.BigIntegerField(null=True)),
    ]
