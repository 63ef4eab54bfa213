"""The gallery of components: each in every state, at every width and in both themes, on one's own machine."""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Browser
from tests.fixtures import APP
from tests.journeys.product import Product

COMPONENTS = Path(__file__).parents[2] / "src/heliograph/ui/templates/cotton"
GALLERY = COMPONENTS.parent / "ui/gallery.html"


def test_every_component_is_in_the_gallery():
    shown = GALLERY.read_text()
    for component in COMPONENTS.glob("*.html"):
        assert f"<c-{component.stem.replace('_', '-')}" in shown, component.name


@pytest.mark.usefixtures("db")
def test_nobody_sees_it_where_others_can_reach_the_installation(client: Client, settings) -> None:
    assert client.get("/ui/", HTTP_HOST=APP).status_code == 200
    settings.HELIOGRAPH = settings.HELIOGRAPH.__class__(
        **{**settings.HELIOGRAPH.__dict__, "url": "https://learn.example.org"}
    )
    assert not settings.HELIOGRAPH.local
    assert client.get("/ui/", HTTP_HOST=APP).status_code == 404


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_it_fits_and_everybody_can_use_it(
    product: Product, browser: Browser, width: int, theme: Any, tmp_path
):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
    page = context.new_page()
    page.goto(f"{product.app}/ui/")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), "it scrolls sideways"
    assert Axe().run(page).response["violations"] == []
    page.screenshot(path=tmp_path / f"gallery-{width}-{theme}.png", full_page=True)
    context.close()
