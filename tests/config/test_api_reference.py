"""The API reference: a page for people with every operation, that needs no script and no other server."""

from tests.fixtures import APP

from heliograph.config.api import api


def test_every_operation_is_on_the_page_with_its_words(client):
    page = client.get("/api/docs", HTTP_HOST=APP)
    assert page.status_code == 200
    text = page.content.decode()
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method, operation in methods.items():
            assert f'id="{operation["operationId"]}"' in text
            assert f"<b>{method.upper()}</b> {path}" in text
            assert operation["summary"].replace("'", "&#x27;") in text


def test_it_brings_nothing_from_elsewhere(client):
    text = client.get("/api/docs", HTTP_HOST=APP).content.decode()
    assert 'src="http' not in text
    assert 'rel="stylesheet" href="/static/' in text


def test_words_in_backticks_are_shown_as_code(client):
    text = client.get("/api/docs", HTTP_HOST=APP).content.decode()
    assert "<code>Idempotency-Key</code>" in text
    assert "`" not in text
