"""A process that turns one PDF into pictures and text, page by page, within limits: ``python -m
heliograph.courses.imports.pdf_pages FILE FOLDER``.

Writes ``1.webp`` … and ``index.json`` (a list of ``{"width", "height", "text"}``). Ends with status 3,
and with its pages and the most that are allowed, for a document that is too long.
"""

import json
import resource
import sys
from pathlib import Path

import pypdfium2

MOST_PAGES = 2000
WIDTH = 1400  # pixels: sharp on a laptop, some 100 KB a page
TALLEST = 6000
MEMORY, SECONDS = 3 * 2**30, 900


def main(source: Path, folder: Path) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    document = pypdfium2.PdfDocument(source)
    if len(document) > MOST_PAGES:
        print(len(document), MOST_PAGES)
        return 3
    index = []
    for number, page in enumerate(document, start=1):
        width, height = page.get_size()
        scale = min(WIDTH / max(width, 1), TALLEST / max(height, 1))
        picture = page.render(scale=scale).to_pil()
        picture.save(folder / f"{number}.webp", quality=80, method=2)
        index.append(
            {"width": picture.width, "height": picture.height, "text": page.get_textpage().get_text_bounded()}
        )
        page.close()
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
