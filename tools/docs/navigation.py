"""The site's navigation: which page stands below which.

A page that is not named here is listed below the index of its folder.
"""

from collections.abc import Iterable

ROOT_PAGE = "docs/README"
API = "docs/api"

# By page, those that stand below it, in their order. `folder/*` stands for all of a folder that nobody names,
# `*` for all of the root.
BELOW: dict[str, list[str]] = {
    ROOT_PAGE: [
        "docs/course-owners/README",
        "docs/integrators/README",
        "docs/operators/README",
        "docs/contributors/README",
        "docs/glossary",
    ],
    "docs/course-owners/README": ["docs/course-owners/*"],
    "docs/integrators/README": [f"{API}/index", "docs/protocols/README", "docs/integrators/*"],
    f"{API}/index": [f"{API}/*"],
    "docs/protocols/README": ["docs/protocols/*"],
    "docs/operators/README": ["docs/operators/*"],
    "docs/contributors/README": [
        "docs/architecture",
        "docs/data-model",
        "docs/contributors/parts/README",
        "docs/contributors/how-to/README",
        "docs/decisions/README",
        "docs/contributors/*",
        "*",
        "docs/*",
    ],
    "docs/contributors/parts/README": ["docs/contributors/parts/*"],
    "docs/contributors/how-to/README": ["docs/contributors/how-to/*"],
    "docs/decisions/README": ["docs/decisions/*"],
}


def below(page: str, pages: Iterable[str]) -> list[str]:
    """The pages below one, in their order."""
    named = {name for names in BELOW.values() for name in names} | {ROOT_PAGE}
    names: list[str] = []
    for name in BELOW.get(page, []):
        folder, _, last = name.rpartition("/")
        names += (
            sorted(each for each in pages if each.rpartition("/")[0] == folder and each not in named)
            if last == "*"
            else [name]
        )
    return names
