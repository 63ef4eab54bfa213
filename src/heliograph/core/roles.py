"""The roles of members, and how they compare."""

from enum import IntEnum

from heliograph.core.translation import gettext_lazy as _
from heliograph.core.translation import pgettext_lazy


class Role(IntEnum):
    """What a member may do; each role may do all that the lower ones may."""

    LEARNER = 0
    REPORTER = 1
    MANAGER = 2
    ADMIN = 3
    OWNER = 4

    def includes(self, least: "Role") -> bool:
        """Whether this role may do all that ``least`` may."""
        return self >= least

    @property
    def word(self) -> str:
        return self.name.lower()

    @property
    def label(self) -> str:
        """The role as pages say it."""
        return str(LABELS[self])

    @classmethod
    def of(cls, word: str) -> "Role":
        """The role called ``word``; ValueError for any other word."""
        try:
            return cls[word.upper()]
        except KeyError:
            raise ValueError(f"“{word}” is not a role") from None


LABELS = {
    Role.LEARNER: pgettext_lazy("role", "Learner"),
    Role.REPORTER: _("Reporter"),
    Role.MANAGER: _("Manager"),
    Role.ADMIN: _("Admin"),
    Role.OWNER: _("Owner"),
}
