"""Heliograph's own statements are stored like anybody's, in the transaction of what they tell of."""

from tests.lrs.client import statement

from heliograph.lrs.statements import internal, write


def test_however_much_one_transaction_tells_the_next_statement_is_stored_too(
    tenant, credential_of, monkeypatch
) -> None:
    monkeypatch.setattr(write, "MOST_AT_ONCE", 100_000)
    [told] = internal.store(tenant.organization.id, [statement()], after=True)
    assert [statement["id"] for statement in credential_of(tenant).statements()] == [told]
