"""Reading imsmanifest.xml: SCORM 1.2 and SCORM 2004 content packages into the stored structure.

Organizations become trees of items, items find their resources, resources their files. What is broken is
mended where the author's meaning is clear, and told in the report; only a package that opens nothing at all
is refused.
"""

from collections.abc import Iterator

from heliograph.core.translation import gettext_noop, told
from heliograph.courses.findings import Report
from heliograph.courses.formats.addresses import is_online
from heliograph.courses.formats.editions import judge
from heliograph.courses.formats.items import ItemReader, Names
from heliograph.courses.formats.metadata import title_and_description
from heliograph.courses.formats.nodes import Element, attribute, boolean, child, children, local_name, words
from heliograph.courses.formats.nodes import title as title_of
from heliograph.courses.formats.package import CoursePackage, Folder, parse_entry
from heliograph.courses.formats.prerequisites import report_prerequisites
from heliograph.courses.formats.resources import PAGES, Resources
from heliograph.courses.formats.structure import (
    Item,
    Organization,
    Structure,
    can_launch,
    plain_item,
    plain_organization,
)
from heliograph.courses.limits import Refused, shown
from heliograph.courses.zips.archive import Archive


def read_manifest(archive: Archive, folder: Folder, report: Report, fallback_title: str) -> CoursePackage:
    """The course described by the manifest that marks `folder`. Raises Refused."""
    root = parse_entry(archive, folder.marker, report)
    if local_name(str(root.tag)) != "manifest":
        raise Refused(
            "manifest_foreign",
            gettext_noop("“imsmanifest.xml” is not a valid SCORM manifest. Export the course again."),
        )
    family, edition, other = judge(root, report)
    title, description = title_and_description(root, archive, folder, report)
    reader = _OrganizationReader(
        root, folder, report, archive.limits.max_xml_elements, title or fallback_title
    )
    organizations = reader.read()
    default = reader.default(organizations)
    reader.shelf.check_files()
    if family == "scorm_12":
        for organization in organizations:
            report_prerequisites(organization["items"], report)
    structure = Structure(
        standard=family,
        edition=edition,
        title=default["title"],
        default_organization=default["identifier"],
        organizations=organizations,
        pages=None,
        other_standard=other,
    )
    return CoursePackage(
        family, edition, default["title"], description, structure, folder.files, report.findings
    )


class _OrganizationReader:
    def __init__(self, root: Element, folder: Folder, report: Report, max_weight: int, title: str) -> None:
        self.shelf = Resources(root, folder.library, report)
        self._group = child(root, "organizations")
        self._report = report
        self._title = title
        self._names = Names(report)
        self._items = ItemReader(root, self.shelf, self._names, report, max_weight)
        self._by_original: dict[str, Organization] = {}

    def read(self) -> list[Organization]:
        """Every organization; where none opens anything, one rebuilt from the resources. Raises Refused."""
        organizations = [self._organization(element) for element in _organizations(self._group)]
        if any(can_launch(organization["items"]) for organization in organizations):
            return organizations
        items = list(self._from_resources())
        if not items:
            raise Refused(
                "nothing_to_launch",
                gettext_noop(
                    "No item of this course has content. Assign resources to its items and export it again."
                ),
            )
        self._report.repaired(
            "organization_rebuilt",
            gettext_noop("The manifest's organization has no content; one was created from its resources."),
        )
        title = organizations[0]["title"] if organizations else self._title
        return [plain_organization(self._names.claim("organization", "organization"), title, items)]

    def default(self, organizations: list[Organization]) -> Organization:
        """The organization that is played: the one the manifest names, else the first that opens anything."""
        named = words(self._group, "default") if self._group is not None else None
        usable = [organization for organization in organizations if can_launch(organization["items"])]
        chosen = self._by_original.get(named or "")
        if chosen not in usable:
            self._report_default(named, usable[0], chosen)
            chosen = usable[0]
        if len(organizations) > 1:
            self._report.advice(
                "several_organizations",
                told(
                    gettext_noop("The package has %(count)s organizations; %(title)s is used."),
                    count=str(len(organizations)),
                    title=shown(chosen["title"]),
                ),
                chosen["identifier"],
            )
        return chosen

    def _report_default(self, named: str | None, taken: Organization, chosen: Organization | None) -> None:
        title = shown(taken["title"])
        if named is None:
            self._report.repaired(
                "default_organization_missing",
                told(
                    gettext_noop("The manifest has no default organization; %(title)s is used."), title=title
                ),
            )
        elif chosen is None:
            self._report.repaired(
                "default_organization_dangling",
                told(
                    gettext_noop("The default organization %(identifier)s doesn't exist; %(title)s is used."),
                    identifier=shown(named),
                    title=title,
                ),
                named,
            )
        else:
            self._report.repaired(
                "default_organization_empty",
                told(
                    gettext_noop("The default organization has no content; %(title)s is used."), title=title
                ),
                named,
            )

    def _organization(self, element: Element) -> Organization:
        original = words(element, "identifier") or self._default_for_nameless(element)
        identifier = self._names.claim(original, "organization")
        items = self._items.below(element)
        title = title_of(element)
        if not title:
            title = next((item["title"] for item in items if len(items) == 1), "") or self._title
            self._report.repaired(
                "title_missing",
                told(gettext_noop("Missing organization title; %(title)s was assigned."), title=shown(title)),
                identifier,
            )
        organization = Organization(
            identifier=identifier,
            title=title,
            objectives_global_to_system=boolean(attribute(element, "objectivesGlobalToSystem"), True),
            shared_data_global_to_system=boolean(attribute(element, "sharedDataGlobalToSystem"), True),
            sequencing=self._items.sequencing(element, identifier),
            completion_threshold=self._items.completion_threshold(element, identifier),
            items=items,
        )
        self._by_original.setdefault(original or "", organization)
        return organization

    def _default_for_nameless(self, nameless: Element) -> str | None:
        """What the manifest calls its default organization, if it can only mean this one, which has no
        identifier.
        """
        named = words(self._group, "default") if self._group is not None else None
        others = [element for element in _organizations(self._group) if element is not nameless]
        if not named or any(words(other, "identifier") in (named, None) for other in others):
            return None
        self._report.repaired(
            "identifier_missing",
            told(
                gettext_noop("The default organization has no identifier; %(identifier)s was assigned."),
                identifier=shown(named),
            ),
            named,
        )
        return named

    def _from_resources(self) -> Iterator[Item]:
        """One item for each SCO, or for each page if nothing says that it is a SCO."""
        resources = [resource for resource in self.shelf if resource.scorm_type == "sco"]
        for resource in resources or [resource for resource in self.shelf if resource.scorm_type != "asset"]:
            launch = self.shelf.launch(resource, None)
            if launch and self._opens(launch["href"]):
                title = launch["href"] if len(resources) > 1 else self._title
                yield plain_item(self._names.claim(resource.identifier, "item"), title, launch)

    def _opens(self, href: str) -> bool:
        return is_online(href) or (href in self.shelf.library.paths and href.lower().endswith(PAGES))


def _organizations(group: Element | None) -> Iterator[Element]:
    return children(group, "organization") if group is not None else iter(())
