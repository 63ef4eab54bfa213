"""What a stub says when it asks for a launch."""

import msgspec


class LaunchRequest(msgspec.Struct, rename={"page_load_id": "sitting", "resume_token": "keepsake"}):
    """What a stub says when it asks for a launch.

    ``learner`` is the LMS's id (empty where the LMS hides it; where ``hashed``, what the browser made of it),
    ``resume_token`` (in the message ``keepsake``) what an earlier answer asked the LMS to keep, ``mode``,
    ``credit`` and ``entry`` the LMS's own words, ``stub`` the version of the stub, ``standard`` the package's
    format, ``folder`` the path the LMS keeps the package at, ``page_load_id`` (``sitting``) the UUID of one
    loading of the stub, ``total_time`` the learner's time by the LMS, in its standard's notation, ``place``
    the LMS's origin where the page that asks is ours (cmi5). The rest comes from embedded packages.
    """

    learner: str = ""
    name: str = ""
    email: str = ""
    hashed: bool = False
    resume_token: str = ""
    mode: str = "normal"
    credit: str = "credit"
    entry: str = ""
    stub: str = ""
    standard: str = ""
    folder: str = ""
    page_load_id: str = ""
    total_time: str = ""
    place: str = ""
    mode_of_package: str = "hosted"
    began_ago: int = 0
    scos: list[str] = []
