"""A process that writes the rows of a workbook's first sheet, each as a line of JSON, within limits: ``python
-m heliograph.accounts.user_imports.xlsx_rows FILE``. A line that is a text is the code of a refusal.
"""

import json
import resource
import sys
import zipfile
from pathlib import Path

import openpyxl

MEMORY, SECONDS = 2**30, 120
MOST_UNPACKED = 256 * 2**20
MOST_SHARED = 32 * 2**20  # the workbook's texts, which are all held
MOST_EMPTY = 20_000  # rows in succession, after which nothing more is expected
LONGEST_CELL = 2000  # characters


def main(path: Path) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        if refusal := refused(path):
            print(json.dumps(refusal))
            return 0
        write_rows(path)
    except MemoryError:
        print(json.dumps("workbook_too_large"))
    except BrokenPipeError:
        return 1
    except Exception:  # whatever a library says of a damaged workbook
        print(json.dumps("workbook_unreadable"))
    return 0


def refused(path: Path) -> str:
    """Why the workbook is not even opened; empty where it may be."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if sum(member.file_size for member in members) > MOST_UNPACKED:
            return "workbook_too_large"
        for member in members:
            if member.filename.lower().endswith("sharedstrings.xml") and member.file_size > MOST_SHARED:
                return "workbook_too_large"
            if member.filename.lower().endswith((".xml", ".rels")):
                with archive.open(member) as opened:
                    if b"<!DOCTYPE" in opened.read(4096).replace(b"\0", b"").upper():
                        return "workbook_unreadable"
    return ""


def write_rows(path: Path) -> None:
    opened = path.open("rb")  # by its name, a library would judge it
    sheet = openpyxl.load_workbook(opened, read_only=True, data_only=True, keep_links=False).worksheets[0]
    sheet.reset_dimensions()  # what the file says of its size is not believed
    empty = 0
    for row in sheet.iter_rows(values_only=True):
        cells = [_text(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        empty = 0 if cells else empty + 1
        if empty > MOST_EMPTY:
            return
        print(json.dumps(cells[:100]))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)[:LONGEST_CELL]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
