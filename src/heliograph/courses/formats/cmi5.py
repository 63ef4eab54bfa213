"""Reading cmi5.xml: the course structure of a cmi5 course (Quartz, section 13), from a zip or by itself.

First the document is held against its schema, then its ids against each other, then each AU's address against
the package (14.1, 14.2). Blocks become headings, AUs what opens; what will surprise people is told in the
report.
"""

from collections.abc import Iterable, Iterator
from typing import Final, cast

from heliograph.core.translation import gettext_noop, told
from heliograph.courses.findings import Report
from heliograph.courses.formats.addresses import host, is_iri, query_names, web_address
from heliograph.courses.formats.cmi5_schema import NAMESPACE, called, check_structure, own
from heliograph.courses.formats.hrefs import ABSOLUTE, with_parameters
from heliograph.courses.formats.languages import by_language, for_people, title_for_people
from heliograph.courses.formats.nodes import Element, local_name, number, raw_text
from heliograph.courses.formats.package import CoursePackage, Folder
from heliograph.courses.formats.resources import COMMON_TYPOS
from heliograph.courses.formats.structure import (
    AssignableUnit,
    Block,
    Cmi5Course,
    Cmi5Objective,
    Item,
    Launch,
    MoveOn,
    Structure,
    plain_item,
    plain_organization,
)
from heliograph.courses.limits import Refused, shown

ORGANIZATION: Final = "course"  # no IRI, so that it differs from the identifier of every item
AU: Final = f"{{{NAMESPACE}}}au"
BLOCK: Final = f"{{{NAMESPACE}}}block"
LAUNCH_PARAMETERS: Final = ("endpoint", "fetch", "actor", "activityId", "registration")


def read_cmi5(root: Element, folder: Folder, report: Report, fallback_title: str) -> CoursePackage:
    """The course that the structure describes, its pages in `folder`. Raises Refused."""
    check_structure(root, report)
    _check_ids(root, report)
    reader = _Reader(root, folder, report)
    (element,) = own(root, "course")
    course = _course(element, reader.objectives)
    title = title_for_people(course["titles"]) or fallback_title
    organization = plain_organization(ORGANIZATION, title, reader.below(root))
    organization["cmi5"] = course
    _advise(organization["items"], report)
    structure = Structure(
        standard="cmi5",
        edition=None,
        title=title,
        default_organization=ORGANIZATION,
        organizations=[organization],
        pages=None,
    )
    return CoursePackage(
        "cmi5", None, title, for_people(course["descriptions"]), structure, folder.files, report.findings
    )


def is_cmi5(root: Element) -> bool:
    """Whether an XML document means to be a cmi5 course structure."""
    return local_name(str(root.tag)) == "coursestructure"


class _Reader:
    def __init__(self, root: Element, folder: Folder, report: Report) -> None:
        self._folder = folder
        self._report = report
        self.objectives = [
            _objective(element) for group in own(root, "objectives") for element in own(group, "objective")
        ]
        self._defined = {objective["id"] for objective in self.objectives}

    def below(self, parent: Element) -> list[Item]:
        """The AUs and blocks directly below the structure or a block, in their order."""
        return [
            self._au(element) if element.tag == AU else self._block(element)
            for element in parent.iterchildren(AU, BLOCK)
        ]

    def _block(self, element: Element) -> Item:
        block = Block(
            id=_identifier(element),
            titles=_texts(element, "title"),
            descriptions=_texts(element, "description"),
            objectives=self._objectives(element),
        )
        item = plain_item(block["id"], self._title(element, block["titles"]), None)
        item["block"] = block
        item["items"] = self.below(element)
        return item

    def _au(self, element: Element) -> Item:
        unit = AssignableUnit(
            id=_identifier(element),
            activity_type=self._activity_type(element),
            launch_method="OwnWindow" if _value(element, "launchMethod") == "OwnWindow" else "AnyWindow",
            move_on=cast(MoveOn, _value(element, "moveOn") or "NotApplicable"),
            launch_parameters=_text(element, "launchParameters"),
            entitlement_key=_text(element, "entitlementKey"),
            titles=_texts(element, "title"),
            descriptions=_texts(element, "description"),
            objectives=self._objectives(element),
        )
        item = plain_item(unit["id"], self._title(element, unit["titles"]), self._launch(element, unit["id"]))
        item["mastery_score"] = number(_value(element, "masteryScore"))
        item["au"] = unit
        return item

    def _launch(self, element: Element, identifier: str) -> Launch:
        url = _text(element, "url") or ""
        colliding = [name for name in LAUNCH_PARAMETERS if name in query_names(url)]
        if colliding:
            raise Refused(
                "cmi5_url_query",
                told(
                    gettext_noop(
                        "%(element)s launches %(address)s. The query parameter %(parameter)s is "
                        "reserved by cmi5; rename it."
                    ),
                    element=called(element),
                    address=shown(url),
                    parameter=shown(colliding[0]),
                ),
            )
        if ABSOLUTE.match(url):
            return Launch(href=self._elsewhere(element, url), query="", kind="au", resource=identifier)
        if not self._folder.files:
            raise Refused(
                "cmi5_url_relative",
                told(
                    gettext_noop(
                        "%(element)s launches the relative URL %(address)s, which needs content. "
                        "Upload the ZIP, or use an absolute URL."
                    ),
                    element=called(element),
                    address=shown(url),
                ),
            )
        path, query = self._inside(element, url)
        return Launch(href=path, query=query, kind="au", resource=identifier)

    def _inside(self, element: Element, url: str) -> tuple[str, str]:
        target = self._folder.library.resolve(url)
        if not target.exists or not target.path:
            raise Refused(
                "cmi5_file_missing",
                told(
                    gettext_noop(
                        "%(element)s launches %(address)s, which is not in the ZIP. Add the file, or "
                        "use an absolute URL."
                    ),
                    element=called(element),
                    address=shown(url),
                ),
            )
        for slip in target.slips:
            self._report.repaired(slip, COMMON_TYPOS[slip], url)
        return target.path, with_parameters(target.query, None)

    def _elsewhere(self, element: Element, url: str) -> str:
        address = web_address(url)
        if address is None:
            raise Refused(
                "cmi5_url_invalid",
                told(
                    gettext_noop(
                        "%(element)s launches %(address)s, which is not a valid URL. Use one such as "
                        "https://www.example.com/index.html, with spaces and special characters "
                        "percent-encoded."
                    ),
                    element=called(element),
                    address=shown(url),
                ),
            )
        self._report.advice(
            "content_elsewhere",
            told(
                gettext_noop(
                    "The course launches pages on %(host)s, outside the package. Changes there "
                    "affect every version."
                ),
                host=shown(host(address)),
            ),
            host(address),
        )
        if address.startswith("http:"):
            self._report.advice(
                "url_http",
                told(
                    gettext_noop(
                        "%(element)s launches an http: URL, which browsers block inside an https "
                        "page. Serve the content over https."
                    ),
                    element=called(element),
                ),
                address,
            )
        return address

    def _activity_type(self, element: Element) -> str | None:
        written = _value(element, "activityType")
        if written and not is_iri(written):
            self._report.advice(
                "activity_type",
                told(
                    gettext_noop(
                        "%(element)s has the activityType %(written)s, which is not a valid IRI; it "
                        "was ignored."
                    ),
                    element=called(element),
                    written=shown(written),
                ),
                written,
            )
            return None
        return written

    def _objectives(self, element: Element) -> list[str]:
        """The ids of the objectives that are referred to, each once; a reference to nothing is told and left
        out.
        """
        identifiers = dict.fromkeys(
            _value(objective, "idref") or ""
            for group in own(element, "objectives")
            for objective in own(group, "objective")
        )
        for reference in identifiers:
            if reference not in self._defined:
                self._report.missing(
                    "objective_missing",
                    told(
                        gettext_noop(
                            "%(element)s references the objective %(reference)s, which the course doesn't "
                            "define."
                        ),
                        element=called(element),
                        reference=shown(reference),
                    ),
                    reference,
                )
        return [reference for reference in identifiers if reference in self._defined]

    def _title(self, element: Element, titles: dict[str, str]) -> str:
        identifier = _identifier(element)
        title = title_for_people(titles)
        if not title:
            self._report.repaired(
                "title_missing",
                told(
                    gettext_noop("%(element)s has an empty title; its ID is shown instead."),
                    element=called(element),
                ),
                identifier,
            )
        return title or identifier


def _check_ids(root: Element, report: Report) -> None:
    """Refuse ids that are no IRIs or are there twice.

    An AU and a block may not share one either: both are told apart by it (13.1.4 wants an AU's unique in the
    whole structure).
    """
    courses = list(own(root, "course"))
    objectives = [objective for group in own(root, "objectives") for objective in own(group, "objective")]
    nodes = list(_nodes(root))
    for element in (*courses, *objectives, *nodes):
        if not is_iri(_identifier(element)):
            raise Refused(
                "cmi5_iri",
                told(
                    gettext_noop(
                        "%(element)s has an ID that is not a valid IRI. IDs must start with a scheme, "
                        "such as https://example.com/course/1."
                    ),
                    element=called(element),
                ),
            )
    _refuse_repeated(objectives)
    _refuse_repeated(nodes)
    shared = {_identifier(element) for element in (*courses, *objectives)} & {
        _identifier(node) for node in nodes if node.tag == AU
    }
    for identifier in sorted(shared):
        report.advice(
            "id_shared",
            told(
                gettext_noop(
                    "An AU uses the ID %(identifier)s, which the course or an objective also "
                    "uses, so their records can't be told apart. Assign a unique ID."
                ),
                identifier=shown(identifier),
            ),
            identifier,
        )


def _nodes(parent: Element) -> Iterator[Element]:
    """Every AU and block below, blocks before what they hold."""
    for element in parent.iterchildren(AU, BLOCK):
        yield element
        yield from _nodes(element)


def _refuse_repeated(elements: Iterable[Element]) -> None:
    seen: dict[str, Element] = {}
    for element in elements:
        first = seen.setdefault(_identifier(element), element)
        if first is not element:
            raise Refused(
                "cmi5_id_duplicate",
                told(
                    gettext_noop(
                        "%(element)s uses the same ID as the one on line %(line)s. Assign unique IDs."
                    ),
                    element=called(element),
                    line=str(first.sourceline),
                ),
            )


def _advise(items: list[Item], report: Report) -> None:
    """What the author may not have meant."""
    units = list(_units(items))
    if all(unit["move_on"] == "NotApplicable" for unit in units):
        report.advice(
            "move_on_none",
            gettext_noop(
                "No AU has a completion criterion (moveOn), so every learner satisfies the course "
                "before opening it."
            ),
        )
    own_windows = [unit for unit in units if unit["launch_method"] == "OwnWindow"]
    if own_windows:
        report.advice(
            "own_window",
            told(
                gettext_noop(
                    "1 of %(total)s AUs opens in a new window (OwnWindow). Browsers may ask learners to "
                    "allow pop-ups."
                ),
                total=str(len(units)),
            )
            if len(own_windows) == 1
            else told(
                gettext_noop(
                    "%(count)s of %(total)s AUs open in a new window (OwnWindow). Browsers may "
                    "ask learners to allow pop-ups."
                ),
                count=str(len(own_windows)),
                total=str(len(units)),
            ),
        )


def _units(items: list[Item]) -> Iterator[AssignableUnit]:
    for item in items:
        if "au" in item:
            yield item["au"]
        yield from _units(item["items"])


def _course(element: Element, objectives: list[Cmi5Objective]) -> Cmi5Course:
    return Cmi5Course(
        id=_identifier(element),
        titles=_texts(element, "title"),
        descriptions=_texts(element, "description"),
        objectives=objectives,
    )


def _objective(element: Element) -> Cmi5Objective:
    return Cmi5Objective(
        id=_identifier(element), titles=_texts(element, "title"), descriptions=_texts(element, "description")
    )


def _identifier(element: Element) -> str:
    return _value(element, "id") or ""


def _value(element: Element, name: str) -> str | None:
    value = element.get(name)
    return str(value).strip() or None if value is not None else None


def _text(element: Element, name: str) -> str | None:
    """The text of a child without blanks around it; None if it is absent or empty."""
    return raw_text(next(iter(own(element, name)), None)).strip() or None


def _texts(element: Element, name: str) -> dict[str, str]:
    return by_language(langstring for group in own(element, name) for langstring in own(group, "langstring"))
