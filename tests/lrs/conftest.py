"""Fixtures of the record store: clients of an organization's store."""

from collections.abc import Callable

import pytest
from tests.lrs.client import Xapi
from tests.tenants import Tenant


@pytest.fixture
def xapi(tenant: Tenant, credential_of: Callable[..., Xapi]) -> Xapi:
    return credential_of(tenant)


@pytest.fixture
def xapi2(tenant: Tenant, credential_of: Callable[..., Xapi]) -> Xapi:
    return credential_of(tenant, version="2.0.0")
