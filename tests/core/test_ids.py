from hypothesis import given
from hypothesis import strategies as st

from heliograph.core.ids import is_key, new_id, parse_id, random_key, slug


def test_ids_sort_by_the_time_they_were_made():
    made = [new_id() for _ in range(1000)]
    assert made == sorted(made)
    assert {made_id.version for made_id in made} == {7}


def test_a_key_is_never_mistaken_for_an_id():
    assert is_key("forklift-2.1_b")
    for text in ("", "-a", "a b", "ü", "a/b", "a" * 101, str(new_id()), "a\n"):
        assert not is_key(text)


@given(st.text(max_size=200))
def test_every_title_gives_a_key(title):
    assert is_key(slug(title))


@given(st.text(max_size=60))
def test_text_is_an_id_or_nothing(text):
    parsed = parse_id(text)
    assert parsed is None or parse_id(str(parsed)) == parsed


def test_random_keys_differ():
    assert len({random_key() for _ in range(1000)}) == 1000
