"""How a package's own pages look and speak.

A destination has a branding, and a dispatch may lay another over it:

    {"name": "Northlight", "logo": "3fa9….svg", "colors": {"accent": "#b45309", "background": "#fffdf8"},
     "language": "de", "texts": {"de": {"left.title": "Geschafft!"}},
     "contact": {"email": "help@northlight.example", "phone": "+49 30 123456", "url": "https://…"}}

What is missing has a default: the name is the organization's where there is neither name nor logo, the colors
are calm paper by day and by night, the language is the learner's own. The two colors count as a pair, and so
do the ways of contact. What is written on the colors is worked out here, so that it can be read; a pair that
cannot be told apart is refused.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from heliograph.core.errors import Invalid
from heliograph.core.translation import gettext, gettext_lazy, grouped
from heliograph.dispatch.branding import texts

FIELDS = ("name", "logo", "colors", "language", "texts", "contact")
COLORS = ("accent", "background")
CONTACTS = ("email", "phone", "url")
PAPER, INK = "#fbfaf7", "#1b2230"
BLACK, WHITE = "#000000", "#ffffff"
READABLE, DISTINCT = 4.5, 3.0  # WCAG 2.2: 1.4.3 of text, 1.4.11 of what is pressed
LONGEST_NAME, LONGEST_TEXT, LONGEST_CONTACT, MOST_LANGUAGES = 100, 500, 300, 20
_COLOR = re.compile(r"#[0-9a-f]{6}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,2}")
_EMAIL = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\".]+")
_PHONE = re.compile(r"\+?[0-9(][0-9 ()./-]{2,38}[0-9]")
_NOT_TEXT = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class BrandingInvalid(Invalid):
    code = "branding_invalid"


class BrandingUnreadable(Invalid):
    """Two colors that too few people can tell apart."""

    code = "branding_contrast"


def changed(kept: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The branding ``kept`` with the fields of ``given``; an empty one is taken away.

    A logo is a name already. Raises `Invalid`.
    """
    unknown = sorted(given.keys() - set(FIELDS))
    if unknown:
        raise BrandingInvalid(
            gettext("Unknown branding field “%(unknown)s”. Fields: %(fields)s.")
            % {"unknown": unknown[0], "fields": ", ".join(FIELDS)}
        )
    read: dict[str, Callable[[Any], Any]] = {
        "name": _name,
        "logo": str,
        "colors": _colors,
        "language": _language,
        "texts": _texts,
        "contact": _contact,
    }
    fields = {**kept, **{field: read[field](value) if value else None for field, value in given.items()}}
    return {field: fields[field] for field in FIELDS if fields.get(field)}


def over(destination: dict[str, Any], dispatch: dict[str, Any]) -> dict[str, Any]:
    """A destination's branding with a dispatch's over it: field by field, and text by text."""
    if not dispatch:
        return destination
    both = {**destination, **dispatch}
    if "texts" in destination and "texts" in dispatch:
        tags = sorted(destination["texts"].keys() | dispatch["texts"].keys())
        both["texts"] = {
            tag: {**destination["texts"].get(tag, {}), **dispatch["texts"].get(tag, {})} for tag in tags
        }
    return both


_DARKER = gettext_lazy(
    "The contrast of accent %(accent)s and background %(paper)s is %(apart)s:1; at least %(least)s:1 is "
    "required. Choose a darker accent color."
)
_LIGHTER = gettext_lazy(
    "The contrast of accent %(accent)s and background %(paper)s is %(apart)s:1; at least %(least)s:1 is "
    "required. Choose a lighter accent color."
)


def with_seller(brand: dict[str, Any], organization: str) -> dict[str, Any]:
    """The branding with the organization's name where it has neither a name nor a logo: a learner always sees
    whose course it is.
    """
    return brand if "name" in brand or "logo" in brand else {"name": organization, **brand}


def refuse_language(brand: dict[str, Any]) -> None:
    """Raise `BrandingInvalid` for a language without texts, neither ours nor the destination's own."""
    language = brand.get("language", texts.BROWSER)
    known = {texts.BROWSER, *texts.catalog(), *brand.get("texts", {})}
    if language not in known:
        raise BrandingInvalid(
            gettext(
                "No texts in the language “%(language)s”. Choose one of %(known)s, or add texts"
                " in that language."
            )
            % {"language": language, "known": ", ".join(sorted(known))},
            field="language",
        )


def in_package(brand: dict[str, Any]) -> dict[str, Any]:
    """What a package's page is told of its branding; nothing where there is none."""
    if not brand:
        return {}
    shown: dict[str, Any] = {name: brand[name] for name in ("name", "texts", "contact") if name in brand}
    if brand.get("language", texts.BROWSER) != texts.BROWSER:
        shown["language"] = brand["language"]
    if "logo" in brand:
        shown["logo"] = logo_file(brand)
    colors = brand.get("colors", {})
    if colors or "logo" in brand:  # a logo is drawn for one paper, not for day and night
        shown["look"] = look(colors.get("accent", ""), colors.get("background", ""))
    return shown


def logo_file(brand: dict[str, Any]) -> str:
    """The logo's name inside a package; empty where there is none."""
    return "logo" + brand["logo"][brand["logo"].rindex(".") :] if "logo" in brand else ""


@lru_cache(maxsize=1024)
def look(accent: str, background: str) -> dict[str, str]:
    """The style sheet's colors: what is written on paper and on the button is what reads best there."""
    paper = background or PAPER
    ink = INK if contrast(INK, paper) >= READABLE else _best_on(paper)
    soft = _mixed(ink, paper, 0.7)
    colors = {
        "color-scheme": "light" if _luminance(paper) > 0.18 else "dark",
        "--paper": paper,
        "--ink": ink,
        "--soft": soft if contrast(soft, paper) >= READABLE else ink,
        "--sun": accent or ink,
    }
    return {**colors, "--button": accent, "--on-button": _best_on(accent)} if accent else colors


def contrast(color: str, other: str) -> float:
    """How far two colors are apart, from 1 to 21 (WCAG 2.2)."""
    low, high = sorted((_luminance(color), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _name(given: str) -> str:
    return _plain(given, gettext("Name"), LONGEST_NAME, field="name")


def _colors(given: dict[str, str]) -> dict[str, str]:
    colors = {name: value.strip().lower() for name, value in given.items() if value and value.strip()}
    for name, value in colors.items():
        if name not in COLORS:
            raise BrandingInvalid(
                gettext("Unknown color “%(name)s”. Colors: accent, background.") % {"name": name[:50]}
            )
        if not _COLOR.fullmatch(value):
            raise BrandingInvalid(
                gettext("“%(value)s” is not a color. Enter a hex color such as #b45309 for the %(name)s.")
                % {"value": value[:50], "name": name},
                field=name,
            )
    if "accent" in colors:
        paper = colors.get("background", PAPER)
        apart = contrast(colors["accent"], paper)
        if apart < DISTINCT:
            raise BrandingUnreadable(
                (_DARKER if _luminance(paper) > 0.18 else _LIGHTER)
                % {
                    "accent": colors["accent"],
                    "paper": paper,
                    "apart": f"{apart:.1f}",
                    "least": f"{DISTINCT:.0f}",
                },
                field="accent",
            )
    return colors


def _contact(given: dict[str, str]) -> dict[str, str]:
    contact = {
        kind: _plain(value, str(CONTACT_LABELS.get(kind, kind)), LONGEST_CONTACT, field=f"contact_{kind}")
        for kind, value in given.items()
        if value
    }
    for kind, value in contact.items():
        if kind not in CONTACTS:
            raise BrandingInvalid(
                gettext("Unknown contact “%(kind)s”. Contacts: %(contacts)s.")
                % {"kind": kind[:50], "contacts": ", ".join(CONTACTS)}
            )
        if value and not _CONTACT[kind](value):
            raise BrandingInvalid(
                _CONTACT_REFUSED[kind] % {"value": value[:50]},
                field=f"contact_{kind}",
            )
    return {kind: contact[kind] for kind in CONTACTS if contact.get(kind)}


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"[\s<>\"]", text)


_CONTACT: dict[str, Callable[[str], object]] = {
    "email": _EMAIL.fullmatch,
    "phone": _PHONE.fullmatch,
    "url": _is_web_address,
}
CONTACT_LABELS = {
    "email": gettext_lazy("Email"),
    "phone": gettext_lazy("Phone"),
    "url": gettext_lazy("Help page"),
}
_CONTACT_REFUSED = {
    "email": gettext_lazy("“%(value)s” is not an email address. Enter one such as help@example.org."),
    "phone": gettext_lazy("“%(value)s” is not a phone number. Enter digits, such as +1 555 0100."),
    "url": gettext_lazy("“%(value)s” is not a web address. Enter one such as https://example.org/help."),
}


def _language(given: str) -> str:
    tag = given.strip().lower()
    if tag != texts.BROWSER and not _LANGUAGE.fullmatch(tag):
        raise BrandingInvalid(
            gettext(
                "“%(given)s” is not a language. Enter a tag such as de or pt-br, or “browser” "
                "for the learner's browser language."
            )
            % {"given": given[:50]},
            field="language",
        )
    return tag


def _texts(given: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    if len(given) > MOST_LANGUAGES:
        raise BrandingInvalid(
            gettext("Custom texts are limited to %(most_languages)s languages.")
            % {"most_languages": MOST_LANGUAGES}
        )
    read = {
        _own_language(tag): {
            name: _text(name, text, field=f"texts.{tag}.{name}")
            for name, text in translations.items()
            if text
        }
        for tag, translations in given.items()
    }
    return {tag: translations for tag, translations in read.items() if translations}


def _own_language(given: str) -> str:
    tag = _language(given)
    if tag == texts.BROWSER:
        raise BrandingInvalid(
            gettext("Enter the language of custom texts as a tag such as de, not as “browser”.")
        )
    return tag


def _text(name: str, given: str, field: str) -> str:
    if name not in texts.names():
        raise BrandingInvalid(
            gettext("Unknown text “%(name)s”. Texts: %(names)s.")
            % {"name": name[:50], "names": ", ".join(texts.names())}
        )
    text = _plain(given, f"“{name}”", LONGEST_TEXT, field)
    strange = sorted(texts.places(text) - texts.places(texts.names()[name]))
    if strange:
        raise BrandingInvalid(
            gettext("The text “%(name)s” has no placeholder {%(strange)s}. Remove the braces.")
            % {"name": name, "strange": strange[0][:50]},
            field=field,
        )
    return text


def _plain(given: str, what: str, longest: int, field: str) -> str:
    text = given.strip()
    if len(text) > longest:
        raise BrandingInvalid(
            gettext("%(what)s: %(length)s characters. The maximum is %(longest)s.")
            % {"what": what, "length": grouped(len(text)), "longest": grouped(longest)},
            code="text_too_long",
            field=field,
        )
    if _NOT_TEXT.search(text):
        raise BrandingInvalid(
            gettext("%(what)s: a character can't be shown. Enter one line without control characters.")
            % {"what": what},
            field=field,
        )
    return text


def _best_on(color: str) -> str:
    """White or black: one of the two can be read on any color."""
    return max(WHITE, BLACK, key=lambda text: contrast(text, color))


def _mixed(color: str, other: str, share: float) -> str:
    parts = [
        round(share * a + (1 - share) * b) for a, b in zip(_channels(color), _channels(other), strict=True)
    ]
    return f"#{bytes(parts).hex()}"


def _luminance(color: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)


def _channels(color: str) -> bytes:
    return bytes.fromhex(color[1:])
