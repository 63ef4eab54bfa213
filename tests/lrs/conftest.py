"""Fixtures of the record store: a client of an organisation's store, and ways to make others."""

from collections.abc import Callable

import pytest
from tests.fixtures import Tenant
from tests.lrs.client import Xapi

from heliograph.lrs import actions
from heliograph.lrs.access import forget_known


@pytest.fixture
def credential_of(db: None) -> Callable[..., Xapi]:
    """Makes clients: ``credential_of(tenant, "statements/write", version="2.0.0")``; all scopes where none is named."""

    def make(tenant: Tenant, *scopes: str, version: str = "1.0.3", **bounds: object) -> Xapi:
        forget_known()
        made, secret = actions.create_credential(tenant.owner, "tests", scopes or ("admin",), **bounds)  # type: ignore[arg-type]
        return Xapi(made.key, secret, version)

    return make


@pytest.fixture
def xapi(tenant: Tenant, credential_of: Callable[..., Xapi]) -> Xapi:
    return credential_of(tenant)


@pytest.fixture
def xapi2(tenant: Tenant, credential_of: Callable[..., Xapi]) -> Xapi:
    return credential_of(tenant, version="2.0.0")
