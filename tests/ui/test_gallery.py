"""The gallery of components: each in every state, at every width and in both themes.

A file of its own, so that it runs with the other browser tests, after everything else.
"""

from typing import Any

import pytest
from playwright.sync_api import Browser
from tests import axe
from tests.journeys.product import Product


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_it_fits_and_everybody_can_use_it(
    product: Product, browser: Browser, width: int, theme: Any, tmp_path
):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
    page = context.new_page()
    page.goto(f"{product.app}/ui/")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), "it scrolls sideways"
    assert axe.violations(page) == []
    page.screenshot(path=tmp_path / f"gallery-{width}-{theme}.png", full_page=True)
    context.close()
