"""Host names of the content origin, as a Host header says them."""

from django.conf import settings


def is_content_host(host: str, content_host: str) -> bool:
    """Whether a Host header names the content origin; ``*.example.org`` names one origin a course."""
    name = name_of(host)
    return name == content_host or (content_host.startswith("*.") and name.endswith(content_host[1:]))


def label_of(host: str) -> str | None:
    """The label that a Host header has in place of the ``*``; None where all courses share one origin."""
    content_host = settings.HELIOGRAPH.content_host
    if not content_host.startswith("*.") or not is_content_host(host, content_host):
        return None
    return name_of(host).removesuffix(content_host[1:])


def name_of(host: str) -> str:
    """The host name without its port, in lower case (RFC 4343) and without a dot at its end."""
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    return name.lower().removesuffix(".")
