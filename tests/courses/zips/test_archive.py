"""The zip guard: honest zips give back what was packed, hostile ones are refused whole, each by its code."""

import contextlib
import io
import stat
import struct
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.builders import zip_bytes
from tests.courses.raw_zips import Member, deflate, raw_zip

from heliograph.courses.zips.archive import Limits, Refused, open_archive

LIMITS = Limits()


def contents(data: bytes, folder: Path, limits: Limits = LIMITS) -> dict[str, bytes]:
    """Everything that comes out of the zip."""
    path = folder / "upload.zip"
    path.write_bytes(data)
    with open_archive(path, limits) as archive:
        return {name: b"".join(archive.stream(name)) for name in archive.entries}


def refusal(data: bytes, folder: Path, limits: Limits = LIMITS) -> str:
    with pytest.raises(Refused) as caught:
        contents(data, folder, limits)
    assert caught.value.sentence.endswith(".")
    return caught.value.code


def test_what_was_packed_comes_out(tmp_path):
    members = {
        "imsmanifest.xml": b"<manifest/>",
        "a/b.txt": b"x" * 700_000,
        "empty": b"",
        "Ünïcode 李.html": b"y",
    }
    assert contents(zip_bytes(members), tmp_path) == members


def test_stored_entries_come_out_too(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("big.bin", b"0123456789" * 100_000)
        archive.writestr("none", b"")
    assert contents(buffer.getvalue(), tmp_path) == {"big.bin": b"0123456789" * 100_000, "none": b""}


def test_zips_written_as_a_stream_with_sizes_behind_the_data_are_read(tmp_path):
    class Pipe(io.RawIOBase):
        written = b""

        def writable(self) -> bool:
            return True

        def write(self, data) -> int:
            self.written += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"abc" * 1000)
        archive.writestr("b.txt", b"def")
    assert contents(pipe.written, tmp_path) == {"a.txt": b"abc" * 1000, "b.txt": b"def"}


def test_zip64_is_read(tmp_path):
    wide = struct.pack("<HHQQ", 1, 16, 7, len(deflate(b"content")))
    member = Member("a.txt", size=0xFFFFFFFF, compressed_size=0xFFFFFFFF, extra=wide)
    assert contents(raw_zip(member, zip64=True), tmp_path) == {"a.txt": b"content"}


def test_folders_are_no_files(tmp_path):
    folders = [
        Member("a/", b"", method=0),
        Member("b", b"", method=0, attributes=0x10),
        Member("c", b"", method=0, attributes=stat.S_IFDIR << 16),
    ]
    assert contents(raw_zip(*folders, Member("a/x")), tmp_path) == {"a/x": b"content"}


def test_a_file_is_streamed_in_pieces_and_never_held_whole(tmp_path):
    path = tmp_path / "big.zip"
    path.write_bytes(zip_bytes({"big": bytes(range(256)) * 40_000}))
    with open_archive(path, replace(LIMITS, max_ratio=10_000)) as archive:
        pieces = list(archive.stream("big"))
    assert max(map(len, pieces)) <= 1024 * 1024
    assert sum(map(len, pieces)) == 10_240_000


def test_reading_a_small_file_has_its_own_limit(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zip_bytes({"a": b"12345"}))
    with open_archive(path, LIMITS) as archive:
        assert archive.read("a", 5) == b"12345"
        with pytest.raises(Refused, match="maximum is 4 bytes"):
            archive.read("a", 4)


class TestNames:
    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("../evil", "zip_traversal"),
            ("a/../../evil", "zip_traversal"),
            ("a/..", "zip_traversal"),
            ("..\\evil", "zip_traversal"),
            (".. /evil", "zip_traversal"),
            ("a/.../b", "zip_traversal"),
            ("/etc/passwd", "zip_absolute"),
            ("//server/share", "zip_absolute"),
            ("\\windows\\x", "zip_absolute"),
            ("C:\\x", "zip_absolute"),
            ("c:x", "zip_absolute"),
            ("a/C:/x", "zip_absolute"),
            ("CON", "zip_device_name"),
            ("nul", "zip_device_name"),
            ("a/aux.txt", "zip_device_name"),
            ("com1.tar.gz", "zip_device_name"),
            ("LPT9/x", "zip_device_name"),
            ("NUL .txt", "zip_device_name"),
            ("COM¹", "zip_device_name"),
            ("a\0b", "zip_bad_name"),
            ("a\nb", "zip_bad_name"),
            ("a\x7fb", "zip_bad_name"),
            ("a" * 600, "zip_long_name"),
            ("a/" * 50 + "b", "zip_long_name"),
        ],
    )
    def test_names_that_could_lead_elsewhere_are_refused(self, tmp_path, name, code):
        assert refusal(raw_zip(Member("ok"), Member(name)), tmp_path) == code

    @pytest.mark.parametrize(
        "name", ["console.html", "a.con", "auxiliary/x", "com/x", "...a", "a..b/c", "nullable", "com10"]
    )
    def test_names_that_only_look_like_devices_or_parents_are_fine(self, tmp_path, name):
        assert contents(raw_zip(Member(name)), tmp_path) == {name: b"content"}

    def test_backslashes_dots_and_double_slashes_are_normalized(self, tmp_path):
        data = raw_zip(Member("a\\b.txt"), Member("./c.txt"), Member("d//e.txt"))
        assert list(contents(data, tmp_path)) == ["a/b.txt", "c.txt", "d/e.txt"]

    @pytest.mark.parametrize(
        ("raw", "flags", "extra", "name"),
        [
            ("ü.html".encode(), 1 << 11, b"", "ü.html"),
            ("ü.html".encode(), 0, b"", "ü.html"),
            ("ü.html".encode("cp437"), 0, b"", "ü.html"),
            ("u\u0308.html".encode(), 0, b"", "ü.html"),
            (
                b"\xff.html",
                0,
                struct.pack("<HHBL", 0x7075, 12, 1, zlib.crc32(b"\xff.html")) + "李.h".encode() + b"tm"[:1],
                "李.ht",
            ),
        ],
    )
    def test_names_in_old_and_new_encodings_are_read(self, tmp_path, raw, flags, extra, name):
        assert list(contents(raw_zip(Member(raw, flags=flags, extra=extra)), tmp_path)) == [name]

    def test_the_extra_field_gives_the_true_name_also_where_the_plain_one_is_a_stopgap(self, tmp_path):
        field = b"\1" + zlib.crc32(b"#U674e.html").to_bytes(4, "little") + "李.html".encode()
        member = Member(b"#U674e.html", extra=struct.pack("<HH", 0x7075, len(field)) + field)
        assert list(contents(raw_zip(member), tmp_path)) == ["李.html"]

    def test_a_name_that_claims_to_be_utf8_and_is_not_is_refused(self, tmp_path):
        assert refusal(raw_zip(Member(b"\xff", flags=1 << 11)), tmp_path) == "zip_bad_name"

    @pytest.mark.parametrize("other", ["a/x", "./a/x", "a\\x", "a//x"])
    def test_duplicates_are_refused_also_when_they_are_spelled_differently(self, tmp_path, other):
        assert refusal(raw_zip(Member("a/x"), Member(other)), tmp_path) == "zip_duplicate"

    def test_a_file_that_is_also_a_folder_is_refused(self, tmp_path):
        assert refusal(raw_zip(Member("a"), Member("a/x")), tmp_path) == "zip_duplicate"

    def test_files_that_differ_by_case_are_two_files(self, tmp_path):
        assert set(contents(raw_zip(Member("A"), Member("a")), tmp_path)) == {"A", "a"}


class TestKinds:
    @pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
    def test_links_and_devices_are_refused(self, tmp_path, kind):
        assert refusal(raw_zip(Member("a", attributes=(kind | 0o777) << 16)), tmp_path) == "zip_link"

    def test_a_link_is_refused_whoever_claims_to_have_made_it(self, tmp_path):
        assert refusal(raw_zip(Member("a", attributes=stat.S_IFLNK << 16, made_by=0)), tmp_path) == "zip_link"

    @pytest.mark.parametrize("flags", [1, 1 | 1 << 6, 1 << 13])
    def test_encrypted_entries_are_refused(self, tmp_path, flags):
        assert refusal(raw_zip(Member("a", flags=flags)), tmp_path) == "zip_encrypted"

    @pytest.mark.parametrize("method", [1, 9, 12, 14, 93, 99])
    def test_unsupported_methods_are_refused(self, tmp_path, method):
        assert refusal(raw_zip(Member("a", method=method)), tmp_path) == "zip_method"


class TestBombs:
    def test_a_file_that_swells_too_much_is_refused_before_it_is_unpacked(self, tmp_path):
        assert refusal(zip_bytes({"a": b"\0" * 5_000_000}), tmp_path) == "zip_ratio"

    def test_many_small_files_that_swell_together_are_refused(self, tmp_path):
        assert refusal(zip_bytes({str(n): b"\0" * 500_000 for n in range(10)}), tmp_path) == "zip_ratio"

    def test_small_blank_files_are_not_bombs(self, tmp_path):
        assert contents(zip_bytes({"blank.bmp": b"\0" * 500_000}), tmp_path)

    def test_total_size_file_size_and_number_of_entries_are_limited(self, tmp_path):
        data = zip_bytes({"a": b"12345", "b": b"12345"})
        assert refusal(data, tmp_path, Limits(max_total_bytes=9)) == "zip_too_large"
        assert refusal(data, tmp_path, Limits(max_file_bytes=4)) == "zip_too_large"
        assert refusal(data, tmp_path, Limits(max_entries=1)) == "zip_too_many_entries"

    def test_an_announced_number_of_entries_is_refused_before_they_are_read(self, tmp_path):
        assert refusal(raw_zip(Member("a"), count=60_000), tmp_path) == "zip_too_many_entries"

    def test_an_entry_that_is_larger_than_it_says_is_refused(self, tmp_path):
        assert refusal(raw_zip(Member("a", b"x" * 100, size=99)), tmp_path) == "zip_size_lie"

    def test_a_bomb_that_claims_to_be_small_gives_nothing_beyond_what_it_claims(self, tmp_path):
        path = tmp_path / "lie.zip"
        path.write_bytes(raw_zip(Member("a", b"\0" * 50_000_000, size=1_048_576)))
        with open_archive(path, replace(LIMITS, ratio_floor=2**40)) as archive:
            received: list[int] = []
            with pytest.raises(Refused):
                received.extend(map(len, archive.stream("a")))
        assert sum(received) <= 1_048_576

    def test_an_entry_that_is_smaller_than_it_says_is_refused(self, tmp_path):
        assert refusal(raw_zip(Member("a", b"x" * 100, size=101)), tmp_path) == "zip_size_lie"
        assert refusal(raw_zip(Member("a", b"x" * 100, method=0, size=101)), tmp_path) == "zip_size_lie"

    def test_entries_that_share_their_bytes_are_refused(self, tmp_path):
        packed = deflate(b"x" * 1000)
        shared = [
            Member(
                f"{n}",
                b"x" * 1000,
                offset=0,
                packed=packed if n == 0 else b"",
                compressed_size=len(packed),
            )
            for n in range(5)
        ]
        assert refusal(raw_zip(*shared), tmp_path) == "zip_overlap"

    def test_an_entry_that_reaches_into_the_next_is_refused(self, tmp_path):
        assert (
            refusal(raw_zip(Member("a", b"x", method=0, compressed_size=40, size=40), Member("b")), tmp_path)
            == "zip_overlap"
        )

    def test_a_zip_inside_may_be_offered_for_download(self, tmp_path):
        inner = zip_bytes({"notes.txt": b"notes"})
        assert contents(zip_bytes({"files/notes.zip": inner}), tmp_path) == {"files/notes.zip": inner}

    def test_a_bomb_inside_a_zip_inside_is_refused(self, tmp_path):
        inner = zip_bytes({"a": b"\0" * 5_000_000})
        assert refusal(zip_bytes({"files/notes.zip": inner}), tmp_path) == "zip_bomb_inside"

    def test_zips_nested_too_deeply_are_refused(self, tmp_path):
        innermost = zip_bytes({"a": b"a"})
        data = zip_bytes({"1.zip": zip_bytes({"2.zip": innermost})})
        assert refusal(data, tmp_path) == "zip_nested"
        assert contents(data, tmp_path, Limits(max_nesting=2))
        assert refusal(zip_bytes({"1.zip": innermost}), tmp_path, Limits(max_nesting=0)) == "zip_nested"

    def test_a_file_that_is_only_called_zip_is_content_like_any_other(self, tmp_path):
        assert contents(zip_bytes({"x.zip": b"not a zip"}), tmp_path) == {"x.zip": b"not a zip"}


class TestDamage:
    @pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.7", b"PK", b"\0" * 100_000])
    def test_what_is_no_zip_is_refused(self, tmp_path, data):
        assert refusal(data, tmp_path) == "not_a_zip"

    def test_a_zip_cut_short_anywhere_is_refused(self, tmp_path):
        whole = zip_bytes({"a.txt": b"abc" * 100, "b.txt": b"def" * 100})
        for length in range(4, len(whole)):
            assert refusal(whole[:length], tmp_path) == "zip_truncated"

    def test_junk_before_between_and_after_is_refused(self, tmp_path):
        whole = zip_bytes({"a.txt": b"abc"})
        assert refusal(b"MZ" + whole, tmp_path) == "zip_junk"
        assert refusal(raw_zip(Member("a"), prefix=b"#!/bin/sh\n"), tmp_path) == "zip_junk"
        assert refusal(whole + b"<script>", tmp_path) == "zip_junk"

    def test_a_comment_is_fine_but_two_ends_are_not(self, tmp_path):
        assert contents(raw_zip(Member("a"), comment=b"made by hand"), tmp_path)
        end = raw_zip()[-22:]
        assert refusal(raw_zip(Member("a"), comment=end), tmp_path) == "zip_junk"

    def test_an_empty_zip_is_refused(self, tmp_path):
        assert refusal(raw_zip(), tmp_path) == "zip_empty"

    def test_a_wrong_checksum_is_refused(self, tmp_path):
        assert refusal(raw_zip(Member("a", crc=1)), tmp_path) == "zip_damaged"

    def test_bytes_that_do_not_inflate_are_refused(self, tmp_path):
        assert refusal(raw_zip(Member("a", packed=b"\xff" * 20)), tmp_path) == "zip_damaged"
        assert refusal(raw_zip(Member("a", packed=deflate(b"content")[:-2])), tmp_path) == "zip_damaged"
        assert refusal(raw_zip(Member("a", packed=deflate(b"content") + b"more")), tmp_path) == "zip_damaged"

    def test_a_local_header_that_tells_another_name_is_refused(self, tmp_path):
        assert refusal(raw_zip(Member("a", local_name=b"b")), tmp_path) == "zip_damaged"

    def test_a_directory_that_miscounts_is_refused(self, tmp_path):
        assert refusal(raw_zip(Member("a"), count=2), tmp_path) == "zip_damaged"

    def test_a_folder_with_bytes_of_its_own_is_refused(self, tmp_path):
        assert refusal(raw_zip(Member("a/", b"hidden")), tmp_path) == "zip_damaged"


SOME = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SOME
@given(
    names=st.lists(
        st.text(max_size=20) | st.from_regex(r"[a./\\: ]{1,12}", fullmatch=True), min_size=1, max_size=5
    )
)
def test_whatever_the_names_everything_comes_out_below_the_root(tmp_path, names):
    try:
        members = contents(raw_zip(*(Member(name.encode(errors="replace")) for name in names)), tmp_path)
    except Refused:
        return
    for name in members:
        assert not PurePosixPath(name).is_absolute()
        assert not PureWindowsPath(name).is_absolute()
        assert not PureWindowsPath(name).drive
        assert ".." not in PureWindowsPath(name).parts
        assert (tmp_path / name).resolve().is_relative_to(tmp_path.resolve())


@SOME
@given(
    members=st.lists(
        st.tuples(st.binary(max_size=400), st.booleans(), st.none() | st.integers(0, 2**32 - 1)), max_size=6
    ),
    crc=st.none() | st.integers(0, 2**32 - 1),
)
def test_whatever_the_sizes_only_what_was_packed_comes_out(tmp_path, members, crc):
    zipped = [Member(str(n), data, method=8 if packs else 0, size=size, crc=crc)
              for n, (data, packs, size) in enumerate(members)]  # fmt: skip
    try:
        unzipped = contents(raw_zip(*zipped), tmp_path)
    except Refused:
        return
    assert unzipped == {str(n): data for n, (data, _, _) in enumerate(members)}


@SOME
@given(data=st.data())
def test_a_zip_changed_anywhere_gives_files_or_a_refusal(tmp_path, data):
    whole = bytearray(zip_bytes({"a.txt": b"abc" * 50, "b/c.txt": b"def", "d.zip": zip_bytes({"e": b"f"})}))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Refused):
        contents(bytes(whole), tmp_path)


@SOME
@given(data=st.binary(max_size=400), tail=st.sampled_from([b"", raw_zip()[-22:], raw_zip(Member("a"))]))
def test_arbitrary_bytes_are_only_ever_refused(tmp_path, data, tail):
    with contextlib.suppress(Refused):
        contents(data + tail, tmp_path)
