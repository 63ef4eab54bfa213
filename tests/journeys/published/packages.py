"""The SCORM packages that others have published, where they are kept beside the project."""

from pathlib import Path
from zipfile import ZipFile

from playwright.sync_api import Frame
from tests.conftest import SHARED

# One course loads its dialog library from an address that tests cannot reach; what it uses of it does nothing
# here.
DIALOG_LIBRARY = "window.$ = () => ({ dialog() {}, val() { return ''; } });"


def has_pages(path: Path) -> bool:
    """Some of the given packages are manifests only."""
    with ZipFile(path) as package:
        return any(name.lower().endswith((".html", ".htm")) for name in package.namelist())


FOUND = sorted(
    path
    for folder in ("scorm12", "scorm2004")
    for path in (SHARED / "packages" / folder).glob("*.zip")
    if has_pages(path)
)


def turn_a_page(frame: Frame) -> None:
    onward = frame.locator("#butNext")
    if onward.count() and onward.is_enabled():
        onward.click()
