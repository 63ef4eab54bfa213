"""What a cmi5 course structure must look like: its schema (cmi5, 13.2) as a table of shapes, checked in one
walk.

cmi5 asks for structures that are valid to the letter, so nothing is mended here: the first fault is told with
its element, its line and what to do. Elements and attributes of other namespaces are extensions (13.1.5),
which are let through.
"""

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Final, Literal, get_args

from heliograph.core.translation import Told, gettext_noop, told
from heliograph.courses.findings import Report
from heliograph.courses.formats.languages import TAG
from heliograph.courses.formats.nodes import Element, namespace
from heliograph.courses.formats.structure import MoveOn
from heliograph.courses.limits import Refused, shown

NAMESPACE: Final = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"
ROOT: Final = "courseStructure"
MANY: Final = sys.maxsize
DECIMAL: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)


@dataclass(frozen=True)
class Part:
    """Children that come next: the names they may have, each with the shape it must have, and how many there
    are.
    """

    shapes: Mapping[str, str]
    least: int = 1
    most: int = 1


@dataclass(frozen=True)
class Shape:
    """What one element holds: elements in parts, one after the other if `ordered`; or nothing but text, and
    some of it if `filled`; or anything.
    """

    parts: tuple[Part, ...] = ()
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    holds: Literal["elements", "text", "anything"] = "elements"
    ordered: bool = True
    filled: bool = False


TITLED: Final = (Part({"title": "texts"}), Part({"description": "texts"}))
REFERRING: Final = Part({"objectives": "references"}, least=0)
UNITS: Final = Part({"au": "au", "block": "block"}, most=MANY)
SHAPES: Final[dict[str, Shape]] = {
    ROOT: Shape((Part({"course": "course"}), Part({"objectives": "objectives"}, least=0), UNITS)),
    "course": Shape(TITLED, required=("id",)),
    "objectives": Shape((Part({"objective": "objective"}, most=MANY),)),
    "objective": Shape(TITLED, required=("id",), ordered=False),
    "block": Shape((*TITLED, REFERRING, UNITS), required=("id",)),
    "au": Shape(
        (
            *TITLED,
            REFERRING,
            Part({"url": "url"}),
            Part({"launchParameters": "value"}, least=0),
            Part({"entitlementKey": "value"}, least=0),
        ),
        required=("id",),
        optional=("moveOn", "masteryScore", "launchMethod", "activityType", "authenticationMethod"),
    ),
    "references": Shape((Part({"objective": "reference"}, most=MANY),)),
    "reference": Shape(optional=("idref",)),
    "texts": Shape((Part({"langstring": "langstring"}, most=MANY),)),
    "langstring": Shape(optional=("lang",), holds="text"),
    "url": Shape(holds="text", filled=True),
    "value": Shape(holds="anything"),
}
MOVE_ON: Final = get_args(MoveOn)
LAUNCH_METHODS: Final = ("AnyWindow", "OwnWindow")


@dataclass(frozen=True)
class AllowedValues:
    """The values that an attribute may have, and how to say so."""

    fits: Callable[[str], bool]
    expected: str


VALUES: Final[dict[str, AllowedValues]] = {
    "moveOn": AllowedValues(
        MOVE_ON.__contains__, told(gettext_noop("one of %(names)s"), names=", ".join(MOVE_ON))
    ),
    "launchMethod": AllowedValues(LAUNCH_METHODS.__contains__, told(gettext_noop("AnyWindow or OwnWindow"))),
    "authenticationMethod": AllowedValues(
        "Basic".__eq__, told(gettext_noop("Basic, or omitted"))
    ),  # of the drafts: there was never another
    "masteryScore": AllowedValues(
        lambda written: bool(DECIMAL.fullmatch(written)) and 0 <= float(written) <= 1,
        told(gettext_noop("a number from 0 to 1, such as 0.8")),
    ),
    "lang": AllowedValues(
        lambda written: bool(TAG.fullmatch(written)), told(gettext_noop("a language tag, such as en-US"))
    ),
}


def check_structure(root: Element, report: Report) -> None:
    """Raise Refused for the first place where the document is not as the schema wants it; extensions go into
    the report.
    """
    if _name(root) != ROOT:
        raise Refused(
            "cmi5_element_unknown",
            told(
                gettext_noop("%(element)s is not a course structure. A cmi5 course starts with %(root)s."),
                element=called(root),
                root=ROOT,
            ),
        )
    declared = namespace(str(root.tag))
    if declared != NAMESPACE:
        raise Refused(
            "cmi5_namespace",
            told(
                gettext_noop(
                    "The %(root)s is in the namespace %(declared)s; cmi5 uses %(namespace)s. "
                    "Declare it with xmlns, or export the course as cmi5 (Quartz) again."
                ),
                root=ROOT,
                declared=shown(declared),
                namespace=NAMESPACE,
            )
            if declared
            else told(
                gettext_noop(
                    "The %(root)s is in no namespace; cmi5 uses %(namespace)s. "
                    "Declare it with xmlns, or export the course as cmi5 (Quartz) again."
                ),
                root=ROOT,
                namespace=NAMESPACE,
            ),
        )
    _check(root, SHAPES[ROOT], report)


def own(element: Element, name: str) -> Iterator[Element]:
    """The children of that name which are cmi5's own."""
    return element.iterchildren(f"{{{NAMESPACE}}}{name}")


def called(element: Element) -> Told:
    """The element as a sentence names it at its beginning: kind, id, line."""
    name = shown(_name(element), 40)
    identifier = str(element.get("id") or element.get("idref") or "").strip()
    line = str(element.sourceline or "")
    if identifier and line:
        text = gettext_noop("The element %(name)s with the ID %(id)s on line %(line)s")
        return told(text, name=name, id=shown(identifier), line=line)
    if identifier:
        return told(gettext_noop("The element %(name)s with the ID %(id)s"), name=name, id=shown(identifier))
    if line:
        return told(gettext_noop("The element %(name)s on line %(line)s"), name=name, line=line)
    return told(gettext_noop("The element %(name)s"), name=name)


def _listed(names: Iterable[str], text: str) -> str:
    """Names in one list, each pair joined by ``text``, which has the places ``first`` and ``second``."""
    return reduce(lambda first, second: told(text, first=first, second=second), names)


def _either(part: Part) -> str:
    return _listed(part.shapes, gettext_noop("%(first)s or %(second)s"))


def _check(element: Element, shape: Shape, report: Report) -> None:
    if shape.holds == "anything":
        return
    _check_attributes(element, shape)
    if shape.holds == "text":
        _check_text(element, shape)
        return
    _refuse_text(element)
    children = [child for child in element if namespace(str(child.tag)) in ("", NAMESPACE)]
    _check_parts(element, children, shape)
    _report_extensions(element, children, report)
    by_name = {name: inner for part in shape.parts for name, inner in part.shapes.items()}
    for child in children:
        _check(child, SHAPES[by_name[_name(child)]], report)


def _check_attributes(element: Element, shape: Shape) -> None:
    for key, value in element.attrib.items():
        name = str(key)
        if namespace(name) not in ("", NAMESPACE):
            continue
        if name not in (*shape.required, *shape.optional):
            raise Refused(
                "cmi5_attribute_unknown",
                told(
                    gettext_noop("%(element)s has an unknown attribute %(attribute)s. Remove it."),
                    element=called(element),
                    attribute=shown(name, 40),
                ),
            )
        values = VALUES.get(name)
        if values and not values.fits(str(value).strip()):
            raise Refused(
                "cmi5_value",
                told(
                    gettext_noop("%(element)s has the %(name)s %(value)s; it must be %(expected)s."),
                    element=called(element),
                    name=name,
                    value=shown(str(value), 60),
                    expected=values.expected,
                ),
            )
    for name in shape.required:
        if element.get(name) is None:
            raise Refused(
                "cmi5_attribute_missing",
                told(
                    gettext_noop("%(element)s has no %(name)s. Add one."), element=called(element), name=name
                ),
            )


def _check_text(element: Element, shape: Shape) -> None:
    inner = next(iter(element), None)
    if inner is not None:
        raise Refused(
            "cmi5_element_unknown",
            told(
                gettext_noop("%(element)s is not allowed where only text is expected. Keep only its text."),
                element=called(inner),
            ),
        )
    if shape.filled and not (element.text or "").strip():
        raise Refused(
            "cmi5_value", told(gettext_noop("%(element)s is empty. Add its value."), element=called(element))
        )


def _refuse_text(element: Element) -> None:
    text = (element.text or "") + "".join(child.tail or "" for child in element)
    if text.strip():
        raise Refused(
            "cmi5_text",
            told(
                gettext_noop(
                    "%(element)s contains the text %(text)s outside its elements. Put titles and "
                    'descriptions into <langstring lang="en">…</langstring>, and remove other '
                    "text."
                ),
                element=called(element),
                text=shown(text.strip(), 60),
            ),
        )


def _check_parts(element: Element, children: list[Element], shape: Shape) -> None:
    positions = {name: number for number, part in enumerate(shape.parts) for name in part.shapes}
    for child in children:
        _refuse_unknown(element, child, positions)
    counts = Counter(positions[_name(child)] for child in children)
    for number, part in enumerate(shape.parts):
        if counts[number] < part.least:
            raise Refused(
                "cmi5_element_missing",
                told(
                    gettext_noop("%(element)s has no %(name)s. Add one."),
                    element=called(element),
                    name=_either(part),
                ),
            )
        if counts[number] > part.most:
            raise Refused(
                "cmi5_element_repeated",
                told(
                    gettext_noop("%(element)s has more than one %(name)s. Keep one."),
                    element=called(element),
                    name=_either(part),
                ),
            )
    if shape.ordered:
        _refuse_disorder(element, children, positions, shape)


def _refuse_unknown(element: Element, child: Element, positions: Mapping[str, int]) -> None:
    if not namespace(str(child.tag)):
        raise Refused(
            "cmi5_namespace",
            told(
                gettext_noop("%(element)s has no namespace. Use the cmi5 namespace %(namespace)s."),
                element=called(child),
                namespace=NAMESPACE,
            ),
        )
    if _name(child) not in positions:
        raise Refused(
            "cmi5_element_unknown",
            told(
                gettext_noop(
                    "%(element)s is not allowed in %(parent)s, which allows %(names)s. "
                    "Correct its name or remove it."
                ),
                element=called(child),
                parent=_name(element),
                names=", ".join(positions),
            )
            if positions
            else told(
                gettext_noop(
                    "%(element)s is not allowed in %(parent)s, which allows no elements. "
                    "Correct its name or remove it."
                ),
                element=called(child),
                parent=_name(element),
            ),
        )


def _refuse_disorder(
    element: Element, children: list[Element], positions: Mapping[str, int], shape: Shape
) -> None:
    for before, after in pairwise(children):
        if positions[_name(after)] < positions[_name(before)]:
            order = _listed(map(_either, shape.parts), "%(first)s, %(second)s")
            raise Refused(
                "cmi5_element_order",
                told(
                    gettext_noop("%(element)s comes after %(before)s. The order in %(parent)s is %(order)s."),
                    element=called(after),
                    before=_name(before),
                    parent=_name(element),
                    order=order,
                ),
            )


def _report_extensions(element: Element, children: list[Element], report: Report) -> None:
    """Extensions are read by nobody here; and they come last, or the schema is broken."""
    to_come = len(children)
    for child in element:
        if namespace(str(child.tag)) in ("", NAMESPACE):
            to_come -= 1
            continue
        report.advice(
            "extension_ignored",
            told(
                gettext_noop(
                    "The course uses %(element)s, a cmi5 extension that Heliograph doesn't support."
                ),
                element=shown(_name(child), 60),
            ),
            str(child.tag),
        )
        if to_come:
            report.advice(
                "extension_place",
                told(
                    gettext_noop(
                        "%(element)s belongs to an extension and must come last in %(parent)s. Other "
                        "LMSs may reject the course."
                    ),
                    element=called(child),
                    parent=_name(element),
                ),
                str(child.tag),
            )


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
