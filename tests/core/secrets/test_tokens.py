from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.core.ids import new_id
from heliograph.core.secrets import tokens

SECRET = b"a secret of the tests, long enough"
NOW = 1_800_000_000


def test_a_token_opens_the_door_it_was_made_for_until_it_expires():
    subject = new_id()
    token = tokens.sign(SECRET, "launch", subject, NOW + 60)
    assert tokens.verify(SECRET, "launch", token, NOW) == (subject, NOW + 60)
    with pytest.raises(tokens.TokenExpired):
        tokens.verify(SECRET, "launch", token, NOW + 60)


def test_a_token_opens_no_other_door_and_not_with_another_secret():
    token = tokens.sign(SECRET, "launch", new_id(), NOW + 60)
    for secret, purpose in ((SECRET, "commit"), (b"another", "launch")):
        with pytest.raises(tokens.TokenRefused):
            tokens.verify(secret, purpose, token, NOW)


@given(st.text(max_size=80))
def test_whatever_is_sent_instead_of_a_token_is_refused(text):
    with pytest.raises(tokens.TokenRefused):
        tokens.verify(SECRET, "launch", text, NOW)


@given(st.uuids(), st.integers(0, tokens.LENGTH - 1), st.integers(1, 63))
def test_a_token_with_one_changed_character_is_refused(subject: UUID, place: int, shift: int):
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = tokens.sign(SECRET, "launch", subject, NOW + 60)
    changed = token[:place] + alphabet[(alphabet.index(token[place]) + shift) % 64] + token[place + 1 :]
    with pytest.raises(tokens.TokenRefused):
        tokens.verify(SECRET, "launch", changed, NOW)


@pytest.mark.parametrize(
    "respelled",
    [
        lambda t: t + "==",
        lambda t: t[:9] + "!" + t[9:],
        lambda t: "." * 400_000 + t,
        lambda t: t.replace("-", "+").replace("_", "/"),
    ],
    ids=["padded", "with a sign that is skipped", "very long", "in another alphabet"],
)
def test_a_token_has_one_spelling_so_that_nobody_fills_our_memory_with_the_same_one(respelled):
    subject = UUID("ffffffff-ffff-7fff-bfff-fffffffffffb")  # spelled with both signs of the alphabet
    token = tokens.sign(SECRET, "launch", subject, NOW + 60)
    assert {"-", "_"} <= set(token)
    tokens.verify(SECRET, "launch", token, NOW)
    with pytest.raises(tokens.TokenRefused):
        tokens.verify(SECRET, "launch", respelled(token), NOW)
