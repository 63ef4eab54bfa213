"""Taking over an uploaded file: it lies on disk already, so it only changes its name."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from heliograph.core.errors import TooLarge
from heliograph.core.ids import new_id


class LimitedUpload(TemporaryFileUploadHandler):
    """Streams a request's files to disk and writes no more than the limit (HELIOGRAPH_UPLOAD_LIMIT_MB);
    `take_over` refuses what was cut.
    """

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        self.left = settings.HELIOGRAPH.upload_limit

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.left -= len(raw_data)
        if self.left >= 0:
            super().receive_data_chunk(raw_data, start)


def take_over(file: UploadedFile) -> Path:
    """The uploaded file under a name of ours, no longer deleted with the request. Raises `TooLarge`."""
    limit = settings.HELIOGRAPH.upload_limit
    if (file.size or 0) > limit:
        raise TooLarge(
            f"The file is larger than {limit // 2**20} MB, the limit of this server "
            "(HELIOGRAPH_UPLOAD_LIMIT_MB)."
        )
    kept = settings.UPLOAD_FOLDER / str(new_id())
    if isinstance(file, TemporaryUploadedFile):
        file.flush()
        os.link(file.temporary_file_path(), kept)
    else:
        with open(kept, "wb") as copy:
            for chunk in file.chunks():
                copy.write(chunk)
    return kept
