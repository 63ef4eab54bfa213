"""Courses, their immutable versions with every file's place in the stored package, and the imports that make
them.
"""

from typing import Any, NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from heliograph.core.clock import now
from heliograph.core.ids import new_id
from heliograph.core.translation import gettext_lazy, gettext_noop

CHECKING = gettext_noop("Checking files: %(path)s")


class Folder(models.Model):
    """Where an organization keeps courses; one without a parent is at the top."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    parent = models.ForeignKey("self", null=True, on_delete=models.RESTRICT, related_name="children")
    name = models.CharField(max_length=80)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "organization", "parent", Lower("name"), nulls_distinct=False, name="folder_name"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Course(models.Model):
    """A course an organization owns; learners get its published version."""

    class Window(models.TextChoices):
        FRAME = "frame", gettext_lazy("Frame (inside the LMS)")
        WINDOW = "window", gettext_lazy("New window")

    class Completion(models.TextChoices):
        """Which statements about its activities complete a course of an xAPI package."""

        EITHER = "completed or passed", gettext_lazy("Completed or Passed")
        COMPLETED = "completed", gettext_lazy("Completed")
        PASSED = "passed", gettext_lazy("Passed")
        TERMINATED = "terminated", gettext_lazy("Terminated")
        LAUNCHED = "launched", gettext_lazy("Launched")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    key = models.CharField(max_length=100)
    title = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    strict = models.BooleanField(
        default=False, help_text="Enforce the size limits of the standard, which some courses exceed."
    )
    opens_in = models.CharField(max_length=10, choices=Window.choices, default=Window.FRAME)
    completes_by = models.CharField(
        max_length=30,
        choices=Completion.choices,
        default=Completion.EITHER,
        db_default=Completion.EITHER.value,
    )
    published = models.ForeignKey(
        "courses.CourseVersion", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    folder = models.ForeignKey(
        Folder, null=True, on_delete=models.SET_NULL, related_name="courses", db_index=False
    )
    owner = models.ForeignKey("accounts.Membership", null=True, on_delete=models.SET_NULL, related_name="+")
    tags = ArrayField(models.CharField(max_length=40), default=list, db_default=[])
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "key"], name="course_key")]
        indexes = [
            models.Index(fields=["organization", "-id"], name="course_newest"),
            models.Index(fields=["folder"], name="course_folder"),
        ]

    def __str__(self) -> str:
        return self.title


class CourseVersion(models.Model):
    """What one import made; never changed afterwards."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    standard = models.CharField(max_length=20)
    edition = models.CharField(max_length=10, blank=True)
    title = models.CharField(max_length=300)
    structure = models.JSONField()
    findings = models.JSONField(default=list)
    filename = models.CharField(max_length=255)
    package_sha256 = models.CharField(max_length=64)
    package_bytes = models.BigIntegerField()
    file_count = models.PositiveIntegerField()
    total_bytes = models.BigIntegerField()
    created_at = models.DateTimeField(default=now, editable=False)
    created_by = models.CharField(max_length=200)
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "course", "number"], name="version_number")
        ]
        indexes = [models.Index(fields=["organization", "package_sha256"], name="version_package")]

    def __str__(self) -> str:
        return f"{self.title}, version {self.number}"


class CourseFile(models.Model):
    """One file of a version: a range of bytes in the stored package, or a blob of its own.

    ``blob`` names the stored file the bytes lie in; ``offset``, ``stored_bytes`` and ``deflated`` say where
    and how. ``path`` is composed (NFC); ``decomposed`` says that the author's zip wrote it decomposed (NFD),
    as macOS does.
    """

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    version = models.ForeignKey(CourseVersion, on_delete=models.CASCADE, related_name="files", db_index=False)
    path = models.CharField(max_length=1024)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    crc32 = models.BigIntegerField()
    blob = models.CharField(max_length=64)
    offset = models.BigIntegerField(default=0)
    stored_bytes = models.BigIntegerField()
    deflated = models.BooleanField(default=False)
    decomposed = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "version", "path"], name="file_path")]
        indexes = [models.Index(fields=["organization", "blob"], name="file_blob")]

    def __str__(self) -> str:
        return self.path


class FileRow(NamedTuple):
    """What an import says of a file: columns of `CourseFile`."""

    path: str
    size: int
    sha256: str
    crc32: int
    blob: str
    offset: int
    stored_bytes: int
    deflated: bool = False
    decomposed: bool = False


class Import(models.Model):
    """One upload on its way to becoming a version.

    ``error`` is English; ``error_source`` has its text and values, for pages in other languages.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, db_index=False)
    course_key = models.CharField(max_length=100, blank=True)
    publish = models.BooleanField(default=False)
    filename = models.CharField(max_length=255)
    package_sha256 = models.CharField(max_length=64)
    package_bytes = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    progress = models.PositiveSmallIntegerField(default=0)
    stage = models.CharField(max_length=200, default=gettext_noop("Queued"))
    version = models.ForeignKey(CourseVersion, null=True, on_delete=models.CASCADE, related_name="imports")
    error_code = models.CharField(max_length=60, blank=True)
    error = models.TextField(blank=True)
    error_source = models.JSONField(default=dict, blank=True)
    created_by = models.CharField(max_length=200)
    folder = models.ForeignKey(  # of a course that it makes; another one gets no version
        Folder, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    owner = models.ForeignKey(  # of a course that it makes
        "accounts.Membership", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=now, editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-id"], name="import_newest"),
            models.Index(fields=["organization", "package_sha256"], name="import_package"),
        ]

    def __str__(self) -> str:
        return f"{self.filename}: {self.state}"

    @property
    def stage_source(self) -> dict[str, Any]:
        """The text and values of ``stage``, which is English; empty for a stage without values."""
        _, mark, path = self.stage.partition(CHECKING % {"path": ""})
        return {"text": CHECKING, "values": {"path": path}} if mark else {}
