"""Photographs every page of the demo at three widths, light and dark, and looks for what is wrong with it.

The pictures go to ``build/pictures``. Exit status 1 where a page scrolls sideways, answers with a fault,
hides what has to be in sight, or axe-core finds something.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright
from tests import axe
from tests.conftest import FLAGS, ROOT, WHOLE_CHROMIUM
from tests.journeys.product import Product
from tests.pictures import back_office, objects, organization_rows, rows

OWNER, PASSWORD = "owner@demo.example", "sunlight-by-mirror"  # of the demo, as it says itself
# Of the README, by the names of their files.
IN_README = {"home": "/", "dispatches": "/admin/dispatch/", "analytics": "/admin/analytics/?period=90d"}
PICTURES = ROOT / "build/pictures"
WIDTHS = (1440, 1024, 390)
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
# What has to be seen on a screen of 1024 pixels without scrolling a table.
IN_SIGHT = {"courses-object-versions": "Publish", "registrations-object-lms": "Stored in LMS"}
FOR_GUESTS = ("sign-in", "forgot-password", "portal", "share", "verify")
ID = re.compile(r"/[0-9a-f]{8}-[0-9a-f-]{27}(?=/|$)")
MOST_MADE = 2_000  # users and what is theirs, which the API makes; the other rows are copied in the database
BEGAN = time.monotonic()
PATIENCE = 120_000  # milliseconds: long pages take their time to be photographed
LINKS = "links => links.map((link) => link.href.split('#')[0])"
# Light and dark differ in color alone: the rest is checked once.
CHECKS: dict[Theme, dict[str, list[str]]] = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@dataclass
class Work:
    """What is photographed, and how; ``problems`` grows."""

    browser: Browser
    address: str
    language: str
    only: re.Pattern[str]
    folder: Path
    problems: list[str] = field(default_factory=list)

    def context(self, width: int, theme: Theme = "light") -> BrowserContext:
        """A browser of a width in which nobody is signed in."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            locale="en-US",
            reduced_motion="reduce",
        )
        if self.language:
            context.add_cookies(
                [{"name": "heliograph_language", "value": self.language, "url": self.address}]
            )
        return context

    def signed_in(self, width: int = 1440, theme: Theme = "light") -> BrowserContext:
        """A browser of a width in which the owner of the demo is signed in."""
        context = self.context(width, theme)
        page = context.new_page()
        page.goto(f"{self.address}/sign-in/")
        page.fill("input[name=login]", OWNER)
        page.fill("input[name=password]", PASSWORD)
        page.click("main button.do")
        page.wait_for_url(f"{self.address}/")
        page.close()
        return context


def main() -> int:
    """Start the demo in a home of its own, and go through its pages."""
    options = _options()
    name = "-".join(filter(None, [options.language, f"{options.rows}-rows" if options.rows else ""]))
    with _demo(options.rows) as (address, paths), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=WHOLE_CHROMIUM, args=FLAGS)
        work = Work(browser, address, options.language, re.compile(options.only), PICTURES / name)
        if options.readme:
            return _for_readme(work)
        pages = _pages(work, paths)
        _say(f"{len(pages)} pages")
        for width in options.widths:
            _photograph(work, pages, width)
            _say(f"photographed at {width}")
        browser.close()
    for problem in work.problems:
        print(problem)
    print(f"Pictures are in {work.folder}; {len(work.problems) or 'no'} problems.")
    return 1 if work.problems else 0


def _say(what: str) -> None:
    print(f"{time.monotonic() - BEGAN:5.0f} s: {what}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    parser.add_argument("--readme", action="store_true", help="the pictures of the README, in docs/pictures")
    parser.add_argument("--language", default="", help="of the pages: de, en-gb")
    parser.add_argument("--rows", type=int, default=0, help="how many rows the long lists get, such as 50000")
    parser.add_argument("--widths", type=int, nargs="+", default=WIDTHS)
    parser.add_argument("--only", default="", help="a regular expression that names of pages have to match")
    return parser.parse_args()


def _for_readme(work: Work) -> int:
    folder = ROOT / "docs/pictures"
    folder.mkdir(exist_ok=True)
    for theme in THEMES:
        context = work.signed_in(theme=theme)
        page = context.new_page()
        page.set_viewport_size({"width": 1280, "height": 800})
        for name, path in IN_README.items():
            page.goto(f"{work.address}{path}", wait_until="networkidle")
            page.screenshot(path=folder / f"{name}-{theme}.png")
        context.close()
    return 0


@contextmanager
def _demo(number: int) -> Iterator[tuple[str, list[str]]]:
    """Its address and where to begin, with long lists where there is a number."""
    with tempfile.TemporaryDirectory(prefix="heliograph-pictures-") as folder:
        running = Product(Path(folder) / "home", HELIOGRAPH_OUTBOUND_PRIVATE="on")
        load = [sys.executable, "-m", "heliograph", "demo", "--no-serve"]
        subprocess.run(load, env=running.environment, check=True)
        try:
            running.postgres.join()
            objects.link(running.postgres.url)
            if number:
                rows.fill(running.postgres.url, number)
                _say("its lists are long")
            running.start()
            begin = back_office.furnish(running, min(number, MOST_MADE))
            if number:
                rows.fill_deliveries(running.postgres.url, number)
                organization_rows.fill(running.postgres.url, number)
            _say("the demo is furnished")
            yield running.app, objects.addresses(running.postgres.url) + begin
            running.interrupt()
        finally:
            running.postgres.leave()
            running.destroy()


def _pages(work: Work, paths: list[str]) -> dict[str, str]:
    """One page of each kind that links lead to, by a name that its picture can have; these paths first."""
    context = work.signed_in()
    page = context.new_page()
    found = {_name(path): f"{work.address}{path}" for path in paths}
    waiting = list(found.values())
    files: set[str] = set()  # a list can link to a file in each row: one of a kind is asked for
    while waiting:
        page.goto(waiting.pop())
        for link in page.eval_on_selector_all("a[href]", LINKS):
            name = _name(urlsplit(link).path)
            if not link.startswith(f"{work.address}/") or name in found or name in files:
                continue
            if not _is_page(context, link):
                files.add(name)
                continue
            found[name] = link
            waiting.append(link)
    context.close()
    return {name: link for name, link in found.items() if work.only.search(name)}


def _name(path: str) -> str:
    address, _, label = path.partition("#")
    without_ids = ID.sub("/object", address.partition("?")[0])
    name = without_ids.strip("/").replace("/", "-").removeprefix("admin-") or "home"
    return f"{name}-{label}" if label else name


def _is_page(context: BrowserContext, link: str) -> bool:
    if re.search(r"/sign-out|csv=|/package$|/packages\?|\.json$", link):
        return False
    answer = context.request.head(link)
    return "text/html" in answer.headers.get("content-type", "")


def _photograph(work: Work, pages: dict[str, str], width: int) -> None:
    """Each page at a width, light and dark; some as somebody sees them who is not signed in."""
    context, signed_out = work.signed_in(width), work.context(width)
    member, guest = context.new_page(), signed_out.new_page()
    for name, link in pages.items():
        page = guest if name.startswith(FOR_GUESTS) else member
        answer = page.goto(link)
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            folder = work.folder / f"{width}-{theme}"
            folder.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=folder / f"{name}.png", full_page=True, timeout=PATIENCE)
            found = list(_findings(page, answer, theme))
            if width == 1024 and not work.language and name in IN_SIGHT:
                found += _hidden(page, IN_SIGHT[name])
            work.problems += [f"{name} at {width}, {theme}: {finding}" for finding in found]
        page.emulate_media(color_scheme=THEMES[0])
    context.close()
    signed_out.close()


def _findings(page: Page, answer: Response | None, theme: Theme) -> Iterator[str]:
    if answer and answer.status >= 500:
        yield f"answered {answer.status}"
    if page.evaluate(SIDEWAYS):
        yield "it scrolls sideways"
    for violation in axe.violations(page, options=CHECKS[theme]):
        yield f"{violation['id']}: {[node['target'] for node in violation['nodes']]}"


def _hidden(page: Page, words: str) -> Iterator[str]:
    shown = page.get_by_text(words, exact=True).filter(visible=True)
    box = shown.first.bounding_box() if shown.count() else None
    if not box or box["x"] + box["width"] > page.evaluate("innerWidth"):
        yield f"“{words}” is not in sight"


if __name__ == "__main__":
    sys.exit(main())
