"""The operators' guide, done word for word on an empty Debian: a user installs the wheel and runs it.

debootstrap makes the Debian in a folder, and every command runs in it by chroot. What a command mounts lies
in a mount namespace of its own, which ends with it. The network is the machine's: pip asks the index that it
is set up for here.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest
from tests.conftest import ROOT
from tests.running import free_port, gone, until

GUIDE = ROOT / "docs/operators/README.md"
PACKAGES = "ca-certificates,python3,python3-venv,systemd"
FOLDER = "usr/src/heliograph"  # with the wheel and the unit; a folder that everybody may read
PAGES = "learn.example.org"  # as the guide's settings have it
PASSWORD = "long enough for anybody"
# How pip reaches its index on this machine; what else the environment says stays out.
FOR_PIP = ("PIP_INDEX_URL", "PIP_DEFAULT_TIMEOUT", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
AS_ROOT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}


class CleanRoot:
    """A Debian in a folder that is none of pytest's, which are deleted before a stopped run has ended."""

    def __init__(self) -> None:
        self.place = Path(tempfile.mkdtemp(prefix="heliograph-install-")).resolve()
        self.folder, self.log = self.place / "root", self.place / "up.log"
        self.folder.mkdir(mode=0o755)

    def command(self, *words: str) -> list[str]:
        """What runs these words inside; it becomes them, so that its process id is theirs."""
        mount = 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"'
        return ["unshare", "--mount", "sh", "-c", mount, str(self.folder), *words]

    def run(
        self, *words: str, check: bool = True, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            self.command(*words),
            env={**AS_ROOT, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, f"{words}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done

    def processes(self) -> list[psutil.Process]:
        """Whatever runs inside, however it lost its parent."""
        running = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if os.readlink(f"/proc/{process.pid}/root") == str(self.folder) and not gone(process):
                    running.append(process)
        return running

    def destroy(self) -> None:
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                process.kill()
        until(lambda: not self.processes(), "nothing runs inside any more")
        shutil.rmtree(self.place)


def debian() -> tuple[str, str]:
    """The suite of this machine, and the mirror that apt has it from."""
    filters = ["Identifier: Packages", "Origin: Debian", "Label: Debian", "Component: main"]
    words = ["apt-get", "indextargets", "--format", "$(CODENAME) $(REPO_URI)", *filters]
    suite, mirror = subprocess.check_output(words, text=True).split()[:2]
    return suite, mirror


def steps() -> str:
    """The first commands of the guide's section."""
    section = GUIDE.read_text().partition("## As a service\n")[2]
    match = re.search(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert match is not None
    return match[1]


def let_pip_reach_its_index(folder: Path) -> None:
    """Give the root pip's settings and the certificates that this machine trusts."""
    shutil.copyfile("/etc/ssl/certs/ca-certificates.crt", folder / "etc/ssl/certs/ca-certificates.crt")
    if Path("/etc/pip.conf").exists():
        shutil.copyfile("/etc/pip.conf", folder / "etc/pip.conf")


@pytest.fixture(scope="module")
def root():
    """A Debian in which the guide's steps were done."""
    if os.geteuid() != 0:
        pytest.skip("only root can make a Debian: sudo make install-test")
    if not shutil.which("debootstrap"):
        pytest.skip("debootstrap makes the Debian: apt-get install debootstrap")
    made = CleanRoot()
    try:
        suite, mirror = debian()
        options = ["--variant=minbase", f"--include={PACKAGES}"]
        bootstrap = ["unshare", "--mount", "debootstrap", *options, suite, str(made.folder), mirror]
        subprocess.run(bootstrap, stdout=subprocess.DEVNULL, check=True)
        (made.folder / "etc/hosts").write_text("127.0.0.1 localhost\n")  # which an installer writes
        let_pip_reach_its_index(made.folder)
        folder = made.folder / FOLDER
        folder.mkdir(parents=True)
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
        subprocess.run(build, cwd=ROOT, check=True)
        for name in ("heliograph.service", "healthcheck.py"):
            shutil.copyfile(ROOT / "deploy" / name, folder / name)
        given = {name: value for name, value in os.environ.items() if name.upper() in FOR_PIP}
        made.run("sh", "-ec", f"cd /{FOLDER}\n{steps()}", environment=given)
        yield made
    finally:
        made.destroy()


@pytest.fixture
def server(root):
    """``heliograph up`` as the service runs it: its user, its settings, this machine alone."""
    port = str(free_port())
    settings = {"HELIOGRAPH_PORT": port, "HELIOGRAPH_URL": f"https://{PAGES}"}
    user = "setpriv --reuid=heliograph --regid=heliograph --init-groups --no-new-privs"
    serve = f"set -a; . /etc/heliograph.env; exec {user} /opt/heliograph/bin/heliograph up"
    with root.log.open("wb") as log:
        process = subprocess.Popen(
            root.command("sh", "-c", serve),
            env={**AS_ROOT, **settings},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield process, settings
    finally:
        process.kill()
        process.wait()


def test_an_ordinary_user_installs_the_wheel_and_runs_it(root, server):
    process, settings = server
    check = ["setpriv", "--reuid=nobody", "--clear-groups", "python3", f"/{FOLDER}/healthcheck.py"]

    def is_ready() -> bool:
        return root.run(*check, check=False, environment=settings).returncode == 0

    until(is_ready, "/health answers 200", log=root.log.read_text)
    assert set(psutil.Process(process.pid).uids()) == {(root.folder / "var/lib/heliograph").stat().st_uid}
    assert listening_at(settings["HELIOGRAPH_PORT"]) == {"127.0.0.1"}

    owner = ["--owner", "ada@example.org", "--password", PASSWORD]
    made = root.run("heliograph", "organization", "northlight", *owner, "--json", environment=settings)
    assert json.loads(made.stdout)["organization"] == "northlight"
    findings = json.loads(root.run("heliograph", "doctor", "--json", environment=settings).stdout)
    assert "wrong" not in {finding["level"] for finding in findings}

    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    until(lambda: not root.processes(), "nothing is left running")
    assert not is_ready()


def test_the_unit_that_the_guide_installs_is_valid(root):
    said = root.run("systemd-analyze", "verify", "/etc/systemd/system/heliograph.service", check=False)
    assert (said.returncode, said.stdout + said.stderr) == (0, "")


def listening_at(port: str) -> set[str]:
    """The addresses of this machine at which somebody listens on the port."""
    listening = [
        connection for connection in psutil.net_connections("tcp") if connection.status == psutil.CONN_LISTEN
    ]
    return {
        connection.laddr.ip
        for connection in listening
        if connection.laddr and connection.laddr.port == int(port)
    }
