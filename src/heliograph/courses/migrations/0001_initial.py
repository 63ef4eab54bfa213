import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import heliograph.core.clock
import heliograph.core.ids
from heliograph.courses import sql_views as sql_views


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Course",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=100)),
                ("title", models.CharField(max_length=300)),
                ("description", models.TextField(blank=True)),
                (
                    "strict",
                    models.BooleanField(
                        default=False,
                        help_text="Enforce the size limits of the standard, which some courses exceed.",
                    ),
                ),
                (
                    "opens_in",
                    models.CharField(
                        choices=[("frame", "Frame (inside the LMS)"), ("window", "New window")],
                        default="frame",
                        max_length=10,
                    ),
                ),
                (
                    "completes_by",
                    models.CharField(
                        choices=[
                            ("completed or passed", "Completed or Passed"),
                            ("completed", "Completed"),
                            ("passed", "Passed"),
                            ("terminated", "Terminated"),
                            ("launched", "Launched"),
                        ],
                        db_default="completed or passed",
                        default="completed or passed",
                        max_length=30,
                    ),
                ),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CourseVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("standard", models.CharField(max_length=20)),
                ("edition", models.CharField(blank=True, max_length=10)),
                ("title", models.CharField(max_length=300)),
                ("structure", models.JSONField()),
                ("findings", models.JSONField(default=list)),
                ("filename", models.CharField(max_length=255)),
                ("package_sha256", models.CharField(max_length=64)),
                ("package_bytes", models.BigIntegerField()),
                ("file_count", models.PositiveIntegerField()),
                ("total_bytes", models.BigIntegerField()),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("created_by", models.CharField(max_length=200)),
                ("published_at", models.DateTimeField(null=True)),
                (
                    "course",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="courses.course",
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
            ],
        ),
        migrations.CreateModel(
            name="CourseFile",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("path", models.CharField(max_length=1024)),
                ("size", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("crc32", models.BigIntegerField()),
                ("blob", models.CharField(max_length=64)),
                ("offset", models.BigIntegerField(default=0)),
                ("stored_bytes", models.BigIntegerField()),
                ("deflated", models.BooleanField(default=False)),
                ("decomposed", models.BooleanField(db_default=False, default=False)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.organization",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="courses.courseversion",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="course",
            name="published",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="courses.courseversion",
            ),
        ),
        migrations.CreateModel(
            name="Import",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("course_key", models.CharField(blank=True, max_length=100)),
                ("publish", models.BooleanField(default=False)),
                ("filename", models.CharField(max_length=255)),
                ("package_sha256", models.CharField(max_length=64)),
                ("package_bytes", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("refused", "Refused"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("progress", models.PositiveSmallIntegerField(default=0)),
                ("stage", models.CharField(default="Queued", max_length=200)),
                ("error_code", models.CharField(blank=True, max_length=60)),
                ("error", models.TextField(blank=True)),
                ("error_source", models.JSONField(blank=True, default=dict)),
                ("created_by", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.organization",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="imports",
                        to="courses.courseversion",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="courseversion",
            index=models.Index(fields=["organization", "package_sha256"], name="version_package"),
        ),
        migrations.AddConstraint(
            model_name="courseversion",
            constraint=models.UniqueConstraint(
                fields=("organization", "course", "number"), name="version_number"
            ),
        ),
        migrations.AddIndex(
            model_name="coursefile",
            index=models.Index(fields=["organization", "blob"], name="file_blob"),
        ),
        migrations.AddConstraint(
            model_name="coursefile",
            constraint=models.UniqueConstraint(fields=("organization", "version", "path"), name="file_path"),
        ),
        migrations.AddIndex(
            model_name="course",
            index=models.Index(fields=["organization", "-id"], name="course_newest"),
        ),
        migrations.AddConstraint(
            model_name="course",
            constraint=models.UniqueConstraint(fields=("organization", "key"), name="course_key"),
        ),
        migrations.AddIndex(
            model_name="import",
            index=models.Index(fields=["organization", "-id"], name="import_newest"),
        ),
        migrations.AddIndex(
            model_name="import",
            index=models.Index(fields=["organization", "package_sha256"], name="import_package"),
        ),
        migrations.AddField(
            model_name="course",
            name="owner",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="accounts.membership",
            ),
        ),
        migrations.AddField(
            model_name="course",
            name="tags",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40), db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="import",
            name="owner",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="accounts.membership",
            ),
        ),
        migrations.CreateModel(
            name="Folder",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=heliograph.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("created_at", models.DateTimeField(default=heliograph.core.clock.now, editable=False)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.organization",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="children",
                        to="courses.folder",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="import",
            name="folder",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="courses.folder",
            ),
        ),
        migrations.AddField(
            model_name="course",
            name="folder",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="courses",
                to="courses.folder",
            ),
        ),
        migrations.AddIndex(
            model_name="course",
            index=models.Index(fields=["folder"], name="course_folder"),
        ),
        migrations.AddConstraint(
            model_name="folder",
            constraint=models.UniqueConstraint(
                models.F("organization"),
                models.F("parent"),
                django.db.models.functions.text.Lower("name"),
                name="folder_name",
                nulls_distinct=False,
            ),
        ),
        migrations.RunSQL(sql_views.CREATE, sql_views.DROP),
    ]
