"""axe-core in a page of a browser."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Frame, Page

RUN = "async ([within, options]) => (await axe.run(within ?? document, options)).violations"


def violations(
    page: Page | Frame, within: str | None = None, options: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """What axe-core finds wrong with a page, or with what is inside of a selector's element.

    A document gets the script once, and sends back nothing but violations: both cost more than a small run.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(
        RUN, [within, {"resultTypes": ["violations"], **(options or {})}]
    )
    return found
