"""The resources of a manifest: which file each opens, whether it is a SCO, and whether its files are there.

Resources of sub-manifests are known under their identifiers too, each below the xml:base of every manifest
around it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from heliograph.core.translation import gettext_noop, told
from heliograph.courses.findings import Report
from heliograph.courses.formats.hrefs import Library, Target, with_parameters
from heliograph.courses.formats.nodes import Element, children, words
from heliograph.courses.formats.online import online_address, online_launch
from heliograph.courses.formats.structure import Launch
from heliograph.courses.limits import shown

PAGES: Final = (".htm", ".html", ".xhtml", ".shtml", ".asp", ".aspx", ".php", ".jsp")
COMMON_TYPOS: Final = {
    "path_backslash": gettext_noop("The manifest uses backslashes in a path; they were read as “/”."),
    "path_case": gettext_noop(
        "The manifest spells a file name with different upper and lower case than the file itself."
    ),
    "path_absolute": gettext_noop(
        "A path in the manifest starts with “/”; it was resolved from the course folder."
    ),
    "path_not_encoded": gettext_noop(
        "A path in the manifest is not percent-encoded; it was used as written."
    ),
    "path_encoding": gettext_noop("A path in the manifest is encoded as Windows-1252 instead of UTF-8."),
    "base_slash": gettext_noop("An xml:base has no “/” at the end; it was read as a folder."),
    "base_ignored": gettext_noop(
        "An xml:base points to the wrong place; the path was resolved from the course folder."
    ),
}


@dataclass(frozen=True)
class Resource:
    """One resource element, and the xml:base values around it, outermost first."""

    identifier: str
    element: Element
    bases: tuple[str, ...]

    @property
    def scorm_type(self) -> str | None:
        """What adlcp:scormType says, in lower case."""
        return (words(self.element, "scormType") or "").lower() or None


class Resources:
    """All resources of a manifest, by identifier."""

    def __init__(self, manifest: Element, library: Library, report: Report) -> None:
        self.library = library
        self._report = report
        self._by_identifier: dict[str, Resource] = {}
        self._reported_missing: set[str] = set()
        self._targets: dict[str, Target | None] = {}
        for resource in _resources(manifest, ()):
            if resource.identifier in self._by_identifier:
                report.advice(
                    "resource_duplicate",
                    told(
                        gettext_noop(
                            "Duplicate resource identifier %(resource)s; the first resource is used."
                        ),
                        resource=shown(resource.identifier),
                    ),
                    resource.identifier,
                )
            self._by_identifier.setdefault(resource.identifier, resource)
        self._close = {identifier.lower(): identifier for identifier in reversed(self._by_identifier)}

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._by_identifier.values())

    def find(self, reference: str) -> Resource | None:
        """The resource that an identifierref means; wrong case is forgiven."""
        exact = self._by_identifier.get(reference)
        close = self._close.get(reference.lower())
        if exact is None and close is not None:
            self._report.repaired(
                "reference_spelling",
                told(
                    gettext_noop("Unknown resource %(reference)s; %(close)s is used instead."),
                    reference=shown(reference),
                    close=shown(close),
                ),
                reference,
            )
            return self._by_identifier[close]
        return exact

    def launch(self, resource: Resource, parameters: str | None) -> Launch | None:
        """What opens for an item that refers to the resource; None if it opens nothing."""
        address = online_address(words(resource.element, "href") or "", resource.bases)
        if address:
            return online_launch(address, parameters, resource.identifier, self._report)
        if resource.identifier not in self._targets:
            self._targets[resource.identifier] = self._target(resource)
        target = self._targets[resource.identifier]
        if target is None or not target.path:
            return None
        return Launch(
            href=target.path,
            query=with_parameters(target.query, parameters),
            kind=self._kind(resource, target.path),
            resource=resource.identifier,
        )

    def check_files(self) -> None:
        """Report every file that a resource lists and the package does not hold, and dependencies that lead
        nowhere.
        """
        for resource in self:
            for file in children(resource.element, "file"):
                href = words(file, "href")
                if href:
                    self._check_file(href, (*resource.bases, *_base(file)))
            for dependency in children(resource.element, "dependency"):
                reference = words(dependency, "identifierref")
                if reference and reference not in self._by_identifier:
                    self._report.advice(
                        "dependency_unknown",
                        told(
                            gettext_noop(
                                "A resource depends on %(reference)s, which the manifest doesn't define."
                            ),
                            reference=shown(reference),
                        ),
                        reference,
                    )

    def _target(self, resource: Resource) -> Target | None:
        href = words(resource.element, "href")
        if href is None:
            return self._guess(resource)
        target = self.library.resolve(href, resource.bases)
        self._report_target(target, href)
        if target.path is None:
            self._report.missing(
                "launch_outside",
                told(
                    gettext_noop("%(address)s is outside the package. Add the file to the package."),
                    address=shown(href),
                ),
                href,
            )
        elif not target.exists:
            self._reported_missing.add(target.path)
            self._report.missing(
                "launch_missing",
                told(
                    gettext_noop("The launch file %(file)s is not in the package."), file=shown(target.path)
                ),
                target.path,
            )
        return target

    def _guess(self, resource: Resource) -> Target | None:
        """Without an href, the first page among the resource's own files."""
        for file in children(resource.element, "file"):
            target = self.library.resolve(words(file, "href") or "", (*resource.bases, *_base(file)))
            if target.exists and target.path and target.path.lower().endswith(PAGES):
                self._report.repaired(
                    "launch_guessed",
                    told(
                        gettext_noop("The resource %(resource)s has no launch file; %(file)s is used."),
                        resource=shown(resource.identifier),
                        file=shown(target.path),
                    ),
                    resource.identifier,
                )
                return target
        self._report.missing(
            "launch_undefined",
            told(
                gettext_noop("The resource %(resource)s has no launch file. Give it an href."),
                resource=shown(resource.identifier),
            ),
            resource.identifier,
        )
        return None

    def _kind(self, resource: Resource, path: str) -> Literal["sco", "asset"]:
        if resource.scorm_type == "asset":
            return "asset"
        if resource.scorm_type == "sco":
            return "sco"
        is_page = path.lower().endswith(PAGES)
        self._report.repaired(
            "scormtype_missing",
            told(
                gettext_noop(
                    "The resource %(resource)s has no SCORM type; it is treated as a SCO, so that "
                    "it is tracked."
                )
                if is_page
                else gettext_noop("The resource %(resource)s has no SCORM type; it is treated as an asset."),
                resource=shown(resource.identifier),
            ),
            resource.identifier,
        )
        return "sco" if is_page else "asset"

    def _check_file(self, href: str, bases: tuple[str, ...]) -> None:
        target = self.library.resolve(href, bases)
        self._report_target(target, href)
        if target.path and not target.exists and target.path not in self._reported_missing:
            self._report.missing(
                "file_missing",
                told(
                    gettext_noop("The manifest lists %(file)s, which is not in the package."),
                    file=shown(target.path),
                ),
                target.path,
            )

    def _report_target(self, target: Target, href: str) -> None:
        for slip in target.slips:
            self._report.repaired(slip, COMMON_TYPOS[slip], href)


def _resources(manifest: Element, bases: tuple[str, ...]) -> Iterator[Resource]:
    """The resources of a manifest, then those of the manifests inside it."""
    around = (*bases, *_base(manifest))
    for group in children(manifest, "resources"):
        for element in children(group, "resource"):
            identifier = words(element, "identifier") or ""
            yield Resource(identifier, element, (*around, *_base(group), *_base(element)))
    for inner in children(manifest, "manifest"):
        yield from _resources(inner, around)


def _base(element: Element) -> tuple[str, ...]:
    base = words(element, "base")
    return (base,) if base else ()
