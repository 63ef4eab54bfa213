"""Print what the changelog says of the version of this commit, which may be released; exit status 0.

Where something keeps it from being released, say so in a sentence each; exit status 1.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Look at the checkout this file lies in."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text()
    problems = faults(version, changelog, _git("tag", "--points-at", "HEAD"), _git("status", "--porcelain"))
    for fault in problems:
        print(f"release: {fault}", file=sys.stderr)
    if not problems:
        print(notes_of(version, changelog))
    return 1 if problems else 0


def faults(version: str, changelog: str, tags: list[str], changes: list[str]) -> list[str]:
    """A sentence for each reason not to release.

    ``tags`` are those of the commit, ``changes`` the files that differ from it.
    """
    problems = []
    notes = notes_of(version, changelog)
    if notes is None:
        heading = f"## [{version}] - YYYY-MM-DD"
        problems.append(f"CHANGELOG.md has no line “{heading}”. Rename [Unreleased], and begin a new one.")
    elif not notes:
        problems.append(f"CHANGELOG.md says nothing of {version}.")
    if notes_of("Unreleased", changelog):
        problems.append(
            "CHANGELOG.md has changes below [Unreleased]. Move them to the release, or remove them."
        )
    if f"v{version}" not in tags:
        problems.append(f"This commit does not have the tag v{version}. Make it with: git tag -a v{version}")
    if changes:
        problems.append(f"{len(changes)} files are not as committed: {', '.join(changes[:3])}")
    return problems


def notes_of(release: str, changelog: str) -> str | None:
    """The text of a release's section; None where it has none, or one without a date."""
    date = "" if release == "Unreleased" else r" - \d{4}-\d\d-\d\d"
    section = rf"^## \[{re.escape(release)}\]{date}\n(.*?)(?=^## |\Z)"
    match = re.search(section, changelog, re.MULTILINE | re.DOTALL)
    return match[1].strip() if match else None


def _git(*words: str) -> list[str]:
    output = subprocess.check_output(["git", *words], cwd=ROOT, text=True)  # noqa: S603, S607 - our own words
    return output.splitlines()


if __name__ == "__main__":
    sys.exit(main())
