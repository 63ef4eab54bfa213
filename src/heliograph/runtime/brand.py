"""Whose course a learner opens, as they see it."""

from dataclasses import dataclass, field

from heliograph.runtime.texts import Texts


@dataclass(frozen=True)
class Brand:
    """The seller of a course.

    ``logo`` is an address, ``look`` custom properties of the style sheet, ``language`` the one that is spoken
    whatever the browser says (empty: the browser's), ``contact`` has some of email, phone and url, ``texts``
    replace the catalog's, by language.
    """

    name: str = ""
    logo: str = ""
    look: dict[str, str] = field(default_factory=dict)
    language: str = ""
    contact: dict[str, str] = field(default_factory=dict)
    texts: dict[str, Texts] = field(default_factory=dict)

    @property
    def style(self) -> str:
        """The look as a style attribute's declarations."""
        return ";".join(f"{name}:{value}" for name, value in self.look.items())

    @property
    def color_scheme(self) -> str:
        """``light`` or ``dark`` where the look is the same by day and by night."""
        return self.look.get("color-scheme", "")
