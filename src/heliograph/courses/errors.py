"""What can go wrong with courses; what can be wrong with a package is said by `archive.Refused`."""

from heliograph.core.errors import Conflict, Invalid, NotFound, Problem


class CourseNotFound(NotFound):
    code = "course_not_found"


class FolderNotFound(NotFound):
    code = "folder_not_found"


class CourseOutside(Conflict):
    code = "course_outside"


class FolderInUse(Conflict):
    code = "folder_in_use"


class VersionNotFound(NotFound):
    code = "version_not_found"


class ImportNotFound(NotFound):
    code = "import_not_found"


class FileNotThere(NotFound):
    code = "file_not_found"


class KeyTaken(Conflict):
    code = "key_taken"


class BadKey(Invalid):
    code = "key_invalid"


class CourseInUse(Conflict):
    code = "course_in_use"


class NothingPublished(Conflict):
    code = "nothing_published"


class NothingPlayable(Conflict):
    code = "nothing_playable"


class PackageRefused(Problem):
    code, status, title = "package_refused", 422, "Import failed"
