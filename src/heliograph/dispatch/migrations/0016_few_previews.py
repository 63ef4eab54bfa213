from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0015_sessions_know_their_folder")]

    operations = [
        migrations.AddField("dispatch", "glances", models.PositiveIntegerField(default=0)),
        migrations.AddField("dispatch", "glances_since", models.DateTimeField(null=True)),
    ]
