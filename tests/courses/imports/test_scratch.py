"""What a killed import leaves behind goes with the next one; what a running one needs stays."""

import subprocess
import sys

from tests.builders import build_package

from heliograph.config.server.worker import sweep_uploads
from heliograph.courses import actions
from heliograph.courses.imports import importing
from heliograph.courses.imports.scratch import remove_abandoned, scratch_folder

HOLDS = """
import sys
from pathlib import Path
from heliograph.courses.imports.scratch import scratch_folder
with scratch_folder(Path(sys.argv[1])) as folder:
    (folder / "half a film").write_bytes(bytes(1000))
    print(folder.name, flush=True)
    sys.stdin.read()
"""


def importer(folder) -> tuple[subprocess.Popen, str]:
    """A process in the middle of an import, and its folder's name."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def test_the_folder_of_a_killed_import_is_removed_and_that_of_a_running_one_is_not(tmp_path):
    running, kept = importer(tmp_path)
    killed, abandoned = importer(tmp_path)
    try:
        remove_abandoned(tmp_path)
        assert {folder.name for folder in tmp_path.iterdir()} == {kept, abandoned}
        killed.kill()
        killed.wait()
        with scratch_folder(tmp_path) as mine:
            assert {folder.name for folder in tmp_path.iterdir()} == {kept, mine.name}
    finally:
        for process in (running, killed):
            process.kill()
            process.communicate()
    sweep_uploads(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_import_leaves_nothing_in_the_uploads(tenant, tmp_path, settings):
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    abandoned = settings.UPLOAD_FOLDER / "import-abandoned"
    abandoned.mkdir(parents=True)
    upload = settings.UPLOAD_FOLDER / "upload"
    build_package(upload, files={"film.mp4": bytes(2 * 2**20)})
    importing.run(actions.start_import(tenant.manager, upload, "course.zip", run_here=True).id)
    assert list(settings.UPLOAD_FOLDER.iterdir()) == []
