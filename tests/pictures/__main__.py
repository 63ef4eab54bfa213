"""Photographs every page of the demo at three widths, light and dark, and looks for what is wrong with it.

The pictures go to ``build/pictures``. Exit status 1 where a page scrolls sideways, answers with a fault, or
axe-core finds something. With ``readme`` it makes the pictures of the README instead, in ``docs/pictures``.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.conftest import FLAGS, ROOT, WHOLE_CHROMIUM
from tests.running import Running

OWNER, PASSWORD = "owner@demo.example", "sunlight-by-mirror"  # of the demo, as it says itself
# Of the README, by the names of their files.
IN_README = {"home": "/", "dispatches": "/admin/dispatch/", "analytics": "/admin/analytics/?period=90d"}
PICTURES = ROOT / "build/pictures"
WIDTHS = (1440, 1024, 390)
THEMES = ("light", "dark")
ID = re.compile(r"/[0-9a-f]{8}-[0-9a-f-]{27}(?=/|$)")


def main() -> int:
    """Start the demo in a home of its own, and go through its pages."""
    problems: list[str] = []
    with _demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=WHOLE_CHROMIUM, args=FLAGS)
        if sys.argv[1:] == ["readme"]:
            return _for_readme(browser, address)
        pages = _pages(_signed_in(browser, address), address)
        print(f"{len(pages)} pages", flush=True)
        for width in WIDTHS:
            for theme in THEMES:
                problems += _photograph(browser, address, pages, width, theme)
        browser.close()
    for problem in problems:
        print(problem)
    print(f"Pictures are in {PICTURES}; {len(problems) or 'no'} problems.")
    return 1 if problems else 0


def _for_readme(browser: Browser, address: str) -> int:
    folder = ROOT / "docs/pictures"
    folder.mkdir(exist_ok=True)
    for theme in THEMES:
        context = _signed_in(browser, address, theme=theme)
        page = context.new_page()
        page.set_viewport_size({"width": 1280, "height": 800})
        for name, path in IN_README.items():
            page.goto(f"{address}{path}", wait_until="networkidle")
            page.screenshot(path=folder / f"{name}-{theme}.png")
        context.close()
    return 0


@contextmanager
def _demo() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="heliograph-pictures-") as folder:
        running = Running(Path(folder) / "home")
        load = [sys.executable, "-m", "heliograph", "demo", "--no-serve"]
        subprocess.run(load, env=running.environment, check=True)
        running.start()
        try:
            yield f"http://localhost:{running.port}"
        finally:
            running.interrupt()
            running.postgres.destroy()


def _signed_in(browser: Browser, address: str, width: int = 1440, theme: str = "light") -> BrowserContext:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if theme == "dark" else "light",
        locale="en-US",
    )
    page = context.new_page()
    page.goto(f"{address}/sign-in/")
    page.fill("input[name=login]", OWNER)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button.do")
    page.wait_for_url(f"{address}/")
    page.close()
    return context


def _pages(context: BrowserContext, address: str) -> dict[str, str]:
    """One page of each kind that links lead to, by a name that its picture can have."""
    page = context.new_page()
    found, waiting = {"home": f"{address}/"}, [f"{address}/"]
    while waiting:
        page.goto(waiting.pop())
        for link in page.eval_on_selector_all("a[href]", "links => links.map((link) => link.href)"):
            path = urlsplit(link).path
            name = ID.sub("/one", path).strip("/").replace("/", "-") or "home"
            if not link.startswith(f"{address}/") or name in found or not _is_page(context, link):
                continue
            found[name] = link
            waiting.append(link)
    context.close()
    return found


def _is_page(context: BrowserContext, link: str) -> bool:
    if re.search(r"/sign-out|csv=|/package$|/packages\?|\.json$", link):
        return False
    answer = context.request.head(link)
    return "text/html" in answer.headers.get("content-type", "")


def _photograph(
    browser: Browser, address: str, pages: dict[str, str], width: int, theme: str
) -> Iterator[str]:
    context = _signed_in(browser, address, width, theme)
    page = context.new_page()
    folder = PICTURES / f"{width}-{theme}"
    folder.mkdir(parents=True, exist_ok=True)
    for name, link in pages.items():
        answer = page.goto(link)
        page.screenshot(path=folder / f"{name}.png", full_page=True)
        if answer and answer.status >= 500:
            yield f"{name} at {width}, {theme}: answered {answer.status}"
        yield from (f"{name} at {width}, {theme}: {finding}" for finding in _findings(page))
    context.close()


def _findings(page: Page) -> Iterator[str]:
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        yield "it scrolls sideways"
    for violation in Axe().run(page).response["violations"]:
        yield f"{violation['id']}: {[node['target'] for node in violation['nodes']]}"


if __name__ == "__main__":
    sys.exit(main())
