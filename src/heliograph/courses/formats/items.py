"""Items: the tree below an organization, each node with all that the standards let a manifest say about it.

An item that refers to a sub-manifest takes that manifest's items as its own (IMS Content Packaging,
sub-manifests). How much one small file may unfold into is counted, and bounded.
"""

from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

from heliograph.core.translation import gettext_noop, told
from heliograph.courses.findings import Report
from heliograph.courses.formats.nodes import (
    Element,
    attribute,
    boolean,
    child,
    children,
    local_name,
    number,
    raw_text,
    text,
    words,
)
from heliograph.courses.formats.nodes import (
    title as title_of,
)
from heliograph.courses.formats.resources import Resources
from heliograph.courses.formats.sequencing import SequencingReader
from heliograph.courses.formats.structure import CompletionThreshold, DataMap, Item, Launch, Sequencing
from heliograph.courses.limits import Refused, shown

MAX_DEPTH: Final = 100
TIME_LIMIT_ACTIONS: Final = ("exit,message", "exit,no message", "continue,message", "continue,no message")
NODES: Final = ("item", "block", "sco", "sequencing")
HIDEABLE: Final = ("previous", "continue", "exit", "exitAll", "abandon", "abandonAll", "suspendAll")

Kind: TypeAlias = Literal["item", "organization"]
DUPLICATE: Final[dict[Kind, str]] = {
    "item": gettext_noop("Duplicate item identifier %(identifier)s; one was renamed to %(name)s."),
    "organization": gettext_noop(
        "Duplicate organization identifier %(identifier)s; one was renamed to %(name)s."
    ),
}
MISSING: Final[dict[Kind, str]] = {
    "item": gettext_noop("Missing item identifier; %(name)s was assigned."),
    "organization": gettext_noop("Missing organization identifier; %(name)s was assigned."),
}


class Names:
    """Gives every organization and item an identifier of its own."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._taken: set[str] = set()
        self._last: dict[str, int] = {}

    def claim(self, identifier: str | None, kind: Kind) -> str:
        """`identifier` if it is free, else a free name made from it; a `kind` without a name is numbered."""
        if identifier and identifier not in self._taken:
            self._taken.add(identifier)
            return identifier
        stem = identifier or kind
        count = self._last.get(stem, 1 if identifier else 0)
        while True:
            count += 1
            name = f"{stem}-{count}"
            if name not in self._taken:
                break
        self._last[stem] = count
        self._taken.add(name)
        if identifier:
            self._report.repaired(
                "identifier_duplicate",
                told(DUPLICATE[kind], identifier=shown(identifier), name=shown(name)),
                name,
            )
        else:
            self._report.repaired("identifier_missing", told(MISSING[kind], name=shown(name)), name)
        return name


class ItemReader:
    """Reads the items of one manifest. Raises Refused if they weigh more than `max_weight`, unfolded."""

    def __init__(
        self, root: Element, shelf: Resources, names: Names, report: Report, max_weight: int
    ) -> None:
        self._shelf = shelf
        self._names = names
        self._report = report
        self._left = max_weight
        self._manifests = {words(inner, "identifier") or "": inner for inner in _inner_manifests(root)}
        self._unfolding: set[str] = set()
        self._sequencing = SequencingReader(_collection(root), report, self._spend)

    def below(self, parent: Element, depth: int = 0) -> list[Item]:
        """The items directly below an organization, an item or a sub-manifest's organization."""
        if depth > MAX_DEPTH:
            raise Refused(
                "manifest_too_deep",
                told(
                    gettext_noop("Items are nested more than %(depth)s levels deep. Flatten the course."),
                    depth=str(MAX_DEPTH),
                ),
            )
        return [self._item(element, depth) for element in children(parent, "item")]

    def sequencing(self, owner: Element, where: str) -> Sequencing | None:
        """The sequencing definition directly below an item or organization."""
        return self._sequencing.read(child(owner, "sequencing"), where)

    def completion_threshold(self, owner: Element, where: str) -> CompletionThreshold | None:
        """adlcp:completionThreshold in the 4th Edition's form (attributes) or the earlier one (a number as
        text).
        """
        element = child(owner, "completionThreshold")
        if element is None:
            return None
        earlier = number(text(element))
        return CompletionThreshold(
            completed_by_measure=boolean(attribute(element, "completedByMeasure"), earlier is not None),
            min_progress_measure=self._share(
                attribute(element, "minProgressMeasure") or text(element), where
            ),
            progress_weight=self._share(attribute(element, "progressWeight"), where),
        )

    def _item(self, element: Element, depth: int) -> Item:
        self._spend(weight(element))
        identifier = self._names.claim(words(element, "identifier"), "item")
        title = title_of(element)
        reference = words(element, "identifierref")
        items = self.below(element, depth + 1)
        launch = None
        if reference and reference in self._manifests:
            items += self._unfold(reference, depth)
        elif reference:
            launch = self._launch(element, reference, title or identifier)
        elif not items:
            self._report.advice(
                "item_empty",
                told(gettext_noop("Item %(item)s has no content."), item=shown(title or identifier)),
                identifier,
            )
        return Item(
            identifier=identifier,
            title=title or self._untitled(identifier),
            visible=boolean(attribute(element, "isvisible"), True),
            launch=launch,
            prerequisites=text(child(element, "prerequisites")) or None,
            mastery_score=self._mastery_score(element, identifier),
            max_time_allowed=text(child(element, "maxtimeallowed")) or None,
            time_limit_action=self._time_limit_action(element, identifier),
            data_from_lms=data_from_lms(child(element, "dataFromLMS")),
            completion_threshold=self.completion_threshold(element, identifier),
            hide_lms_ui=self._hidden(element, identifier),
            sequencing=self.sequencing(element, identifier),
            adl_data=_data_maps(element),
            items=items,
        )

    def _launch(self, element: Element, reference: str, title: str) -> Launch | None:
        resource = self._shelf.find(reference)
        if resource is None:
            self._report.missing(
                "item_resource_missing",
                told(
                    gettext_noop(
                        "Item %(title)s references %(reference)s, which the manifest doesn't define."
                    ),
                    title=shown(title),
                    reference=shown(reference),
                ),
                reference,
            )
            return None
        return self._shelf.launch(resource, attribute(element, "parameters"))

    def _unfold(self, reference: str, depth: int) -> list[Item]:
        """The items of a sub-manifest's default organization."""
        if reference in self._unfolding:
            raise Refused(
                "manifest_circular",
                told(
                    gettext_noop("The sub-manifest %(reference)s contains itself. Export the course again."),
                    reference=shown(reference),
                ),
            )
        group = child(self._manifests[reference], "organizations")
        organizations = list(children(group, "organization")) if group is not None else []
        default = words(group, "default") if group is not None else None
        chosen = next((o for o in organizations if words(o, "identifier") == default), None)
        if not organizations:
            return []
        self._unfolding.add(reference)
        items = self.below(organizations[0] if chosen is None else chosen, depth + 1)
        self._unfolding.discard(reference)
        return items

    def _untitled(self, identifier: str) -> str:
        self._report.repaired(
            "title_missing",
            told(
                gettext_noop("Missing item title; %(identifier)s is shown instead."),
                identifier=shown(identifier),
            ),
            identifier,
        )
        return identifier

    def _mastery_score(self, element: Element, where: str) -> float | None:
        written = text(child(element, "masteryscore"))
        score = number(written)
        if written and (score is None or not 0 <= score <= 100):
            self._report.advice(
                "mastery_score",
                told(
                    gettext_noop("The mastery score %(written)s is not a number from 0 to 100."),
                    written=shown(written),
                ),
                where,
            )
            return None
        return score

    def _time_limit_action(self, element: Element, where: str) -> str | None:
        written = text(child(element, "timeLimitAction"))
        action = ",".join(part.strip() for part in written.lower().split(","))
        if action and action not in TIME_LIMIT_ACTIONS:
            self._report.advice(
                "time_limit_action",
                told(gettext_noop("Unknown time limit action %(written)s."), written=shown(written)),
                where,
            )
            return None
        return action or None

    def _hidden(self, element: Element, where: str) -> list[str]:
        group = child(element, "presentation", "navigationInterface")
        hidden = []
        for entry in children(group, "hideLMSUI") if group is not None else ():
            known = next((word for word in HIDEABLE if word.lower() == text(entry).lower()), None)
            if known is None:
                self._report.advice(
                    "hide_lms_ui",
                    told(
                        gettext_noop("The control %(control)s can't be hidden."), control=shown(text(entry))
                    ),
                    where,
                )
            elif known not in hidden:
                hidden.append(known)
        return hidden

    def _share(self, written: str | None, where: str) -> float:
        value = number(written) if written else 1.0
        if value is None or not 0 <= value <= 1:
            self._report.advice(
                "completion_threshold",
                told(
                    gettext_noop("The completion threshold %(written)s is not a number from 0 to 1."),
                    written=shown(written or ""),
                ),
                where,
            )
            return 1.0
        return value

    def _spend(self, amount: int) -> None:
        self._left -= amount
        if self._left < 0:
            raise Refused(
                "manifest_too_large",
                gettext_noop("The manifest expands into too many items and rules. Split the course."),
            )


def data_from_lms(element: Element | None) -> str | None:
    """The launch data exactly as written, blanks included; None if there is nothing but blanks."""
    written = raw_text(element)
    return written if written.strip() else None


def weight(item: Element) -> int:
    """How much an item adds to the stored structure: ten units for itself, one for every 64 characters of its
    text.
    """
    own = (child for child in item if local_name(str(child.tag)) not in NODES)
    return (
        10
        + (sum(map(len, map(str, item.attrib.values()))) + sum(len(raw_text(child)) for child in own)) // 64
    )


def _data_maps(item: Element) -> list[DataMap]:
    group = child(item, "data")
    return [
        DataMap(
            target_id=words(entry, "targetID") or "",
            read_shared_data=boolean(attribute(entry, "readSharedData"), True),
            write_shared_data=boolean(attribute(entry, "writeSharedData"), True),
        )
        for entry in (children(group, "map") if group is not None else ())
    ]


def _inner_manifests(manifest: Element) -> Iterator[Element]:
    for inner in children(manifest, "manifest"):
        yield inner
        yield from _inner_manifests(inner)


def _collection(root: Element) -> dict[str, Element]:
    """Every shared sequencing definition by its ID."""
    resources: dict[str, Element] = {}
    for manifest in (root, *_inner_manifests(root)):
        for group in children(manifest, "sequencingCollection"):
            for element in children(group, "sequencing"):
                resources.setdefault(words(element, "ID") or "", element)
    return resources
