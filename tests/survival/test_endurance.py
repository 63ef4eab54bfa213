"""A glimpse of ``python -m benchmarks endurance``: the same mixed load for some seconds, with a part killed
twice.
"""

from benchmarks import endurance


def test_all_that_was_acknowledged_is_there_once_whatever_was_killed_meanwhile(tmp_path):
    report = endurance.endure(tmp_path / "home", 18, lambda: 6, most_kills=2)
    assert not report.faults
    assert report.kills.total() == 2
    assert min(report.acknowledged.values()) > 0, report.acknowledged
    assert report.lost.total() == report.twice.total() == 0, (report.lost, report.twice)
