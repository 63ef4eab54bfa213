"""What is hidden cannot be computed from what is shown."""

from hypothesis import given
from hypothesis import strategies as st

from heliograph.marketplace.wioa.suppression import is_small, suppress, total

NESTED = st.lists(st.integers(0, 40), min_size=3, max_size=3).map(lambda made: sorted(made, reverse=True))
PAIRS = st.lists(st.integers(0, 40), min_size=2, max_size=2).map(lambda made: sorted(made, reverse=True))
TABLES = st.integers(1, 6).flatmap(
    lambda count: st.sampled_from([NESTED, PAIRS]).flatmap(
        lambda rows: st.lists(rows, min_size=count, max_size=count)
    )
)
LEAST = st.integers(3, 15)


def published(rows, shown):
    """What everybody sees: the rows that are shown, and the total."""
    seen = {name: tuple(counts) for name, counts in rows.items() if name not in shown.hidden}
    return seen, None if shown.total_hidden else tuple(total(rows.values()))


def others(rows, shown, name, column):
    """Tables that look the same, in each of which a hidden cell is another number."""
    hidden = sorted(shown.hidden - {name})
    size = len(rows[name])
    atoms = {
        each: [*(rows[each][n] - rows[each][n + 1] for n in range(size - 1)), rows[each][-1]]
        for each in shown.hidden
    }
    pools = [sum(atoms[each][n] for each in shown.hidden) for n in range(size)]
    reach = sum(pools[column:]) if not shown.total_hidden else sum(pools[column:]) + 50
    for wanted in range(reach + 1):
        mine, left = [0] * size, wanted
        for n in range(column, size):
            taken = min(left, pools[n]) if not shown.total_hidden else left
            mine[n], left = taken, left - taken
        made = {each: list(counts) for each, counts in rows.items()}
        made[name] = [sum(mine[n:]) for n in range(size)]
        if hidden:
            rest = [max(pool - own, 0) for pool, own in zip(pools, mine, strict=True)]
            made[hidden[0]] = [sum(rest[n:]) for n in range(size)]
            for each in hidden[1:]:
                made[each] = [0] * size
        yield made


@given(TABLES, LEAST)
def test_each_hidden_number_could_be_many_others(table, least):
    rows = {f"p{place}": counts for place, counts in enumerate(table)}
    shown = suppress(rows, least)
    seen = published(rows, shown)
    for name in shown.hidden:
        for column in range(len(rows[name])):
            could_be = {
                made[name][column]
                for made in others(rows, shown, name, column)
                if published(made, shown) == seen
            }
            assert len(could_be) > least


@given(TABLES, LEAST)
def test_nothing_small_is_shown_and_no_single_row_is_what_the_total_lacks(table, least):
    rows = {f"p{place}": counts for place, counts in enumerate(table)}
    shown = suppress(rows, least)
    assert all(name in shown.hidden for name, counts in rows.items() if is_small(counts, least))
    if not shown.total_hidden:
        assert len(shown.hidden) != 1
        assert not is_small(total(rows.values()), least)


def test_without_small_numbers_nothing_is_hidden():
    shown = suppress({"a": [30, 20], "b": [40, 40], "c": [0, 0]}, 5)
    assert (shown.hidden, shown.total_hidden) == (frozenset(), False)


def test_a_number_that_leaves_few_over_is_small_too():
    assert is_small([30, 29], 5)
    assert not is_small([30, 30], 5)
    shown = suppress({"a": [30, 29], "b": [40, 20], "c": [20, 10]}, 5)
    assert shown.hidden == {"a", "c"}
