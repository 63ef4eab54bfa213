"""The embedded package: the author's files byte for byte, a manifest that leads to our wrapper, the same
bytes each time, streamed.
"""

import io
import unicodedata
import zipfile
from urllib.parse import unquote

import pytest
from django.utils import translation
from lxml import etree
from tests.builders import NAMESPACES, Sco, manifest_text
from tests.courses.raw_zips import Member, raw_zip
from tests.dispatch.package.test_builder import files_of
from tests.fixtures import version_of

from heliograph.core import storage
from heliograph.courses import actions as courses
from heliograph.courses.imports import importing
from heliograph.dispatch import actions, downloads
from heliograph.dispatch.errors import FormatNotOffered, NotEmbeddable
from heliograph.dispatch.package import embedding
from heliograph.dispatch.package.validator import broken_rules

SCOS = (
    Sco("one", "One", "a folder/one.html?x=1#top", parameters="?lang=de&q=1"),
    Sco("two", "Two", "two.html"),
    Sco("page", "Page", "page.html", kind="asset"),
)


@pytest.fixture
def embed(tenant, import_course):
    def build(format: str = "", **package) -> tuple[bytes, bytes]:
        """What went in, and the embedded package that came out."""
        course = import_course(tenant, **package)
        dispatch = actions.create_dispatch(
            tenant.manager, course, actions.create_destination(tenant.manager, "Brandt")
        )
        with storage.open_blob(tenant.organization.id, course.published.package_sha256) as blob:
            original = blob.read()
        return original, whole(embedding.build(dispatch, format))

    return build


def whole(stream) -> bytes:
    built = b"".join(stream)
    assert len(built) == len(stream)
    return built


def resources(package: bytes) -> dict[str, etree._Element]:
    root = etree.fromstring(files_of(package)["imsmanifest.xml"])
    return {resource.get("identifier", ""): resource for resource in root.iter("{*}resource")}


@pytest.mark.parametrize("standard", ["scorm_12", "scorm_2004"])
def test_the_authors_files_are_there_byte_for_byte_and_only_the_manifest_is_ours(embed, standard):
    original, package = embed(
        standard=standard, scos=SCOS, files={"film.bin": bytes(range(256)) * 50, "ü/Straße.txt": "ß"}
    )
    before, after = files_of(original), files_of(package)
    assert {name: after[name] for name in before if name != "imsmanifest.xml"} == {
        name: content for name, content in before.items() if name != "imsmanifest.xml"
    }
    assert {name.partition("/")[0] for name in after.keys() - before.keys()} == {"heliograph"}


def test_a_name_that_macos_wrote_is_there_as_its_author_wrote_it_and_composed(embed):
    """The course's pages ask for the one or the other, and LMSs on Linux hold the two for different files."""
    written, composed = (unicodedata.normalize(form, "Übung/Größe.txt") for form in ("NFD", "NFC"))
    _, package = embed(files={written: "x" * 1000, "Maß/é.txt": "y"})
    files = files_of(package)
    assert files[written] == files[composed] == b"x" * 1000
    assert [
        name
        for name in files
        if name.endswith("é.txt") or unicodedata.normalize("NFC", name).endswith("é.txt")
    ] == ["Maß/é.txt"]


@pytest.mark.parametrize("standard", ["scorm_12", "scorm_2004"])
def test_compressed_members_are_copied_as_they_are(embed, standard):
    original, package = embed(standard=standard, files={"film.txt": "x" * 100_000})
    with zipfile.ZipFile(io.BytesIO(original)) as before, zipfile.ZipFile(io.BytesIO(package)) as after:
        assert after.getinfo("film.txt").compress_size == before.getinfo("film.txt").compress_size < 1000


def test_an_empty_file_that_its_packer_left_without_a_stream_can_be_unpacked(tenant, tmp_path):
    page = Member("sco-1.html", b"<p>")
    upload = tmp_path / "course.zip"
    upload.write_bytes(
        raw_zip(
            Member("imsmanifest.xml", manifest_text().encode()), page, Member("empty.css", b"", packed=b"")
        )
    )
    job = importing.run(
        courses.start_import(tenant.manager, upload, "course.zip", publish=True, run_here=True).id
    )
    course = version_of(job).course
    course.refresh_from_db()
    dispatch = actions.create_dispatch(
        tenant.manager, course, actions.create_destination(tenant.manager, "Brandt")
    )
    package = whole(embedding.build(dispatch))
    assert files_of(package)["empty.css"] == b""
    with zipfile.ZipFile(io.BytesIO(package)) as unpacked:
        assert unpacked.testzip() is None
        member = unpacked.getinfo("empty.css")
        assert member.compress_type == zipfile.ZIP_STORED or member.compress_size > 0


def test_the_same_dispatch_gives_the_same_bytes(tenant, dispatch):
    assert whole(embedding.build(dispatch)) == whole(embedding.build(dispatch))


@pytest.mark.parametrize("standard", ["scorm_12", "scorm_2004"])
def test_the_manifest_still_keeps_the_rules_of_its_standard(embed, standard):
    _, package = embed(standard=standard, scos=SCOS[1:])
    assert broken_rules(package) == []


def test_each_sco_opens_the_wrapper_with_its_own_page_named_and_assets_open_as_before(embed):
    _, package = embed(scos=SCOS)
    by_identifier = resources(package)
    assert (
        by_identifier["resource-one"].get("href")
        == "heliograph/course.html?page=a%2520folder/one.html%3Fx%3D1%23top"
    )
    assert (
        unquote(by_identifier["resource-one"].get("href", "").partition("page=")[2])
        == "a%20folder/one.html?x=1#top"
    )
    assert by_identifier["resource-two"].get("href") == "heliograph/course.html?page=two.html"
    assert by_identifier["resource-page"].get("href") == "page.html"
    manifest = files_of(package)["imsmanifest.xml"].decode()
    assert 'parameters="?lang=de&amp;q=1"' in manifest


def test_an_xml_base_leads_the_wrapper_back_to_its_folder(embed):
    own, others = NAMESPACES["scorm_12"]
    manifest = (
        f'<manifest identifier="c" version="1" xmlns="{own}" xmlns:adlcp="{others["adlcp"]}">'
        "<metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>"
        '<organizations default="o"><organization identifier="o"><title>T</title>'
        '<item identifier="i" identifierref="r"><title>T</title></item></organization></organizations>'
        '<resources xml:base="content/"><resource identifier="r" type="webcontent" adlcp:scormtype="sco" '
        'xml:base="lesson/" href="sco.html">'
        '<file href="sco.html"/></resource></resources></manifest>'
    )
    _, package = embed(manifest=manifest, scos=(Sco(href="content/lesson/sco.html"),))
    by_identifier = resources(package)
    assert by_identifier["r"].get("href") == "../../heliograph/course.html?page=content/lesson/sco.html"
    assert by_identifier["heliograph-wrapper"][0].get("href") == "../heliograph/course.html"


def test_the_folder_of_the_wrapper_never_meets_one_of_the_authors(embed):
    _, package = embed(files={"Heliograph/notes.txt": "mine", "heliograph-2": "mine too"})
    assert resources(package)["resource-sco-1"].get("href") == "heliograph-3/course.html?page=sco-1.html"


def test_the_package_holds_no_secret_and_a_title_cannot_break_out_of_the_page(tenant, dispatch, settings):
    dispatch.signing_secret = "whsec_c2VjcmV0"
    dispatch.course.title = '</script><script>alert(1)</script> __CONFIG__ "quotes" 李'
    files = files_of(whole(embedding.build(dispatch)))
    page = files["heliograph/course.html"].decode()
    assert "<script>alert" not in page
    everything = b"".join(files.values())
    assert settings.SECRET_KEY.encode() not in everything
    assert dispatch.signing_secret.encode() not in everything


@pytest.mark.parametrize(
    ("standard", "format"),
    [("scorm_12", "scorm2004-3rd"), ("scorm_2004", "scorm12"), ("scorm_12", "scorm99")],
)
def test_an_embedded_package_has_no_other_standard_than_the_course(embed, standard, format):
    with pytest.raises(FormatNotOffered):
        embed(format, standard=standard)


def test_a_course_without_pages_that_report_is_refused_in_a_sentence(embed):
    with pytest.raises(NotEmbeddable, match="hosted package"):
        embed(scos=(Sco(kind="asset"),))
    with translation.override("de"), pytest.raises(NotEmbeddable, match="gehostetes Paket"):
        embed(scos=(Sco(kind="asset"),))


def test_documents_and_films_are_refused_with_a_code(dispatch, api):
    dispatch.course.published.__class__.objects.update(standard="pdf")
    answer = api("GET", f"/dispatch/{dispatch.id}/package?mode=embedded")
    assert (answer.status_code, answer.json()["code"]) == (400, "course_not_embeddable")


def test_the_api_streams_the_package_and_counts_the_download(dispatch, api):
    answer = api("GET", f"/dispatch/{dispatch.id}/package?mode=embedded")
    assert answer.streaming
    content = b"".join(answer.streaming_content)
    assert int(answer["Content-Length"]) == len(content)
    assert "course-for-brandt" in answer["Content-Disposition"] or answer["Content-Disposition"].endswith(
        '-embedded.zip"'
    )
    dispatch.refresh_from_db()
    assert dispatch.download_count == 1


EDITIONS = {"2nd": "CAM 1.3", "3rd": "2004 3rd Edition", "4th": "2004 4th Edition"}


@pytest.mark.parametrize("own", EDITIONS)
@pytest.mark.parametrize("asked", EDITIONS)
def test_an_lms_that_asks_for_an_edition_of_scorm_2004_gets_it(embed, own, asked):
    _, package = embed(f"scorm_2004_{asked}", standard="scorm_2004", edition=own)
    assert broken_rules(package) == []
    assert (
        f"<schemaversion>{EDITIONS[asked]}</schemaversion>".encode() in files_of(package)["imsmanifest.xml"]
    )


@pytest.mark.parametrize("own", EDITIONS)
def test_a_course_keeps_the_edition_it_says_it_has_where_nobody_asks_for_another(embed, own):
    _, package = embed(standard="scorm_2004", edition=own)
    assert f"<schemaversion>{EDITIONS[own]}</schemaversion>".encode() in files_of(package)["imsmanifest.xml"]


LATER = {
    "a threshold of the 4th edition": (
        '<adlcp:completionThreshold completedByMeasure="true" minProgressMeasure="0.5"/>',
        "2nd",
        "4th",
    ),
    "a button of the 3rd edition": (
        "<adlnav:presentation><adlnav:navigationInterface><adlnav:hideLMSUI>suspendAll</adlnav:hideLMSUI></adlnav:navigationInterface>"
        "</adlnav:presentation>",
        "2nd",
        "3rd",
    ),
}


@pytest.mark.parametrize("name", LATER)
def test_an_edition_that_lacks_what_the_course_uses_is_refused_by_name(embed, name):
    inside, asked, needed = LATER[name]
    with pytest.raises(FormatNotOffered, match=f"SCORM 2004 {needed} Edition"):
        embed(f"scorm2004-{asked}", standard="scorm_2004", scos=[Sco(inside=inside)])
    embed(f"scorm2004-{needed}", key="again", standard="scorm_2004", scos=[Sco(inside=inside)])


def test_more_members_than_the_old_format_counts_and_sizes_beyond_four_gigabytes_are_said_in_zip64(tmp_path):
    from heliograph.dispatch.package.streaming import Copied, ZipStream
    from heliograph.dispatch.package.zipping import Member

    class Zeros(io.BytesIO):
        """A stored file of nothing but zeros."""

        def seek(self, *_: int) -> int:
            return 0

        def read(self, size: int | None = -1) -> bytes:
            assert size is not None
            return bytes(size)

    size = 2**32 + 10
    many = [Copied(f"{number}.txt".encode(), 0, 0, "blob", 0, 0, False) for number in range(70_000)]
    large = Copied(b"large.bin", size, 0, "blob", 0, size, False)
    stream = ZipStream([Member.of("a.txt", b"a")], [large, *many], lambda _: Zeros())
    with (tmp_path / "large.zip").open("wb") as file:
        for piece in stream:
            if piece.count(0) == len(piece) == 2**20:
                file.seek(len(piece), 1)
            else:
                file.write(piece)
        assert file.tell() == len(stream)
    with zipfile.ZipFile(tmp_path / "large.zip") as archive:
        assert len(archive.namelist()) == 70_002
        assert archive.getinfo("large.bin").file_size == size
        assert archive.read("a.txt") == b"a"
        assert archive.getinfo("69999.txt").header_offset > 2**32


def test_a_build_is_counted_under_its_mode(dispatch):
    assert downloads.name_of("", "embedded") == "embedded"
    assert downloads.name_of("", "hosted") == "scorm12"
