"""Pages of a SCORM course that lie on somebody's web server instead of in the package.

They can be shown, but no more: a page of another origin cannot reach the API in the windows around it.
"""

from collections.abc import Sequence
from functools import reduce
from urllib.parse import urljoin

from heliograph.core.translation import gettext_noop, told
from heliograph.courses.findings import Report
from heliograph.courses.formats.addresses import host, web_address
from heliograph.courses.formats.hrefs import with_parameters
from heliograph.courses.formats.structure import Launch
from heliograph.courses.limits import shown


def online_address(href: str, bases: Sequence[str] = ()) -> str | None:
    """The web address that an href below these xml:base values leads to; None where it leads into the
    package."""
    if not href:
        return None
    try:
        address = reduce(urljoin, (*bases, href))
    except ValueError:
        return None
    return web_address(f"https:{address}" if address.startswith("//") else address)


def online_launch(address: str, parameters: str | None, resource: str, report: Report) -> Launch:
    """What opens at the address; the report says where that is and what it means."""
    report.advice(
        "launch_online",
        told(
            gettext_noop(
                "The course launches %(address)s on %(host)s, outside the package. External "
                "pages can't report results, so opening the page counts as completion."
            ),
            address=shown(address),
            host=shown(host(address)),
        ),
        address,
    )
    if address.startswith("http:"):
        report.advice(
            "url_http",
            told(
                gettext_noop(
                    "%(address)s is an http: URL, which browsers block inside an https page. "
                    "Serve it over https."
                ),
                address=shown(address),
            ),
            address,
        )
    page, mark, query = address.partition("?")
    return Launch(
        href=page + with_parameters(mark + query, parameters), query="", kind="asset", resource=resource
    )
