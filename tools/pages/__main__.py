"""Write every page and template one element a line; with `--check`, only say which are not so."""

import subprocess
import sys
from pathlib import Path

from tools.pages.layout import formatted
from tools.pages.reading import Unreadable
from tools.pages.seeing import Eyes

ROOT = Path(__file__).parents[2]
RELEASED = "tests/journeys/stubs/"  # kept as they were


def pages() -> list[Path]:
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.html", "*.svg"]
    listed = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    names = [name for name in listed.stdout.splitlines() if not name.startswith(RELEASED)]
    return [ROOT / name for name in names if (ROOT / name).exists()]


def template(name: str) -> str | None:
    path = next(
        (path for path in (ROOT / "src/heliograph").glob(f"*/templates/{name}") if path.is_file()), None
    )
    return path.read_text() if path else None


def main(arguments: list[str]) -> int:
    check = "--check" in arguments
    eyes = Eyes(template)
    wrong = 0
    for page in [Path(name).resolve() for name in arguments if name != "--check"] or pages():
        name, before = page.relative_to(ROOT), page.read_text()
        try:
            after = formatted(before, eyes)
        except Unreadable as error:
            print(f"{name}: {error}", file=sys.stderr)
            wrong += 1
            continue
        if after != before and check:
            print(f"{name} is not one element a line: make format", file=sys.stderr)
            wrong += 1
        elif after != before:
            page.write_text(after)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
