"""Every component is in the gallery, which nobody sees but on their own machine."""

from pathlib import Path

import pytest
from django.template import Context, Template
from django.test import Client
from tests.fixtures import APP

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


@pytest.mark.parametrize(
    ("allowed", "shown"),
    [
        (True, '<p>Of <a class="fact" href="/x/?a=1&amp;b=>">12 <b>rows</b></a></p>'),
        (False, '<p>Of <span class="fact">12 <b>rows</b></span></p>'),
    ],
)
def test_a_link_that_somebody_may_not_open_is_its_text(allowed, shown):
    link = '<p>Of <a class="fact" href="/x/?a=1&amp;b=>">12 <b>rows</b></a></p>'
    template = Template("{% link_if may.courses.view %}" + link + "{% endlink_if %}")
    assert template.render(Context({"may": {"courses": {"view": True}} if allowed else {}})) == shown
