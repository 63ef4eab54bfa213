"""The table of contents of a zip, read strictly: APPNOTE 6.3, sections 4.3.12 to 4.3.16, and its Zip64 forms.

Everything is taken from the directory at the file's end in one read; local headers are looked at only when
their entry is read. A file that is more than one plain zip (junk before or after, parts that overlap, two
ends) is refused.
"""

import stat
import struct
import unicodedata
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

from heliograph.core.translation import gettext_noop, told
from heliograph.courses.limits import Limits, Refused, shown
from heliograph.courses.zips.zip_paths import safe_path

END: Final = struct.Struct("<4s4H2LH")
END64_LOCATOR: Final = struct.Struct("<4sLQL")
END64: Final = struct.Struct("<4sQ2H2L4Q")
RECORD: Final = struct.Struct("<4s6H3L5H2L")
LOCAL_HEADER_SIZE: Final = 30
MAX_COMMENT: Final = 0xFFFF
MAX_DIRECTORY_BYTES: Final = 64 * 1024 * 1024
STORED: Final = 0
DEFLATED: Final = 8
UNIX: Final = 3
ENCRYPTED: Final = 1 << 0 | 1 << 6 | 1 << 13
UTF8_NAME: Final = 1 << 11
UNICODE_PATH_EXTRA: Final = 0x7075
ZIP64_EXTRA: Final = 0x0001
METHODS: Final = {
    6: "Implode",
    9: "Deflate64",
    12: "bzip2",
    14: "LZMA",
    93: "Zstandard",
    95: "XZ",
    98: "PPMd",
}
NOT_A_ZIP: Final = gettext_noop("This isn't a valid ZIP file. Export the course again and upload that file.")
TRUNCATED: Final = gettext_noop("The ZIP is incomplete. Upload it again, or export the course again.")
DAMAGED: Final = gettext_noop("The ZIP is damaged (%(reason)s). Re-create it with a standard ZIP tool.")


class ZipEntry(NamedTuple):
    """One file of the zip.

    `room` is the number of bytes from its local header to whatever comes next; `decomposed` is True where the
    zip writes the name in Unicode's decomposed form (NFD) and `path` therefore differs from it.
    """

    path: str
    raw_name: bytes
    method: int
    crc: int
    compressed: int
    size: int
    offset: int
    room: int
    backslashes: bool
    decomposed: bool


def damaged(why: str) -> Refused:
    """The refusal of a zip that contradicts itself."""
    return Refused("zip_damaged", told(DAMAGED, reason=told(why)))


def read_directory(file: BinaryIO, limits: Limits, code_page: str = "") -> dict[str, ZipEntry]:
    """Every file of the zip by its safe path, in the order of the directory. Raises Refused.

    Names that do not say how they are written are read in ``code_page``; without one as UTF-8 where they
    happen to be that, else in code page 437, the zip format's own.
    """
    data, count, start = _locate(file, limits)
    records = [_record(fields, name, extra, limits, code_page) for fields, name, extra in _records(data)]
    if len(records) != count:
        raise damaged(
            told(
                gettext_noop("it declares %(declared)s entries but lists %(listed)s"),
                declared=count,
                listed=len(records),
            )
        )
    return _files(_with_room(records, start))


def undeclared_names(file: BinaryIO, limits: Limits) -> list[bytes]:
    """The names beyond ASCII that neither a flag nor an extra field calls UTF-8 (APPNOTE 4.4.4, 4.6.9).
    Raises Refused."""
    data, _, _ = _locate(file, limits)
    return [
        name
        for fields, name, extra in _records(data)
        if not (name.isascii() or fields[3] & UTF8_NAME or _unicode_path(name, extra))
    ]


def _locate(file: BinaryIO, limits: Limits) -> tuple[bytes, int, int]:
    """The directory's bytes, how many records it announces, and where it starts."""
    length = file.seek(0, 2)
    tail_start = max(0, length - END.size - MAX_COMMENT - END64.size - END64_LOCATOR.size)
    file.seek(tail_start)
    tail = file.read()
    at = _find_end(file, tail)
    _, disk, first_disk, here, count, size, start, _ = END.unpack_from(tail, at)
    end = tail_start + at
    locator_at = at - END64_LOCATOR.size
    if locator_at >= 0 and tail.startswith(b"PK\x06\x07", locator_at):
        disk, first_disk, here, count, size, start, end = _locate64(file, tail, locator_at, end)
    if disk or first_disk or here != count:
        raise Refused(
            "zip_split", gettext_noop("The ZIP is one part of a split archive. Upload it as a single ZIP.")
        )
    if count > limits.max_entries or size > MAX_DIRECTORY_BYTES:
        raise Refused(
            "zip_too_many_entries",
            told(
                gettext_noop("The ZIP contains more than %(count)s files. Remove unused ones."),
                count=limits.max_entries,
            ),
        )
    if start + size != end:
        raise Refused(
            "zip_junk",
            gettext_noop("The ZIP contains unexpected data. Re-create it with a standard ZIP tool."),
        )
    if not count:
        raise Refused("zip_empty", gettext_noop("The ZIP is empty. Export the course again."))
    file.seek(start)
    return file.read(size), count, start


def _find_end(file: BinaryIO, tail: bytes) -> int:
    """Where in the tail the one end record lies whose comment reaches exactly to the end of the file."""
    fits, junk, at = [], False, tail.find(b"PK\x05\x06")
    while at >= 0:
        missing = at + END.size - len(tail)
        if missing <= 0:
            missing += int(END.unpack_from(tail, at)[7])
        if missing == 0:
            fits.append(at)
        junk = junk or missing < 0
        at = tail.find(b"PK\x05\x06", at + 1)
    if len(fits) == 1:
        return fits[0]
    if fits or junk:
        raise Refused(
            "zip_junk",
            gettext_noop(
                "The ZIP contains unexpected data at its end. Re-create it with a standard ZIP tool."
            ),
        )
    file.seek(0)
    if file.read(4) == b"PK\x03\x04":
        raise Refused("zip_truncated", TRUNCATED)
    raise Refused("not_a_zip", NOT_A_ZIP)


def _locate64(
    file: BinaryIO, tail: bytes, locator_at: int, end: int
) -> tuple[int, int, int, int, int, int, int]:
    _, _, offset, _ = END64_LOCATOR.unpack_from(tail, locator_at)
    locator = end - END64_LOCATOR.size
    if not 0 <= offset <= locator - END64.size:
        raise damaged(gettext_noop("invalid Zip64 end record"))
    file.seek(offset)
    signature, length, _, _, disk, first_disk, here, count, size, start = END64.unpack(file.read(END64.size))
    if signature != b"PK\x06\x06" or offset + 12 + length != locator:
        raise damaged(gettext_noop("misplaced Zip64 end record"))
    return disk, first_disk, here, count, size, start, offset


class _Record(NamedTuple):
    entry: ZipEntry
    is_folder: bool


def _records(data: bytes) -> Iterator[tuple[tuple[int, ...], bytes, bytes]]:
    """Each record's fields, its name and its extra field, as they lie there."""
    at = 0
    while at < len(data):
        if len(data) - at < RECORD.size or not data.startswith(b"PK\x01\x02", at):
            raise damaged(gettext_noop("broken directory"))
        fields = RECORD.unpack_from(data, at)
        name_at = at + RECORD.size
        extra_at = name_at + fields[10]
        at = extra_at + fields[11] + fields[12]
        if at > len(data):
            raise damaged(gettext_noop("broken directory"))
        yield fields, data[name_at:extra_at], data[extra_at : extra_at + fields[11]]


def _record(
    fields: tuple[int, ...], raw_name: bytes, extra: bytes, limits: Limits, code_page: str
) -> _Record:
    _, made_by, _, flags, method, _, _, crc, compressed, size, _, _, _, disk, _, attributes, offset = fields
    name = _decode_name(raw_name, flags, extra, code_page)
    path = safe_path(name, limits)
    if flags & ENCRYPTED:
        raise Refused(
            "zip_encrypted",
            told(
                gettext_noop("The ZIP is encrypted (%(file)s). Re-create it without a password."),
                file=shown(path),
            ),
        )
    kind = stat.S_IFMT(attributes >> 16)
    # Only Unix means these bits; a symbolic link is refused whoever claims to have made it.
    if kind == stat.S_IFLNK or (kind not in (0, stat.S_IFREG, stat.S_IFDIR) and made_by >> 8 == UNIX):
        raise Refused(
            "zip_link",
            told(
                gettext_noop("The ZIP contains a link or device, %(file)s. Replace it with the file itself."),
                file=shown(path),
            ),
        )
    size, compressed, offset = _widen(extra, size, compressed, offset)
    is_folder = name.endswith(("/", "\\")) or (
        size == 0 and (kind == stat.S_IFDIR or bool(attributes & 0x10))
    )
    if disk not in (0, 0xFFFF):
        raise Refused(
            "zip_split", gettext_noop("The ZIP is one part of a split archive. Upload it as a single ZIP.")
        )
    if not is_folder:
        _check_file(path, method, compressed, size)
    elif size:
        raise damaged(told(gettext_noop("%(file)s: the folder contains data"), file=shown(path)))
    decomposed = not unicodedata.is_normalized("NFC", name)
    return _Record(
        ZipEntry(path, raw_name, method, crc, compressed, size, offset, 0, "\\" in name, decomposed),
        is_folder,
    )


def _check_file(path: str, method: int, compressed: int, size: int) -> None:
    if not path:
        raise damaged(gettext_noop("it contains a file without a name"))
    if method not in (STORED, DEFLATED):
        called = METHODS.get(method) or told(gettext_noop("method %(number)s"), number=str(method))
        raise Refused(
            "zip_method",
            told(
                gettext_noop("%(file)s is compressed with %(called)s, which isn't supported. Use Deflate."),
                file=shown(path),
                called=called,
            ),
        )
    if method == STORED and compressed != size:
        raise Refused(
            "zip_size_lie",
            told(gettext_noop("The ZIP declares two sizes for %(file)s. Re-create it."), file=shown(path)),
        )


def _decode_name(raw: bytes, flags: int, extra: bytes, code_page: str) -> str:
    """The entry's name: as its Unicode extra or its flag says, else as `read_directory` says of names that
    say nothing."""
    unicode_path = _unicode_path(raw, extra)
    if unicode_path or flags & UTF8_NAME:
        return _decoded(unicode_path or raw, "utf-8")
    if code_page:
        return _decoded(raw, code_page)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp437")


def _decoded(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        called = "UTF-8" if encoding == "utf-8" else encoding
        raise Refused(
            "zip_bad_name",
            told(
                gettext_noop("The ZIP contains a file name that isn't valid %(called)s. Re-create it."),
                called=called,
            ),
        ) from None


def _unicode_path(raw: bytes, extra: bytes) -> bytes:
    """What Info-ZIP's extra field says the name is, in UTF-8; empty where it says nothing of this name
    (APPNOTE 4.6.9)."""
    field = _extra(extra, UNICODE_PATH_EXTRA)
    return field[5:] if field[:1] == b"\1" and field[1:5] == zlib.crc32(raw).to_bytes(4, "little") else b""


def _widen(extra: bytes, size: int, compressed: int, offset: int) -> tuple[int, int, int]:
    """The three numbers, taken from the Zip64 extra where the plain field is full (APPNOTE 4.5.3)."""
    if 0xFFFFFFFF not in (size, compressed, offset):
        return size, compressed, offset
    wide = _extra(extra, ZIP64_EXTRA)
    numbers = iter(struct.unpack(f"<{len(wide) // 8}Q", wide[: len(wide) // 8 * 8]))
    try:
        size, compressed, offset = (
            next(numbers) if n == 0xFFFFFFFF else n for n in (size, compressed, offset)
        )
    except (StopIteration, RuntimeError):
        raise damaged(gettext_noop("missing Zip64 sizes")) from None
    return size, compressed, offset


def _extra(extra: bytes, sought: int) -> bytes:
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == sought:
            return extra[at + 4 : at + 4 + length]
        at += 4 + length
    return b""


def _with_room(records: list[_Record], directory_start: int) -> Iterator[_Record]:
    """The records in their own order, each knowing where the next thing in the file starts; overlaps are
    refused.
    """
    by_offset = sorted(range(len(records)), key=lambda index: records[index].entry.offset)
    if records[by_offset[0]].entry.offset != 0:
        raise Refused(
            "zip_junk",
            gettext_noop(
                "The ZIP contains unexpected data before its first file. "
                "Re-create it with a standard ZIP tool."
            ),
        )
    rooms = [0] * len(records)
    for index, following in zip(by_offset, [*by_offset[1:], None], strict=True):
        entry = records[index].entry
        end = directory_start if following is None else records[following].entry.offset
        rooms[index] = end - entry.offset
        if rooms[index] < LOCAL_HEADER_SIZE + len(entry.raw_name) + entry.compressed:
            raise Refused(
                "zip_overlap",
                told(
                    gettext_noop("Files in the ZIP overlap at %(file)s. Re-create it."),
                    file=shown(entry.path),
                ),
            )
    for record, room in zip(records, rooms, strict=True):
        yield _Record(record.entry._replace(room=room), record.is_folder)


def _files(records: Iterator[_Record]) -> dict[str, ZipEntry]:
    files: dict[str, ZipEntry] = {}
    folders: set[str] = set()
    for record in records:
        path = record.entry.path
        if record.is_folder:
            folders.add(path)
            continue
        if path in files:
            raise Refused(
                "zip_duplicate",
                told(gettext_noop("The ZIP contains %(file)s twice. Re-create it."), file=shown(path)),
            )
        files[path] = record.entry
        while "/" in path:
            path = path.rpartition("/")[0]
            if path in folders:
                break
            folders.add(path)
    for path in files.keys() & folders:
        raise Refused(
            "zip_duplicate",
            told(
                gettext_noop("The ZIP contains %(file)s both as a file and as a folder. Re-create it."),
                file=shown(path),
            ),
        )
    return files
