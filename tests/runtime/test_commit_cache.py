"""What a process remembers of the latest launches: taken once, bounded in number and size."""

from heliograph.core.ids import new_id
from heliograph.runtime.commit_cache import LARGEST, MOST_LAUNCHES, CommitCache


def test_what_is_kept_is_taken_once():
    recent: CommitCache[str] = CommitCache()
    launch = new_id()
    recent.keep(launch, "state", 5)
    assert recent.take(launch) == "state"
    assert recent.take(launch) is None


def test_the_oldest_gives_way_and_what_is_large_is_not_kept():
    recent: CommitCache[str] = CommitCache()
    large = new_id()
    recent.keep(large, "state", LARGEST + 1)
    launches = [new_id() for _ in range(MOST_LAUNCHES + 1)]
    for launch in launches:
        recent.keep(launch, "state", 5)
    assert recent.take(large) is None
    assert recent.take(launches[0]) is None
    assert recent.take(launches[1]) == "state"
