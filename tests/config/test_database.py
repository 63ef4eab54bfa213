"""The database that a program is started with: as its models say, and this home's own."""

import dataclasses

import pytest
from django.core.management import call_command
from django.db.migrations.recorder import MigrationRecorder

from heliograph.config import database
from heliograph.core.embedded_postgres import DatabaseMissing


def test_the_migrations_make_what_the_models_say(db):
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_a_database_that_a_newer_version_has_used_is_refused_with_what_to_do(db):
    database.bring_up_to_date(migrate=False)
    MigrationRecorder.Migration.objects.create(app="courses", name="0999_of_next_year")
    with pytest.raises(database.DatabaseNewer, match=r"courses\.0999_of_next_year is not known") as refused:
        database.bring_up_to_date(migrate=True)
    assert refused.value.document()["code"] == "database_newer"


def test_an_empty_database_beside_files_is_not_filled_with_empty_tables(db, settings, tmp_path):
    settings.HELIOGRAPH = dataclasses.replace(settings.HELIOGRAPH, home=tmp_path)
    MigrationRecorder.Migration.objects.all().delete()
    (tmp_path / "files" / "northlight").mkdir(parents=True)
    with pytest.raises(DatabaseMissing, match="has files, and the database is empty") as refused:
        database.bring_up_to_date(migrate=True)
    assert refused.value.document()["code"] == "database_missing"
