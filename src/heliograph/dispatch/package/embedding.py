"""Building the embedded package of a dispatch: the author's files as they lie in the stored package, a
manifest that leads each SCO to our wrapper, and the wrapper in a folder of its own. Nothing but the manifest
is inflated, and nothing but names is held in memory.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING
from urllib.parse import quote

from heliograph.core import storage
from heliograph.core.translation import gettext, translated
from heliograph.core.xml import XmlRefused
from heliograph.courses import queries
from heliograph.courses.formats.structure import launches
from heliograph.courses.serving import content
from heliograph.dispatch import package_files
from heliograph.dispatch.branding.learner_brand import brand_of
from heliograph.dispatch.errors import FormatNotOffered, NotEmbeddable
from heliograph.dispatch.models import Dispatch
from heliograph.dispatch.package import builder, embedded_manifest
from heliograph.dispatch.package.formats import Format, format_called
from heliograph.dispatch.package.streaming import Copied, ZipStream
from heliograph.dispatch.package.zipping import Member

if TYPE_CHECKING:
    from heliograph.courses.models import CourseFile, CourseVersion

MANIFEST = "imsmanifest.xml"
FOLDER = "heliograph"
PAGE = "course.html"
FORMATS = {"scorm_12": "scorm12", "scorm_2004": "scorm2004-{edition}"}
PLAYER_FILES = (
    "player/contact.js",
    "player/hiding.js",
    "player/leaving.js",
    "player/permissions.js",
    "player/shown.js",
)
WRAPPER = (
    *(
        f"embedded/{name}"
        for name in ("wrapper.js", "outbox.js", "outcome.js", "preview.js", "readback_differences.js")
    ),
    *(
        f"stub/{name}"
        for name in (
            "identity.js",
            "lms.js",
            "loading.js",
            "messages.js",
            "page_load.js",
            "times.js",
            "wording.js",
            package_files.STYLE,
        )
    ),
    *PLAYER_FILES,
)


def build(dispatch: Dispatch, format_name: str = "") -> ZipStream:
    """The zip for the customer's LMS, as a stream of the same bytes each time.

    Raises `NothingPublished`, `NotEmbeddable`, `FormatNotOffered`.
    """
    version = queries.published_version(dispatch.course)
    format = own_format(version, format_name)
    files = {
        file.path: file
        for file in version.files.only(
            "path", "size", "crc32", "blob", "offset", "stored_bytes", "deflated", "decomposed"
        )
    }
    marker = _marker(files)
    folder = _free_folder(files)
    brand = brand_of(dispatch)
    dressed = builder.style_and_texts(dispatch, brand, f"{folder}/")
    names = [
        *(f"{folder}/{name}" for name in (PAGE, *(path.rpartition("/")[2] for path in WRAPPER))),
        *(file.name.decode() for file in dressed),
    ]
    manifest = _manifest(files, marker, names, None if format == own_format(version) else format)
    if not manifest.pages:
        raise NotEmbeddable(
            gettext(
                "This course has no page that reports results and can't be embedded. Use a hosted package."
            )
        )
    config = {**builder.config_of(dispatch, format, brand), "scos": scos(version)}
    made = [
        Member.of(MANIFEST, manifest.content),
        Member.of(
            names[0],
            builder.page(_file(f"embedded/{PAGE}"), dispatch.course.title, config, brand),
            deflate=False,
        ),
        *(_wrapper_member(folder, path) for path in WRAPPER),
        *dressed,
    ]
    copied = sorted(
        (file for file in files.values() if file.path != marker),
        key=lambda file: (file.blob, file.offset, file.path),
    )
    organization = version.organization_id
    return ZipStream(
        made,
        [entry for file in copied for entry in _entries(file)],
        lambda blob: storage.open_blob(organization, blob),
    )


def own_format(version: CourseVersion, format_name: str = "") -> Format:
    """The format of a course's own standard, in the edition that is asked for.

    Raises `NotEmbeddable`, `FormatNotOffered`.
    """
    if version.standard not in FORMATS:
        raise NotEmbeddable(
            gettext("Only SCORM 1.2 and SCORM 2004 courses can be embedded. Use a hosted package.")
        )
    own = format_called(FORMATS[version.standard].format(edition=version.edition))
    format = format_called(format_name) if format_name else own
    if format.standard == "cmi5":
        raise FormatNotOffered(
            gettext("cmi5 packages are always hosted. Choose “%(format)s” or the mode “hosted”.")
            % {"format": own.name}
        )
    if format.standard != own.standard:
        raise FormatNotOffered(
            gettext("An embedded package keeps the course's own standard, %(label)s. Choose “%(format)s”.")
            % {"label": own.label, "format": own.name}
        )
    return format


def _marker(files: dict[str, CourseFile]) -> str:
    """The manifest's own path, however it is spelled."""
    manifests = [path for path in files if path.lower() == MANIFEST]
    if not manifests:
        raise NotEmbeddable(
            gettext("This course has no imsmanifest.xml and can't be embedded. Use a hosted package.")
        )
    return MANIFEST if MANIFEST in files else manifests[0]


def _free_folder(files: dict[str, CourseFile]) -> str:
    """A folder that the course does not have, however its names are spelled."""
    taken = {path.partition("/")[0].casefold() for path in files}
    folder, number = FOLDER, 1
    while folder in taken:
        number += 1
        folder = f"{FOLDER}-{number}"
    return folder


def _manifest(
    files: dict[str, CourseFile], marker: str, names: list[str], format: Format | None
) -> embedded_manifest.Rewritten:
    original = b"".join(content.read_whole(files[marker]))
    try:
        return embedded_manifest.rewrite(original, files, names[0], names, format)
    except XmlRefused as refusal:
        raise NotEmbeddable(
            gettext("The course's manifest %(sentence)s") % {"sentence": translated(refusal.sentence)}
        ) from None


def scos(version: CourseVersion) -> list[str]:
    """The address of each SCO in the course, as its items open it, seen from the package's root."""
    played = version.structure["default_organization"]
    items = next(
        organization["items"]
        for organization in version.structure["organizations"]
        if organization["identifier"] == played
    )
    return list(
        dict.fromkeys(
            quote(launch["href"]) + launch["query"] for launch in launches(items) if launch["kind"] == "sco"
        )
    )


@cache
def _wrapper_member(folder: str, path: str) -> Member:
    return Member.of(f"{folder}/{path.rpartition('/')[2]}", _file(path))


@cache
def _file(path: str) -> bytes:
    if path in PLAYER_FILES:
        return package_files.player_file(path.rpartition("/")[2])
    if path.endswith(package_files.STYLE):
        return package_files.style()
    return (resources.files(__package__) / path).read_bytes()


def _entries(file: CourseFile) -> Iterator[Copied]:
    """The file under its path and, where the author's zip wrote that decomposed (NFD), under this name too:
    few LMSs take one for the other, and the course's pages may ask for either.
    """
    for path in (file.path, unicodedata.normalize("NFD", file.path))[: 1 + file.decomposed]:
        yield Copied(
            path.encode(), file.size, file.crc32, file.blob, file.offset, file.stored_bytes, file.deflated
        )
