from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("courses", "0002_what_completes_an_xapi_course")]

    operations = [
        migrations.AddField(model_name="coursefile", name="decomposed", field=models.BooleanField(db_default=False, default=False)),
    ]
