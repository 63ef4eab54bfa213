"""The command line, as a person at the server's keyboard uses it: beside a running server, on the same
embedded database.
"""

import json
import subprocess
import sys
import zipfile

import pytest
from tests.builders import build_package
from tests.running import PATIENCE, Running, until


@pytest.fixture(scope="module")
def server(product):
    return product


@pytest.fixture(scope="module")
def owner(server):
    """Of an organization that the command line made."""
    made = server.command(
        "organization", "keyboard", "--name", "Keyboard", "--owner", "o@keyboard.example", "--json"
    )
    assert made.returncode == 0, made.stderr
    return json.loads(made.stdout)


@pytest.fixture(scope="module")
def course(server, owner, tmp_path_factory):
    package = tmp_path_factory.mktemp("course") / "fire.zip"
    build_package(package)
    said = server.command("import", str(package), "--organization", "keyboard", "--course", "fire", "--json")
    assert said.returncode == 0, said.stderr
    return json.loads(said.stdout)


def problem(said) -> dict:
    """The problem document on the standard output, and nothing else anywhere."""
    assert said.returncode == 2, said.stdout
    assert "Traceback" not in said.stderr
    return json.loads(said.stdout)


def test_an_organization_is_made_with_an_owner_who_can_sign_in(server, owner):
    assert owner["organization"] == "keyboard"
    body = json.dumps({"email": "o@keyboard.example", "password": owner["password"]}).encode()
    assert server.request("POST", "/api/token", body, headers={"Content-Type": "application/json"})[0] == 200


def test_an_organization_is_made_once(server, owner):
    said = server.command("organization", "keyboard", "--owner", "p@keyboard.example")
    assert said.returncode == 2
    assert said.stderr.startswith("heliograph: ")
    assert "Traceback" not in said.stderr


def test_a_course_is_imported_and_published(server, course):
    assert (course["course"], course["version"], course["standard"], course["published"]) == (
        "fire",
        1,
        "scorm_12",
        True,
    )


def test_what_cannot_be_imported_is_refused_with_a_problem_document(server, owner, tmp_path):
    hostile, missing = tmp_path / "hostile.zip", tmp_path / "missing.zip"
    hostile.write_bytes(b"PK\x05\x06 and no zip at all")
    for file, organization, code in (
        (missing, "keyboard", "file_not_found"),
        (hostile, "keyboard", None),
        (hostile, "nobody", "organization_not_found"),
    ):
        document = problem(server.command("import", str(file), "--organization", organization, "--json"))
        assert document["code"] == (code or document["code"])
        assert document["detail"].endswith(".")


def test_a_package_is_written_and_the_same_dispatch_is_used_again(server, course, tmp_path):
    numbers = []
    for name in ("first.zip", "again.zip"):
        arguments = [
            "dispatch",
            "fire",
            "--destination",
            "brandt",
            "--output",
            str(tmp_path / name),
            "--json",
        ]
        said = server.command(*arguments)
        assert said.returncode == 0, said.stderr
        numbers.append(json.loads(said.stdout)["dispatch"])
    assert numbers[0] == numbers[1]
    assert "imsmanifest.xml" in zipfile.ZipFile(tmp_path / "first.zip").namelist()


def test_a_package_that_cannot_be_written_is_said_so(server, course, tmp_path):
    arguments = [
        "dispatch",
        "fire",
        "--destination",
        "brandt",
        "--output",
        str(tmp_path / "nowhere" / "out.zip"),
        "--json",
    ]
    assert problem(server.command(*arguments))["code"] == "file_not_written"


def test_a_format_that_does_not_exist_is_refused(server, course, tmp_path):
    arguments = [
        "dispatch",
        "fire",
        "--destination",
        "brandt",
        "--output",
        str(tmp_path / "out.zip"),
        "--format",
        "paper",
        "--json",
    ]
    assert problem(server.command(*arguments))["detail"]
    assert not (tmp_path / "out.zip").exists()


def test_a_launch_link_opens_on_the_running_server(server, course):
    said = server.command("launch", "fire", "--learner", "anna", "--name", "Anna Šimková")
    assert said.returncode == 0, said.stderr
    link = said.stdout.strip()
    origin = f"http://localhost:{server.port}"
    assert link.startswith(f"{origin}/api/launch/")
    status, _, headers = server.get(link.removeprefix(origin))
    assert status == 302
    assert headers["location"].startswith(f"http://127.0.0.1:{server.port}/play/")
    assert (
        server.get(headers["location"].removeprefix(f"http://127.0.0.1:{server.port}"), host="127.0.0.1")[0]
        == 200
    )


def test_a_course_that_is_not_there_cannot_be_launched(server):
    assert (
        problem(server.command("launch", "nothing", "--learner", "anna", "--json"))["code"]
        == "course_not_found"
    )


def test_a_person_is_handed_out_and_erased(server, owner, tmp_path):
    made = json.loads(server.command("lrs", "credential", "--organization", "keyboard", "--json").stdout)
    headers = {
        "Authorization": f"Bearer {made['token']}",
        "X-Experience-API-Version": "1.0.3",
        "Content-Type": "application/json",
    }
    ada, ben = ({"mbox": f"mailto:{name}@example.org"} for name in ("ada", "ben"))
    told = {"verb": {"id": "urn:x:did"}, "object": {"id": "urn:x:it"}}
    body = [
        {"actor": ada, **told},
        {"actor": ben, **told, "context": {"instructor": ada}},
        {"actor": ben, **told},
    ]
    assert server.request("POST", "/xapi/statements", json.dumps(body).encode(), headers=headers)[0] == 200
    whom = ["--organization", "keyboard", "--agent", json.dumps(ada)]
    said = server.command("lrs", "person", *whom, "--output", str(tmp_path / "ada.json"))
    assert said.returncode == 0, said.stderr
    assert [
        line["statement"]["actor"]["mbox"] for line in json.loads((tmp_path / "ada.json").read_bytes())
    ] == [ada["mbox"], ben["mbox"]]
    said = server.command("lrs", "erase", *whom, "--reason", "asked for by letter", "--json")
    assert said.returncode == 0, said.stderr
    assert {name: json.loads(said.stdout)[name] for name in ("statements", "redacted", "documents")} == {
        "statements": 1,
        "redacted": 1,
        "documents": 0,
    }
    assert (
        server.command("lrs", "person", *whom, "--output", str(tmp_path / "ada.json"), "--json").returncode
        == 0
    )
    assert (tmp_path / "ada.json").read_bytes() == b"[]"
    again = server.command("lrs", "erase", *whom, "--reason", "asked for by letter")
    assert again.stdout.startswith("Erased: 0 statements by or about the person, 0 states and profiles.\n")


def test_a_person_who_cannot_be_meant_is_refused(server, owner, tmp_path):
    ada, out = '{"mbox": "mailto:ada@example.org"}', str(tmp_path / "nowhere" / "ada.json")
    for arguments, code in (
        (["person", "--organization", "keyboard", "--agent", "ada", "--output", out], "person_invalid"),
        (["person", "--organization", "keyboard", "--agent", ada, "--output", out], "file_not_written"),
        (["erase", "--organization", "nobody", "--agent", ada, "--reason", "why"], "organization_not_found"),
    ):
        assert problem(server.command("lrs", *arguments, "--json"))["code"] == code, arguments


def test_the_doctor_finds_a_running_server_well(server):
    said = server.command("doctor", "--json")
    assert said.returncode == 0
    assert {finding["level"] for finding in json.loads(said.stdout)} == {"fine"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("HELIOGRAPH_WEB_WORKERS", "many"), ("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing")],
)
def test_the_doctor_says_what_is_wrong_in_a_sentence(server, name, value):
    said = server.command("doctor", **{name: value})
    assert said.returncode == 2, said.stdout
    assert f"{name}" in next(line for line in said.stdout.splitlines() if line.startswith("ERROR: "))
    assert "Traceback" not in said.stderr


def test_the_doctor_says_all_that_is_wrong_at_once(server, tmp_path):
    wrong = {
        "HELIOGRAPH_WEB_WORKERS": "many",
        "HELIOGRAPH_DEBUG": "perhaps",
        "HELIOGRAPH_URL": "http://localhost:1",
    }
    said = server.command("doctor", DATABASE_URL="postgresql://nobody@127.0.0.1:9/nothing", **wrong)
    assert said.returncode == 2
    lines = [line for line in said.stdout.splitlines() if line.startswith("ERROR: ")]
    assert len(lines) == 3
    for name in ("HELIOGRAPH_WEB_WORKERS", "HELIOGRAPH_DEBUG", "DATABASE_URL"):
        assert any(name in line for line in lines), name
    assert "WARN: HELIOGRAPH_URL is http://localhost:1, but Heliograph listens on port" in said.stdout


@pytest.mark.parametrize("command", [["up"], ["migrate"], ["worker"], ["demo", "--no-serve"]])
def test_no_command_starts_with_settings_that_are_wrong(server, command):
    said = server.command(*command, HELIOGRAPH_PORT="a port")
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr == "heliograph: HELIOGRAPH_PORT must be a whole number ≥ 1, not “a port”.\n"


def test_migrating_what_is_up_to_date_does_nothing(server):
    said = server.command("migrate")
    assert (said.returncode, said.stdout) == (0, "The database is up to date.\n")


def test_a_word_that_is_no_command_is_refused_with_those_that_are(server):
    said = server.command("fly")
    assert said.returncode == 2
    assert "invalid choice: 'fly'" in said.stderr


@pytest.mark.slow
def test_the_demo_is_loaded_once_and_a_command_alone_brings_its_database(tmp_path):
    alone = Running(tmp_path / "home")
    command = [sys.executable, "-m", "heliograph", "demo", "--no-serve"]
    try:
        with (
            alone.log.open("wb") as log,
            alone.postgres._transition(),
        ):  # in which nobody else starts the database
            alone.process = subprocess.Popen(
                command, env=alone.environment, stdout=subprocess.PIPE, stderr=log
            )
            until(lambda: alone.tail().endswith("\n"), "it says what it is about to do")
            assert alone.tail() == "heliograph: preparing the demo (less than a minute the first time)\n"
            assert not alone.postgres.running()
        printed, _ = alone.process.communicate(timeout=PATIENCE)
        assert alone.process.returncode == 0, alone.tail()
        assert [line.split(" the ")[0] for line in alone.tail().splitlines()] == [
            "heliograph: preparing",
            "heliograph: loading",
        ]
        assert "owner@demo.example" in printed.decode()
        assert alone.command("demo", "--no-serve").stdout == printed.decode()
        assert not alone.postgres.running()
        link = alone.command("launch", "lifting", "--learner", "anna")
        assert link.returncode == 0
    finally:
        alone.destroy()


def test_an_owner_who_has_an_account_keeps_the_password_and_is_invited(server, owner):
    said = server.command(
        "organization",
        "second",
        "--owner",
        "o@keyboard.example",
        "--password",
        "another one, longer",
        "--json",
    )
    made = json.loads(said.stdout)
    assert (made["password"], "/invitation/" in made["invitation"]) == (None, True)
    body = json.dumps({"email": "o@keyboard.example", "password": owner["password"]}).encode()
    assert server.request("POST", "/api/token", body, headers={"Content-Type": "application/json"})[0] == 200
