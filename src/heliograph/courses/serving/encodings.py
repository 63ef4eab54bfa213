"""Files that were compressed before they were packed, as Unity and other builders leave them: which coding,
and of what.

Pages ask for ``web.wasm.gz`` and mean the program in it, so a server says the coding and the inner type (RFC
9110, section 8.4). An archive that is offered for download (``results.csv.gz``) stays what it is.
"""

import re
from typing import Final

GZIP: Final = b"\x1f\x8b"
WASM: Final = b"\x00asm"
UNITY_BROTLI: Final = b"UnityWeb Compressed Content (brotli)"
HEAD: Final = 128
# What pages load; whatever else is compressed is somebody's download.
LOADED: Final = (
    *(".js", ".mjs", ".css", ".htm", ".html", ".json", ".svg", ".wasm"),
    *(".data", ".mem", ".code", ".framework", ".symbols", ".bundle", ".unity3d"),
)


def takes_gzip(accepted: str) -> bool:
    """Whether who sent this Accept-Encoding takes gzip (RFC 9110, section 12.5.3)."""
    weights = {}
    for choice in accepted.lower().split(","):
        name, *parameters = (part.strip() for part in choice.split(";"))
        weights[name] = not any(re.fullmatch(r"q\s*=\s*0(\.0*)?", parameter) for parameter in parameters)
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", False)))


def inner_name(path: str) -> str:
    """The name of what is inside of a file that pages load compressed; any other file's own name."""
    lowered = path.lower()
    if lowered.endswith(".svgz"):
        return path[:-1]
    outer = next((ending for ending in (".gz", ".br") if lowered.endswith(ending)), "")
    if outer and lowered.removesuffix(outer).endswith(LOADED):
        return path[: -len(outer)]
    return path[: -len(".unityweb")] if lowered.endswith(".unityweb") else path


def coding(path: str, head: bytes) -> str:
    """The content coding of a file by its name and its first `HEAD` bytes: gzip, br, or none.

    Gzip is known by its first bytes and believed to nobody else. Brotli has none to be known by: there the
    name counts, and Unity's own mark.
    """
    if inner_name(path) == path:
        return ""
    if head.startswith(GZIP):
        return "gzip"
    named = path.lower().endswith(".br") and not head.startswith(WASM)
    return "br" if named or UNITY_BROTLI in head else ""
