"""Hooks: a part asks or tells whoever connected, in their order, and knows none of them."""

from collections.abc import Iterator

import pytest

from heliograph.core.hooks import HOOKS, Hook, hook

Prices = Hook[[str], int | None]


@pytest.fixture
def asked() -> Iterator[Prices]:
    @hook
    def price_of(name: str) -> int | None:
        """What something costs; None where nobody knows."""

    yield price_of
    del HOOKS[price_of.name]


def test_nobody_has_to_be_connected(asked: Prices) -> None:
    assert asked.call("tea") == []
    assert asked.first("tea") is None


def test_all_are_called_in_the_order_in_which_they_were_connected(asked: Prices) -> None:
    asked.connect(len)
    asked.connect(lambda name: None)
    assert asked.call("tea") == [3, None]


def test_the_first_answer_decides_and_the_rest_is_not_asked(asked: Prices) -> None:
    called: list[str] = []
    asked.connect(lambda name: None)
    asked.connect(lambda name: 4)
    asked.connect(called.append)
    assert asked.first("tea") == 4
    assert called == []


def test_what_one_raises_reaches_whoever_called_and_ends_the_calls(asked: Prices) -> None:
    called: list[str] = []

    def refuse(name: str) -> int:
        raise LookupError(name)

    asked.connect(refuse)
    asked.connect(called.append)
    with pytest.raises(LookupError):
        asked.call("tea")
    assert called == []


def test_every_hook_of_the_product_says_when_it_is_called() -> None:
    assert len(HOOKS) >= 15
    assert [name for name, hook in HOOKS.items() if not hook.__doc__] == []
