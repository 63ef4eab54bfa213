"""Downloading what was imported, byte for byte."""

from django.http import FileResponse

from heliograph.core import storage
from heliograph.courses.models import CourseVersion


def package(version: CourseVersion) -> FileResponse:
    """The version's package under the name it came with."""
    blob = storage.open_blob(version.organization_id, version.package_sha256)
    return FileResponse(
        blob, as_attachment=True, filename=version.filename, content_type="application/octet-stream"
    )
