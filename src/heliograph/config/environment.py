"""Every setting of Heliograph, read from the environment once and checked: `Environment.read` refuses what is
unsafe.

docs/operators/settings.md lists the same names; a test compares the two.
"""

import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from socket import SOCK_STREAM, getaddrinfo
from typing import TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from publicsuffixlist import PublicSuffixList

from heliograph.core.database.embedded_postgres import EmbeddedPostgres
from heliograph.core.errors import Misconfigured

T = TypeVar("T")
MEGABYTE = 2**20
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
SHORTEST_SECRET = 32
USUAL_PORT = 8000
HIGHEST_PORT = 65_535
DEMO_LMS_PORT_AFTER = 90
RIGHT = "https://learn.example.org"


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in. ``tls`` is “on” from the first byte, “starttls”, or “off”."""

    host: str
    port: int
    user: str
    password: str
    tls: str


@dataclass(frozen=True)
class Environment:
    """What the operator decided."""

    home: Path
    url: str
    content_url: str
    database_url: str
    embedded: bool
    secret_key: str
    debug: bool
    web_workers: int
    upload_limit: int
    import_entries: int
    import_bytes: int
    import_file_bytes: int
    import_ratio: int
    import_manifest_bytes: int
    launch_token_seconds: int
    session_token_seconds: int
    trusted_proxies: int
    metrics_token: str
    mail_server: MailServer | None
    mail_from: str
    outbound_private: bool
    shared_site: bool
    stripe_api: str  # empty: Stripe's own

    @classmethod
    def read(cls, source: Mapping[str, str] | None = None) -> "Environment":
        """The settings in ``source`` (the process's environment by default).

        Raises `Misconfigured` with one sentence where a value cannot be used or would be unsafe.
        """
        environment, faults = cls.examine(source)
        if faults:
            raise faults[0]
        return environment

    @classmethod
    def examine(cls, source: Mapping[str, str] | None = None) -> tuple["Environment", list[Misconfigured]]:
        """The settings, with the default in place of each that cannot be used, and all their faults."""
        values = dict(os.environ) if source is None else source
        faults: list[Misconfigured] = []

        def take(read: Callable[[], T], instead: T) -> T:
            try:
                return read()
            except Misconfigured as fault:
                faults.append(fault)
                return instead

        def number(name: str, default: int, least: int = 1) -> int:
            return take(lambda: _number(values, name, default, least), default)

        def switch(name: str) -> bool:
            return take(lambda: _switch(values, name), False)

        home = home_of(values)
        given = take(lambda: str(port_wanted(values)), str(USUAL_PORT))
        port = given if values.get("HELIOGRAPH_PORT") else port_in_use(home)
        usual, usual_content = f"http://localhost:{port}", f"http://127.0.0.1:{port}"
        url = take(lambda: _origin(values, "HELIOGRAPH_URL", usual), usual)
        content_url = take(lambda: _origin(values, "HELIOGRAPH_CONTENT_URL", usual_content), usual_content)
        database_url = take(lambda: _database_url(values), "")
        environment = cls(
            home=home,
            url=url,
            content_url=content_url,
            database_url=database_url or EmbeddedPostgres(home).url,
            embedded=not database_url,
            secret_key=take(lambda: _secret_key(values, home, url), ""),
            debug=switch("HELIOGRAPH_DEBUG"),
            web_workers=number("HELIOGRAPH_WEB_WORKERS", 2),
            upload_limit=number("HELIOGRAPH_UPLOAD_LIMIT_MB", 2048) * MEGABYTE,
            import_entries=number("HELIOGRAPH_IMPORT_ENTRIES", 20_000),
            import_bytes=number("HELIOGRAPH_IMPORT_LIMIT_MB", 4096) * MEGABYTE,
            import_file_bytes=number("HELIOGRAPH_IMPORT_FILE_LIMIT_MB", 2048) * MEGABYTE,
            import_ratio=number("HELIOGRAPH_IMPORT_RATIO", 200),
            import_manifest_bytes=number("HELIOGRAPH_IMPORT_MANIFEST_LIMIT_MB", 10) * MEGABYTE,
            launch_token_seconds=number("HELIOGRAPH_LAUNCH_TOKEN_SECONDS", 300, least=10),
            session_token_seconds=number("HELIOGRAPH_SESSION_TOKEN_SECONDS", 86_400, least=300),
            trusted_proxies=number("HELIOGRAPH_TRUSTED_PROXIES", 0, least=0),
            metrics_token=values.get("HELIOGRAPH_METRICS_TOKEN", ""),
            mail_server=take(lambda: _mail_server(values), None),
            mail_from=take(lambda: _mail_from(values, url), ""),
            outbound_private=switch("HELIOGRAPH_OUTBOUND_PRIVATE"),
            shared_site=switch("HELIOGRAPH_SHARED_SITE"),
            stripe_api=take(lambda: _stripe_api(values), ""),
        )
        return environment, [*faults, *environment.unsafe()]

    @property
    def local(self) -> bool:
        """Whether only this machine can reach us: the one case in which we make our own secret key."""
        return urlsplit(self.url).hostname in LOOPBACK

    @property
    def content_host(self) -> str:
        """The host name of the content origin; ``*.example.org`` stands for one origin a course."""
        return urlsplit(self.content_url).hostname or ""

    @property
    def one_site(self) -> bool:
        """Whether pages and content share a registrable domain, which is what browsers call a site."""
        return site_of(urlsplit(self.url).hostname or "") == site_of(self.content_host)

    def unsafe(self) -> Iterator[Misconfigured]:
        """Each setting that would put people's data at risk."""
        app, content = urlsplit(self.url), urlsplit(self.content_url)
        if app.hostname == content.hostname:
            yield Misconfigured(
                f"HELIOGRAPH_URL and HELIOGRAPH_CONTENT_URL are both on {app.hostname}. Course content is "
                f"untrusted code: give it a host name of its own (cookies do not tell ports apart)."
            )
        elif self.one_site and not self.shared_site:
            yield Misconfigured(
                f"HELIOGRAPH_URL and HELIOGRAPH_CONTENT_URL are both below {site_of(self.content_host)}, "
                f"so courses, which are untrusted code, could set cookies for the pages. "
                f"Give the content a domain of its own, or accept that with HELIOGRAPH_SHARED_SITE=on",
                code="shared_site",
            )
        if not self.local and app.scheme != "https":
            yield Misconfigured(
                "HELIOGRAPH_URL is public but not https. Put a TLS proxy in front and use its https address."
            )
        if not self.local and content.scheme != "https":
            yield Misconfigured(
                "HELIOGRAPH_CONTENT_URL is public but not https. "
                "Put a TLS proxy in front and use its https address."
            )
        if self.secret_key and len(self.secret_key) < SHORTEST_SECRET:
            yield Misconfigured(
                f"HELIOGRAPH_SECRET_KEY is shorter than {SHORTEST_SECRET} characters. "
                f"Generate one with: openssl rand -base64 48"
            )
        if not self.local and self.debug:
            yield Misconfigured(
                "HELIOGRAPH_DEBUG is on at a public address. Turn it off: error pages show your settings."
            )

    def other_ports(self, port: int) -> list[str]:
        """A sentence for each address of this machine that names another port than ``port``."""
        names = {"HELIOGRAPH_URL": self.url, "HELIOGRAPH_CONTENT_URL": self.content_url}
        findings = []
        for name, origin in names.items():
            parts = urlsplit(origin)
            origin_port = parts.port or (443 if parts.scheme == "https" else 80)
            if parts.hostname in LOOPBACK and origin_port != port:
                findings.append(
                    f"{name} is {origin}, but Heliograph listens on port {port}: that works only if "
                    f"something forwards port {origin_port}. Use the same port for both, or leave {name} out."
                )
        return findings

    def unreachable_hosts(self, host: str) -> Iterator[Misconfigured]:
        """Each address of this machine that leads to no server where it listens on this host alone."""
        listens = _addresses(host)
        if not listens or any(address.is_unspecified for address in listens):
            return
        for name, origin in {"HELIOGRAPH_URL": self.url, "HELIOGRAPH_CONTENT_URL": self.content_url}.items():
            called = urlsplit(origin).hostname or ""
            if called in LOOPBACK and not listens & _addresses(called):
                yield Misconfigured(
                    f"Heliograph would listen on {host} only, and {name} is {origin}, where it could not be "
                    f"reached. Leave --host out; or, for access from other machines, set HELIOGRAPH_URL and "
                    f"HELIOGRAPH_CONTENT_URL to the https addresses of this server."
                )


def address_of(host: str) -> str:
    """The one address to listen on for a host name or an address.

    Raises `Misconfigured` where it stands for none.

    Of several an IPv4 one, because unless told otherwise content is at 127.0.0.1.
    """
    address = min(_addresses(host), key=lambda address: (address.version, address), default=None)
    if address is None:
        raise Misconfigured(
            f"“{host}” is neither an address nor a host name that this machine can resolve. "
            f"Set --host to an address of this machine, or to 0.0.0.0 for all of them."
        )
    return str(address)


def _addresses(host: str) -> set[IPv4Address | IPv6Address]:
    """What a host name stands for; nothing where it stands for nothing."""
    try:
        return {ip_address(entry[4][0]) for entry in getaddrinfo(host, None, type=SOCK_STREAM)}
    except (OSError, ValueError):
        return set()


def site_of(host: str) -> str:
    """The registrable domain of a host name by the Public Suffix List; the name itself where it has none."""
    name = host.removeprefix("*.")
    is_address = ":" in name or name.rpartition(".")[2].isdecimal()
    if is_address or "." not in name:
        return name
    return _public_suffixes().privatesuffix(name) or name


@cache
def _public_suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def demo_lms_address(port: int) -> str:
    """Where the demo LMS is, beside a Heliograph on this port."""
    return f"http://localhost:{port + DEMO_LMS_PORT_AFTER}"


def home_of(values: Mapping[str, str]) -> Path:
    """The folder of this installation."""
    return Path(values.get("HELIOGRAPH_HOME") or "var").resolve()


def port_wanted(values: Mapping[str, str]) -> int:
    """The port to listen on. Raises `Misconfigured`."""
    port = _number(values, "HELIOGRAPH_PORT", USUAL_PORT)
    if port > HIGHEST_PORT:
        raise Misconfigured(f"HELIOGRAPH_PORT is {port}; the highest port is {HIGHEST_PORT}.")
    return port


def port_in_use(home: Path) -> str:
    """The port that a running server of this home listens on, as it noted it; without one the usual port."""
    noted = home / "port"
    return (noted.read_text().strip() if noted.is_file() else "") or str(USUAL_PORT)


def _secret_key(values: Mapping[str, str], home: Path, url: str) -> str:
    given = values.get("HELIOGRAPH_SECRET_KEY", "")
    if given:
        return given
    if urlsplit(url).hostname not in LOOPBACK:
        raise Misconfigured(
            "HELIOGRAPH_SECRET_KEY is not set, and the address is public. "
            "Generate one with: openssl rand -base64 48, and keep it."
        )
    kept = home / "secret.key"
    if not kept.exists():
        try:
            home.mkdir(parents=True, exist_ok=True)
            _write_once(kept, secrets.token_urlsafe(48))
        except OSError as reason:
            raise Misconfigured(
                f"HELIOGRAPH_HOME {home} cannot be used: {reason.strerror}. "
                f"Choose a folder that the user who runs Heliograph may write to."
            ) from None
    return kept.read_text().strip()


def _write_once(path: Path, text: str) -> None:
    """Two processes that start together must agree, so the first to link the file wins."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _database_url(values: Mapping[str, str]) -> str:
    given = values.get("DATABASE_URL", "")
    try:
        conninfo_to_dict(given)
    except ProgrammingError:
        raise Misconfigured(
            "DATABASE_URL is not valid. Enter a URL such as postgresql://user:password@host/name"
        ) from None
    return given


def _origin(values: Mapping[str, str], name: str, default: str) -> str:
    given = (values.get(name) or default).rstrip("/")
    try:
        parts = urlsplit(given)
        known_port = parts.port != 0
    except ValueError:
        raise Misconfigured(
            f"{name} is “{given}”, which has no valid host or port. Enter a URL such as {RIGHT} (no path)."
        ) from None
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or not known_port
        or parts.path
        or parts.query
    ):
        raise Misconfigured(f"{name} is “{given}”. Enter a URL such as {RIGHT} (no path).")
    stars = parts.hostname.removeprefix("*.") if name == "HELIOGRAPH_CONTENT_URL" else parts.hostname
    if "*" in stars:
        right = "https://*.content.example.net"
        raise Misconfigured(
            f"{name} is “{given}”. Only HELIOGRAPH_CONTENT_URL may contain a *, as its first label: {right}"
        )
    return given


def _mail_server(values: Mapping[str, str]) -> MailServer | None:
    given = values.get("HELIOGRAPH_MAIL_URL", "")
    if not given:
        return None
    try:
        parts = urlsplit(given)
        port = parts.port
        options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
    except ValueError:
        raise _bad_mail_url() from None
    starttls = options.pop("starttls", "on")
    if (
        parts.scheme not in ("smtp", "smtps")
        or not parts.hostname
        or parts.path.strip("/")
        or options
        or starttls not in ("on", "off")
    ):
        raise _bad_mail_url()
    own = parts.hostname in LOOPBACK
    tls = (
        "on"
        if parts.scheme == "smtps"
        else "off"
        if starttls == "off" or (own and "starttls" not in parts.query)
        else "starttls"
    )
    if parts.password and tls == "off" and not own:
        raise Misconfigured(
            "HELIOGRAPH_MAIL_URL has a password and starttls=off: the password would be sent unencrypted. "
            "Remove starttls=off."
        )
    usual = {"on": 465, "starttls": 587, "off": 25}[tls]
    return MailServer(
        parts.hostname, port or usual, unquote(parts.username or ""), unquote(parts.password or ""), tls
    )


def _bad_mail_url() -> Misconfigured:
    return Misconfigured(
        "HELIOGRAPH_MAIL_URL is not valid. Enter a URL such as smtp://user:password@mail.example.org:587 or smtps://user:password@mail.example.org"
    )


def _stripe_api(values: Mapping[str, str]) -> str:
    """Where Stripe's API is asked instead of at Stripe: an emulator."""
    return _origin(values, "HELIOGRAPH_STRIPE_API", "") if values.get("HELIOGRAPH_STRIPE_API") else ""


def _mail_from(values: Mapping[str, str], url: str) -> str:
    given = values.get("HELIOGRAPH_MAIL_FROM", "") or f"Heliograph <heliograph@{urlsplit(url).hostname}>"
    if "@" not in parseaddr(given)[1] or "\n" in given or "\r" in given:
        raise Misconfigured(
            f"HELIOGRAPH_MAIL_FROM is “{given}”, which is not a valid email address. "
            f"Enter an address such as Northlight <courses@example.org>"
        )
    return given


def _number(values: Mapping[str, str], name: str, default: int, least: int = 1) -> int:
    given = values.get(name, "")
    if not given:
        return default
    if not given.isdigit() or int(given) < least:
        raise Misconfigured(f"{name} must be a whole number ≥ {least}, not “{given}”.")
    return int(given)


def _switch(values: Mapping[str, str], name: str) -> bool:
    given = values.get(name, "").lower()
    if given not in ("", "0", "1", "true", "false", "on", "off"):
        raise Misconfigured(f"{name} must be on or off, not “{given}”.")
    return given in ("1", "true", "on")
