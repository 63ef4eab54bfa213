"""Forms of courses."""

from typing import Any

from django import forms

from heliograph.core.database.fields import LONGEST_TEXT
from heliograph.courses.models import Course
from heliograph.ui.forms import Choice, Form, Tick, text

FILES = ".zip,.pif,.pdf,.mp3,.mp4,.xml"


class UploadPackage(Form):
    """``course`` is the key of the course that gets a new version; without it a course is made."""

    course = forms.CharField(required=False, widget=forms.HiddenInput)
    file = forms.FileField(
        label="Drag a file here or browse",
        widget=forms.FileInput({"accept": FILES}),
        allow_empty_file=True,  # `actions.start_import` refuses it
        error_messages={"required": "Choose a file to import."},
    )
    publish = Tick("Publish immediately after import")

    def __init__(self, *given: Any, limit: str = "", **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields[
            "file"
        ].help_text = f"SCORM, cmi5 or xAPI (.zip), cmi5.xml, PDF, MP3 or MP4 · up to {limit}"


class CourseSettings(Form):
    """``completes_by`` is asked of courses of xAPI alone."""

    title = text("Title", longest=300, error_messages={"required": "Enter a course title."})
    description = text("Description", longest=LONGEST_TEXT, lines=3, required=False)
    opens_in = Choice("Launch in", [("frame", "Frame (inside the LMS)"), ("window", "New window")])
    completes_by = Choice("Completion rule", Course.Completion.choices)
    strict = Tick(
        "Enforce SCORM size limits",
        help_text="Off is recommended: some courses exceed SCORM 1.2's limits.",
    )

    def __init__(self, *given: Any, of_xapi: bool = False, **options: Any) -> None:
        super().__init__(*given, **options)
        if not of_xapi:
            del self.fields["completes_by"]
