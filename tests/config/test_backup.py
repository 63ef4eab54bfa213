"""A backup holds every file that a row of its snapshot may name, whatever happens to the file meanwhile."""

import shutil
import tarfile
from pathlib import Path

import pytest
from django.conf import settings

from heliograph.config import backup


@pytest.fixture
def files():
    """The folder of the files, with one that lies there for long."""
    folder = settings.HELIOGRAPH.home / "files"
    shutil.rmtree(folder, ignore_errors=True)  # what other tests have left
    (folder / "northlight" / "aa").mkdir(parents=True)
    (folder / "northlight" / "aa" / "before").write_bytes(b"old")
    yield folder / "northlight" / "aa"
    shutil.rmtree(folder)


def archived(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as archive:
        contents = {}
        for member in archive:
            if member.name.startswith("files/"):
                content = archive.extractfile(member)
                assert content is not None
                contents[Path(member.name).name] = content.read()
        return contents


def test_what_comes_or_is_deleted_while_the_database_is_read_is_in_it(files, tmp_path, monkeypatch):
    def meanwhile(*taken, dump=backup._dump):
        (files / "before").unlink()
        (files / "after").write_bytes(b"new")
        (files / ".unfinished").write_bytes(b"half")
        dump(*taken)

    monkeypatch.setattr(backup, "_dump", meanwhile)
    assert backup.write(tmp_path / "backup.tar")["files"] == 2
    assert archived(tmp_path / "backup.tar") == {"before": b"old", "after": b"new"}
    assert [path.name for path in files.parent.parent.iterdir()] == ["northlight"]


def test_what_a_killed_backup_left_is_written_over(files, tmp_path):
    (tmp_path / ".backup.tar.unfinished").write_bytes(b"x" * 2**20)
    (tmp_path / "backup.tar").write_bytes(b"yesterday's")
    backup.write(tmp_path / "backup.tar")
    assert archived(tmp_path / "backup.tar") == {"before": b"old"}
    assert [path.name for path in tmp_path.iterdir()] == ["backup.tar"]


def test_a_backup_that_fails_leaves_yesterdays_as_it_was(files, tmp_path, monkeypatch):
    (tmp_path / "backup.tar").write_bytes(b"yesterday's")
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:secret@127.0.0.1:9/nothing")
    with pytest.raises(backup.BackupNotWritten, match="The database could not be read") as refused:
        backup.write(tmp_path / "backup.tar")
    assert "secret" not in refused.value.sentence
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"yesterday's"]
