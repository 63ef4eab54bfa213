"""Files lie under their content's hash, whole or not at all, and each organization has its own."""

import hashlib

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from heliograph.core import storage
from heliograph.core.ids import new_id

CONTENT = b"a course"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def organization():
    return new_id()


@pytest.fixture
def local(tmp_path):
    path = tmp_path / "upload"
    path.write_bytes(CONTENT)
    return path


def test_a_file_is_taken_over_and_read_again(organization, local):
    storage.keep(organization, SHA256, local)
    assert not local.exists()
    with storage.open_blob(organization, SHA256) as blob:
        blob.seek(2)
        assert blob.read() == b"course"


def test_the_same_content_a_second_time_is_the_same_file(organization, local, tmp_path):
    storage.keep(organization, SHA256, local)
    again = tmp_path / "again"
    again.write_bytes(CONTENT)
    storage.keep(organization, SHA256, again)
    assert not again.exists()
    assert default_storage.listdir(f"{organization}/{SHA256[:2]}")[1] == [SHA256]


def test_another_organization_has_nothing_of_it(organization, local):
    storage.keep(organization, SHA256, local)
    with pytest.raises(FileNotFoundError):
        storage.open_blob(new_id(), SHA256)


def test_what_is_discarded_is_gone_and_may_be_discarded_again(organization, local):
    storage.keep(organization, SHA256, local)
    for _ in range(2):
        storage.discard(organization, SHA256)
    with pytest.raises(FileNotFoundError):
        storage.open_blob(organization, SHA256)


class Failing(ContentFile):
    def chunks(self, chunk_size=None):
        yield b"the first half"
        raise OSError("the disk is full")


def test_what_breaks_off_never_has_its_name(organization):
    name = storage.blob_name(organization, SHA256)
    with pytest.raises(OSError, match="disk is full"):
        default_storage.save(name, Failing(b""))
    assert not default_storage.exists(name)


def test_content_from_memory_is_stored_whole(organization):
    name = storage.blob_name(organization, SHA256)
    default_storage.save(name, ContentFile(CONTENT))
    with storage.open_blob(organization, SHA256) as blob:
        assert blob.read() == CONTENT


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "a/../../outside"])
def test_no_name_leads_out_of_the_folder(name):
    with pytest.raises(Exception, match=r"(?i)outside|suspicious|traversal|located"):
        default_storage.save(name, ContentFile(b""))
