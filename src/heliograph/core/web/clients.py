"""Where a request comes from: only here is `X-Forwarded-For` read, and only behind declared proxies."""

import ipaddress
from collections.abc import Mapping
from typing import Any

UNKNOWN = "::"  # a socket without an address, or a proxy that names none; all of these are one client
IPV6_NETWORK = 64  # one subscriber has all addresses of such a network
FORWARDING = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")


def client_address(environ: Mapping[str, Any], trusted_proxies: int) -> str:
    """The client's IP address; `UNKNOWN` where there is none.

    Each proxy adds the address of whoever asked it at the right end of `X-Forwarded-For`, so with
    ``trusted_proxies`` of them in front, the client is that many from the right. What stands further left is
    the client's own word. A request with fewer entries did not come through all of them: its peer is the
    client.
    """
    peer = str(environ.get("REMOTE_ADDR") or "")
    hops = [hop.strip() for hop in str(environ.get("HTTP_X_FORWARDED_FOR") or "").split(",")]
    if not trusted_proxies or len(hops) < trusted_proxies:
        return _address(peer)
    return _address(hops[-trusted_proxies])


def network_of(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 network of an IPv6 address."""
    parsed = ipaddress.ip_address(address)
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network((parsed, IPV6_NETWORK), strict=False).network_address)


def is_forwarded(environ: Mapping[str, Any]) -> bool:
    """Whether something in front of us says for whom it asks."""
    return any(name in environ for name in FORWARDING)


def _address(text: str) -> str:
    """``text`` as an IP address, with or without a port; `UNKNOWN` for anything else."""
    host = text.rpartition(":")[0] if text.count(":") == 1 else text
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    try:
        parsed = ipaddress.ip_address(host)
    except ValueError:
        return UNKNOWN
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(mapped or parsed)
