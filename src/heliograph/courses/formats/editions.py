"""Which SCORM a manifest is written in.

Three witnesses are heard: what `schemaversion` says, which namespaces are used, and which elements only one
of the standards knows. Where they disagree two outvote one, and namespaces outvote `schemaversion`, which
people edit by hand.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from heliograph.core.translation import gettext_noop, told
from heliograph.courses.findings import Report
from heliograph.courses.formats.nodes import Element, child, local_name, namespace, text
from heliograph.courses.formats.structure import Edition
from heliograph.courses.limits import shown

Family = Literal["scorm_12", "scorm_2004"]
FAMILIES: Final[tuple[Family, ...]] = ("scorm_12", "scorm_2004")
LABELS: Final = {"scorm_11": "SCORM 1.1", "scorm_12": "SCORM 1.2", "scorm_2004": "SCORM 2004"}

MANIFEST_NAMESPACES: Final[dict[str, Family]] = {
    "http://www.imsproject.org/xsd/imscp_rootv1p1p2": "scorm_12",
    "http://www.imsglobal.org/xsd/imscp_v1p1": "scorm_2004",
}
ADL_NAMESPACES: Final[dict[str, Family]] = {
    "http://www.adlnet.org/xsd/adlcp_rootv1p2": "scorm_12",
    "http://www.adlnet.org/xsd/adlcp_v1p3": "scorm_2004",
}
ADL_ELEMENTS: Final = {"datafromlms", "timelimitaction", "masteryscore", "maxtimeallowed", "prerequisites"}
ONLY_12: Final = {"masteryscore", "maxtimeallowed", "prerequisites"}
ONLY_2004: Final = {
    "sequencing",
    "sequencingcollection",
    "navigationinterface",
    "completionthreshold",
    "hidelmsui",
}
SPELLINGS: Final[dict[str, Family]] = {"scormtype": "scorm_12", "scormType": "scorm_2004"}
EDITIONS: Final[tuple[Edition, ...]] = ("2nd", "3rd", "4th")
SINCE_3RD: Final = {"suspendAll", "exitAll", "abandonAll"}


@dataclass(frozen=True)
class Evidence:
    """What a walk over the whole manifest shows."""

    by_namespace: Family | None
    namespaces: set[Family]
    by_element: Family | None
    needs: Edition
    strange: str | None


class EditionFound(NamedTuple):
    """The standard in which to read a manifest, and for SCORM 2004 the edition.

    `other` is the other standard where the manifest says that it is of that one, too: its pages may look for
    the API of either.
    """

    family: Family
    edition: Edition | None
    other: Family | None


EITHER_API = gettext_noop(
    "In hosted packages, pages can use either API; in embedded packages, they use the one that "
    "the customer's LMS provides."
)


def judge(manifest: Element, report: Report) -> EditionFound:
    """What a manifest is written in; doubts go into the report."""
    evidence = _walk(manifest)
    _judge_namespaces(manifest, evidence, report)
    declared = text(child(manifest, "metadata", "schemaversion"))
    claimed, edition = _claimed(declared)
    family = _family(claimed, evidence)
    if family == "scorm_12":
        edition = None
    elif claimed != "scorm_2004" or edition is None:
        edition = evidence.needs
    elif edition < evidence.needs:
        report.advice(
            "edition_features",
            told(
                gettext_noop(
                    "The manifest declares SCORM 2004 %(edition)s Edition but uses elements of "
                    "the %(needed)s; they are supported."
                ),
                edition=edition,
                needed=evidence.needs,
            ),
        )
    other = next(
        (
            candidate
            for candidate in FAMILIES
            if candidate != family and candidate in {claimed, *evidence.namespaces}
        ),
        None,
    )
    label = f"{LABELS[family]} {edition} Edition" if edition else LABELS[family]
    if not declared:
        report.repaired(
            "schemaversion_missing",
            told(
                gettext_noop("The manifest doesn't declare a SCORM version; %(label)s was assumed."),
                label=label,
            ),
        )
    elif claimed is None:
        report.repaired(
            "schemaversion_unknown",
            told(
                gettext_noop("Unknown version %(declared)s; %(label)s was assumed."),
                declared=shown(declared),
                label=label,
            ),
        )
    elif claimed != family:
        report.repaired(
            "schemaversion_wrong",
            told(
                gettext_noop(
                    "The manifest declares version %(declared)s but is %(label)s; it was read as "
                    "%(label)s. %(note)s"
                ),
                declared=shown(declared),
                label=label,
                note=told(EITHER_API),
            ),
        )
    elif other:
        report.repaired(
            "standards_mixed",
            told(
                gettext_noop(
                    "The manifest declares version %(declared)s but uses namespaces of %(other)s; "
                    "it was read as %(label)s. %(note)s"
                ),
                declared=shown(declared),
                other=LABELS[other],
                label=label,
                note=told(EITHER_API),
            ),
        )
    return EditionFound(family, edition, other)


def needed(manifest: Element) -> Edition:
    """The earliest edition of SCORM 2004 that knows everything the manifest uses."""
    return _walk(manifest).needs


def _family(claimed: Family | None, evidence: Evidence) -> Family:
    if claimed and evidence.by_namespace and claimed != evidence.by_namespace:
        return claimed if claimed == evidence.by_element else evidence.by_namespace
    return claimed or evidence.by_namespace or evidence.by_element or "scorm_12"


def _claimed(version: str) -> tuple[Family | None, Edition | None]:
    """What `schemaversion` says. SCORM 2004 2nd Edition calls itself "CAM 1.3"."""
    lowered = version.lower()
    if "2004" in lowered:
        return "scorm_2004", next((edition for edition in EDITIONS if edition in lowered), None)
    if re.search(r"\b1\.3", lowered):
        return "scorm_2004", "2nd"
    if re.search(r"\b1\.2", lowered):
        return "scorm_12", None
    return None, None


def _judge_namespaces(manifest: Element, evidence: Evidence, report: Report) -> None:
    own = namespace(str(manifest.tag))
    if not own:
        report.repaired(
            "namespace_missing",
            gettext_noop("The manifest declares no namespace; its elements were matched by name."),
        )
    elif own not in MANIFEST_NAMESPACES:
        report.repaired(
            "namespace_wrong",
            gettext_noop("The manifest doesn't use the IMS namespace; its elements were matched by name."),
            own,
        )
    if evidence.strange == "":
        report.repaired(
            "namespace_missing",
            gettext_noop("ADL elements or attributes have no namespace; they were matched by name."),
            "adlcp",
        )
    elif evidence.strange:
        report.repaired(
            "namespace_wrong",
            gettext_noop("ADL elements use a different namespace; they were matched by name."),
            evidence.strange,
        )


def _walk(manifest: Element) -> Evidence:
    declared = set(map(str, manifest.nsmap.values()))
    names: set[str] = set()
    spellings: set[str] = set()
    adl: set[str] = set()
    hidden: set[str] = set()
    is_4th = False
    for element in manifest.iter():
        tag = str(element.tag)
        name, home = local_name(tag), namespace(tag)
        names.add(name)
        if name in ADL_ELEMENTS:
            adl.add(home)
        if name == "hidelmsui":
            hidden.add(text(element))
        is_4th = is_4th or name == "map" or (name == "objectives" and "adlseq" in home)
        # Before, its text was the threshold.
        is_4th = is_4th or (name == "completionthreshold" and bool(element.attrib))
        for key in map(str, element.attrib):
            if local_name(key) == "scormtype":
                spellings.add(key.rpartition("}")[2])
                adl.add(namespace(key))
    return Evidence(
        by_namespace=_one(map(ADL_NAMESPACES.get, adl))
        or _one(map(ADL_NAMESPACES.get, declared))
        or MANIFEST_NAMESPACES.get(namespace(str(manifest.tag))),
        namespaces={
            family
            for family in (
                *map(ADL_NAMESPACES.get, adl | declared),
                *map(MANIFEST_NAMESPACES.get, {namespace(str(manifest.tag))} | declared),
            )
            if family
        },
        by_element=_one(
            ["scorm_2004" if names & ONLY_2004 else None, "scorm_12" if names & ONLY_12 else None]
        )
        or _one(map(SPELLINGS.get, spellings)),
        needs="4th" if is_4th else "3rd" if hidden & SINCE_3RD else "2nd",
        strange=min(adl - set(ADL_NAMESPACES), default=None),
    )


def _one(votes: Iterable[Family | None]) -> Family | None:
    """The family for which all who have an opinion vote."""
    opinions = set(votes) - {None}
    return opinions.pop() if len(opinions) == 1 else None
