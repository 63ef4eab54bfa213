"""What the tests of the formats share: reading bytes as an upload."""

from pathlib import Path

import pytest

from heliograph.courses.formats import CoursePackage, Limits, Refused, read_course
from heliograph.courses.formats.structure import Item, Launch

LIMITS = Limits()


def read(folder: Path, data: bytes, filename: str = "course.zip", limits: Limits = LIMITS) -> CoursePackage:
    """The course in an upload of these bytes."""
    path = folder / "upload"
    path.write_bytes(data)
    return read_course(path, filename, limits)


def refusal(folder: Path, data: bytes, filename: str = "course.zip", limits: Limits = LIMITS) -> str:
    """The code with which an upload of these bytes is refused; its sentence is checked to be one."""
    with pytest.raises(Refused) as caught:
        read(folder, data, filename, limits)
    assert caught.value.sentence[0].isupper() or caught.value.sentence[0] == "“"
    assert caught.value.sentence.endswith(".")
    return caught.value.code


def codes(course: CoursePackage, level: str | None = None) -> list[str]:
    """The codes of what was found, in order."""
    return [finding.code for finding in course.findings if level in (None, finding.level)]


def items(course: CoursePackage) -> list[Item]:
    """Every item of the default organization, in the order of the tree."""
    structure = course.structure
    default = structure["default_organization"]
    return flat(next(o for o in structure["organizations"] if o["identifier"] == default)["items"])


def launch_of(item: Item) -> Launch:
    """What opens when the item is chosen; fails where it only has items below it."""
    assert item["launch"] is not None, item["title"]
    return item["launch"]


def flat(tree: list[Item]) -> list[Item]:
    """The items of a tree, parents before children."""
    return [each for item in tree for each in (item, *flat(item["items"]))]
