"""One archive of all that an installation holds, and an installation made from one.

A tar file: ``about.json``, ``database.dump`` (pg_dump's custom format), ``secret.key`` where the home keeps
one, ``installation.id`` where DATABASE_URL names the database, ``files/…``, and last ``complete.json`` with
the number of files, by which an archive that was cut short is known. The dump is one snapshot. Files are
linked before and after it is taken: what a row of it names is there, whether it came while the dump began or
was deleted while it ran.
"""

import contextlib
import fcntl
import hashlib
import hmac
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

import heliograph
from heliograph.config import database
from heliograph.config.environment import Environment, home_of
from heliograph.core.clock import now
from heliograph.core.database.embedded_postgres import EmbeddedPostgres, binaries_of_the_wheel
from heliograph.core.errors import Misconfigured, Problem
from heliograph.courses.imports.scratch import PREFIX, scratch_folder

FORMAT = 1
ABOUT, DUMP, KEY, FILES, COMPLETE = "about.json", "database.dump", "secret.key", "files", "complete.json"


class BackupNotWritten(Problem):
    code, status = "backup_not_written", 500


class BackupUnreadable(Problem):
    code, status = "backup_unreadable", 422


class HomeNotEmpty(Misconfigured):
    code = "home_not_empty"


class DatabaseNotEmpty(Misconfigured):
    code = "database_not_empty"


class DatabaseTooOld(Misconfigured):
    code = "database_too_old"


class KeyDiffers(Misconfigured):
    code = "secret_key_differs"


class RestoreFailed(Problem):
    code, status = "restore_failed", 500


def write(target: Path) -> dict[str, Any]:
    """Back up to ``target``, which appears whole and readable by its owner alone. The database must run.

    Raises `BackupNotWritten`.
    """
    environment = Environment.read()
    files = environment.home / FILES
    try:
        files.mkdir(exist_ok=True)
        with _appearing(target) as file, scratch_folder(files) as scratch:
            _link(files, scratch)
            with tempfile.TemporaryFile(dir=target.parent) as dump:
                _dump(environment, dump)
                _link(files, scratch)
                count = _archive(environment, dump, scratch, file)
    except OSError as reason:
        raise BackupNotWritten(f"The backup {target} was not written: {reason.strerror or reason}.") from None
    return {"file": str(target), "bytes": target.stat().st_size, "files": count}


def restore(source: Path) -> dict[str, Any]:
    """Fill an empty HELIOGRAPH_HOME and an empty database with the backup ``source``; all of it, or nothing.

    Raises `BackupUnreadable`, `HomeNotEmpty`, `DatabaseNotEmpty`, `DatabaseTooOld`, `KeyDiffers` or
    `RestoreFailed`.
    """
    with _opened(source) as archive:
        about, count = _examine(archive, source)
        home = home_of(os.environ)
        with _marked(home):
            _restore(archive, about, home)
    return {"home": str(home), "files": count, "made": about["made"], "version": about["version"]}


@contextlib.contextmanager
def _appearing(target: Path) -> Iterator[IO[bytes]]:
    """A file that gets the name ``target`` when the block has ended well."""
    unfinished = target.with_name(f".{target.name}.unfinished")
    with os.fdopen(os.open(unfinished, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupNotWritten(
                f"Another backup to {target} is being written. Wait until it is finished."
            ) from None
        try:
            os.fchmod(file.fileno(), 0o600)
            file.truncate(0)  # what a killed backup left
            yield file
            file.flush()
            os.fsync(file.fileno())
            os.replace(unfinished, target)
        finally:
            unfinished.unlink(missing_ok=True)


def _link(files: Path, scratch: Path) -> None:
    """Give every stored file a second name below ``scratch``, where nothing deletes it."""
    for folder, inner, names in os.walk(files):
        inner[:] = [name for name in inner if not name.startswith(PREFIX)]
        there = scratch / FILES / Path(folder).relative_to(files)
        there.mkdir(parents=True, exist_ok=True)
        for name in names:
            if not name.startswith("."):  # one that begins so is not whole yet
                with contextlib.suppress(FileExistsError, FileNotFoundError):
                    os.link(Path(folder, name), there / name)


def _dump(environment: Environment, dump: IO[bytes]) -> None:
    options = ["--format=custom", "--no-owner", "--no-privileges"]
    output = _postgres("pg_dump", environment.database_url, options, stdout=dump)
    if output:
        raise BackupNotWritten(f"The database could not be read: {output}.")


def _archive(environment: Environment, dump: IO[bytes], scratch: Path, file: IO[bytes]) -> int:
    """Write all of it to ``file``; how many files there are."""
    key = environment.home / KEY
    about = {
        "format": FORMAT,
        "version": heliograph.VERSION,
        "made": now().isoformat(timespec="seconds"),
        "postgres": _server_version(environment.database_url),
        "key": _mark_of_key(environment),
    }
    count = 0
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        _add_json(archive, ABOUT, about)
        _add(archive, DUMP, dump)
        if key.exists() and key.read_text().strip() == environment.secret_key:
            with key.open("rb") as content:
                _add(archive, KEY, content)
        installation = environment.home / database.INSTALLATION
        if installation.exists():
            with installation.open("rb") as content:
                _add(archive, database.INSTALLATION, content)
        for path in sorted((scratch / FILES).rglob("*")):
            if path.is_file():
                with path.open("rb") as content:
                    _add(archive, str(path.relative_to(scratch)), content)
                count += 1
        _add_json(archive, COMPLETE, {"files": count})
    return count


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes]) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = content.seek(0, os.SEEK_END), 0o600
    member.mtime = int(os.fstat(content.fileno()).st_mtime)
    content.seek(0)
    archive.addfile(member, content)


def _add_json(archive: tarfile.TarFile, name: str, document: dict[str, Any]) -> None:
    with tempfile.TemporaryFile() as content:
        content.write(json.dumps(document).encode())
        _add(archive, name, content)


@contextlib.contextmanager
def _opened(source: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(source, "r:") as archive:
            yield archive
    except tarfile.TarError:
        raise BackupUnreadable(
            f"{source} is not a Heliograph backup, or is damaged. Use another file."
        ) from None
    except OSError as reason:
        if reason.filename != str(source):
            raise
        raise BackupUnreadable(f"The backup {source} cannot be read: {reason.strerror}.") from None


def _examine(archive: tarfile.TarFile, source: Path) -> tuple[dict[str, Any], int]:
    """What the archive says of itself, and how many files it has.

    Raises `BackupUnreadable` where it is not whole.
    """
    members = {member.name: member for member in archive}
    files = [name for name in members if name.startswith(f"{FILES}/")]
    if not {ABOUT, DUMP, COMPLETE} <= members.keys() or _json(archive, COMPLETE).get("files") != len(files):
        raise BackupUnreadable(f"{source} is not a complete Heliograph backup. Use another file.")
    about = _json(archive, ABOUT)
    if about.get("format") != FORMAT:
        newer = about.get("version")
        raise BackupUnreadable(
            f"{source} was made by a newer Heliograph, {newer}. Restore it with that version."
        )
    return about, len(files)


def _json(archive: tarfile.TarFile, name: str) -> dict[str, Any]:
    content = archive.extractfile(name)
    try:
        return dict(json.load(content)) if content else {}
    except ValueError:
        return {}


@contextlib.contextmanager
def _marked(home: Path) -> Iterator[None]:
    """An empty home, marked as being restored while the block runs, and empty again where it fails.

    Raises `HomeNotEmpty`, or `RestoreUnfinished` where somebody else restores to it.
    """
    mark = home / database.RESTORING
    home.mkdir(parents=True, exist_ok=True)
    if any(home.iterdir()) and not mark.exists():
        sentence = f"HELIOGRAPH_HOME {home} is not empty. Restore into a new folder, or move this one away."
        raise HomeNotEmpty(sentence)
    with mark.open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise database.RestoreUnfinished(
                f"Another restore to {home} is running. Wait until it is finished."
            ) from None
        _clear(home)
        try:
            yield
        except BaseException:
            _clear(home)
            raise
        finally:
            mark.unlink()


def _clear(home: Path) -> None:
    """Delete all that a restore brought, which is all there is but its mark."""
    EmbeddedPostgres(home).destroy()
    for path in home.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != database.RESTORING:
            path.unlink()


def _restore(archive: tarfile.TarFile, about: dict[str, Any], home: Path) -> None:
    if KEY in archive.getnames() and not os.environ.get("HELIOGRAPH_SECRET_KEY"):
        archive.extract(KEY, home, filter="data")
    environment = Environment.read()
    if not hmac.compare_digest(str(about.get("key")), _mark_of_key(environment)):
        raise KeyDiffers(
            "This backup was made with another HELIOGRAPH_SECRET_KEY, which its tokens and stored keys need. "
            "Set the key that was in use when the backup was made."
        )
    with database.joined(restoring=True):
        _refuse_database(environment.database_url, int(about["postgres"]))
        files = [member for member in archive if member.name.startswith(f"{FILES}/")]
        archive.extractall(home, files, filter="data")
        if database.INSTALLATION in archive.getnames():
            archive.extract(database.INSTALLATION, home, filter="data")
        _fill_database(archive, environment)  # last, because it is all or nothing by itself


def _refuse_database(url: str, made_by: int) -> None:
    """Raise `DatabaseNotEmpty` or `DatabaseTooOld`: a dump needs a server as new as its own."""
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1").fetchone()
        version = connection.info.server_version // 10_000
    if tables:
        raise DatabaseNotEmpty("The database of DATABASE_URL has tables. Restore into an empty database.")
    if version < made_by:
        sentence = (
            f"The database server is PostgreSQL {version}, the backup is from {made_by}. "
            f"Use that version or a newer one."
        )
        raise DatabaseTooOld(sentence)


def _fill_database(archive: tarfile.TarFile, environment: Environment) -> None:
    options = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
    with tempfile.TemporaryFile(dir=environment.home) as dump:
        content = archive.extractfile(DUMP)
        if content:
            shutil.copyfileobj(content, dump)
        dump.seek(0)
        output = _postgres("pg_restore", environment.database_url, options, stdin=dump)
    if output:
        raise RestoreFailed(f"The database could not be filled: {output}.")


def _postgres(program: str, url: str, options: list[str], stdin: Any = None, stdout: Any = None) -> str:
    """Run one of the wheel's programs on the database; what it complained of where it failed."""
    parameters = conninfo_to_dict(url)
    password = {"PGPASSWORD": str(parameters.pop("password"))} if parameters.get("password") else {}
    binary = binaries_of_the_wheel() / "bin" / program
    # A command line can be read by everybody on the machine, so the password is not on it.
    done = subprocess.run(  # noqa: S603 - our own binaries
        [str(binary), *options, f"--dbname={make_conninfo('', **parameters)}"],
        stdin=stdin or subprocess.DEVNULL,
        stdout=stdout or subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, **password, "LC_ALL": "C"},
        check=False,
    )
    output = done.stderr.decode(errors="replace").strip() or f"{program} ended with {done.returncode}"
    return output.splitlines()[0].rstrip(".") if done.returncode else ""


def _server_version(url: str) -> int:
    with psycopg.connect(url) as connection:
        return connection.info.server_version // 10_000


def _mark_of_key(environment: Environment) -> str:
    """What tells one secret key from another, and nothing else of it."""
    return hmac.new(environment.secret_key.encode(), b"heliograph backup", hashlib.sha256).hexdigest()
