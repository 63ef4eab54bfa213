"""The guides, as pages of the product: what the repository's ``docs`` says for those who use and run it."""

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.html import escape
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from heliograph.accounts.page_access import page
from heliograph.core.errors import NotFound

# By name in the address: the file and what the list of guides calls it.
GUIDES = {
    "course-owners": ("course-owners/README.md", "Courses, dispatches and results"),
    "integrators": ("integrators/README.md", "Integrating with other systems"),
    "clients": ("integrators/clients.md", "Generated API clients"),
    "operators": ("operators/README.md", "Running Heliograph"),
    "settings": ("operators/settings.md", "Settings of the server"),
}
OF_WHEEL = Path(__file__).parents[1] / "guides"
OF_REPOSITORY = Path(__file__).parents[3] / "docs"
ELSEWHERE = ("http://", "https://", "mailto:", "#")


class GuideNotFound(NotFound):
    code = "guide_not_found"


@dataclass(frozen=True)
class Guide:
    """A guide as a page: its HTML, and its sections by the name that an address ends with."""

    title: str
    html: str
    sections: dict[str, str]


@page()
def guide(request: HttpRequest, name: str) -> HttpResponseBase:
    if name not in GUIDES:
        raise GuideNotFound("There is no such guide.")
    others = [(title, reverse("guide", args=[other]), other == name) for other, (_, title) in GUIDES.items()]
    return render(request, "config/guide.html", {"guide": read(name), "guides": others})


@page()
def first_guide(request: HttpRequest) -> HttpResponseBase:
    return redirect("guide", next(iter(GUIDES)))


@cache
def read(name: str) -> Guide:
    """The guide of that name."""
    file, _ = GUIDES[name]
    folder = OF_WHEEL if OF_WHEEL.is_dir() else OF_REPOSITORY
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.add_render_rule("fence", _code)
    markdown.add_render_rule("table_open", lambda *_: '<div class="sheet" tabindex="0"><table>')
    markdown.add_render_rule("table_close", lambda *_: "</table></div>")
    tokens = markdown.parse((folder / file).read_text())
    title, sections = "", {}
    for opening, inside in pairwise(tokens):
        if opening.type != "heading_open":
            continue
        opening.attrSet("id", _anchor(inside.content))
        if opening.tag == "h1":
            title = inside.content
        elif opening.tag == "h2":
            sections[_anchor(inside.content)] = inside.content
    for token in tokens:
        token.children = list(_with_our_links(token.children or [], file))
    return Guide(title, markdown.renderer.render(tokens, markdown.options, {}), sections)


def _code(renderer: RendererHTML, tokens: Sequence[Token], place: int, *_: Any) -> str:
    """A block of code; a long line is scrolled, also by keys."""
    return f'<pre tabindex="0"><code>{escape(tokens[place].content)}</code></pre>\n'


def _with_our_links(tokens: list[Token], file: str) -> Iterator[Token]:
    """The same words with links among the guides; what is written for contributors is no link."""
    closes = True
    for token in tokens:
        if token.type == "link_open":
            address = _address(str(token.attrGet("href")), file)
            closes = bool(address)
            token.attrSet("href", address)
        if closes or token.type not in ("link_open", "link_close"):
            yield token


def _address(link: str, file: str) -> str:
    """Where a link of a file leads among these pages; empty where it does not."""
    if link.startswith(ELSEWHERE):
        return link
    target, _, anchor = link.partition("#")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(file), target))
    for name, (known, _) in GUIDES.items():
        if target == known:
            return reverse("guide", args=[name]) + (f"#{anchor}" if anchor else "")
    return ""


def _anchor(heading: str) -> str:
    """The name of a section as those who show Markdown make it: small, with dashes."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


urlpatterns = [
    path("help/", first_guide, name="guides"),
    path("help/<str:name>/", guide, name="guide"),
]
