"""Names of files inside a zip: which are safe, and how each is written from here on.

A safe path is relative, uses forward slashes, is in Unicode's composed form and means the same on every
system that may unpack the course later, Windows included. Case is kept: files that differ only by case are
two files.
"""

import re
import unicodedata
from typing import Final

from heliograph.core.translation import gettext_noop, told
from heliograph.courses.limits import Limits, Refused, shown

DEVICE: Final = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])[ ]*(\..*)?", re.IGNORECASE | re.DOTALL
)
DRIVE: Final = re.compile(r"[A-Za-z]:")
CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def safe_path(name: str, limits: Limits) -> str:
    """The path under which an entry called `name` is kept; empty for the root folder itself.

    Raises Refused.
    """
    if CONTROL.search(name):
        raise Refused(
            "zip_bad_name",
            told(
                gettext_noop(
                    "The ZIP contains a file name with control characters, %(name)s. Rename the file."
                ),
                name=shown(name),
            ),
        )
    too_long = Refused(
        "zip_long_name",
        told(
            gettext_noop("The ZIP contains a path that is too long or too deep, %(name)s. Shorten it."),
            name=shown(name),
        ),
    )
    if len(name) > limits.max_path_length:
        raise too_long
    path = unicodedata.normalize("NFC", name.replace("\\", "/"))
    if path.startswith("/"):
        raise Refused(
            "zip_absolute",
            told(
                gettext_noop("The ZIP contains an absolute path, %(name)s. Use relative paths."),
                name=shown(name),
            ),
        )
    parts = [part for part in path.split("/") if part not in ("", ".")]
    for part in parts:
        _check_part(part, name)
    if len(parts) > limits.max_depth:
        raise too_long
    return "/".join(parts)


def _check_part(part: str, name: str) -> None:
    # Windows drops trailing dots and blanks, so that ".. " climbs as ".." does.
    if not part.rstrip(". "):
        raise Refused(
            "zip_traversal",
            told(
                gettext_noop(
                    "The ZIP contains a path that leads outside the package, %(name)s. Re-create it."
                ),
                name=shown(name),
            ),
        )
    if DRIVE.match(part):
        raise Refused(
            "zip_absolute",
            told(
                gettext_noop("The ZIP contains a path with a drive letter, %(name)s. Use relative paths."),
                name=shown(name),
            ),
        )
    if DEVICE.fullmatch(part):
        raise Refused(
            "zip_device_name",
            told(
                gettext_noop("The ZIP contains %(name)s, a name that Windows reserves. Rename the file."),
                name=shown(name),
            ),
        )
