"""A cache holds so many bytes, whatever their number."""

from heliograph.core.caches import BoundedCache


def test_what_was_not_asked_for_longest_gives_way():
    cache: BoundedCache[str, str] = BoundedCache(100)
    cache.put("a", "A", 40)
    cache.put("b", "B", 40)
    assert cache.get("a") == "A"
    cache.put("c", "C", 40)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == ("A", None, "C")


def test_a_value_that_grows_pushes_others_out():
    cache: BoundedCache[str, str] = BoundedCache(100)
    cache.put("a", "A", 40)
    cache.put("b", "B", 40)
    cache.put("b", "BB", 90)
    assert (cache.get("a"), cache.get("b")) == (None, "BB")


def test_the_last_value_is_held_however_large_it_is():
    cache: BoundedCache[str, str] = BoundedCache(100)
    cache.put("small", "s", 1)
    cache.put("large", "L", 1000)
    assert (cache.get("small"), cache.get("large"), len(cache)) == (None, "L", 1)
    cache.put("small", "s", 1)
    assert (cache.get("small"), cache.get("large")) == ("s", None)


def test_what_is_forgotten_makes_room():
    cache: BoundedCache[str, str] = BoundedCache(100)
    cache.put("a", "A", 90)
    cache.clear()
    cache.put("b", "B", 90)
    assert (cache.get("a"), cache.get("b")) == (None, "B")
