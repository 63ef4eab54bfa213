"""What every test may use: the embedded database, an organization with its people, the system's Chromium, and
a running Heliograph.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
WHOLE_CHROMIUM = (
    os.environ.get("HELIOGRAPH_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
)
# The same engine without a browser's windows around it plays pages as well, at two thirds of the cost.
CHROMIUM = os.environ.get("HELIOGRAPH_CHROMIUM") or shutil.which("chromium-headless-shell") or WHOLE_CHROMIUM
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# How long an example takes depends on what else the machine does.
settings.register_profile("heliograph", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("heliograph")

# Before Django reads its settings: a home of the tests' own.
HOME = Path(tempfile.mkdtemp(prefix="heliograph-tests-"))
for name in [name for name in os.environ if name.startswith("HELIOGRAPH_") and name != "HELIOGRAPH_CHROMIUM"]:
    del os.environ[name]
os.environ["HELIOGRAPH_HOME"] = str(HOME)
os.environ["DJANGO_SETTINGS_MODULE"] = "heliograph.config.settings"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
    "true"  # the browser's driver keeps an event loop in the tests' thread
)

import django.conf  # noqa: E402
from django.db import connection  # noqa: E402
from tests import empty_database  # noqa: E402
from tests.journeys.product import Product  # noqa: E402

from heliograph.core.database.embedded_postgres import EmbeddedPostgres  # noqa: E402

django.setup()
# Or processes that run tests for this one would read the settings before their own home is made.
del os.environ["DJANGO_SETTINGS_MODULE"]
# Hashing passwords slowly is right everywhere but here.
django.conf.settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

pytest_plugins = ["tests.fixtures", "tests.emptying"]
_server = EmbeddedPostgres(HOME)


def pytest_configure(config: pytest.Config) -> None:
    """What others run tests for makes, meanwhile, what their databases begin with."""
    (HOME / "uploads").mkdir(exist_ok=True)
    if not _runs_tests(config) and not config.option.collectonly:
        empty_database.begin()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Each process that runs tests has a database for the session, unless DATABASE_URL names another."""
    config = session.config
    if not _runs_tests(config) or config.option.collectonly or "DATABASE_URL" in os.environ:
        return
    if empty_database.PLACE in os.environ:
        empty_database.copy_to(_server)
        connection.settings_dict["TEST"]["TEMPLATE"] = "heliograph"
    _server.join()


def _runs_tests(config: pytest.Config) -> bool:
    """Whether this process does it itself, and not others for it."""
    return "PYTEST_XDIST_WORKER" in os.environ or not config.getoption("numprocesses")


def pytest_unconfigure() -> None:
    _server.leave()
    _server.destroy()
    shutil.rmtree(HOME, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests say in one line why they are skipped; fast tests come first, files with slow ones next,
    so that none is left alone at the end.
    """
    for item in items:
        names = getattr(item, "fixturenames", ())
        if "page" in names or "browser" in names:
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM:
                item.add_marker(
                    pytest.mark.skip(reason="no Chromium found: install it, or set HELIOGRAPH_CHROMIUM")
                )
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: 1 if item.path in slow else 2 if item.get_closest_marker("browser") else 0)


@pytest.fixture(autouse=True)
def _no_rest_after_failed_sign_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failed sign-in the next one waits; what counts failures is in the database and goes with a
    test's rows.
    """
    from heliograph.accounts import sign_in_limits

    monkeypatch.setattr(sign_in_limits, "SUSPECTED_REST", 0.0)
    for lane in (sign_in_limits.ORDINARY, sign_in_limits.SUSPECTED, sign_in_limits.KNOWN):
        monkeypatch.setattr(lane, "_free_at", 0.0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not CHROMIUM:
        terminalreporter.write_line(
            "Browser tests were skipped: no Chromium was found. Install it, or set HELIOGRAPH_CHROMIUM."
        )


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    """The system's Chromium, quiet, and able to run as root in a container."""
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": FLAGS,
    }


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One for all tests of a process: starting one costs as much as many of them.

    Whoever kills a part of it waits until it is back. Its launch tokens outlive the tests: some count
    rows, and expired tokens are deleted each hour.
    """
    product = Product(
        tmp_path_factory.mktemp("product") / "home",
        HELIOGRAPH_OUTBOUND_PRIVATE="on",
        HELIOGRAPH_LAUNCH_TOKEN_SECONDS="86400",
    )
    try:
        product.start()
        yield product
    finally:
        product.destroy()


@pytest.fixture(scope="session")
def shared_packages() -> Path:
    """Real course packages kept beside the project; tests that need them are skipped where they are not."""
    folder = SHARED / "packages"
    if not folder.is_dir():
        pytest.skip("the shared course packages are not beside this checkout")
    return folder
