"""One running reference LMS for all tests that do not restart it."""

from collections.abc import Iterator

import pytest
from tests.demo_lms.client import Lms

from heliograph.demo_lms.server import serve


@pytest.fixture(scope="session")
def lms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lms]:
    with serve(tmp_path_factory.mktemp("lms")) as running:
        yield Lms(running.url)
