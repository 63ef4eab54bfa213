"""Single files as courses: PDF, MP3 and MP4, each verified by its structure and not by its name.

A file is read in small pieces from disk. The checks prove what it is and that it is whole, and tell what
browsers may not play.
"""

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, Literal, NamedTuple

from heliograph.core.translation import gettext_noop, told
from heliograph.courses.findings import Report
from heliograph.courses.formats.package import CoursePackage
from heliograph.courses.formats.structure import Launch, Structure, plain_item, plain_organization
from heliograph.courses.limits import Limits, Refused, size
from heliograph.courses.zips.zip_paths import safe_path

MediaKind = Literal["pdf", "mp3", "mp4"]
MP4_BRANDS: Final = re.compile(
    rb"isom|iso[2-9]|mp4[12]|avc1|M4V.|M4VH|M4VP|dash|msdh|MSNV|f4v |3gp.|mmp4|NDSC|XAVC|CAEP|nvr1"
)
MAX_BOXES: Final = 10_000
MAX_TRACKS: Final = 32
MP3_SCAN: Final = 64 * 1024
# Bits per second in thousands by index, for MPEG 1 Layer III and for MPEG 2 and 2.5 Layer III (ISO 11172-3,
# 13818-3).
BITRATES_1: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
BITRATES_2: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
SAMPLE_RATES: Final = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
FRAMES_WANTED: Final = 3


def read_media(path: Path, filename: str, kind: MediaKind, limits: Limits) -> CoursePackage:
    """A course of one item that shows the file.

    Raises Refused if the file is not whole or not what it begins like.
    """
    length = path.stat().st_size
    if length > limits.max_file_bytes:
        raise Refused(
            "file_too_large",
            told(
                gettext_noop("The file is %(size)s. The maximum is %(limit)s."),
                size=size(length),
                limit=size(limits.max_file_bytes),
            ),
        )
    report = Report()
    pages = None
    if kind == "pdf":
        pages = _check_pdf(path)
    elif kind == "mp3":
        _check_mp3(path)
    else:
        _check_mp4(path, report)
    name = _course_path(filename, kind, limits)
    title = " ".join(re.sub(r"[_\s]+", " ", name.rpartition(".")[0]).split()) or name
    # Our page for it tracks what was seen or heard.
    launch = Launch(href=name, query="", kind="sco", resource=kind)
    structure = Structure(
        standard=kind,
        edition=None,
        title=title,
        default_organization="course",
        organizations=[plain_organization("course", title, [plain_item("content", title, launch)])],
        pages=pages,
    )
    return CoursePackage(kind, None, title, "", structure, {name: filename}, report.findings)


def _course_path(filename: str, kind: str, limits: Limits) -> str:
    """The upload's name as a single safe name with the ending that its content deserves."""
    last = re.split(r"[/\\]", filename)[-1]
    stem = last.rpartition(".")[0] if last.lower().endswith((f".{kind}", ".m4v")) else last
    stem = stem[:150].strip(" .")
    try:
        return safe_path(f"{stem}.{kind}", limits) if stem else f"course.{kind}"
    except Refused:
        return f"course.{kind}"


def _check_pdf(path: Path) -> int:
    import pypdfium2  # type: ignore[import-untyped]  # here, because it costs every process much to load and few ever need it

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise Refused(
                "pdf_encrypted", gettext_noop("The PDF is password-protected. Save it without a password.")
            ) from None
        raise Refused(
            "pdf_damaged", gettext_noop("The PDF is damaged or incomplete. Save it again.")
        ) from None
    try:
        pages = len(document)
    finally:
        document.close()
    if not pages:
        raise Refused("pdf_damaged", gettext_noop("The PDF has no pages. Save it again."))
    return pages


def _check_mp3(path: Path) -> None:
    with path.open("rb") as file:
        start = _after_id3(file)
        file.seek(start)
        data = file.read(MP3_SCAN)
        length = file.seek(0, 2)
    for at in range(max(0, len(data) - 4)):
        if data[at] == 0xFF and _frames_from(data, at, is_whole=start + len(data) >= length):
            return
    raise Refused("mp3_damaged", gettext_noop("The file contains no MP3 audio. Save it as MP3 again."))


def _after_id3(file: BinaryIO) -> int:
    """Where the ID3v2 tag before the sound ends (its size is written in four times seven bits)."""
    head = file.read(10)
    if not head.startswith(b"ID3") or len(head) < 10:
        return 0
    a, b, c, d = (byte & 0x7F for byte in head[6:10])
    return 10 + (a << 21 | b << 14 | c << 7 | d)


def _frames_from(data: bytes, at: int, *, is_whole: bool) -> bool:
    """Whether frames follow each other from `at`; a very short file may end after the first."""
    for count in range(FRAMES_WANTED):
        if at >= len(data) and is_whole and count:
            return True
        length = _frame_length(data[at : at + 4])
        if not length:
            return False
        at += length
    return True


def _frame_length(header: bytes) -> int:
    """The bytes of one Layer III frame by its header; 0 if it is none."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    bitrate_index, rate_index, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    if version == 1 or layer != 1 or rate_index == 3 or not 0 < bitrate_index < 15:
        return 0
    bitrate = (BITRATES_1 if version == 3 else BITRATES_2)[bitrate_index] * 1000
    return (144 if version == 3 else 72) * bitrate // SAMPLE_RATES[version][rate_index] + padding


class _Box(NamedTuple):
    kind: bytes
    start: int
    end: int


def _check_mp4(path: Path, report: Report) -> None:
    with path.open("rb") as file:
        length = file.seek(0, 2)
        boxes = list(_boxes(file, 0, length))
        kinds = [box.kind for box in boxes]
        if not kinds or kinds[0] != b"ftyp" or not {b"moov", b"mdat"} <= {*kinds}:
            raise Refused("mp4_damaged", gettext_noop("The MP4 is incomplete. Save it again."))
        if not _brands(file, boxes[0]):
            raise Refused(
                "mp4_brand",
                gettext_noop("The file is QuickTime or another variant of MP4. Save it as MP4 (H.264, AAC)."),
            )
        if kinds.index(b"moov") > kinds.index(b"mdat"):
            report.advice(
                "mp4_slow_start",
                gettext_noop("Video isn't optimized for streaming. Re-export with “fast start”."),
            )
        codecs = _codecs(file, boxes[kinds.index(b"moov")])
    if not codecs:
        raise Refused("mp4_damaged", gettext_noop("The MP4 contains neither video nor audio. Save it again."))
    if codecs & {b"hvc1", b"hev1"}:
        report.advice(
            "mp4_codec",
            gettext_noop("The video uses HEVC, which many browsers can't play. Save it as H.264."),
        )
    elif codecs & {b"mp4v", b"s263"}:
        report.advice(
            "mp4_codec",
            gettext_noop("The video uses an outdated codec that browsers can't play. Save it as H.264."),
        )


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[_Box]:
    """The boxes that lie between two places in the file (ISO 14496-12, section 4.2).

    Raises Refused if one sticks out.
    """
    for _ in range(MAX_BOXES):
        if end - start < 8:
            return
        file.seek(start)
        length, kind = struct.unpack(">I4s", file.read(8))
        if length == 1:
            wide = file.read(8)
            length = int.from_bytes(wide, "big") if len(wide) == 8 else 0
        elif length == 0:
            length = end - start
        if length < 8 or start + length > end:
            raise Refused("mp4_damaged", gettext_noop("The MP4 is damaged or incomplete. Save it again."))
        yield _Box(kind, start, start + length)
        start += length


def _first(file: BinaryIO, box: _Box, *path: bytes) -> _Box | None:
    """The box that `path` leads to below `box`, always through the first of each kind."""
    inner: _Box | None = box
    for kind in path:
        if inner is None:
            break
        inner = next(
            (inner for inner in _boxes(file, inner.start + 8, inner.end) if inner.kind == kind), None
        )
    return inner


def _codecs(file: BinaryIO, index: _Box) -> set[bytes]:
    """The four letters by which each track's media are packed, from its first sample description."""
    tracks = [box for box in _boxes(file, index.start + 8, index.end) if box.kind == b"trak"]
    codecs = set()
    for track in tracks[:MAX_TRACKS]:
        description = _first(file, track, b"mdia", b"minf", b"stbl", b"stsd")
        if description is not None:
            file.seek(description.start + 20)
            codecs.add(file.read(4))
    return codecs


def _brands(file: BinaryIO, box: _Box) -> bool:
    file.seek(box.start + 8)
    brands = file.read(min(box.end - box.start - 8, 256))
    return any(MP4_BRANDS.fullmatch(brands[at : at + 4]) for at in range(0, len(brands) - 3, 4) if at != 4)
