import re
from pathlib import Path

import pytest

from heliograph.config.environment import Environment, MailServer, address_of
from heliograph.core.errors import Misconfigured

ROOT = Path(__file__).resolve().parents[2]
SECRET = "x" * 48
PUBLIC = {
    "HELIOGRAPH_URL": "https://learn.example.org",
    "HELIOGRAPH_CONTENT_URL": "https://content.example.net",
    "HELIOGRAPH_SECRET_KEY": SECRET,
    "DATABASE_URL": "postgresql://u@h/d",
}


def read(tmp_path, **values):
    return Environment.read({"HELIOGRAPH_HOME": str(tmp_path), **values})


def test_without_settings_it_runs_on_this_machine_with_a_secret_of_its_own(tmp_path):
    first = read(tmp_path)
    assert first.url == "http://localhost:8000"
    assert first.content_url == "http://127.0.0.1:8000"
    assert len(first.secret_key) >= 32
    assert read(tmp_path).secret_key == first.secret_key
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0


def test_a_public_address_with_everything_it_needs_is_taken(tmp_path):
    assert read(tmp_path, **PUBLIC).url == PUBLIC["HELIOGRAPH_URL"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"HELIOGRAPH_SECRET_KEY": ""}, "HELIOGRAPH_SECRET_KEY is not set"),
        ({"HELIOGRAPH_SECRET_KEY": "short"}, "shorter than 32"),
        ({"HELIOGRAPH_CONTENT_URL": "https://learn.example.org:8443"}, "both on learn.example.org"),
        ({"HELIOGRAPH_CONTENT_URL": "https://content.example.org"}, r"both below example\.org"),
        ({"HELIOGRAPH_CONTENT_URL": "https://*.content.example.org"}, r"both below example\.org"),
        ({"HELIOGRAPH_CONTENT_URL": "https://c*.example.net"}, "as its first label"),
        ({"HELIOGRAPH_URL": "https://*.example.org"}, "as its first label"),
        ({"HELIOGRAPH_URL": "http://learn.example.org"}, "not https"),
        ({"HELIOGRAPH_CONTENT_URL": "http://content.example.net"}, "not https"),
        ({"HELIOGRAPH_DEBUG": "on"}, "HELIOGRAPH_DEBUG"),
        ({"HELIOGRAPH_URL": "learn.example.org"}, r"Enter a URL such as .* \(no path\)"),
        (
            {"HELIOGRAPH_URL": "http://localhost:80000"},
            "HELIOGRAPH_URL is “http://localhost:80000”, which has no valid host or port",
        ),
        ({"HELIOGRAPH_URL": "http://localhost:80a0"}, "which has no valid host or port"),
        (
            {"HELIOGRAPH_CONTENT_URL": "https://content.example.net:-1"},
            "HELIOGRAPH_CONTENT_URL is .*, which has no valid host or port",
        ),
        ({"HELIOGRAPH_CONTENT_URL": "https://[content"}, "which has no valid host or port"),
        ({"HELIOGRAPH_URL": "http://localhost:0"}, r"Enter a URL such as .* \(no path\)"),
        ({"HELIOGRAPH_WEB_WORKERS": "many"}, "whole number"),
        ({"HELIOGRAPH_DEBUG": "perhaps"}, "on or off"),
        ({"HELIOGRAPH_PORT": "a port"}, "whole number"),
        ({"HELIOGRAPH_PORT": "0"}, "whole number"),
        ({"HELIOGRAPH_PORT": "65536"}, "the highest port is 65535"),
        ({"DATABASE_URL": "not an address"}, "DATABASE_URL is not valid"),
        ({"HELIOGRAPH_MAIL_URL": "mail.example.org"}, "HELIOGRAPH_MAIL_URL is not valid"),
        ({"HELIOGRAPH_MAIL_URL": "smtp://mail.example.org:post"}, "HELIOGRAPH_MAIL_URL is not valid"),
        ({"HELIOGRAPH_MAIL_URL": "smtp://mail.example.org?tls=no"}, "HELIOGRAPH_MAIL_URL is not valid"),
        ({"HELIOGRAPH_MAIL_URL": "smtp://me:secret@mail.example.org?starttls=off"}, "sent unencrypted"),
        ({"HELIOGRAPH_MAIL_FROM": "nobody"}, "not a valid email address"),
        ({"HELIOGRAPH_OUTBOUND_PRIVATE": "perhaps"}, "on or off"),
    ],
)
def test_it_refuses_to_start_when_that_would_be_unsafe(tmp_path, changes, reason):
    with pytest.raises(Misconfigured, match=reason):
        read(tmp_path, **{**PUBLIC, **changes})


@pytest.mark.parametrize(
    ("pages", "content"),
    [
        ("https://learn.example.org", "https://*.learn-content.org"),
        ("https://learn.example.co.uk", "https://content.another.co.uk"),
        ("https://learn.github.io", "https://content.github.io"),
        ("https://10.0.0.5", "https://10.0.0.6"),
        ("http://localhost:8000", "http://127.0.0.1:8000"),
        ("http://localhost:8000", "http://*.content.localhost:8000"),
    ],
)
def test_pages_and_content_on_two_sites_are_taken(tmp_path, pages, content):
    origins = {"HELIOGRAPH_URL": pages, "HELIOGRAPH_CONTENT_URL": content}
    assert read(tmp_path, **{**PUBLIC, **origins}).url == pages


def test_an_address_of_this_machine_on_another_port_is_said(tmp_path):
    finding = read(tmp_path, HELIOGRAPH_URL="http://localhost:9000", HELIOGRAPH_PORT="8000").other_ports(8000)
    assert [sentence.partition(",")[0] for sentence in finding] == ["HELIOGRAPH_URL is http://localhost:9000"]
    assert not read(tmp_path).other_ports(8000)
    assert not read(tmp_path, **PUBLIC).other_ports(8000)


@pytest.mark.parametrize(
    ("host", "unreachable_hosts"),
    [
        ("127.0.0.1", []),
        ("0.0.0.0", []),
        ("::", []),
        ("localhost", []),
        ("192.168.1.5", ["HELIOGRAPH_URL", "HELIOGRAPH_CONTENT_URL"]),
        ("127.0.0.2", ["HELIOGRAPH_URL", "HELIOGRAPH_CONTENT_URL"]),
    ],
)
def test_an_address_of_this_machine_where_nobody_would_answer_is_found(tmp_path, host, unreachable_hosts):
    sentences = [fault.sentence for fault in read(tmp_path).unreachable_hosts(host)]
    assert [re.findall(r"and (\w+) is http", sentence) for sentence in sentences] == [
        [name] for name in unreachable_hosts
    ]
    assert not list(read(tmp_path, **PUBLIC).unreachable_hosts(host))


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "127.0.0.1"),
        ("0.0.0.0", "0.0.0.0"),
        ("::1", "::1"),
        ("::", "::"),
        ("0:0::1", "::1"),
    ],
)
def test_a_host_stands_for_one_address(host, address):
    assert address_of(host) == address


@pytest.mark.parametrize("host", ["nowhere.invalid", "", "..", "127.0.0.1:8000"])
def test_a_host_that_stands_for_no_address_is_refused(host):
    with pytest.raises(
        Misconfigured,
        match=f"“{re.escape(host)}” is neither an address nor a host name .* Set --host to an address",
    ):
        address_of(host)


def test_all_that_is_wrong_is_found_at_once(tmp_path):
    wrong = {
        "HELIOGRAPH_WEB_WORKERS": "many",
        "HELIOGRAPH_DEBUG": "perhaps",
        "DATABASE_URL": "not an address",
    }
    _, faults = Environment.examine(
        {**PUBLIC, "HELIOGRAPH_HOME": str(tmp_path), **wrong, "HELIOGRAPH_SECRET_KEY": "x"}
    )
    assert len(faults) == 4
    assert all(any(name in fault.sentence for fault in faults) for name in (*wrong, "HELIOGRAPH_SECRET_KEY"))


def test_an_address_that_no_browser_can_open_is_found_with_all_else(tmp_path):
    wrong = {
        "HELIOGRAPH_URL": "http://localhost:80a0",
        "HELIOGRAPH_CONTENT_URL": "http://127.0.0.1:80000",
        "HELIOGRAPH_DEBUG": "perhaps",
    }
    _, faults = Environment.examine({"HELIOGRAPH_HOME": str(tmp_path), **wrong})
    assert [fault.sentence.split()[0] for fault in faults] == list(wrong)


def test_one_site_for_pages_and_content_is_taken_where_the_operator_accepts_it(tmp_path):
    beside = {**PUBLIC, "HELIOGRAPH_CONTENT_URL": "https://content.example.org"}
    with pytest.raises(Misconfigured) as refused:
        read(tmp_path, **beside)
    assert refused.value.document()["code"] == "shared_site"
    assert read(tmp_path, **beside, HELIOGRAPH_SHARED_SITE="on").one_site


@pytest.mark.parametrize(
    ("address", "server"),
    [
        ("smtp://me:s%40fe@mail.example.org", MailServer("mail.example.org", 587, "me", "s@fe", "starttls")),
        ("smtp://mail.example.org:2525?starttls=off", MailServer("mail.example.org", 2525, "", "", "off")),
        ("smtps://me:safe@mail.example.org", MailServer("mail.example.org", 465, "me", "safe", "on")),
        ("smtp://localhost", MailServer("localhost", 25, "", "", "off")),
        ("smtp://localhost?starttls=on", MailServer("localhost", 587, "", "", "starttls")),
    ],
)
def test_mail_travels_encrypted_unless_it_stays_on_this_machine_or_the_operator_says_so(
    tmp_path, address, server
):
    assert read(tmp_path, HELIOGRAPH_MAIL_URL=address).mail_server == server


def test_a_home_that_cannot_be_one_is_said_so():
    with pytest.raises(Misconfigured, match="HELIOGRAPH_HOME /dev/null/home cannot be used: Not a directory"):
        Environment.read({"HELIOGRAPH_HOME": "/dev/null/home"})


def test_every_setting_is_in_the_documentation_and_nothing_else_is():
    source = (ROOT / "src/heliograph/config/environment.py").read_text() + (
        ROOT / "src/heliograph/config/server/supervisor.py"
    ).read_text()
    read_by_us = set(re.findall(r'"(HELIOGRAPH_[A-Z_]+|DATABASE_URL)"', source)) - {"HELIOGRAPH_PARENT_PIPE"}
    documented = set(
        re.findall(r"^\| `(\w+)`", (ROOT / "docs/operators/settings.md").read_text(), re.MULTILINE)
    )
    assert read_by_us == documented
