"""The drop folder: files that a partner's server, or whoever runs ours, puts into a folder of this server.

A file is taken once it is whole: not named as one that is being written, and unchanged for a while. It is
known by its content, so that none is read twice, and goes to *done* or *failed* afterwards.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from heliograph.core import clock
from heliograph.core.ids import new_id
from heliograph.marketplace.partners.adapters.files import MOST_BYTES

if TYPE_CHECKING:
    from heliograph.marketplace.models import Partner

SETTLED = 30  # seconds in which nothing of a file changed
UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", ".partial", ".writing", "~")
ENDINGS = (".csv", ".txt", ".tsv", ".xlsx")
MOST_FILES = 100  # in one look
IN, DONE, FAILED = "in", "done", "failed"


def of(partner: Partner) -> Path:
    """The folder of a partner, with *in*, *done* and *failed*; it is made if it is missing."""
    base = settings.HELIOGRAPH.home / "partners" / partner.organization.key / partner.key
    for name in (IN, DONE, FAILED):
        (base / name).mkdir(parents=True, exist_ok=True)
    return Path(base)


def finished(partner: Partner) -> list[Path]:
    """The files that are whole, the oldest first."""
    found = []
    with os.scandir(of(partner) / IN) as entries:
        for entry in entries:
            known = entry.stat(follow_symlinks=False)
            if _is_taken(entry.name) and stat.S_ISREG(known.st_mode) and _is_settled(known):
                found.append((known.st_mtime, Path(entry.path)))
    return [path for _, path in sorted(found)[:MOST_FILES]]


def copy_of(path: Path) -> tuple[Path, str] | None:
    """A copy of a file below the uploads, and its SHA-256; None where the file changed meanwhile, is gone,
    or is too large.
    """
    copy = settings.UPLOAD_FOLDER / str(new_id())
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with open(descriptor, "rb") as source, copy.open("wb") as target:
            before = os.fstat(source.fileno())
            if before.st_size > MOST_BYTES or not _is_settled(before):
                raise OSError("not whole")
            shutil.copyfileobj(source, target, 2**20)
            after = os.fstat(source.fileno())
            if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
                raise OSError("changed")
        with copy.open("rb") as file:
            return copy, hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        copy.unlink(missing_ok=True)
        return None


def put_away(path: Path, state: str) -> None:
    """Move a file to *done* or *failed*; one of that name that is there already stays."""
    target = path.parent.parent / state / path.name
    if target.exists():
        target = target.with_name(f"{new_id()}-{path.name}"[-200:])
    os.replace(path, target)


def _is_taken(name: str) -> bool:
    lower = name.lower()
    return not name.startswith(".") and lower.endswith(ENDINGS) and not lower.endswith(UNFINISHED)


def _is_settled(known: os.stat_result) -> bool:
    """By when content or name last changed: the second cannot be set back, as the first can."""
    return clock.now().timestamp() - max(known.st_mtime, known.st_ctime) >= SETTLED
