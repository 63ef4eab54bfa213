"""Running an import: read the package, check every byte of it, and make the version in one transaction.

The package stays one stored file; each course file becomes a row that says where in it its bytes lie
(docs/decisions/0003). Only a large deflated medium gets a blob of its own, because a player seeks in it.
Until the last transaction nothing of the course can be seen.
"""

import hashlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from heliograph.audit.actions import record
from heliograph.core import storage
from heliograph.core.actor import Actor, system
from heliograph.core.clock import now
from heliograph.core.errors import Conflict
from heliograph.core.ids import new_id, slug
from heliograph.core.translation import Told, gettext_noop, told
from heliograph.courses import actions, webhook_events
from heliograph.courses.formats import CoursePackage, read_course
from heliograph.courses.imports.media import prepare_media
from heliograph.courses.imports.scratch import scratch_folder
from heliograph.courses.models import CHECKING, Course, CourseVersion, FileRow, Import
from heliograph.courses.organizing import COURSE_OUTSIDE
from heliograph.courses.zips.archive import Archive, Refused, ZipEntry, open_archive

PROGRESS_EVERY = 0.5
DEFLATED = 8
SEEKABLE = (".mp4", ".m4v", ".webm", ".mov", ".mp3", ".m4a", ".ogg", ".wav")
SEEKABLE_FROM = 2**20


def run(import_id: UUID) -> Import:
    """Carry an import out, from the start, however often it is called; a finished one stays as it is."""
    job = Import.objects.select_related("organization").get(id=import_id)
    if job.state in (Import.State.DONE, Import.State.REFUSED):
        return job
    Import.objects.filter(id=job.id).update(
        state=Import.State.RUNNING, stage=gettext_noop("Reading package"), progress=1
    )
    try:
        return _import(job)
    except Refused as refusal:
        return _refuse(job, refusal.code, refusal.sentence)
    except Conflict as problem:
        return _refuse(job, problem.problem_code, problem.sentence)


def _import(job: Import) -> Import:
    with scratch_folder(settings.UPLOAD_FOLDER) as scratch, _local_copy(job, scratch) as path:
        package = read_course(path, job.filename, settings.IMPORT_LIMITS)
        extracted = scratch / "extracted"
        extracted.mkdir()
        if package.standard in ("pdf", "mp3", "mp4"):
            _progress(
                job,
                20,
                gettext_noop("Converting pages")
                if package.standard == "pdf"
                else gettext_noop("Preparing file"),
            )
            rows = prepare_media(package, path, job.package_sha256, extracted)
        elif not package.files:
            rows = []
        else:
            rows = list(_check_files(job, package, path, extracted))
        _progress(job, 97, gettext_noop("Saving"))
        return _save(job, package, rows, extracted)


class _local_copy:
    """The package on this machine's disk: where it lies, or a copy where the storage is elsewhere."""

    def __init__(self, job: Import, scratch: Path) -> None:
        self.scratch = scratch
        self.blob = storage.open_blob(job.organization_id, job.package_sha256)
        self.copy: Any = None

    def __enter__(self) -> Path:
        name = getattr(self.blob, "name", None)
        if name and Path(name).is_file():
            return Path(name)
        self.copy = tempfile.NamedTemporaryFile(dir=self.scratch)
        while block := self.blob.read(2**20):
            self.copy.write(block)
        self.copy.flush()
        return Path(self.copy.name)

    def __exit__(self, *_: object) -> None:
        self.blob.close()
        if self.copy:
            self.copy.close()


def _check_files(job: Import, package: CoursePackage, path: Path, scratch: Path) -> Iterator[FileRow]:
    """A row for each file, after its bytes were inflated, counted and checked."""
    with open_archive(path, settings.IMPORT_LIMITS, package.code_page) as archive:
        reported_at, done, total = (
            0.0,
            0,
            sum(archive.entries[name].size for name in package.files.values()) or 1,
        )
        for course_path, name in sorted(
            package.files.items(), key=lambda item: archive.entries[item[1]].offset
        ):
            entry = archive.entries[name]
            extract = (
                entry.method == DEFLATED
                and entry.size >= SEEKABLE_FROM
                and course_path.lower().endswith(SEEKABLE)
            )
            yield (_extracted if extract else _in_place)(job, archive, course_path, name, entry, scratch)
            done += entry.size
            if time.monotonic() - reported_at > PROGRESS_EVERY:
                reported_at = time.monotonic()
                _progress(job, 5 + 90 * done // total, told(CHECKING, path=course_path))


def _in_place(
    job: Import, archive: Archive, course_path: str, name: str, entry: ZipEntry, _: Path
) -> FileRow:
    sha256 = hashlib.sha256()
    for chunk in archive.stream(name):
        sha256.update(chunk)
    # An empty file without a deflate stream has nothing to inflate.
    deflated = entry.method == DEFLATED and entry.compressed > 0
    at = (job.package_sha256, archive.data_offset(name), entry.compressed, deflated)
    return FileRow(course_path, entry.size, sha256.hexdigest(), entry.crc, *at, entry.decomposed)


def _extracted(
    job: Import, archive: Archive, course_path: str, name: str, entry: ZipEntry, scratch: Path
) -> FileRow:
    """A file that gets its own blob; it waits in ``scratch`` under its hash until the course is saved."""
    sha256, local = hashlib.sha256(), scratch / str(new_id())
    with open(local, "wb") as file:
        for chunk in archive.stream(name):
            sha256.update(chunk)
            file.write(chunk)
    local.rename(scratch / sha256.hexdigest())
    return FileRow(
        course_path,
        entry.size,
        sha256.hexdigest(),
        entry.crc,
        sha256.hexdigest(),
        0,
        entry.size,
        False,
        entry.decomposed,
    )


@transaction.atomic
def _save(job: Import, package: CoursePackage, rows: list[FileRow], scratch: Path) -> Import:
    job = Import.objects.select_for_update().get(id=job.id)
    if job.state in (Import.State.DONE, Import.State.REFUSED):
        return job
    actor = system(job.organization_id, job.created_by)
    course = _course(actor, job, package)
    version = CourseVersion.objects.create(
        organization_id=job.organization_id,
        course=course,
        number=course.versions.count() + 1,
        standard=package.standard,
        edition=package.edition or "",
        title=package.title[:300],
        structure=package.structure,
        findings=[finding.row for finding in package.findings],
        filename=job.filename,
        package_sha256=job.package_sha256,
        package_bytes=job.package_bytes,
        file_count=len(rows),
        total_bytes=sum(row.size for row in rows),
        created_by=job.created_by,
    )
    columns = ", ".join(f'"{name}"' for name in FileRow._fields)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY courses_coursefile (organization_id, version_id, {columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row((job.organization_id, version.id, *row))
    _keep_extracted(job.organization_id, scratch)
    record(
        actor,
        "imported",
        "course version",
        version.id,
        str(version),
        course=str(course.id),
        import_id=str(job.id),
    )
    webhook_events.tell_course("imported", course, version)
    if package.playable and (course.published_id is None or job.publish):
        version.course = actions.publish_version(actor, version)
    job.state, job.progress, job.stage = Import.State.DONE, 100, gettext_noop("Done")
    job.version, job.finished_at = version, now()
    job.save()
    webhook_events.tell_import(job)
    return job


def _keep_extracted(organization_id: UUID, scratch: Path) -> None:
    """Store what was extracted while the rows that name it are being saved, so that nobody takes it for
    forgotten meanwhile.
    """
    for file in sorted(scratch.iterdir()):
        actions.lock_blob(organization_id, file.name)
        storage.keep(organization_id, file.name, file)


def _course(actor: Actor, job: Import, package: CoursePackage) -> Course:
    title = package.title.strip()[:300] or Path(job.filename).stem
    if job.course_key:
        course, made = Course.objects.select_for_update().get_or_create(
            organization_id=job.organization_id, key=job.course_key, defaults={"title": title}
        )
        if not made and job.folder_id and course.folder_id != job.folder_id:
            raise Refused("course_outside", told(COURSE_OUTSIDE, key=job.course_key))
    else:
        course, made = _new_course(job.organization_id, title), True
    if made:
        course.description, course.owner_id = package.description, job.owner_id
        course.folder_id = job.folder_id
        course.save(update_fields=["description", "owner", "folder"])
        record(actor, "created", "course", course.id, course.title)
    return course


def _new_course(organization_id: UUID, title: str) -> Course:
    """A course with a key of its own: the title's words, numbered where they are taken."""
    base, number = slug(title, "course"), 1
    while True:
        key = base if number == 1 else f"{base}-{number}"
        course, made = Course.objects.get_or_create(
            organization_id=organization_id, key=key, defaults={"title": title}
        )
        if made:
            return course
        number += 1


def _refuse(job: Import, code: str, sentence: str) -> Import:
    with transaction.atomic():
        job = Import.objects.select_for_update().get(id=job.id)
        job.state, job.stage, job.finished_at = Import.State.REFUSED, gettext_noop("Refused"), now()
        job.error_code, job.error = code, str(sentence)
        job.error_source = sentence.source if isinstance(sentence, Told) else {}
        job.save()
        record(
            system(job.organization_id, job.created_by),
            "refused",
            "import",
            job.id,
            job.filename,
            code=code,
            reason=str(sentence),
        )
        webhook_events.tell_import(job)
    actions.release_blob(job.organization_id, job.package_sha256)
    return job


def give_up(import_id: UUID) -> Import:
    """Say that an import failed for a reason of ours, after the last try; a finished one stays as it is."""
    job = Import.objects.get(id=import_id)
    if job.state in (Import.State.DONE, Import.State.REFUSED):
        return job
    return _refuse(
        job,
        "import_failed",
        gettext_noop("The import failed repeatedly. Try again, or contact your administrator."),
    )


def _progress(job: Import, percent: int, stage: str) -> None:
    Import.objects.filter(id=job.id).update(progress=percent, stage=stage[:200])
