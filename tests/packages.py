"""Course packages of our own, made for tests: valid SCORM 1.2 and 2004 zips whose pages a browser test can press.

Each SCO is a real page. It finds the API among its parents and openers, initialises, shows what the LMS told it, and
has a button for everything a learner may cause; `#element`, `#value`, `#get`, `#set` reach the rest of the data model.
"""

import io
import posixpath
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

NAMESPACES = {
    "scorm_12": (
        "http://www.imsproject.org/xsd/imscp_rootv1p1p2",
        {"adlcp": "http://www.adlnet.org/xsd/adlcp_rootv1p2"},
    ),
    "scorm_2004": (
        "http://www.imsglobal.org/xsd/imscp_v1p1",
        {
            "adlcp": "http://www.adlnet.org/xsd/adlcp_v1p3",
            "adlseq": "http://www.adlnet.org/xsd/adlseq_v1p3",
            "adlnav": "http://www.adlnet.org/xsd/adlnav_v1p3",
            "imsss": "http://www.imsglobal.org/xsd/imsss",
        },
    ),
}
VERSIONS = {"2nd": "CAM 1.3", "3rd": "2004 3rd Edition", "4th": "2004 4th Edition"}
SCRIPT = "shared/sco.js"


@dataclass(frozen=True)
class Sco:
    """One item and its resource; a heading over its `items` if `href` is empty. `inside` is XML put into the item.

    `page` replaces the page that is otherwise made; None as `kind` leaves the scorm type out.
    """

    identifier: str = "sco-1"
    title: str = "Lesson 1"
    href: str = "sco-1.html"
    kind: str | None = "sco"
    parameters: str = ""
    visible: bool = True
    inside: str = ""
    page: str | None = None
    items: Sequence["Sco"] = ()


def build_package(
    path: Path | None = None,
    *,
    standard: str = "scorm_12",
    edition: str = "4th",
    title: str = "Fire safety",
    scos: Sequence[Sco] = (Sco(),),
    files: Mapping[str, str | bytes] | None = None,
    manifest: str | bytes | None = None,
    inside_organization: str = "",
    inside_manifest: str = "",
    wrapper: str = "",
) -> bytes:
    """A whole package as bytes, and written to `path` if one is given.

    `files` are added, or replace what would be made; `manifest` replaces the manifest; `inside_organization` and
    `inside_manifest` are XML put at their ends (sequencing, a sequencing collection); `wrapper` is a folder around all.
    """
    members: dict[str, str | bytes] = {SCRIPT: SCO_SCRIPT}
    for sco in _flat(scos):
        if sco.href:
            name = sco.href.partition("?")[0].partition("#")[0]
            members[name] = sco.page if sco.page is not None else sco_page(sco.title, standard, name)
    text = manifest or manifest_text(standard, edition, title, scos, inside_organization, inside_manifest)
    data = zip_bytes({"imsmanifest.xml": text, **members, **(files or {})}, wrapper)
    if path is not None:
        path.write_bytes(data)
    return data


def zip_bytes(members: Mapping[str, str | bytes], wrapper: str = "") -> bytes:
    """A zip of these members, below the folder `wrapper` if one is given (with its slash)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(wrapper + name, content)
    return buffer.getvalue()


def manifest_text(
    standard: str = "scorm_12",
    edition: str = "4th",
    title: str = "Fire safety",
    scos: Sequence[Sco] = (Sco(),),
    inside_organization: str = "",
    inside_manifest: str = "",
) -> str:
    """A valid imsmanifest.xml for these SCOs."""
    own, others = NAMESPACES[standard]
    prefixes = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in others.items())
    version = "1.2" if standard == "scorm_12" else VERSIONS[edition]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<manifest identifier="course" version="1" xmlns="{own}"{prefixes}>'
        f"<metadata><schema>ADL SCORM</schema><schemaversion>{version}</schemaversion></metadata>"
        f'<organizations default="organization"><organization identifier="organization"><title>{escape(title)}</title>'
        f"{''.join(map(_item, scos))}{inside_organization}</organization></organizations>"
        f"<resources>{''.join(_resource(sco, standard) for sco in _flat(scos) if sco.href)}</resources>"
        f"{inside_manifest}</manifest>"
    )


def sco_page(title: str, standard: str, href: str) -> str:
    """The page of one SCO, to lie at `href` in the package."""
    script = posixpath.relpath(SCRIPT, posixpath.dirname(href) or ".")
    buttons = "".join(f'<button id="{action}">{action}</button> ' for action in ACTIONS)
    shown = "".join(f'<p>{name}: <output id="{name}"></output></p>' for name in OUTPUTS)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
        f'<body data-standard="{standard}"><h1>{escape(title)}</h1><p>{buttons}</p>{shown}'
        '<p><input id="element" aria-label="element"> <input id="value" aria-label="value"> '
        '<button id="get">get</button> <button id="set">set</button> <button id="commit">commit</button> '
        '<output id="answer"></output> <output id="error"></output></p>'
        f'<script src="{script}"></script></body></html>'
    )


def _item(sco: Sco) -> str:
    reference = f' identifierref="{escape(_resource_id(sco))}"' if sco.href else ""
    parameters = f' parameters="{escape(sco.parameters)}"' if sco.parameters else ""
    visible = "" if sco.visible else ' isvisible="false"'
    return (
        f'<item identifier="{escape(sco.identifier)}"{reference}{parameters}{visible}>'
        f"<title>{escape(sco.title)}</title>{''.join(map(_item, sco.items))}{sco.inside}</item>"
    )


def _resource(sco: Sco, standard: str) -> str:
    attribute = "adlcp:scormtype" if standard == "scorm_12" else "adlcp:scormType"
    kind = f' {attribute}="{sco.kind}"' if sco.kind else ""
    name = sco.href.partition("?")[0].partition("#")[0]
    return (
        f'<resource identifier="{escape(_resource_id(sco))}" type="webcontent"{kind} href="{escape(sco.href)}">'
        f'<file href="{escape(name)}"/><file href="{SCRIPT}"/></resource>'
    )


def _resource_id(sco: Sco) -> str:
    return f"resource-{sco.identifier}"


def _flat(scos: Sequence[Sco]) -> list[Sco]:
    return [each for sco in scos for each in (sco, *_flat(sco.items))]


ACTIONS = ("complete", "incomplete", "pass", "fail", "bookmark", "finish")
OUTPUTS = ("found", "learner", "entry", "location", "suspend-data", "status", "success", "launch-data", "ended")

# One page for both standards: the table says what each button writes, in the words of the page's standard.
SCO_SCRIPT = """\
"use strict";
const dialects = {
  scorm_12: {
    name: "API", begin: "LMSInitialize", end: "LMSFinish", get: "LMSGetValue", set: "LMSSetValue",
    commit: "LMSCommit", error: "LMSGetLastError",
    shown: {
      learner: "cmi.core.student_name", entry: "cmi.core.entry", location: "cmi.core.lesson_location",
      "suspend-data": "cmi.suspend_data", status: "cmi.core.lesson_status", "launch-data": "cmi.launch_data",
    },
    complete: [["cmi.core.lesson_status", "completed"]],
    incomplete: [["cmi.core.lesson_status", "incomplete"]],
    pass: [["cmi.core.score.min", "0"], ["cmi.core.score.max", "100"], ["cmi.core.score.raw", "90"],
           ["cmi.core.lesson_status", "passed"]],
    fail: [["cmi.core.score.min", "0"], ["cmi.core.score.max", "100"], ["cmi.core.score.raw", "20"],
           ["cmi.core.lesson_status", "failed"]],
    bookmark: [["cmi.core.lesson_location", "page-2"], ["cmi.suspend_data", "seen=1,2"], ["cmi.core.exit", "suspend"]],
    finish: [["cmi.core.session_time", "0000:00:30.00"]],
  },
  scorm_2004: {
    name: "API_1484_11", begin: "Initialize", end: "Terminate", get: "GetValue", set: "SetValue",
    commit: "Commit", error: "GetLastError",
    shown: {
      learner: "cmi.learner_name", entry: "cmi.entry", location: "cmi.location", "suspend-data": "cmi.suspend_data",
      status: "cmi.completion_status", success: "cmi.success_status", "launch-data": "cmi.launch_data",
    },
    complete: [["cmi.completion_status", "completed"]],
    incomplete: [["cmi.completion_status", "incomplete"]],
    pass: [["cmi.score.min", "0"], ["cmi.score.max", "100"], ["cmi.score.raw", "90"], ["cmi.score.scaled", "0.9"],
           ["cmi.completion_status", "completed"], ["cmi.success_status", "passed"]],
    fail: [["cmi.score.min", "0"], ["cmi.score.max", "100"], ["cmi.score.raw", "20"], ["cmi.score.scaled", "0.2"],
           ["cmi.completion_status", "completed"], ["cmi.success_status", "failed"]],
    bookmark: [["cmi.location", "page-2"], ["cmi.suspend_data", "seen=1,2"], ["cmi.exit", "suspend"]],
    finish: [["cmi.session_time", "PT30S"]],
  },
};
const dialect = dialects[document.body.dataset.standard];
const at = (id) => document.getElementById(id);
const say = (id, text) => { at(id).textContent = text; };

function apiAbove(start) {
  for (let place = start, steps = 0; place && steps < 50; steps += 1) {
    try {
      if (place[dialect.name]) return place[dialect.name];
    } catch { return null; }
    if (place.parent === place) return null;
    place = place.parent;
  }
  return null;
}

const api = apiAbove(window.parent) || (window.opener && apiAbove(window.opener)) || null;
const call = (what, ...values) => String(api[dialect[what]](...values));
let open = false;

function show() {
  for (const [id, element] of Object.entries(dialect.shown)) say(id, call("get", element));
}

function write(pairs) {
  for (const [element, value] of pairs) call("set", element, value);
}

function finish() {
  if (!open) return;
  write(dialect.finish);
  open = false;
  say("ended", call("end", ""));
}

say("found", api ? "yes" : "no");
if (api) {
  open = call("begin", "") === "true";
  if (open) show();
  for (const action of ["complete", "incomplete", "pass", "fail", "bookmark"]) {
    at(action).addEventListener("click", () => { write(dialect[action]); call("commit", ""); show(); });
  }
  at("finish").addEventListener("click", finish);
  at("get").addEventListener("click", () => {
    say("answer", call("get", at("element").value));
    say("error", call("error"));
  });
  at("set").addEventListener("click", () => {
    say("answer", call("set", at("element").value, at("value").value));
    say("error", call("error"));
  });
  at("commit").addEventListener("click", () => { say("answer", call("commit", "")); say("error", call("error")); });
  window.addEventListener("pagehide", finish);
}
"""
