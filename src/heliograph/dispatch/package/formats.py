"""The package formats on offer, with the names the API and the command line use."""

from dataclasses import dataclass

from heliograph.core.translation import gettext
from heliograph.dispatch.errors import FormatNotOffered


@dataclass(frozen=True)
class Format:
    """One kind of package: the standard it follows and what its manifest says."""

    name: str
    label: str
    standard: str  # what the stub speaks with the LMS: scorm12, scorm2004, cmi5
    schema_version: str = ""


FORMATS = {
    format.name: format
    for format in (
        Format("scorm12", "SCORM 1.2", "scorm12", "1.2"),
        Format("scorm2004-2nd", "SCORM 2004 2nd Edition", "scorm2004", "CAM 1.3"),
        Format("scorm2004-3rd", "SCORM 2004 3rd Edition", "scorm2004", "2004 3rd Edition"),
        Format("scorm2004-4th", "SCORM 2004 4th Edition", "scorm2004", "2004 4th Edition"),
        Format("cmi5", "cmi5", "cmi5"),
    )
}
EDITIONS = [name for name, format in FORMATS.items() if format.standard == "scorm2004"]  # the earliest first
USUAL_2004 = "scorm2004-3rd"
MODES = ("hosted", "embedded")


def _plain(name: str) -> str:
    """A format's name as people write it: scorm_2004_4th, SCORM 2004 4th Edition, scorm1.2."""
    return "".join(character for character in name.lower() if character.isalnum()).removesuffix("edition")


_SPELLINGS = {_plain(name): format for name, format in FORMATS.items()} | {"scorm2004": FORMATS[USUAL_2004]}


def format_called(name: str, mode: str = "hosted") -> Format:
    """The format of that name; raises `FormatNotOffered` for an unknown format or mode."""
    format = _SPELLINGS.get(_plain(name))
    if format is None:
        raise FormatNotOffered(
            gettext("Unknown package format “%(name)s”. Choose one of %(offered)s.")
            % {"name": name, "offered": ", ".join(FORMATS)}
        )
    if mode not in MODES:
        raise FormatNotOffered(
            gettext("Unknown package mode “%(name)s”. Choose one of %(offered)s.")
            % {"name": mode, "offered": ", ".join(MODES)},
            code="package_mode_unknown",
        )
    return format
