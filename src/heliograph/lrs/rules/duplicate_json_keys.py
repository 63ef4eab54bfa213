"""What only a statement's bytes tell: JSON's readers keep the last of two properties of one name and say
nothing (1.0.3 Data 2.2; 2.0 4.2.1).
"""

import re
from typing import Any

_TEXTS = re.compile(rb'"(?:[^"\\]|\\.)*"(\s*:)?')


def has_a_property_twice(raw: bytes, decoded: Any) -> bool:
    """Whether an object in the JSON ``raw`` names a property twice; ``decoded`` is what it was read as."""
    return sum(1 for colon in _TEXTS.findall(raw) if colon) != _properties(decoded)


def _properties(value: Any) -> int:
    if type(value) is dict:
        return len(value) + sum(_properties(inner) for inner in value.values() if type(inner) in (dict, list))
    if type(value) is list:
        return sum(_properties(inner) for inner in value if type(inner) in (dict, list))
    return 0
