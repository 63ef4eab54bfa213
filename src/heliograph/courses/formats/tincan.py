"""Reading tincan.xml: the activities of an xAPI (“Tin Can”) package, of which those with a launch address
open.

The format was never a standard, and its files are made by many tools: what is clear is taken, the rest is
told.
"""

from typing import Final

from heliograph.core.translation import gettext_noop, told
from heliograph.courses.findings import Report
from heliograph.courses.formats.addresses import is_iri, web_address
from heliograph.courses.formats.hrefs import ABSOLUTE, with_parameters
from heliograph.courses.formats.languages import by_language, for_people, title_for_people
from heliograph.courses.formats.nodes import Element, child, children, local_name, namespace, words
from heliograph.courses.formats.package import CoursePackage, Folder
from heliograph.courses.formats.resources import COMMON_TYPOS
from heliograph.courses.formats.structure import (
    Item,
    Launch,
    Structure,
    XapiActivity,
    can_launch,
    plain_item,
    plain_organization,
)
from heliograph.courses.limits import Refused, shown

NAMESPACE: Final = "http://projecttincan.com/tincan.xsd"
ORGANIZATION: Final = "course"  # no IRI, so that it differs from the identifier of every item


def is_tincan(root: Element) -> bool:
    """Whether an XML document means to be a tincan.xml."""
    return local_name(str(root.tag)) == "tincan"


def read_tincan(root: Element, folder: Folder, report: Report, fallback_title: str) -> CoursePackage:
    """The course that the activities describe, its pages in `folder`. Raises Refused."""
    if not is_tincan(root):
        raise Refused(
            "manifest_foreign",
            gettext_noop("“tincan.xml” is not a valid xAPI course. Export the course again."),
        )
    _report_namespace(root, report)
    items = _Reader(folder, report).read(root)
    if not can_launch(items):
        raise Refused(
            "nothing_to_launch",
            gettext_noop(
                "No activity of this course has a launch address. Add one and export the course again."
            ),
        )
    first = items[0]["activity"]
    title = title_for_people(first["names"]) or fallback_title
    structure = Structure(
        standard="xapi",
        edition=None,
        title=title,
        default_organization=ORGANIZATION,
        organizations=[plain_organization(ORGANIZATION, title, items)],
        pages=None,
    )
    return CoursePackage(
        "xapi", None, title, for_people(first["descriptions"]), structure, folder.files, report.findings
    )


class _Reader:
    def __init__(self, folder: Folder, report: Report) -> None:
        self._folder = folder
        self._report = report

    def read(self, root: Element) -> list[Item]:
        """An item for each activity that can be launched, in order."""
        items: dict[str, Item] = {}
        group = child(root, "activities")
        for element in children(group, "activity") if group is not None else ():
            identifier = words(element, "id") or ""
            address = for_people(by_language(children(element, "launch")))
            if not address:
                self._report_part(identifier)
            elif identifier in items:
                self._report.repaired(
                    "activity_repeated",
                    told(
                        gettext_noop("Duplicate activity %(identifier)s; the first one is used."),
                        identifier=shown(identifier),
                    ),
                    identifier,
                )
            else:
                items[identifier] = self._item(element, identifier, address)
        return list(items.values())

    def _report_part(self, identifier: str) -> None:
        if not is_iri(identifier):
            self._report.advice(
                "activity_id",
                told(
                    gettext_noop(
                        "An activity without a launch address has the ID %(identifier)s, which is not "
                        "a valid IRI."
                    ),
                    identifier=shown(identifier),
                ),
                identifier,
            )

    def _item(self, element: Element, identifier: str, address: str) -> Item:
        if not is_iri(identifier):
            raise Refused(
                "xapi_iri",
                told(
                    gettext_noop(
                        "The activity ID %(identifier)s is not a valid IRI. IDs must start with a "
                        "scheme, such as https://example.com/course/1."
                    ),
                    identifier=shown(identifier),
                ),
            )
        activity = XapiActivity(
            id=identifier,
            type=self._type(element, identifier),
            names=by_language(children(element, "name")),
            descriptions=by_language(children(element, "description")),
        )
        item = plain_item(identifier, self._title(activity), self._launch(address, identifier))
        item["activity"] = activity
        return item

    def _title(self, activity: XapiActivity) -> str:
        title = title_for_people(activity["names"])
        if not title:
            self._report.repaired(
                "title_missing",
                told(
                    gettext_noop("The activity %(activity)s has no name; its ID is shown instead."),
                    activity=shown(activity["id"]),
                ),
                activity["id"],
            )
        return title or activity["id"]

    def _type(self, element: Element, identifier: str) -> str | None:
        written = words(element, "type")
        if written and not is_iri(written):
            self._report.advice(
                "activity_type",
                told(
                    gettext_noop(
                        "The activity %(identifier)s has the type %(written)s, which is not a valid "
                        "IRI; it was ignored."
                    ),
                    identifier=shown(identifier),
                    written=shown(written),
                ),
                written,
            )
            return None
        return written

    def _launch(self, address: str, identifier: str) -> Launch | None:
        if ABSOLUTE.match(address):
            href = web_address(address)
            if href is None:
                self._report.missing(
                    "launch_outside",
                    told(gettext_noop("%(address)s is not a valid web address."), address=shown(address)),
                    address,
                )
                return None
            return Launch(href=href, query="", kind="activity", resource=identifier)
        if not self._folder.files:
            raise Refused(
                "xapi_alone", gettext_noop("This is only the tincan.xml of a course. Upload the whole ZIP.")
            )
        target = self._folder.library.resolve(address)
        for slip in target.slips:
            self._report.repaired(slip, COMMON_TYPOS[slip], address)
        if not target.exists:
            self._report.missing(
                "launch_missing",
                told(gettext_noop("The launch file %(file)s is not in the package."), file=shown(address)),
                address,
            )
        if not target.path:
            return None
        return Launch(
            href=target.path, query=with_parameters(target.query, None), kind="activity", resource=identifier
        )


def _report_namespace(root: Element, report: Report) -> None:
    own = namespace(str(root.tag))
    if not own:
        report.repaired(
            "namespace_missing",
            gettext_noop("The tincan.xml declares no namespace; its elements were matched by name."),
        )
    elif own != NAMESPACE:
        report.repaired(
            "namespace_wrong",
            gettext_noop(
                "The tincan.xml doesn't use the Tin Can namespace; its elements were matched by name."
            ),
            own,
        )
