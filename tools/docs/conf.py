"""How Sphinx builds the site. ``python -m tools.docs`` calls it; nothing here is read by the product."""

from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

import heliograph
from tools.docs import navigation

HERE = Path(__file__).parent
UI = Path(heliograph.__file__).parent / "ui/static/ui"

project = "Heliograph"
copyright = "the Heliograph authors"
release = version = heliograph.VERSION
extensions = ["myst_parser"]
root_doc = navigation.ROOT_PAGE
source_suffix = {".md": "markdown"}
highlight_language = "text"

myst_heading_anchors = 4
myst_fence_as_directive = ["mermaid"]
myst_linkify_fuzzy_links = False

html_theme = "pydata_sphinx_theme"
html_title = "Heliograph"
html_logo = html_favicon = str(UI / "heliograph.svg")
html_static_path = [str(HERE / "static")]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "Heliograph"},
    "navbar_end": ["theme-switcher"],
    "show_nav_level": 1,
    "show_toc_level": 2,
    "navigation_depth": 4,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}


class Mermaid(Directive):
    """A diagram from text: kept as text, and drawn by Mermaid in the reader's browser."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        return [
            nodes.raw("", f'<pre class="mermaid">{escape(chr(10).join(self.content))}</pre>', format="html")
        ]


def add_navigation(app: Sphinx, page: str, source: list[str]) -> None:
    """The pages that stand below this one, which GitHub has no notation for."""
    pages = navigation.below(page, app.env.found_docs)
    if pages:
        source[0] += "\n\n".join(
            ["", "```{toctree}\n:hidden:\n" + "".join(f"\n/{name}" for name in pages) + "\n```\n"]
        )


def add_scripts(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Mermaid is large: only pages with a diagram load it."""
    if '<pre class="mermaid">' in context.get("body", ""):
        app.add_js_file("mermaid.min.js")
        app.add_js_file("diagrams.js")


def setup(app: Sphinx) -> None:
    app.add_directive("mermaid", Mermaid)
    app.connect("source-read", add_navigation)
    app.connect("html-page-context", add_scripts)
