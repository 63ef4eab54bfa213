"""What the importer may cost, and the one way it says no.

Every limit is a number that an operator may set. Whatever breaks one, lies, or is not a course raises
`Refused`: a stable code for programs, one sentence for people.
"""

from dataclasses import dataclass

from heliograph.core.translation import Told, gettext_noop, told
from heliograph.core.xml import XmlLimits

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """The most an upload may hold. Sizes are bytes after inflating; a ratio is inflated to compressed size.

    Ratios are judged only above `ratio_floor` bytes: below it, repetition is cheap and common (blank images,
    schemas). `max_nesting` counts zips inside zips: 1 lets a course offer zip files for download, and looks
    into each of them.
    """

    max_entries: int = 50_000
    max_total_bytes: int = 4 * 1024 * MEBIBYTE
    max_file_bytes: int = 2 * 1024 * MEBIBYTE
    max_ratio: int = 200
    ratio_floor: int = MEBIBYTE
    max_manifest_bytes: int = 10 * MEBIBYTE
    max_path_length: int = 500
    max_depth: int = 40
    max_nesting: int = 1
    max_xml_depth: int = 100
    max_xml_elements: int = 200_000

    @property
    def xml(self) -> XmlLimits:
        """The limits for one XML file of the package."""
        return XmlLimits(self.max_manifest_bytes, self.max_xml_depth, self.max_xml_elements)


class Refused(Exception):
    """The upload is refused as a whole.

    `code` is stable; `sentence` says what is wrong and what to do about it.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def shown(name: str, length: int = 120) -> Told:
    """A name from outside, fit to stand in a sentence: printable, and no longer than `length` characters, in
    quotation marks.
    """
    printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name[: length + 1])
    return told(
        gettext_noop("“%(name)s”"), name=printable if len(printable) <= length else f"{printable[:length]}…"
    )


def size(count: int) -> Told:
    """A number of bytes as people say it: 3.2 MB."""
    if count < 1024:
        return told(gettext_noop("%(count)s bytes"), count=str(count))
    amount = float(count)
    for unit in ("KB", "MB"):
        amount /= 1024
        if amount < 1024:
            return told("%(amount)s " + unit, amount=amount)
    return told("%(amount)s GB", amount=amount / 1024)
