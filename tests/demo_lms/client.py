"""A person at the reference LMS: uploads, launches and reads over HTTP, and calls its API as courses do."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from playwright.sync_api import Frame, Page

LEARNER = "zoe o'brien/李"
NAME = "Zoë O'Brien, 李"


@dataclass
class Lms:
    """The LMS over HTTP, the way a test or a person with curl uses it."""

    url: str

    def request(self, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.url + path, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as problem:
            return problem.code, problem.read()

    def json(self, path: str, body: bytes | None = None) -> Any:
        return json.loads(self.request(path, body)[1])

    def upload(self, zip_bytes: bytes) -> str:
        """Returns the package's id."""
        status, answer = self.request(
            "/api/packages?filename=course.zip", zip_bytes, Content_Type="application/zip"
        )
        assert status == 201, answer
        return str(json.loads(answer)["id"])

    def record(self, package: str, learner: str = LEARNER) -> Any:
        return self.json(f"/api/packages/{package}/learners/{quote(learner, safe='')}")

    def play_url(self, package: str, **query: Any) -> str:
        query = {"learner_id": LEARNER, "learner_name": NAME, **query}
        return f"{self.url}/play/{package}?{urlencode(query, doseq=True)}"


@dataclass
class Course:
    """What a SCO can do: call the API it found."""

    frame: Frame | Page

    def call(self, method: str, *arguments: str) -> str:
        return str(
            self.frame.evaluate(
                "([method, given]) => window.api[method](...given)", [method, list(arguments)]
            )
        )

    def fails(self, method: str, *arguments: str) -> str:
        """Makes a call and returns the error code it left; "0" when it worked."""
        self.call(method, *arguments)
        return self.call("LMSGetLastError" if method.startswith("LMS") else "GetLastError")


class Desk(Course):
    """An API just made, with what the LMS gave and kept, and nobody else at it."""

    def __init__(self, page: Page, **launch: Any) -> None:
        super().__init__(page)
        page.evaluate(
            """(launch) => {
                const own = JSON.parse(document.getElementById("launch").textContent);
                const { Session } = window.ReferenceLms;
                window.api = new Session({ ...own, given: {}, stored: {}, quirks: {}, ...launch }).api();
            }""",
            launch,
        )


def content_frame(page: Page) -> Frame:
    """The frame in which a play page shows the course."""
    element = page.wait_for_selector("#content")
    assert element is not None
    frame = element.content_frame()
    assert frame is not None
    return frame


def open_course(page: Page, url: str) -> Course:
    """Opens a play page and waits until the course in its frame has found the API."""
    page.goto(url)
    frame = content_frame(page)
    frame.wait_for_function("window.api")
    return Course(frame)
