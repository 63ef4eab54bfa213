"""The one way out: requests to addresses that people gave us, which may not reach into our own network.

The host name is resolved once, every address it has is judged, and the connection goes to the address that
was judged; so a name that changes meanwhile gains nothing. A request has one deadline for all of it,
redirects are not followed, and no answer is read beyond a limit.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpcore2
import httpx2
from django.conf import settings

from heliograph.core.errors import Invalid
from heliograph.core.translation import gettext, grouped

SECONDS_TO_CONNECT, SECONDS_IN_ALL = 5.0, 15.0
LONGEST_ANSWER = 2_000
LONGEST_ADDRESS = 2_000
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# The only block from which IANA gives out global unicast addresses, without what it set aside in it for
# documentation (RFC 9637).
_UNICAST, _DOCUMENTATION = ipaddress.ip_network("2000::/3"), ipaddress.ip_network("3fff::/20")
# Whose last 32 bits are an IPv4 address: translated by NAT64 (RFC 6052), and the old IPv4-compatible ones
# (RFC 4291, section 2.5.5.1).
_ENDING_IN_IPV4 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("::/96"))
# For protocols, and for relays of 6to4 (RFC 7526): older versions of Python call both global.
_SET_ASIDE = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("192.88.99.0/24"))
_ISATAP = (0x00005EFE, 0x02005EFE)  # RFC 5214, section 6.1


class NoAnswer(Exception):
    """Nobody answered, or nobody may be asked there; the text says why."""


class TooLong(NoAnswer):
    """The answer has more bytes than are taken; the text says how many."""


@dataclass(frozen=True)
class HttpResponse:
    """The status, and the beginning of what came with it."""

    status: int
    text: str

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True)
class Reply:
    """A whole answer; headers by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The beginning of what was answered, as text that can be kept."""
        return _as_text(self.body[:LONGEST_ANSWER])


class HttpSession:
    """Requests to one server, one after the other, on a connection that stays open between them; a context
    manager.
    """

    def __init__(self) -> None:
        self._deadline = _Deadline()
        self._client: httpx2.Client | None = None
        self._used = False

    def __enter__(self) -> "HttpSession":
        return self

    def __exit__(self, *_: object) -> None:
        self._hang_up()

    def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        *,
        longest: int = LONGEST_ANSWER,
        seconds: float | None = None,
        cut: bool = False,
    ) -> Reply:
        """What is answered. Raises `NoAnswer`, and `TooLong` for an answer of more than ``longest`` bytes;
        with ``cut``, no more than those are read.

        Where a connection that was used before turns out to be gone, the request is sent once more on a new
        one: send only what may come twice.
        """
        seconds = SECONDS_IN_ALL if seconds is None else seconds
        self._deadline.at = time.monotonic() + seconds
        try:
            try:
                return self._ask(method, url, headers, body, longest, cut)
            except (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError):
                if not self._used:
                    raise
                self._hang_up()
                return self._ask(method, url, headers, body, longest, cut)
        except Exception as reason:
            self._hang_up()
            raise _no_answer(reason, seconds) from None

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, longest: int, cut: bool
    ) -> Reply:
        if self._client is None:
            self._client = httpx2.Client(
                transport=_Transport(self._deadline), timeout=None, trust_env=False, follow_redirects=False
            )
        sent = {"User-Agent": "Heliograph", "Accept-Encoding": "identity", **headers}
        with self._client.stream(method, url, content=body or None, headers=sent) as answer:
            read = bytearray()
            for chunk in answer.iter_raw():
                read += chunk
                if cut and len(read) >= longest:
                    del read[longest:]
                    break
                if len(read) > longest:
                    raise TooLong(
                        gettext("The response is larger than %(longest)s bytes.")
                        % {"longest": grouped(longest)}
                    )
            self._used = True
            return Reply(
                answer.status_code,
                {name.lower(): value for name, value in answer.headers.items()},
                bytes(read),
            )

    def _hang_up(self) -> None:
        if self._client:
            self._client.close()
        self._client, self._used = None, False


def refuse_address(url: str, field: str) -> None:
    """Raise `Invalid` for an address that we would never send anything to.

    ``field`` is what forms and the API call it.
    """
    try:
        parts = urlsplit(url)
        parsed = httpx2.URL(url)
        host, _ = parsed.host, parts.port
    except (ValueError, httpx2.InvalidURL):
        raise _bad(url, field) from None
    if (
        parts.scheme not in ("http", "https")
        or not host
        or parts.fragment
        or len(url) > LONGEST_ADDRESS
        or url != url.strip()
    ):
        raise _bad(url, field)
    if parts.username is not None or parts.password is not None:
        raise Invalid(
            gettext("The URL must not contain a user name or password. Messages are signed instead."),
            code="address_invalid",
            field=field,
        )
    if settings.HELIOGRAPH.outbound_private:
        return
    if parts.scheme != "https":
        raise Invalid(
            gettext("Use an https:// URL: messages contain personal data."),
            code="address_invalid",
            field=field,
        )
    literal = _literal(host)
    if literal is not None and not is_public(literal):
        raise Invalid(
            gettext("%(host)s is a private network address. Use one that is reachable from the internet.")
            % {"host": host},
            code="address_invalid",
            field=field,
        )


def post(url: str, body: bytes, headers: Mapping[str, str]) -> HttpResponse:
    """Send ``body`` to ``url``.

    Raises `NoAnswer` where there is none in time, or where the address lies in a network of ours.
    """
    deadline = _Deadline(time.monotonic() + SECONDS_IN_ALL)
    try:
        with (
            httpx2.Client(
                transport=_Transport(deadline),
                timeout=SECONDS_IN_ALL,
                trust_env=False,
                follow_redirects=False,
            ) as client,
            client.stream(
                "POST",
                url,
                content=body,
                headers={"User-Agent": "Heliograph", "Accept-Encoding": "identity", **headers},
            ) as answer,
        ):
            return HttpResponse(answer.status_code, _beginning(answer.iter_raw()))
    except Exception as reason:
        raise _no_answer(reason, SECONDS_IN_ALL) from None


def _no_answer(reason: Exception, seconds: float) -> Exception:
    """What went wrong, as `NoAnswer`; itself where that is a defect of ours."""
    if isinstance(reason, httpx2.TimeoutException):
        return NoAnswer(
            gettext("There was no answer within %(seconds)s seconds.") % {"seconds": f"{seconds:.0f}"}
        )
    if isinstance(reason, httpx2.HTTPError | httpx2.InvalidURL | ValueError):
        return NoAnswer(f"The URL cannot be reached: {str(reason) or type(reason).__name__}.")
    return reason


def is_public(address: Address) -> bool:
    """Whether an address is reached over the internet; every IPv4 address inside an IPv6 one must be, too."""
    if isinstance(address, ipaddress.IPv4Address):
        return (
            address.is_global
            and not address.is_multicast
            and not any(address in network for network in _SET_ASIDE)
        )
    inner = _embedded(address)
    if inner:
        return all(is_public(embedded) for embedded in inner)
    if int(address) >> 32 & 0xFFFFFFFF in _ISATAP and not is_public(_last_bits(address)):
        return False
    return address in _UNICAST and address not in _DOCUMENTATION and address.is_global


def _embedded(address: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """The IPv4 addresses that what is sent to an IPv6 address goes to instead, or through: a translator's or
    a tunnel's.
    """
    if any(address in network for network in _ENDING_IN_IPV4):
        return [_last_bits(address)]
    single = address.ipv4_mapped or address.sixtofour
    return [single] if single else list(address.teredo or ())


def _last_bits(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _beginning(chunks: Iterable[bytes]) -> str:
    read = b""
    for chunk in chunks:
        read += chunk
        if len(read) >= LONGEST_ANSWER:
            break
    return _as_text(read[:LONGEST_ANSWER])


def _as_text(read: bytes) -> str:
    return read.decode(errors="replace").replace("\x00", "\ufffd")


@cache
def _trusted() -> ssl.SSLContext:
    """Whom to believe; reading the certificates takes longer than most messages do."""
    return httpx2.create_ssl_context(trust_env=False)


@dataclass
class _Deadline:
    """When whatever is being asked must have been answered."""

    at: float = 0.0


class _Transport(httpx2.HTTPTransport):
    """A transport whose connections are made by `_PublicBackend`."""

    def __init__(self, deadline: _Deadline) -> None:
        super().__init__(verify=_trusted(), trust_env=False)
        # The library offers no other place for a way of connecting; tests fail where this one no longer
        # works.
        self._pool = httpcore2.ConnectionPool(
            ssl_context=_trusted(), network_backend=_PublicBackend(deadline)
        )


class _PublicBackend(httpcore2.SyncBackend):
    """Connects to public addresses only, and to others where the operator allows it."""

    def __init__(self, deadline: _Deadline) -> None:
        self.deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore2.NetworkStream:
        reason: Exception = httpcore2.ConnectError("the host has no address")
        for address in _addresses(host, port):
            left = min(SECONDS_TO_CONNECT, self.deadline.at - time.monotonic())
            if left <= 0:
                raise httpcore2.ConnectTimeout()
            try:
                return _DeadlineStream(
                    super().connect_tcp(str(address), port, left, local_address, socket_options),
                    self.deadline,
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as this:
                reason = this
        raise reason


class _DeadlineStream(httpcore2.NetworkStream):
    """A stream all of whose waiting ends at the deadline, however slowly the other side drips."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: _Deadline) -> None:
        self.stream, self.deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, self._left(httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, self._left(httpcore2.WriteTimeout))

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _DeadlineStream(
            self.stream.start_tls(ssl_context, server_hostname, self._left(httpcore2.ConnectTimeout)),
            self.deadline,
        )

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)

    def _left(self, late: type[Exception]) -> float:
        left = self.deadline.at - time.monotonic()
        if left <= 0:
            raise late()
        return left


def _addresses(host: str, port: int) -> list[Address]:
    """Every address of the host; a name with one address inside a network is refused as a whole."""
    try:
        addresses = [
            ipaddress.ip_address(entry[4][0])
            for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        ]
    except (OSError, UnicodeError):
        raise httpcore2.ConnectError(f"host {host} not found") from None
    except ValueError:
        raise httpcore2.ConnectError(f"{host} has a link-local address") from None
    if not settings.HELIOGRAPH.outbound_private and not all(is_public(address) for address in addresses):
        raise httpcore2.ConnectError(
            f"{host} has a private network address (HELIOGRAPH_OUTBOUND_PRIVATE allows these)"
        )
    return addresses


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def _bad(url: str, field: str) -> Invalid:
    return Invalid(
        gettext("“%(url)s” is not a valid URL. Enter a URL such as https://lms.example.org/heliograph.")
        % {"url": url[:200]},
        code="address_invalid",
        field=field,
    )
