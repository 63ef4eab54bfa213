"""The report of an import: what was found in one version, by how serious it is, and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass

from heliograph.core.translation import gettext, gettext_lazy, grouped, ngettext
from heliograph.courses.models import CourseVersion


@dataclass(frozen=True)
class Severity:
    """How serious a finding is: its level in `findings.Finding`, what pages call it, and what to do."""

    level: str
    label: str
    tone: str
    advice: str


SEVERITIES = (
    Severity(
        "missing",
        gettext_lazy("Missing"),
        "bad",
        gettext_lazy(
            "Parts of the course cannot be shown. "
            "Export it again with all its content, then upload a new version."
        ),
    ),
    Severity(
        "advice",
        gettext_lazy("Warning"),
        "warn",
        gettext_lazy(
            "The course works. Correct these in the authoring tool when you next change the course."
        ),
    ),
    Severity(
        "repaired",
        gettext_lazy("Fixed automatically"),
        "good",
        gettext_lazy("Nothing to do. The uploaded package is unchanged."),
    ),
)


@dataclass(frozen=True)
class Found:
    """How many findings of a severity a version has."""

    severity: Severity
    count: int

    @property
    def text(self) -> str:
        """The count with its noun."""
        sentence = {
            "missing": ngettext("%(count)s missing part", "%(count)s missing parts", self.count),
            "advice": ngettext("%(count)s warning", "%(count)s warnings", self.count),
            "repaired": ngettext(
                "%(count)s fixed automatically", "%(count)s fixed automatically", self.count
            ),
        }[self.severity.level]
        return sentence % {"count": grouped(self.count)}


def summary(version: CourseVersion) -> list[Found]:
    """The findings of a version counted, the most serious first; without severities that it has none of."""
    counts = {
        severity: sum(finding["level"] == severity.level for finding in version.findings)
        for severity in SEVERITIES
    }
    return [Found(severity, count) for severity, count in counts.items() if count]


def rows(version: CourseVersion) -> list[dict[str, str]]:
    """The findings of a version as programs are told of them: level, code, English sentence and place."""
    return [
        {name: finding[name] for name in ("level", "code", "sentence", "where")}
        for finding in version.findings
    ]


def missing(version: CourseVersion) -> int:
    """How much the package of a version names and does not hold."""
    return sum(found.count for found in summary(version) if found.severity.level == "missing")


def is_playable(version: CourseVersion) -> bool:
    """Whether the import of a version found any of its pages."""
    return not any(finding["code"] == "nothing_playable" for finding in version.findings)


@dataclass(frozen=True)
class Step:
    """A step of an import: ``done``, ``current``, ``failed`` or ``waiting``."""

    label: str
    state: str


def steps(state: str, published: bool) -> Iterator[Step]:
    """The steps of an import in a ``state`` of `Import.State`; ``published`` says that learners get what it
    made.
    """
    yield Step(gettext("Upload"), "done")
    yield Step(gettext("Check"), {"done": "done", "refused": "failed"}.get(state, "current"))
    if state == "done":
        yield Step(gettext("Publish"), "done" if published else "current")
    else:
        yield Step(gettext("Publish"), "waiting")
