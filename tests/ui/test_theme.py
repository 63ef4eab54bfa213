"""Whoever looks at a page chooses its theme, and their browser remembers."""

import pytest
from django.conf import settings
from tests.fixtures import APP


def theme_of(client) -> str:
    page = client.get("/sign-in/", HTTP_HOST=APP).content.decode()
    return page.partition('data-theme="')[2].partition('"')[0]


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("theme", ["light", "dark", "system"])
def test_a_theme_that_was_chosen_is_on_the_next_page(client, theme):
    answer = client.post("/ui/theme", {"theme": theme}, HTTP_HOST=APP)
    assert answer.status_code == 302
    assert theme_of(client) == theme


@pytest.mark.usefixtures("db")
def test_without_a_choice_or_with_a_strange_one_the_system_decides(client):
    assert theme_of(client) == "system"
    client.post("/ui/theme", {"theme": '"><script>'}, HTTP_HOST=APP)
    assert theme_of(client) == "system"
    client.cookies[settings.THEME_COOKIE_NAME] = "purple"
    assert theme_of(client) == "system"


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    ("referer", "leads_to"),
    [
        (f"http://{APP}/admin/courses/?search=fire", f"http://{APP}/admin/courses/?search=fire"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_choosing_leads_back_and_never_to_somebody_elses_page(client, referer, leads_to):
    answer = client.post("/ui/theme", {"theme": "dark"}, HTTP_HOST=APP, HTTP_REFERER=referer)
    assert answer.headers["Location"] == leads_to


@pytest.mark.usefixtures("db")
def test_a_form_of_another_site_chooses_nothing(client):
    client.handler.enforce_csrf_checks = True
    assert client.post("/ui/theme", {"theme": "dark"}, HTTP_HOST=APP).status_code == 403
    assert client.get("/ui/theme", HTTP_HOST=APP).status_code == 405
