import heliograph


def test_the_package_says_what_it_is():
    assert "dispatch" in (heliograph.__doc__ or "")
