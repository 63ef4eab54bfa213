"""Builds the documentation site into build/docs. ``make docs`` calls it; each warning is an error.

The Markdown is read as it lies in the repository. The API reference is made from the product's OpenAPI
document, and Mermaid, which draws the diagrams in the reader's browser, is fetched by npm and copied into the
site: nobody's files but ours are in the repository, and a reader's browser asks no other host for anything.
"""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from tools.docs import ROOT, api_reference, navigation, set_up

BUILD = ROOT / "build"
SITE, WORK = BUILD / "docs", BUILD / "docs-work"
SOURCE = WORK / "source"
MERMAID = "12.3.0"
# What the npm registry says of that version, so that nobody can put another file in its place.
MERMAID_SHA512 = "4113TdXeLAsMruJ79OpFL5O8+LTFXhQqZ260rF3tgUmiNAtRm4Uume04I+65PRN6yZ69J4f8rVYWW8zRk65UYw=="
IN_THE_BROWSER, MODULE, CHUNKS = "mermaid.min.js", "mermaid.esm.min.mjs", "chunks/mermaid.esm.min/"
DIAGRAM = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
START = (
    '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={page}">'
    '<a href="{page}">Heliograph</a>\n'
)


def main() -> None:
    mermaid = fetch_mermaid(WORK / f"mermaid-{MERMAID}")
    collect()
    check_diagrams(mermaid)
    shutil.rmtree(SITE, ignore_errors=True)
    build()
    shutil.copy(mermaid / IN_THE_BROWSER, SITE / "_static" / IN_THE_BROWSER)
    (SITE / "index.html").write_text(START.format(page=f"{navigation.ROOT_PAGE}.html"))
    refuse_other_hosts()
    print(f"The documentation is in {SITE.relative_to(ROOT)}: open {(SITE / 'index.html').relative_to(ROOT)}")


def collect() -> None:
    """Put together what Sphinx reads: the Markdown of docs/ and of the root, what operators get, and the API
    reference.
    """
    shutil.rmtree(SOURCE, ignore_errors=True)
    shutil.copytree(ROOT / "docs", SOURCE / "docs")
    shutil.copytree(ROOT / "deploy", SOURCE / "deploy")
    for file in [*ROOT.glob("*.md"), ROOT / "Dockerfile", ROOT / "compose.yaml"]:
        shutil.copy(file, SOURCE / file.name)
    set_up()
    folder = SOURCE / navigation.API
    folder.mkdir()
    for name, text in api_reference.pages(api_reference.document()).items():
        (folder / f"{name}.md").write_text(text)


def build() -> None:
    """Raises SystemExit where Sphinx warns of anything."""
    from sphinx.cmd.build import build_main

    config, cache = str(Path(__file__).parent), str(WORK / "doctrees")
    status = build_main(
        [
            "--builder",
            "html",
            "--quiet",
            "--fail-on-warning",
            "--conf-dir",
            config,
            "--doctree-dir",
            cache,
            str(SOURCE),
            str(SITE),
        ]
    )
    if status:
        sys.exit(status)


# -- diagrams


def fetch_mermaid(folder: Path) -> Path:
    """The folder with the published scripts of Mermaid, fetched once."""
    if (folder / MODULE).exists():
        return folder
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("The diagrams of the documentation are drawn by Mermaid, which npm fetches. Install npm.")
    WORK.mkdir(parents=True, exist_ok=True)
    packed = subprocess.run(  # noqa: S603 - npm, and words of our own
        [npm, "pack", "--silent", f"mermaid@{MERMAID}"],
        cwd=WORK,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if packed.returncode:
        sys.exit(f"npm cannot fetch mermaid@{MERMAID}: {packed.stderr.strip()}")
    archive = WORK / packed.stdout.strip().splitlines()[-1]
    if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != MERMAID_SHA512:
        sys.exit(
            f"What npm fetched as mermaid@{MERMAID} is another file than was published. It is in {archive}"
        )
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            name = member.name.removeprefix("package/dist/")
            if name in (IN_THE_BROWSER, MODULE) or (name.startswith(CHUNKS) and name.endswith(".mjs")):
                member.name = name
                tar.extract(member, folder.with_suffix(".part"), filter="data")
    folder.with_suffix(".part").rename(folder)
    archive.unlink()
    return folder


def check_diagrams(mermaid: Path) -> None:
    """Have Mermaid read every diagram. Raises SystemExit where it cannot read one."""
    node = shutil.which("node")
    if node is None:
        sys.exit("The diagrams of the documentation are checked with Node.js. Install it, with npm.")
    given = json.dumps(list(diagrams()))
    check = [node, str(Path(__file__).parent / "check_diagrams.mjs"), str(mermaid)]
    checked = subprocess.run(check, input=given, text=True, check=False)  # noqa: S603 - our own script
    if checked.returncode:
        sys.exit("Mermaid cannot read these diagrams.")


def diagrams() -> Iterator[tuple[str, str]]:
    """Every diagram, and where it stands."""
    for page in sorted(SOURCE.rglob("*.md")):
        text = page.read_text()
        for match in DIAGRAM.finditer(text):
            yield f"{page.relative_to(SOURCE)}:{text.count(chr(10), 0, match.start()) + 1}", match[1]


# -- what a reader's browser asks for


class Asked(HTMLParser):
    """What a page has a browser load by itself; links that somebody must follow are not among it."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        loaded = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src"}.get(tag)
        if tag == "link" and given.get("rel") not in (
            "canonical",
            "index",
            "search",
            "next",
            "prev",
            "author",
        ):
            loaded = "href"
        if loaded:
            self.addresses.append(given.get(loaded) or "")


def refuse_other_hosts() -> None:
    """Raises SystemExit where a page or style sheet has a browser ask another host."""
    elsewhere = re.compile(r"(https?:)?//")
    wrong = []
    for page in SITE.rglob("*.html"):
        asked = Asked()
        asked.feed(page.read_text())
        wrong += [
            f"{page.relative_to(SITE)}: {address}" for address in asked.addresses if elsewhere.match(address)
        ]
    for sheet in SITE.rglob("*.css"):
        wrong += [
            f"{sheet.relative_to(SITE)}: {address}"
            for address in re.findall(
                r"(?:@import\s+|url\()[\"']?((?:https?:)?//[^\"')\s]+)", sheet.read_text()
            )
        ]
    if wrong:
        sys.exit("\n".join(["The site asks other hosts:", *wrong]))


if __name__ == "__main__":
    main()
