"""The reference LMS as a WSGI application: one table of addresses, each answered by one short function.

Pages and JSON tell the same; a refusal is one sentence in either. The course's files, the LMS's pages and its
API share one origin, as they do in the LMSs this one stands in for.
"""

import logging
import re
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from heliograph.demo_lms import launches, packages, pages, quirks, responses, uploads
from heliograph.demo_lms.errors import Refusal
from heliograph.demo_lms.responses import Response
from heliograph.demo_lms.store import Row, Store, describe

STATIC = Path(__file__).parent / "static"
SHOWN_CALLS = 500
log = logging.getLogger(__name__)


class App:
    """Serves one store; `App(Store(home))` is the WSGI callable."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        response = self._answer(environ)
        status = HTTPStatus(response.status)
        start_response(f"{status.value} {status.phrase}", list(response.headers.items()))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else response.body

    def _answer(self, environ: dict[str, Any]) -> Response:
        path = environ.get("PATH_INFO", "/").encode("latin-1").decode("utf-8", "replace")
        try:
            return self._dispatch(environ, path)
        except Refusal as refusal:
            speaks_json = path.startswith("/api/") and "text/html" not in environ.get("HTTP_ACCEPT", "")
            return (
                responses.problem(refusal)
                if speaks_json
                else responses.page(pages.error_page(refusal), refusal.status)
            )
        except Exception:
            log.exception("A request to the reference LMS failed: %s", path)
            sentence = "Something went wrong inside the reference LMS; its terminal says what."
            return responses.problem(Refusal(500, "broken", sentence))

    def _dispatch(self, environ: dict[str, Any], path: str) -> Response:
        method = environ["REQUEST_METHOD"].replace("HEAD", "GET")
        if method != "GET":
            _refuse_other_sites(environ)
        allowed = set()
        for verb, pattern, view in ROUTES:
            if match := re.fullmatch(pattern, path, re.DOTALL):
                if verb == method:
                    return view(self.store, environ, *match.groups())
                allowed.add(verb)
        if allowed:
            raise Refusal(405, "wrong_method", f"This address only takes {' or '.join(sorted(allowed))}.")
        raise Refusal(404, "no_such_page", "There is nothing at this address.")


def _refuse_other_sites(environ: dict[str, Any]) -> None:
    """Any page in this browser could send a form here; browsers say where one comes from, others do not."""
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None and urlsplit(origin).netloc != environ.get("HTTP_HOST"):
        raise Refusal(403, "other_site", "This LMS only takes what its own pages send.")


def _query(environ: dict[str, Any]) -> dict[str, list[str]]:
    return parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True, max_num_fields=100)


# Pages


def home(store: Store, environ: dict[str, Any]) -> Response:
    return responses.page(pages.home(store.packages()))


def show_package(store: Store, environ: dict[str, Any], package_id: str) -> Response:
    package = store.package(package_id)
    learners = [_learner_summary(store, package, learner) for learner in store.learners(package["id"])]
    return responses.page(pages.package(package, learners))


def show_learner(store: Store, environ: dict[str, Any], package_id: str, learner_id: str) -> Response:
    package = store.package(package_id)
    wait = _query(environ).get("wait", ["0"])[0]
    time.sleep(min(int(wait) if wait.isdecimal() else 0, quirks.LONGEST_WAIT) / 1000)
    return responses.page(
        pages.learner(package, _learner_summary(store, package, store.learner(package["id"], learner_id)))
    )


def show_attempt(store: Store, environ: dict[str, Any], attempt_id: str) -> Response:
    attempt = store.attempt(attempt_id)
    package = store.package(attempt["package"])
    learner = store.learner(package["id"], attempt["learner"])
    return responses.page(pages.attempt(package, learner, _attempt_live(store, package, attempt)))


def attempt_live(store: Store, environ: dict[str, Any], attempt_id: str) -> Response:
    """The moving part of an attempt's page; nothing when the asker has seen it as it is."""
    attempt = store.attempt(attempt_id)
    live = _attempt_live(store, store.package(attempt["package"]), attempt)
    if _query(environ).get("seen") == [live["stamp"]]:
        return responses.nothing()
    return responses.page(pages.attempt_live(live))


def play(store: Store, environ: dict[str, Any], package_id: str) -> Response:
    package, query = store.package(package_id), _query(environ)
    launch = launches.begin(store, package, query)
    return responses.page(pages.play(package, launch, query))


def blank(store: Store, environ: dict[str, Any]) -> Response:
    """What the course's frame shows once the learner has left."""
    return responses.page(pages.left())


def static(store: Store, environ: dict[str, Any], name: str) -> Response:
    return responses.file(STATIC, name)


def content(store: Store, environ: dict[str, Any], package_id: str, name: str) -> Response:
    package = store.package(package_id)
    return responses.file(store.folder(package["id"]), name, environ.get("HTTP_RANGE", ""))


# Forms


def upload_form(store: Store, environ: dict[str, Any]) -> Response:
    return responses.redirect(f"/packages/{_take_upload(store, environ)}")


def quirks_form(store: Store, environ: dict[str, Any], package_id: str) -> Response:
    package, form = store.package(package_id), uploads.read_form(environ)
    chosen = [f"{name}:{form.get('n_' + name, [''])[0]}" for name in form.get("quirk", [])]
    store.set_quirks(package["id"], quirks.parse(chosen))
    return responses.redirect(f"/packages/{package['id']}")


def remove_form(store: Store, environ: dict[str, Any], package_id: str) -> Response:
    package = store.package(package_id)
    packages.remove(store.folder(package["id"]))
    store.remove_package(package["id"])
    return responses.redirect("/")


# JSON


def api_packages(store: Store, environ: dict[str, Any]) -> Response:
    return responses.as_json({"packages": [_package_json(package) for package in store.packages()]})


def api_upload(store: Store, environ: dict[str, Any]) -> Response:
    package = store.package(str(_take_upload(store, environ)))
    return responses.as_json(_package_json(package), 201)


def api_package(store: Store, environ: dict[str, Any], package_id: str) -> Response:
    package = store.package(package_id)
    learners = [
        {**learner, "url": _learner_url(package, learner)} for learner in store.learners(package["id"])
    ]
    return responses.as_json({**_package_json(package), "learners": learners})


def api_set_quirks(store: Store, environ: dict[str, Any], package_id: str) -> Response:
    package, body = store.package(package_id), uploads.read_json(environ)
    listed = body.get("quirks") if isinstance(body, dict) else None
    if not isinstance(listed, list) or not all(isinstance(word, str) for word in listed):
        raise Refusal(400, "bad_quirks", 'Send {"quirks": ["name:number", …]}.')
    store.set_quirks(package["id"], quirks.parse(listed))
    return responses.as_json(_package_json(store.package(package_id)))


def api_learner(store: Store, environ: dict[str, Any], package_id: str, learner_id: str) -> Response:
    """The last changed attempt in full, calls included, and the others in short."""
    package = store.package(package_id)
    learner = store.learner(package["id"], learner_id)
    attempts = [describe(store, package, attempt) for attempt in store.attempts(package["id"], learner["id"])]
    calls = store.calls(attempts[0]["id"])
    return responses.as_json(
        {
            **attempts[0],
            "package": str(package["id"]),
            "learner": learner,
            "calls": calls,
            "attempts": attempts,
        }
    )


def api_attempt(store: Store, environ: dict[str, Any], attempt_id: str) -> Response:
    attempt = store.attempt(attempt_id)
    package = store.package(attempt["package"])
    return responses.as_json({**describe(store, package, attempt), "calls": store.calls(attempt["id"])})


def api_commit(store: Store, environ: dict[str, Any], launch_id: str) -> Response:
    launch, body = store.launch(launch_id), uploads.read_json(environ)
    store.log(launch_id, launches.checked_calls(body))
    launches.commit(store, launch, body)
    return responses.as_json({"stored": True})


def api_calls(store: Store, environ: dict[str, Any], launch_id: str) -> Response:
    launch, body = store.launch(launch_id), uploads.read_json(environ)
    store.log(launch["id"], launches.checked_calls(body), launches.calls_made(body))
    return responses.nothing()


def _take_upload(store: Store, environ: dict[str, Any]) -> int:
    with uploads.received_zip(environ, store.packages_folder) as (zip_path, name):
        unpacked = zip_path.with_name("unpacked")
        course = packages.unpack(zip_path, unpacked)
        return store.add_package(course, name, packages.missing_files(course, unpacked), unpacked)


def _package_json(package: Row) -> Row:
    words = ("title", "standard", "edition", "filename", "scos", "missing", "uploaded_at")
    own = {word: package[word] for word in words}
    play_url = f"/play/{package['id']}"
    return {"id": str(package["id"]), **own, "quirks": quirks.words(package["quirks"]), "play": play_url}


def _learner_url(package: Row, learner: Row) -> str:
    return f"/api/packages/{package['id']}/learners/{quote(learner['id'], safe='')}"


def _learner_summary(store: Store, package: Row, learner: Row) -> Row:
    attempts = [describe(store, package, attempt) for attempt in store.attempts(package["id"], learner["id"])]
    return {**learner, "attempts": attempts}


def _attempt_live(store: Store, package: Row, attempt: Row) -> Row:
    total = store.calls_total(attempt["id"])
    described = describe(store, package, attempt)
    stamp = f"{total}-{attempt['changed_at']}-{len(described['launches'])}"
    return {
        **described,
        "calls": store.calls(attempt["id"], SHOWN_CALLS),
        "calls_total": total,
        "stamp": stamp,
    }


ROUTES: list[tuple[str, str, Callable[..., Response]]] = [
    ("GET", r"/", home),
    ("POST", r"/packages", upload_form),
    ("GET", r"/packages/(\d{1,15})", show_package),
    ("POST", r"/packages/(\d{1,15})/quirks", quirks_form),
    ("POST", r"/packages/(\d{1,15})/remove", remove_form),
    ("GET", r"/packages/(\d{1,15})/learners/(.+)", show_learner),
    ("GET", r"/attempts/(\d{1,15})", show_attempt),
    ("GET", r"/attempts/(\d{1,15})/live", attempt_live),
    ("GET", r"/play/(\d{1,15})", play),
    ("GET", r"/left", blank),
    ("GET", r"/static/([\w.-]+)", static),
    ("GET", r"/content/(\d{1,15})/(.+)", content),
    ("GET", r"/api/packages", api_packages),
    ("POST", r"/api/packages", api_upload),
    ("GET", r"/api/packages/(\d{1,15})", api_package),
    ("POST", r"/api/packages/(\d{1,15})/quirks", api_set_quirks),
    ("GET", r"/api/packages/(\d{1,15})/learners/(.+)", api_learner),
    ("GET", r"/api/attempts/(\d{1,15})", api_attempt),
    ("POST", r"/api/launches/([\w-]{1,40})/commit", api_commit),
    ("POST", r"/api/launches/([\w-]{1,40})/calls", api_calls),
]
