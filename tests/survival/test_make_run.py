"""`make run`, as somebody does it on the first day: the address and sign-ins it prints work, Ctrl-C ends all
of it, a second start goes on.
"""

import json
import os
import re
import signal
import subprocess

import pytest
from tests.conftest import ROOT
from tests.running import Running, kill, until

ROLES = ("owner", "manager", "reporter")


class FirstDay(Running):
    """`make run` in a home and on a port of its own."""

    def start(self, *arguments: str, ready: bool = True) -> "FirstDay":
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["make", "run", *arguments],
                cwd=ROOT,
                env={**self.environment, "HELIOGRAPH_PORT": str(self.port)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait_until_ready()
        until(lambda: "password" in self.tail(), "it says how to sign in", log=self.tail)
        return self

    def ctrl_c(self) -> None:
        """What a terminal does: everybody in the foreground is told."""
        os.killpg(self.supervisor.pid, signal.SIGINT)
        self.supervisor.wait(60)

    def signs_in(self, email: str, password: str) -> bool:
        body = json.dumps({"email": email, "password": password}).encode()
        kind = {"Content-Type": "application/json"}
        return self.request("POST", "/api/token", body, headers=kind)[0] == 200


@pytest.fixture
def day(tmp_path):
    made = FirstDay(tmp_path / "home")
    try:
        yield made.start()
    finally:
        made.destroy()


def all_gone(day) -> bool:
    return not day.processes() and not day.postgres.running()


def test_the_first_day(day):
    said = day.log.read_text()
    begun = re.findall(r"^heliograph: (\w+ (?:the|web)) ", said, re.MULTILINE)
    assert begun == ["preparing the", "starting the", "starting web", "loading the"]
    assert f"http://localhost:{day.port}" in said
    [password] = re.findall(r"with the password (\S+)", said)
    for role in ROLES:
        assert f"{role}@demo.example" in said
        assert day.signs_in(f"{role}@demo.example", password)
    assert {finding["level"] for finding in json.loads(day.command("doctor", "--json").stdout)} == {"fine"}

    day.ctrl_c()
    until(lambda: all_gone(day), "Ctrl-C ended all of it")

    day.start()
    assert day.signs_in("owner@demo.example", password)

    for process in [day.postmaster(), *day.processes()]:
        kill(process)
    day.start()
    assert day.signs_in("owner@demo.example", password)
