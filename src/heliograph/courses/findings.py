"""What the importer tells the author: findings, in plain words.

Three levels: something was repaired, something is missing, something the author should better put right. Of
one kind only the first few are told one by one; the rest are counted, so that a broken export gives a page to
read and not a book.
"""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from heliograph.core.translation import Told, gettext_noop, told

Level = Literal["repaired", "missing", "advice"]
TOLD_OF_EACH_KIND: Final = 20


@dataclass(frozen=True)
class Finding:
    """One thing found.

    `code` is stable, `sentence` is for people, `where` names the file or identifier concerned.
    """

    level: Level
    code: str
    sentence: str
    where: str = ""

    @property
    def row(self) -> dict[str, Any]:
        """The finding as it is stored: the sentence in English, and the ``text`` and ``values`` it is made of
        if it has values.
        """
        source = self.sentence.source if isinstance(self.sentence, Told) else {}
        row = {"level": self.level, "code": self.code, "sentence": str(self.sentence), "where": self.where}
        return {**row, **source}


class Report:
    """Collects findings while a course is read, each only once."""

    def __init__(self) -> None:
        self._findings: dict[tuple[str, str], Finding] = {}
        self._met: set[tuple[str, str]] = set()
        self._more: Counter[tuple[Level, str]] = Counter()
        self._kinds: Counter[str] = Counter()

    def repaired(self, code: str, sentence: str, where: str = "") -> None:
        """The importer put something right."""
        self._add(Finding("repaired", code, sentence, where))

    def missing(self, code: str, sentence: str, where: str = "") -> None:
        """The package names something that it does not hold."""
        self._add(Finding("missing", code, sentence, where))

    def advice(self, code: str, sentence: str, where: str = "") -> None:
        """The author should put something right."""
        self._add(Finding("advice", code, sentence, where))

    @property
    def findings(self) -> list[Finding]:
        """What was found, in order, with a line of summary for each kind that was met too often to tell."""
        more = [Finding(level, code, _more(count)) for (level, code), count in self._more.items()]
        return [*self._findings.values(), *more]

    def _add(self, finding: Finding) -> None:
        key = (finding.code, finding.where[:200])
        if key in self._met:
            return
        self._met.add(key)
        self._kinds[finding.code] += 1
        if self._kinds[finding.code] > TOLD_OF_EACH_KIND:
            self._more[finding.level, finding.code] += 1
        else:
            self._findings[key] = replace(finding, where=finding.where[:200])


def _more(count: int) -> Told:
    return (
        told(gettext_noop("… and 1 more issue of this type."))
        if count == 1
        else told(gettext_noop("… and %(count)s more issues of this type."), count=count)
    )
