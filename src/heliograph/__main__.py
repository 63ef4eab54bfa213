"""The command line: everything Heliograph does without a browser.

Exit status 0, or 2 with one clear sentence (``--json``: a problem document).
"""

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import heliograph
from heliograph.config.environment import port_wanted
from heliograph.core.errors import Problem

Command = Callable[[argparse.Namespace], int]
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command in ``arguments`` (the process's by default) and exit."""
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["demo-lms"]:  # shares nothing with the rest, not even its settings
        from heliograph.demo_lms.__main__ import main as demo_lms

        sys.exit(demo_lms(given[1:]))
    options = parser().parse_args(given)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heliograph.config.settings")
    try:
        if hasattr(options, "port"):
            options.port = port_wanted(
                {"HELIOGRAPH_PORT": str(options.port)} if options.port is not None else os.environ
            )
            os.environ["HELIOGRAPH_PORT"] = str(options.port)
        sys.exit(options.run(options))
    except Problem as problem:
        if getattr(options, "json", False):
            print(json.dumps(problem.document()))
        else:
            print(f"heliograph: {problem.sentence}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


def parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    top = argparse.ArgumentParser(prog="heliograph", description=heliograph.__doc__)
    top.add_argument("--version", action="version", version=f"Heliograph {heliograph.VERSION}")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_processes(commands)
    _add_upkeep(commands)
    _add_people(commands)
    _add_courses(commands)
    _add_records(commands)
    _add_audit(commands)
    _add_webhooks(commands)
    return top


def _command(commands: Commands, name: str, run: Command, help: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=help, description=help)
    made.set_defaults(run=run)
    return made


def _add_processes(commands: Commands) -> None:
    up = _command(commands, "up", _up, "Run Heliograph: database, web server and worker.")
    up.add_argument("--port", type=int, help="port to listen on (default: HELIOGRAPH_PORT, or 8000)")
    up.add_argument(
        "--host", default="127.0.0.1", help="address or host name to listen on (default: 127.0.0.1)"
    )
    demo = _command(
        commands,
        "demo",
        _demo,
        "Start with demo data, and with the demo LMS.",
    )
    demo.add_argument("--port", type=int, help="port to listen on (default: HELIOGRAPH_PORT, or 8000)")
    demo.add_argument(
        "--host", default="127.0.0.1", help="address or host name to listen on (default: 127.0.0.1)"
    )
    demo.add_argument("--no-serve", action="store_true", help="only load the demo data")
    demo.add_argument(
        "--empty",
        action="store_true",
        help="start with an organization that has nothing yet, as a new user does",
    )
    commands.add_parser("demo-lms", help="Run the demo LMS, a small LMS to try packages in.", add_help=False)
    _command(commands, "migrate", _migrate, "Run database migrations.")
    _command(commands, "worker", _worker, "Run a background worker.")
    _command(commands, "doctor", _doctor, "Check the configuration.").add_argument(
        "--json", action="store_true"
    )
    web = commands.add_parser("_web")
    web.add_argument("--host", required=True)
    web.add_argument("--port", type=int, required=True)
    web.set_defaults(run=_web)


def _add_upkeep(commands: Commands) -> None:
    backup = _command(
        commands,
        "backup",
        _backup,
        "Back up database, files and key to one file; works while Heliograph runs.",
    )
    restore = _command(commands, "restore", _restore, "Restore a backup into an empty HELIOGRAPH_HOME.")
    for made in (backup, restore):
        made.add_argument("file", type=Path, metavar="FILE")
        made.add_argument("--json", action="store_true")

    _command(
        commands,
        "rotate-keys",
        _rotate_keys,
        "Sign completion receipts with a new key; existing receipts stay valid.",
    ).add_argument("--json", action="store_true")


def _add_people(commands: Commands) -> None:
    organization = _command(commands, "organization", _organization, "Create an organization and its owner.")
    organization.add_argument("key", help="ID of the organization")
    organization.add_argument("--name", default="")
    organization.add_argument("--owner", required=True, metavar="EMAIL")
    organization.add_argument(
        "--password", default="", help="for an owner without an account; generated if omitted"
    )
    organization.add_argument("--json", action="store_true")

    password = _command(
        commands,
        "password",
        _password,
        "Reset a user's password; removes two-factor authentication and ends all sessions.",
    )
    password.add_argument("email")
    password.add_argument("--json", action="store_true")


def _add_courses(commands: Commands) -> None:
    import_ = _command(commands, "import", _import, "Import a course package.")
    import_.add_argument("file", type=Path)
    import_.add_argument("--organization", required=True, metavar="KEY")
    import_.add_argument(
        "--course", default="", metavar="KEY", help="ID of the course to add a version to; created if missing"
    )
    import_.add_argument(
        "--publish",
        action="store_true",
        help="publish the new version immediately (a first version always is)",
    )
    import_.add_argument("--json", action="store_true")

    dispatch = _command(
        commands,
        "dispatch",
        _dispatch,
        "Build a package of a course for a customer; customer and dispatch are created if missing.",
    )
    dispatch.add_argument("course", metavar="COURSE", help="ID of the course")
    dispatch.add_argument("--destination", required=True, metavar="KEY", help="ID of the customer")
    dispatch.add_argument(
        "--format",
        default="",
        help="scorm12 (default), scorm2004-2nd, -3rd or -4th, cmi5; embedded: the course's own standard",
    )
    dispatch.add_argument(
        "--mode",
        default="hosted",
        help="hosted: content streams from this server (default); embedded: content is in the ZIP",
    )
    dispatch.add_argument("--output", required=True, type=Path, metavar="FILE")
    launch = _command(commands, "launch", _launch, "Print a launch link for a learner.")
    launch.add_argument("course", metavar="COURSE", help="ID of the course")
    launch.add_argument("--learner", required=True, metavar="ID", help="ID of the learner")
    launch.add_argument("--name", default="", help="name of the learner")
    for made in (dispatch, launch):
        made.add_argument(
            "--organization",
            default="",
            metavar="KEY",
            help="required if several organizations have a course with this ID",
        )
        made.add_argument("--json", action="store_true")


def _add_records(commands: Commands) -> None:
    lrs = commands.add_parser(
        "lrs",
        help="Manage the learning record store (LRS).",
        description="Manage the learning record store (LRS).",
    )
    lrs_commands = lrs.add_subparsers(required=True, metavar="COMMAND")

    def lrs_command(name: str, run: Command, help: str) -> argparse.ArgumentParser:
        made = _command(lrs_commands, name, run, help)
        made.add_argument("--organization", required=True, metavar="KEY")
        made.add_argument("--json", action="store_true")
        return made

    credential = lrs_command("credential", _credential, "Create a credential for the LRS.")
    credential.add_argument("--name", default="command line", help="name in the list of credentials")
    credential.add_argument(
        "--scope",
        action="append",
        metavar="SCOPE",
        help="a permission; repeat for several (default: full access)",
    )
    credential.add_argument(
        "--activity-prefix", default="", metavar="IRI", help="only activities whose ID starts with this"
    )
    credential.add_argument("--days", type=int, help="days until it expires (default: never)")
    person = lrs_command("person", _person, "Export all data of a person in the LRS to a file.")
    person.add_argument("--output", required=True, type=Path, metavar="FILE")
    erase = lrs_command("erase", _erase, "Erase all data of a person in the LRS permanently.")
    erase.add_argument(
        "--reason",
        required=True,
        metavar="TEXT",
        help="reason, kept in the erasure log; do not name the person",
    )
    for made in (person, erase):
        made.add_argument(
            "--agent",
            required=True,
            metavar="JSON",
            help="""the person: '{"mbox": "mailto:ada@example.org"}'""",
        )


def _add_audit(commands: Commands) -> None:
    audit = commands.add_parser("audit", help="Check the audit log.", description="Check the audit log.")
    audit_commands = audit.add_subparsers(required=True, metavar="COMMAND")
    verify = _command(
        audit_commands, "verify", _verify_audit, "Compare the audit log with its seals; 1 where it differs."
    )
    verify.add_argument("--organization", metavar="KEY", help="only this one (default: all)")
    verify.add_argument(
        "--head", default="", metavar="DIGEST", help="a digest printed earlier, which has to be there still"
    )
    verify.add_argument("--json", action="store_true")


def _add_webhooks(commands: Commands) -> None:
    listen = _command(
        commands,
        "listen",
        _listen,
        "Forward webhook events of a running server to a URL on this machine, signed as webhooks.",
    )
    listen.add_argument("--forward", required=True, metavar="URL", help="where events are sent, by POST")
    listen.add_argument(
        "--topics", default="", metavar="TOPICS", help="topics or groups, separated by commas (default: all)"
    )
    listen.add_argument(
        "--server", default="", metavar="URL", help="the server (default: HELIOGRAPH_URL, or this machine)"
    )
    listen.add_argument(
        "--api-key",
        default="",
        metavar="KEY",
        help="API key with the role admin (default: HELIOGRAPH_API_KEY)",
    )


def _up(options: argparse.Namespace) -> int:
    from heliograph.config.server import supervisor

    return supervisor.run(options.host, options.port)


def _demo(options: argparse.Namespace) -> int:
    from heliograph.config.server import supervisor

    supervisor.announce("preparing the demo (less than a minute the first time)")

    def load() -> str:
        from heliograph.config.database import PARTITIONED
        from heliograph.demo import load

        supervisor.announce("loading the demo data")
        return load.load(PARTITIONED, empty=options.empty)

    if not options.no_serve:
        return supervisor.run(options.host, options.port, load, with_demo_lms=True)
    with ready():
        print(load())
    return 0


def _migrate(_: argparse.Namespace) -> int:
    with ready(migrate=True):
        print("The database is up to date.")
    return 0


def _worker(_: argparse.Namespace) -> int:
    with ready():
        from heliograph.config.server import supervisor, worker

        supervisor.end_with_parent()
        worker.run()
    return 0


def _web(options: argparse.Namespace) -> int:
    from heliograph.config.server import supervisor

    return supervisor.serve(options.host, options.port)


def _doctor(options: argparse.Namespace) -> int:
    from heliograph.config import doctor

    findings = doctor.examine()
    if options.json:
        print(json.dumps([finding.__dict__ for finding in findings]))
    else:
        for finding in findings:
            print(f"{doctor.WORDS[finding.level]}: {finding.sentence}")
    return 2 if any(finding.level == "wrong" for finding in findings) else 0


def _backup(options: argparse.Namespace) -> int:
    from heliograph.config import backup, database
    from heliograph.config.server.loading import load

    with database.joined():
        load()
        database.check_home()  # and no more: a backup is made before a new version changes the tables
        written = backup.write(options.file)
    text = f"Wrote {written['file']} ({written['bytes']} bytes): the database and {written['files']} files."
    _say(options, written, text)
    return 0


def _restore(options: argparse.Namespace) -> int:
    from heliograph.config import backup

    restored = backup.restore(options.file)
    text = f"Restored the backup of {restored['made']} to {restored['home']}. Start it with: heliograph up"
    _say(options, restored, text)
    return 0


def _rotate_keys(options: argparse.Namespace) -> int:
    with ready():
        from heliograph.dispatch.completion_receipts import actions as completion_receipts

        key = completion_receipts.rotate_keys()
        _say(
            options,
            {"key": str(key.id)},
            f"Completion receipts are now signed with key {key.id}; existing receipts stay valid.",
        )
    return 0


def _organization(options: argparse.Namespace) -> int:
    with ready():
        from heliograph.config import commands

        made = commands.make_organization(options.key, options.name, options.owner, options.password)
        text = f"{options.owner} signs in with the password: {made['password']}"
        if made["invitation"]:
            text = f"{options.owner} already has an account. Invitation link: {made['invitation']}"
        _say(options, made, text)
    return 0


def _password(options: argparse.Namespace) -> int:
    with ready():
        from heliograph.accounts import actions

        password = actions.new_password(options.email)
        _say(
            options,
            {"email": options.email, "password": password},
            f"{options.email} signs in with the password: {password}",
        )
    return 0


def _import(options: argparse.Namespace) -> int:
    with ready():
        from heliograph.config import commands

        imported = commands.import_file(options.file, options.organization, options.course, options.publish)
        lines = [f"Imported “{imported['title']}” as {imported['course']}, version {imported['version']}."]
        lines += [f"- {finding['level']}: {finding['sentence']}" for finding in imported["findings"]]
        _say(options, imported, "\n".join(lines))
    return 0


def _dispatch(options: argparse.Namespace) -> int:
    with ready():
        from heliograph.config import commands

        made = commands.build_package(
            options.course,
            options.destination,
            options.format,
            options.mode,
            options.output,
            options.organization,
        )
        _say(options, made, f"Wrote {made['file']} ({made['bytes']} bytes): {made['name']}.")
    return 0


def _launch(options: argparse.Namespace) -> int:
    with ready():
        from heliograph.config import commands

        link = commands.launch(options.course, options.learner, options.name, options.organization)
        _say(options, link, link["url"])
    return 0


def _credential(options: argparse.Namespace) -> int:
    with ready():
        from heliograph.config import commands

        made = commands.make_credential(
            options.organization, options.name, options.scope, options.activity_prefix, options.days
        )
        lines = [
            f"Endpoint {made['endpoint']}",
            f"Key      {made['key']}",
            f"Secret   {made['secret']}",
            f"Bearer   {made['token']}",
        ]
        _say(options, made, "\n".join([*lines, "Copy the secret now. It is not shown again."]))
    return 0


def _listen(options: argparse.Namespace) -> int:
    from heliograph.webhooks.listen import Listener

    server = options.server or os.environ.get("HELIOGRAPH_URL", "http://localhost:8000")
    key = options.api_key or os.environ.get("HELIOGRAPH_API_KEY", "")
    Listener(server, key, options.forward, options.topics).run()
    return 0


def _verify_audit(options: argparse.Namespace) -> int:
    with ready():
        from heliograph.config import commands

        found = commands.verify_audit(options.organization, options.head)
        _say(options, found, "\n".join(one["sentence"] for one in found["organizations"]))
    return 0 if found["as_sealed"] else 1


def _person(options: argparse.Namespace) -> int:
    with ready():
        from heliograph.config import commands

        written = commands.write_person(options.organization, options.agent, options.output)
        _say(options, written, f"Wrote {written['file']} ({written['bytes']} bytes).")
    return 0


def _erase(options: argparse.Namespace) -> int:
    with ready():
        from heliograph.config import commands

        erased = commands.erase_person(options.organization, options.agent, options.reason)
        _say(
            options,
            erased,
            f"Erased: {erased['statements']} statements by or about the person, "
            f"{erased['documents']} states and profiles.\n"
            f"Anonymized: {erased['redacted']} statements of other people.",
        )
    return 0


def _say(options: argparse.Namespace, document: dict[str, Any], text: str) -> None:
    print(json.dumps(document) if options.json else text)


@contextlib.contextmanager
def ready(migrate: bool = False) -> Iterator[None]:
    """The database up, Django set up and the tables there; the embedded database is shared with a running
    server.
    """
    from heliograph.config import database
    from heliograph.config.server.loading import load

    with database.joined():
        load()
        database.bring_up_to_date(migrate)
        yield


if __name__ == "__main__":
    main()
