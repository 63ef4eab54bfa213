"""Forms of courses."""

from typing import Any
from uuid import UUID

from django import forms

from heliograph.core.database.fields import LONGEST_TEXT
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.courses import organizing
from heliograph.courses.models import Course
from heliograph.ui.forms import Choice, Form, Tick, text
from heliograph.ui.lookups import Lookup

FILES = ".zip,.pif,.pdf,.mp3,.mp4,.xml"


class UploadPackage(Form):
    """``course`` is the key of the course that gets a new version; without it a course is made."""

    course = forms.CharField(required=False, widget=forms.HiddenInput)
    file = forms.FileField(
        label=gettext_lazy("Drag a file here or browse"),
        widget=forms.FileInput({"accept": FILES}),
        allow_empty_file=True,  # `actions.start_import` refuses it
        error_messages={"required": gettext_lazy("Choose a file to import.")},
    )
    publish = Tick(gettext_lazy("Publish immediately after import"))

    def __init__(self, *given: Any, limit: str = "", **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["file"].help_text = gettext(
            "SCORM, cmi5 or xAPI (.zip), cmi5.xml, PDF, MP3 or MP4 · up to %(limit)s"
        ) % {"limit": limit}


class CoursePlace(Form):
    """Where a course is kept, and who answers for it."""

    folder = Choice(gettext_lazy("Folder"), required=False)
    owner = Lookup(label=gettext_lazy("Owner"), required=False)
    tags = text(
        gettext_lazy("Tags"),
        longest=1000,
        required=False,
        placeholder=gettext_lazy("Safety, Annual"),
        help_text=gettext_lazy("Separate tags with commas."),
    )

    def __init__(self, *given: Any, organization_id: UUID, **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["folder"].choices = folder_choices(organization_id)  # type: ignore[attr-defined]

    def clean_tags(self) -> list[str]:
        return str(self.cleaned_data["tags"]).split(",")


class FolderForm(Form):
    """A folder's name, and the folder that it is in."""

    name = text(
        gettext_lazy("Name"),
        longest=80,
        error_messages={"required": gettext_lazy("Enter a name for the folder.")},
    )
    parent = Choice(gettext_lazy("In folder"), required=False)

    def __init__(self, *given: Any, organization_id: UUID, **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["parent"].choices = folder_choices(organization_id)  # type: ignore[attr-defined]


class BulkCourses(Form):
    """What is done with the courses that are ticked."""

    do = Choice("", [("folder", ""), ("tag", ""), ("owner", "")])
    folder = forms.CharField(required=False)
    owner = Lookup(label=gettext_lazy("Owner"), required=False)
    tag = text(gettext_lazy("Tag"), longest=40, required=False)


def folder_choices(organization_id: UUID) -> list[tuple[str, str]]:
    """The folders to choose from, and none."""
    known = organizing.open_places(organization_id)
    return [("", gettext("No folder")), *((str(place.folder.id), place.label) for place in known)]


class CourseSettings(Form):
    """``completes_by`` is asked of courses of xAPI alone."""

    title = text(
        gettext_lazy("Title"), longest=300, error_messages={"required": gettext_lazy("Enter a course title.")}
    )
    description = text(gettext_lazy("Description"), longest=LONGEST_TEXT, lines=3, required=False)
    opens_in = Choice(
        gettext_lazy("Launch in"),
        [("frame", gettext_lazy("Frame (inside the LMS)")), ("window", gettext_lazy("New window"))],
    )
    completes_by = Choice(gettext_lazy("Completion rule"), Course.Completion.choices)
    strict = Tick(
        gettext_lazy("Enforce SCORM size limits"),
        help_text=gettext_lazy("Off is recommended: some courses exceed SCORM 1.2's limits."),
    )

    def __init__(self, *given: Any, of_xapi: bool = False, **options: Any) -> None:
        super().__init__(*given, **options)
        if not of_xapi:
            del self.fields["completes_by"]
