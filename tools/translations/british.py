"""British spelling of American texts."""

import re

KEPT = re.compile(r"(%\(\w+\)[sd]|<[^>]*>|`[^`]*`|\{\w*\})")  # placeholders, tags and code
ISE = (
    "anonymiz authoriz capitaliz categoriz customiz emphasiz finaliz initializ localiz maximiz memoriz "
    "minimiz normaliz optimiz organiz personaliz prioritiz pseudonymiz realiz recogniz serializ specializ "
    "summariz synchroniz unauthoriz utiliz visualiz"
)
ENDINGS = r"(e|es|ed|er|ers|ing|ation|ations|ational)"
WORDS = {
    "license": "licence",
    "licenses": "licences",
    "color": "colour",
    "colors": "colours",
    "enroll": "enrol",
    "enrolls": "enrols",
    "enrollment": "enrolment",
    "enrollments": "enrolments",
    "canceled": "cancelled",
    "canceling": "cancelling",
    "labeled": "labelled",
    "center": "centre",
    "centers": "centres",
    "catalog": "catalogue",
    "catalogs": "catalogues",
    "behavior": "behaviour",
    "favorite": "favourite",
    "favorites": "favourites",
    "gray": "grey",
    "fulfill": "fulfil",
}


# Of dates, as `django.utils.dateformat` has them.
FORMATS = {"M j, Y": "j M Y", "D, M j, Y": "D j M Y", "M j": "j M"}


def british(text: str) -> str:
    """The text with British spelling, or the format of a date; placeholders, tags and code as they are."""
    if text in FORMATS:
        return FORMATS[text]
    parts = KEPT.split(text)
    return "".join(_spelled(part) if place % 2 == 0 else part for place, part in enumerate(parts))


def _spelled(text: str) -> str:
    stems = re.compile(rf"\b({ISE.replace(' ', '|')}){ENDINGS}\b", re.IGNORECASE)
    text = stems.sub(lambda match: match[1][:-1] + ("S" if match[1][-1] == "Z" else "s") + match[2], text)
    return re.sub(rf"\b({'|'.join(WORDS)})\b", _word, text, flags=re.IGNORECASE)


def _word(match: re.Match[str]) -> str:
    spelled = WORDS[match[0].lower()]
    return spelled.capitalize() if match[0][0].isupper() else spelled
