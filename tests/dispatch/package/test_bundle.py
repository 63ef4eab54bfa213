"""The packages of all dispatches of a destination in one zip: streamed, the same bytes each time, each
counted, and nothing left out in silence.
"""

import io
import tracemalloc
import zipfile
from collections.abc import Iterator

import pytest
from django.test import Client
from tests.dispatch.package.test_builder import files_of

from heliograph.audit.models import Entry
from heliograph.core import clock
from heliograph.core.errors import Conflict, Invalid
from heliograph.dispatch import actions, downloads, queries
from heliograph.dispatch.licenses import actions as licensing
from heliograph.dispatch.models import Dispatch
from heliograph.dispatch.package.bundle import LONGEST_BLOCK, bundle
from heliograph.dispatch.package.streaming import ZipStream
from heliograph.dispatch.package.validator import broken_rules
from heliograph.dispatch.share_links import actions as share_links


@pytest.fixture
def destination(tenant, import_course, course):
    """A customer with three dispatches: two hosted ones, and one that travels inside its package."""
    made = actions.create_destination(tenant.manager, "Brandt Logistics", "brandt")
    later = import_course(tenant, key="later", standard="scorm_2004")
    for key, of, mode in (("b", course, "hosted"), ("a", course, "embedded"), ("c", later, "hosted")):
        actions.create_dispatch(
            tenant.manager, of, made, key=key, name=f"The course {key.upper()}", mode=mode
        )
    return made


@pytest.fixture
def download(tenant, destination):
    def run(format="", mode="", **more):
        chosen = queries.dispatches(tenant.organization.id).filter(destination=destination)
        return b"".join(downloads.packages(tenant.manager, destination, chosen, format, mode, **more))

    return run


def test_every_dispatch_is_in_it_in_its_own_mode_and_each_package_is_sound(download):
    files = files_of(download())
    assert list(files) == ["a-embedded.zip", "b-scorm12.zip", "c-scorm12.zip"]
    assert all(broken_rules(package) == [] for package in files.values())


def test_the_same_dispatches_give_the_same_bytes_and_the_same_packages_as_alone(download, tenant):
    whole = download()
    assert download() == whole
    alone = downloads.package(tenant.manager, Dispatch.objects.get(key="a"), "", "embedded")
    assert files_of(whole)["a-embedded.zip"] == b"".join(alone)


def test_each_download_is_counted_and_journaled(download, tenant):
    download("scorm2004-4th", "hosted")
    assert set(Dispatch.objects.values_list("download_count", flat=True)) == {1}
    assert (
        Entry.objects.filter(organization_id=tenant.organization.id, verb="downloaded package of").count()
        == 3
    )


def test_what_is_refused_is_named_inside_with_the_reason(download, tenant):
    full = Dispatch.objects.get(key="b")
    licensing.attach(tenant.manager, full, download_limit=1)
    downloads.record_download(tenant.manager, full, "scorm12")
    files = files_of(download("scorm2004-3rd"))
    assert list(files) == ["c-scorm2004-3rd.zip", downloads.LEFT_OUT]
    told = files[downloads.LEFT_OUT].decode()
    assert "b: The download limit of this package's license has been reached." in told
    assert "a: An embedded package keeps the course's own standard" in told
    full.refresh_from_db()
    assert full.download_count == 1


def test_where_nothing_is_left_the_whole_is_refused(download, tenant):
    Dispatch.objects.update(enabled=False)
    with pytest.raises(Conflict, match="disabled"):
        download(open_only=True)
    with pytest.raises(Invalid, match="format"):
        download("scorm99")
    assert set(Dispatch.objects.values_list("download_count", flat=True)) == {0}


def test_one_download_has_an_end(download, monkeypatch):
    monkeypatch.setattr(downloads, "MOST_AT_ONCE", 2)
    with pytest.raises(Invalid, match="maximum for one download is 2"):
        download()


def test_names_that_differ_in_case_alone_do_not_meet(download):
    Dispatch.objects.filter(key="c").update(key="B")
    assert list(files_of(download(mode="hosted"))) == ["B-scorm12.zip", "a-scorm12.zip", "b-scorm12-2.zip"]


def test_the_api_the_page_and_the_customers_own_page_offer_it(api, destination, tenant, client):
    assert (
        len(files_of(b"".join(api("GET", "/destinations/brandt/packages?format=scorm_2004_2nd&mode=hosted"))))
        == 3
    )
    assert len(files_of(b"".join(api("GET", "/destinations/brandt/packages?search=course+c")))) == 1
    _, address = share_links.make_link(tenant.manager, destination)
    Dispatch.objects.filter(key="c").update(enabled=False)
    path = address.partition("/portal/")[2]
    answer = Client().get(f"/portal/{path}packages", HTTP_HOST="localhost")
    assert list(files_of(b"".join(answer))) == ["a-embedded.zip", "b-scorm12.zip", downloads.LEFT_OUT]
    assert "brandt-logistics-packages.zip" in answer["Content-Disposition"]


class Zeros(ZipStream):
    """A package of nothing but zeros, never held whole."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, self.size, 2**20):
            yield bytes(min(2**20, self.size - start))


@pytest.mark.parametrize("size", [0, 1, LONGEST_BLOCK, LONGEST_BLOCK + 1, 3 * LONGEST_BLOCK, 2**21 + 7])
def test_every_length_is_framed_and_kept(size):
    whole = b"".join(bundle([("ü.zip", Zeros(size)), ("b.zip", b"b")]))
    assert files_of(whole) == {"ü.zip": bytes(size), "b.zip": b"b"}


def test_a_large_package_is_streamed_in_little_memory():
    tracemalloc.start()
    for _ in bundle([("large.zip", Zeros(200 * 2**20))]):
        pass
    assert tracemalloc.get_traced_memory()[1] < 16 * 2**20
    tracemalloc.stop()


def test_a_package_beyond_four_gigabytes_is_said_in_zip64(tmp_path, monkeypatch):
    """The numbers alone: with a lower bound, the same fields are written for a small package."""
    from heliograph.dispatch.package import streaming

    monkeypatch.setattr(streaming, "FULL_32", 100_000)
    whole = b"".join(bundle([("a.zip", Zeros(200_000)), ("b.zip", b"b")]))
    assert whole.count((1).to_bytes(2, "little") + (16).to_bytes(2, "little")) >= 1
    # What a reader looks for is the greatest number of 32 bits; put it where the lower bound stands.
    mended = whole.replace((100_000).to_bytes(4, "little"), b"\xff" * 4)
    with zipfile.ZipFile(io.BytesIO(mended)) as archive:
        assert archive.getinfo("a.zip").file_size == 200_000
        assert archive.read("a.zip") == bytes(200_000)
        assert archive.read("b.zip") == b"b"


def test_the_moment_of_the_last_download_is_kept(download):
    before = clock.now()
    download()
    moments = Dispatch.objects.values_list("last_download_at", flat=True)
    assert all(moment is not None and moment >= before for moment in moments)
