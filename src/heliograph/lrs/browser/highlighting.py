"""A statement's JSON as people read it: indented, its parts told apart, every character of its values as it
was sent.
"""

import re
from html import escape
from typing import Final

from django.utils.safestring import SafeString

LARGEST_COLORED: Final = 200_000
_TOKENS: Final = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|([{\[]\s*[}\]]|[{}\[\],])|([^\s{}\[\],:"]+)')


def highlighted(text: str) -> SafeString:
    """JSON as HTML: names, texts and other values each in an element of their own; without these where it is
    very long.
    """
    pieces, depth, colored = [], 0, len(text) <= LARGEST_COLORED
    for quoted, colon, sign, literal in _TOKENS.findall(text):
        if sign in ("{", "["):
            depth += 1
            pieces.append(f"{sign}\n{'  ' * depth}")
        elif sign in ("}", "]"):
            depth -= 1
            pieces.append(f"\n{'  ' * depth}{sign}")
        elif sign == ",":
            pieces.append(f",\n{'  ' * depth}")
        elif sign:
            pieces.append(sign[0] + sign[-1])
        else:
            kind = "var" if colon else "samp" if quoted else "i"
            value = escape(quoted or literal, quote=False)
            pieces.append((f"<{kind}>{value}</{kind}>" if colored else value) + (": " if colon else ""))
    return SafeString("".join(pieces))
