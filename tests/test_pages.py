"""Templates are one element a line, and nothing that people see changes by it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tools.pages.layout import formatted
from tools.pages.reading import Unreadable
from tools.pages.seeing import Eyes

LONG = "word " * 30


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<ul><li>one</li><li>two</li></ul>", "<ul>\n  <li>one</li>\n  <li>two</li>\n</ul>"),
        ("<p>a <b>b</b>c</p>", "<p>a <b>b</b>c</p>"),
        ("<div><b>a</b> <b>b</b></div>", "<div>\n  <b>a</b>\n  <b>b</b>\n</div>"),
        ("<div><b>a</b><b>b</b></div>", "<div>\n  <b>a</b><b>b</b>\n</div>"),
        (
            "{% if a %}<p>b</p>{% else %}<p>c</p>{% endif %}",
            "{% if a %}\n  <p>b</p>\n{% else %}\n  <p>c</p>\n{% endif %}",
        ),
        ("<p>{%if a%}b{%endif%}</p>", "<p>{% if a %}b{% endif %}</p>"),
        ("<td> a\n</td>", "<td>a</td>"),
        ("<pre> a\n  b </pre>", "<pre> a\n  b </pre>"),
        ("<textarea>{% for a in b %}{{ a }}\n{% endfor %}</textarea>",) * 2,
        ("{# white space shows #} <td>  a </td>", "{# white space shows #}\n<td>  a </td>"),
        ('<a class="b{% if c %} d{% endif %}"{% if e %} f{% endif %}>g</a>',) * 2,
    ],
)
def test_one_element_a_line(source: str, expected: str) -> None:
    assert formatted(source) == expected
    assert formatted(expected) == expected


@pytest.mark.parametrize(
    ("source", "touching"),
    [
        (f"<p>{LONG}<b>a</b>{{% if b %}}c{{% endif %}}d {LONG}</p>", "<b>a</b>{% if b %}c{% endif %}d"),
        (f"<div>{LONG}{{% if b %}}<p>c</p>{{% endif %}}d</div>", "{% endif %}d"),
        (f"<div>{{% block a %}}{{% endblock %}}b {LONG}</div>", "{% block a %}{% endblock %}b"),
        (f"<div>{LONG}<a>b</a><dialog><p>c</p></dialog>d</div>", "<a>b</a><dialog>"),
        (f'<div>{LONG}{{% include "other.html" %}}d</div>', '{% include "other.html" %}d'),
    ],
)
def test_no_space_comes_between_what_touches(source: str, touching: str) -> None:
    assert touching in formatted(source)


def test_what_is_included_may_be_a_block() -> None:
    eyes = Eyes({"block.html": "<p>a</p>", "line.html": "a"}.get)
    assert (
        formatted('<div>{% include "block.html" %}b</div>', eyes)
        == '<div>\n  {% include "block.html" %}\n  b\n</div>'
    )
    assert formatted('<div>{% include "line.html" %}b</div>', eyes) == '<div>{% include "line.html" %}b</div>'


@pytest.mark.parametrize("source", ["{% if a %}<div>{% endif %}</div>", "<div><p></div>", "<div>", "</div>"])
def test_what_is_not_closed_where_it_was_opened_is_said(source: str) -> None:
    with pytest.raises(Unreadable, match="line 1: "):
        formatted(source)


words = st.sampled_from(["a", "some words", "x, y", LONG, " ", "\n", ""])
pages = st.recursive(
    words,
    lambda inner: (
        st.builds(
            lambda parts, name: f'<{name} class="one" title="what it says">{"".join(parts)}</{name}>',
            st.lists(inner, max_size=4),
            st.sampled_from(["b", "a", "div", "p", "td"]),
        )
        | st.lists(inner, max_size=4).map("".join)
    ),
    max_leaves=20,
)


def seen(page: str) -> str:
    """What a browser makes of it: no white space beside the edges of blocks, and one space elsewhere."""
    page = re.sub(r'<(\w+)\s+class="one"\s+title="what it says">', r"<\1>", page)
    return re.sub(r"\s+", " ", re.sub(r"\s*(</?(?:div|p|td)>)\s*", r"\1", page)).strip()


@given(pages)
def test_whatever_the_page_it_is_seen_as_before_and_stable(page: str) -> None:
    once = formatted(page)
    assert seen(once) == seen(page)
    assert formatted(once) == once
