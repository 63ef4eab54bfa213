"""The database that a program is started with: as its models say, and this home's own."""

import dataclasses
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.migrations.recorder import MigrationRecorder

from heliograph.config import database
from heliograph.core.database.embedded_postgres import DatabaseMissing
from heliograph.core.ids import new_id
from heliograph.core.models import Installation


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


@pytest.fixture
def start(db, settings, tmp_path):
    """Starts with one database of DATABASE_URL, in a home of that name."""

    def run(name):
        home = tmp_path / name
        home.mkdir(exist_ok=True)
        settings.HELIOGRAPH = dataclasses.replace(settings.HELIOGRAPH, home=home, embedded=False)
        database.bring_up_to_date(migrate=False)
        return home

    return run


def test_a_home_with_files_of_another_installation_is_refused_and_can_be_accepted_on_purpose(start, tmp_path):
    ours = start("ours")
    (ours / "files" / "northlight").mkdir(parents=True)
    start("ours")
    (tmp_path / "theirs" / "files" / "brandt").mkdir(parents=True)
    with pytest.raises(database.DatabaseOfAnotherHome, match="belongs to another installation") as refused:
        start("theirs")
    assert refused.value.document()["code"] == "database_of_another_home"
    *_, told, _, _, _, file = refused.value.sentence.split()
    Path(file).write_text(told)
    start("theirs")


def test_a_home_that_knows_another_database_is_refused_before_it_has_files(start, tmp_path):
    start("ours")
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / database.INSTALLATION).write_text(str(new_id()))
    with pytest.raises(database.DatabaseOfAnotherHome):
        start("theirs")


def test_a_home_with_files_from_before_ids_goes_on_with_its_database(start, tmp_path):
    (tmp_path / "ours" / "files" / "northlight").mkdir(parents=True)
    home = start("ours")
    assert (home / database.INSTALLATION).read_text().strip() == str(Installation.objects.get().id)


def test_an_empty_home_is_given_the_databases_id(start):
    assert (start("ours") / database.INSTALLATION).read_text() == (
        start("new") / database.INSTALLATION
    ).read_text()
