"""Whatever tree an author builds reads back as that tree; whatever bytes give is a course or a refusal."""

import contextlib
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.builders import Sco, build_package, manifest_text, zip_bytes
from tests.courses.reading import flat, read

from heliograph.courses.formats import Refused
from heliograph.courses.formats.structure import Item

SOME = settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
TITLES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=10)


def trees() -> st.SearchStrategy[Sco]:
    leaf = st.builds(
        Sco,
        identifier=TITLES,
        title=TITLES,
        href=st.sampled_from(["a.html", "b/c.html?x#y"]),
        page=st.just(""),
    )
    return st.recursive(
        leaf,
        lambda inner: st.builds(
            Sco,
            identifier=TITLES,
            title=TITLES,
            href=st.just(""),
            items=st.lists(inner, min_size=1, max_size=4),
        ),
        max_leaves=12,
    )


def shape_made(sco: Sco) -> tuple:
    return sco.title, bool(sco.href), [shape_made(inner) for inner in sco.items]


def shape_read(item: Item) -> tuple:
    return item["title"], item["launch"] is not None, [shape_read(inner) for inner in item["items"]]


@SOME
@given(scos=st.lists(trees(), min_size=1, max_size=4), standard=st.sampled_from(["scorm_12", "scorm_2004"]))
def test_any_tree_reads_back_in_the_same_shape(tmp_path, scos, standard):
    course = read(tmp_path, build_package(standard=standard, scos=scos))
    organization = course.structure["organizations"][0]
    assert [shape_read(item) for item in organization["items"]] == [shape_made(sco) for sco in scos]
    identifiers = [organization["identifier"], *(item["identifier"] for item in flat(organization["items"]))]
    assert len(identifiers) == len(set(identifiers))
    assert json.loads(json.dumps(course.structure)) == course.structure


SAMPLE = manifest_text(
    "scorm_2004",
    scos=[
        Sco(inside="<imsss:sequencing IDRef='s'><imsss:controlMode flow='true'/></imsss:sequencing>"),
        Sco("b"),
    ],
    inside_manifest="<imsss:sequencingCollection><imsss:sequencing ID='s'/></imsss:sequencingCollection>",
)


@SOME
@given(data=st.data())
def test_a_manifest_changed_anywhere_gives_a_course_or_a_refusal(tmp_path, data):
    text = SAMPLE
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 60)))
        text = (
            text[:start]
            + data.draw(st.sampled_from(["", "<", ">", '"', "&", "item", "../", "\0"]) | st.text(max_size=8))
            + text[end:]
        )
    with contextlib.suppress(Refused):
        json.dumps(
            read(
                tmp_path, zip_bytes({"imsmanifest.xml": text.encode(errors="replace"), "sco-1.html": ""})
            ).structure
        )


@SOME
@given(manifest=st.binary(max_size=300), filename=st.text(max_size=20))
def test_arbitrary_manifests_under_arbitrary_names_give_a_course_or_a_refusal(tmp_path, manifest, filename):
    with contextlib.suppress(Refused):
        read(tmp_path, zip_bytes({"imsmanifest.xml": manifest}), filename)


@SOME
@given(
    upload=st.binary(max_size=300),
    filename=st.sampled_from(["a.zip", "a.xml", "a.pdf", "a.mp3", "a.mp4", "a"]),
)
def test_arbitrary_uploads_give_a_course_or_a_refusal(tmp_path, upload, filename):
    with contextlib.suppress(Refused):
        read(tmp_path, upload, filename)
