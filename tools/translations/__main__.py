"""Bring the catalogs up to date: `python -m tools.translations`. British English is spelled by itself; what
German lacks is said.
"""

import io
import sys

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from tools.translations import catalog, collect
from tools.translations.british import british


def read(language: str) -> Catalog:
    """The catalog of a language."""
    return read_po(io.BytesIO(catalog(language).read_bytes()), locale=language)


def spelled(texts: Catalog) -> Catalog:
    """The catalog of the texts that are spelled otherwise in British English."""
    differing = Catalog("en_GB", header_comment="# Written by tools.translations from the American texts.")
    for message in texts:
        given = message.id if isinstance(message.id, tuple | list) else [message.id]
        ours = [british(text) for text in given]
        if ours != list(given):
            said = tuple(ours) if len(ours) > 1 else ours[0]
            flags = message.flags - {"fuzzy"}
            differing.add(message.id, said, flags=flags, context=message.context)
    return differing


def main() -> int:
    collect()
    german, written = read("de"), io.BytesIO()
    write_po(written, spelled(german), width=0, omit_header=True)
    catalog("en_GB").parent.mkdir(parents=True, exist_ok=True)
    catalog("en_GB").write_bytes(written.getvalue())
    missing = [message for message in german if message.id and (message.fuzzy or not message.string)]
    for message in missing:
        print(f"not in German: {message.id}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
