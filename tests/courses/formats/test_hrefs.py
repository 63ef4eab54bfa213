"""What authors write in an href leads to the file that they meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.courses.formats.hrefs import Library

FILES = ["index.html", "a/b/Page One.html", "a/b/ü.html", "content/index.html", "100%.html", "a/b%20c.html"]


@pytest.mark.parametrize(
    ("href", "bases", "path", "query", "slips"),
    [
        ("index.html", (), "index.html", "", ()),
        ("./index.html", (), "index.html", "", ()),
        ("a/../index.html", (), "index.html", "", ()),
        ("../../index.html", (), "index.html", "", ()),
        (" index.html\n", (), "index.html", "", ()),
        ("index.html?a=1#x", (), "index.html", "?a=1#x", ()),
        ("a/b/Page%20One.html", (), "a/b/Page One.html", "", ()),
        ("a/b/Page One.html", (), "a/b/Page One.html", "", ()),
        ("a/b/%C3%BC.html", (), "a/b/ü.html", "", ()),
        ("a/b/u\u0308.html", (), "a/b/ü.html", "", ()),
        ("index.html", ("content/",), "content/index.html", "", ()),
        ("b/ü.html", ("a/",), "a/b/ü.html", "", ()),
        ("ü.html", ("a/", "b/"), "a/b/ü.html", "", ()),
        ("/index.html", ("content/",), "index.html", "", ("path_absolute",)),
        ("ü.html", ("x/", "/a/b/"), "a/b/ü.html", "", ()),
        ("a\\b\\Page One.html", (), "a/b/Page One.html", "", ("path_backslash",)),
        ("INDEX.HTM" + "L", (), "index.html", "", ("path_case",)),
        ("A\\B\\PAGE%20ONE.html?x", (), "a/b/Page One.html", "?x", ("path_backslash", "path_case")),
        ("a/b/%FC.html", (), "a/b/ü.html", "", ("path_encoding",)),
        ("a/b%20c.html", (), "a/b%20c.html", "", ("path_not_encoded",)),
        ("100%.html", (), "100%.html", "", ()),
        ("b/ü.html", ("a",), "a/b/ü.html", "", ("base_slash",)),
        ("index.html", ("nowhere/",), "index.html", "", ("base_ignored",)),
    ],
)
def test_hrefs_lead_to_their_files(href, bases, path, query, slips):
    target = Library(FILES).resolve(href, bases)
    assert (target.path, target.query, target.exists, target.slips) == (path, query, True, slips)


@pytest.mark.parametrize(
    "href", ["http://x/y.html", "HTTPS://x", "//x/y", "mailto:a@b.c", "data:text/html,x"]
)
def test_addresses_outside_are_told_from_paths(href):
    assert Library(FILES).resolve(href).path is None


@pytest.mark.parametrize(
    "href", ["gone.html", "../gone.html", "C:\\gone.html", "gone%00.html", "x" * 5000, "", "?a=1"]
)
def test_what_is_not_there_is_not_found_and_never_climbs(href):
    target = Library(FILES).resolve(href)
    assert not target.exists
    assert ".." not in (target.path or "")
    assert "\0" not in (target.path or "")


@given(st.text(max_size=40), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_resolves_inside_or_not_at_all(href, bases):
    target = Library(FILES).resolve(href, bases)
    assert target.exists == (target.path in FILES and target.path is not None) or not target.exists
    assert ".." not in (target.path or "").split("/")
