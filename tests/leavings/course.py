"""A course that reports once, at the moment and with as much suspend data as its learner's id says:
`unload.80.x7` reports 80 KB in its `unload`.
"""

from tests.builders import Sco, build_package

RAW, SESSION = 87, 67  # the score it reports, and its session time in seconds

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Leavings</title></head>
<body><h1>Leavings</h1>
<button id="work">work</button> <button id="leave-course">leave</button> <output id="state"></output>
<script>
"use strict";
const STANDARD = "%s";
const dialect = {
  scorm_12: {
    api: "API", start: "LMSInitialize", get: "LMSGetValue", set: "LMSSetValue",
    commit: "LMSCommit", finish: "LMSFinish",
    learner: "cmi.core.student_id",
    said: [["cmi.core.score.raw", "87"], ["cmi.core.lesson_status", "passed"],
           ["cmi.core.session_time", "0000:01:07"]],
  },
  scorm_2004: {
    api: "API_1484_11", start: "Initialize", get: "GetValue", set: "SetValue",
    commit: "Commit", finish: "Terminate",
    learner: "cmi.learner_id",
    said: [["cmi.score.scaled", "0.87"], ["cmi.score.raw", "87"], ["cmi.completion_status", "completed"],
           ["cmi.success_status", "passed"], ["cmi.session_time", "PT1M7S"]],
  },
}[STANDARD];

function find(from) {
  for (let place = from; place; place = place.parent === place ? null : place.parent) {
    try { if (place[dialect.api]) return place[dialect.api]; } catch { return null; }
  }
  return null;
}
const api = find(window) || (window.top.opener && find(window.top.opener));
const call = (method, ...given) => api[dialect[method]](...given);
let learner = "";
let said = false;

function report(end) {
  if (said) return;
  said = true;
  // The largest first, as careless courses do: what comes after it must not be lost with it.
  const bytes = Number(learner.split(".")[1]) * 1024;
  call("set", "cmi.suspend_data", (learner + ":").repeat(1 + bytes / (learner.length + 1)));
  for (const [element, value] of dialect.said) call("set", element, value);
  call(end, "");
}

if (api) {
  call("start", "");
  learner = call("get", dialect.learner);
  const moment = learner.split(".")[0];
  if (moment === "at_once") document.getElementById("work").addEventListener("click", () => report("commit"));
  else window.addEventListener(moment, () => report("finish"));
  document.getElementById("leave-course").addEventListener("click", () => {
    if (moment === "at_once") call("finish", "");
    if (learner.includes(".popup.")) window.top.close();
    else location.href = "bye.html";
  });
  document.getElementById("state").textContent = "ready";
}
</script></body></html>"""


def package(standard: str) -> bytes:
    """The course in this standard (`scorm_12` or `scorm_2004`)."""
    bye = "<!doctype html><title>Goodbye</title><p>You can close this page."
    return build_package(
        standard=standard, title="Leavings", scos=[Sco(page=PAGE % standard)], files={"bye.html": bye}
    )
