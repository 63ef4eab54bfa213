"""What strangers send is stored nowhere, or in tables that do not grow with it."""

from collections import Counter

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from tests.fixtures import APP, CONTENT

from heliograph.accounts import cache_keys, sign_in_limits

TIMES = 4
# By slots, by a limit, by the names of counters.
BOUNDED = {
    "accounts_failedsignins",
    "accounts_cache",
    "core_counter",
}
PLACES = {
    "str": "nobody-knows",
    "int": "1",
    "path": "file.html",
    "uuid": "0199c7a4-0000-7000-8000-000000000000",
}
FORM = {
    "email": "{n}@elsewhere.example",
    "login": "{n}@elsewhere.example",
    "password": "guess {n}",
    "organization": "{n}",
}
FORM |= {
    "refresh": "{n}",
    "credential": "{{}}",
    "action": "create",
    "receipt": "x",
    "code": "{n}",
    "name": "{n}",
}


def addresses(urlconf, prefix="/"):
    """Every address there is, with something in place of what it names."""
    for entry in get_resolver(urlconf).url_patterns if isinstance(urlconf, str) else urlconf.url_patterns:
        route = prefix + str(entry.pattern).removeprefix("^").removesuffix("$")
        if isinstance(entry, URLResolver):
            yield from addresses(entry, route)
        elif isinstance(entry, URLPattern):
            yield "/".join(_filled(part) for part in route.split("/"))


def _filled(part: str) -> str:
    if part.startswith("<") and ":" in part:
        return PLACES[part[1:].split(":")[0]]
    if part.startswith(("<", "{")):
        return "nobody-knows"
    return "1-key" if "(?P<" in part else part


def rows() -> Counter[str]:
    """How many rows each table has."""
    tables = {model._meta.db_table for model in apps.get_models() if model._meta.managed}
    with connection.cursor() as cursor:
        counts = Counter[str]()
        for table in sorted(tables | {"procrastinate_jobs"}):
            cursor.execute(f"SELECT count(*) FROM {table}")
            counts[table] = cursor.fetchone()[0]
    return counts


def send_everything(number: int) -> None:
    """What one stranger sends to every address, from an address of their own, as a form and as JSON."""
    fields = {name: value.format(n=number) for name, value in FORM.items()}
    for host, urlconf in ((APP, "heliograph.config.urls"), (CONTENT, "heliograph.config.content_urls")):
        visitor = Client(HTTP_HOST=host, REMOTE_ADDR=f"198.51.100.{number}", raise_request_exception=True)
        for path in addresses(urlconf):
            visitor.post(path, fields)
            visitor.post(
                path, fields, content_type="application/json", headers={"Idempotency-Key": f"key-{number}"}
            )


@pytest.mark.parametrize("mail_host", ["", "mail.example"])
def test_nothing_that_strangers_post_is_stored_in_a_table_that_grows(
    tenant, settings, monkeypatch, mail_host
):
    settings.EMAIL_HOST = mail_host
    monkeypatch.setattr(sign_in_limits, "SLOTS", 16)
    send_everything(0)
    before = rows()
    for number in range(1, TIMES):
        send_everything(number)
    after = rows()
    grown = {table for table in after if after[table] > before[table]}
    assert grown <= BOUNDED
    assert after["accounts_failedsignins"] <= 16


def test_the_cache_keeps_no_more_than_its_limit(db, settings):
    from django.core.cache import caches

    limited = {**settings.CACHES["default"], "OPTIONS": {"MAX_ENTRIES": 30}}
    settings.CACHES = {**settings.CACHES, "default": limited}
    for number in range(90):
        caches["default"].set(f"reset_password:{number}", number, 600)
    assert rows()["accounts_cache"] <= 31


def test_made_up_addresses_and_networks_leave_room_for_the_counters_of_others(tenant, settings, monkeypatch):
    """The cache makes room by deleting whatever comes first: strangers never fill it."""
    settings.EMAIL_HOST = "mail.example"
    monkeypatch.setattr(cache_keys, "SLOTS", 4)
    for number in range(30):
        visitor = Client(HTTP_HOST=APP, REMOTE_ADDR=f"198.51.100.{number}")
        visitor.post("/forgot-password/", {"email": f"{number}@elsewhere.example"})
        visitor.get(f"/share/nobody-knows-{number}/")
    assert rows()["accounts_cache"] <= 3 * 4


def test_all_that_strangers_count_up_is_less_than_the_cache_holds(settings):
    families_and_their_locks = 2 * 3
    assert (
        families_and_their_locks * cache_keys.SLOTS
        < settings.CACHES["default"]["OPTIONS"]["MAX_ENTRIES"] * 2 / 3
    )


def test_what_strangers_read_is_stored_nowhere(tenant):
    """Signing in with a passkey begins with a question that anybody may ask."""
    before = rows()
    for number in range(TIMES):
        visitor = Client(HTTP_HOST=APP, REMOTE_ADDR=f"198.51.100.{number}")
        answer = visitor.get("/account/two-factor/webauthn/login/", headers={"Accept": "application/json"})
        assert answer.json()["request_options"]["publicKey"]["challenge"]
        visitor.post("/account/two-factor/webauthn/login/", {"credential": "{}"})
        for path in (
            "/sign-in/",
            "/forgot-password/",
            "/verify/",
            "/invitation/nobody-knows/",
            "/forgot-password/1-key/",
        ):
            visitor.get(path)
    assert rows() == before
