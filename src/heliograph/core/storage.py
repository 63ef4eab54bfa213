"""Where files lie: by organization and content hash, through Django's storage, so that a disk can become an
object store.

A file is written under a temporary name and renamed when it is whole: what has its name is complete.
"""

import os
from pathlib import Path
from typing import IO
from uuid import UUID

from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage


class AtomicFileStorage(FileSystemStorage):
    """Django's file storage, except that a name appears only with its whole content, on disk."""

    def _save(self, name: str, content: File) -> str:  # type: ignore[type-arg]
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, LocalFile):
            _sync(content.local)
            os.replace(content.local, target)
        else:
            unfinished = target.with_name(f".{target.name}.{os.getpid()}")
            with open(unfinished, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
            _sync(unfinished)
            os.replace(unfinished, target)
        _sync(target.parent)
        return name

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The name itself: it is the content's hash, so a second file of that name is the same file."""
        return name


class LocalFile(File):  # type: ignore[type-arg]
    """A finished file on this machine's disk that a storage may take over by renaming it."""

    def __init__(self, local: Path) -> None:
        super().__init__(None, name=local.name)
        self.local = local

    def chunks(self, chunk_size: int | None = None):  # type: ignore[no-untyped-def]
        with open(self.local, "rb") as file:
            while block := file.read(chunk_size or 2**20):
                yield block


def blob_name(organization_id: UUID, sha256: str) -> str:
    """The name under which a blob of that content is stored."""
    return f"{organization_id}/{sha256[:2]}/{sha256}"


def keep(organization_id: UUID, sha256: str, local: Path) -> None:
    """Store the finished file ``local`` as the blob ``sha256``; it is gone from where it was."""
    name = blob_name(organization_id, sha256)
    if default_storage.exists(name):
        local.unlink()
        return
    default_storage.save(name, LocalFile(local))


def open_blob(organization_id: UUID, sha256: str) -> IO[bytes]:
    """The blob's content, seekable. Raises FileNotFoundError where there is none."""
    return default_storage.open(blob_name(organization_id, sha256), "rb")


def discard(organization_id: UUID, sha256: str) -> None:
    """Delete a blob that no row names any more."""
    default_storage.delete(blob_name(organization_id, sha256))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


__all__ = ["AtomicFileStorage", "LocalFile", "blob_name", "discard", "keep", "open_blob"]
