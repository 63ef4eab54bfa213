"""The API object that courses find in the browser: its states, its errors, its hooks, and its patience with
content.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

FILES = sorted((Path(__file__).parent / "vectors").glob("api_*.json"))
CASES = [
    pytest.param(content["standard"], case["calls"], id=f"{content['standard']}: {case['case']}")
    for content in (json.loads(file.read_text(encoding="utf-8")) for file in FILES)
    for case in content["cases"]
]
CALLS = [
    "Initialize",
    "Terminate",
    "GetValue",
    "SetValue",
    "Commit",
    "GetLastError",
    "GetErrorString",
    "GetDiagnostic",
]
NAMES = {"scorm_2004": CALLS, "scorm_12": [f"LMS{name}".replace("Terminate", "Finish") for name in CALLS]}
# An API with every hook written down as it is called.
START = """
(standard, { seed, commit = true, valid } = {}) => {
  const log = [];
  const tell = (name) => (...told) => { log.push([name, ...told]); };
  const hooks = {
    onCall: ({ at, ...call }) => log.push(["call", call, Number.isInteger(at)]), onSet: tell("set"),
    onInitialize: tell("initialize"), onTerminate: tell("terminate"),
    onCommit: () => { log.push(["commit"]); return commit; } };
  if (valid) hooks.requestValid = (request) => { log.push(["valid?", request]); return valid[request]; };
  const model = new cmi.DataModel(cmi.tables[standard], { seed });
  return { api: new cmi.ScormApi(cmi.tables[standard], model, hooks), log, model };
}
"""


@pytest.mark.parametrize(("standard", "calls"), CASES)
def test_every_call_answers_and_leaves_its_error_as_specified(
    standard: str, calls: list[Any], cmi_page: Page
) -> None:
    answers = cmi_page.evaluate(
        f"""([standard, calls]) => {{
          const {{ api }} = ({START})(standard);
          const last = () => Number((api.LMSGetLastError ?? api.GetLastError)());
          return calls.map(([method, args]) => [method, args, api[method](...args), last()]);
        }}""",
        [standard, calls],
    )
    assert answers == calls


@pytest.mark.parametrize("standard", ["scorm_12", "scorm_2004"])
def test_content_may_take_the_methods_off_the_api_and_call_them_alone(standard: str, cmi_page: Page) -> None:
    unbound = cmi_page.evaluate(
        f"""([standard, names]) => {{
          const {{ api }} = ({START})(standard);
          const [initialize, terminate, getValue] = names.map((name) => api[name]);
          return [names.every((name) => typeof api[name] === "function"), initialize(""),
            getValue("cmi._version"), terminate.call(null, ""), api[names[5]].apply(undefined)];
        }}""",
        [standard, NAMES[standard]],
    )
    version = "3.4" if standard == "scorm_12" else "1.0"
    assert unbound == [True, "true", version, "true", "0"]


def test_whatever_content_passes_the_api_never_throws(cmi_page: Page) -> None:
    results = cmi_page.evaluate(
        f"""() => {{
          const {{ api }} = ({START})("scorm_2004");
          api.Initialize("");
          const odd = [{{}}, [], () => 1, Symbol("x"), NaN, 10n, new Date(NaN), Object.create(null),
            {{ toString() {{ throw new Error("no text"); }} }}, "\\u0000", "\\ud800", "__proto__",
            "constructor.name"];
          return odd.flatMap((one) => [
            api.GetValue(one), api.SetValue(one, one), api.SetValue("cmi.location", one),
            api.GetErrorString(one), api.GetDiagnostic(one), api.Commit(one),
          ]).every((one) => typeof one === "string");
        }}"""
    )
    assert results is True


def test_the_player_hears_of_every_call_with_its_answer_and_time(cmi_page: Page) -> None:
    log = cmi_page.evaluate(
        f"""() => {{
          const {{ api, log }} = ({START})("scorm_12");
          api.LMSInitialize();
          api.LMSSetValue("cmi.objectives.00.id", 7);
          api.LMSSetValue("cmi.core.lesson_status", "done");
          api.LMSGetLastError();
          api.LMSCommit("");
          api.LMSFinish("");
          return log;
        }}"""
    )
    problem = (
        "cmi.core.lesson_status does not take this value: "
        "it must be passed, completed, failed, incomplete or browsed."
    )

    def call(method: str, args: list[str], result: str, error: int = 0, diagnostic: str = "") -> list[Any]:
        facts = {"method": method, "args": args, "result": result, "error": error, "diagnostic": diagnostic}
        return ["call", facts, True]

    assert log == [
        ["initialize"],
        call("LMSInitialize", [""], "true"),
        ["set", "cmi.objectives.0.id", "7"],
        call("LMSSetValue", ["cmi.objectives.00.id", "7"], "true"),
        call("LMSSetValue", ["cmi.core.lesson_status", "done"], "false", 405, problem),
        call("LMSGetLastError", [], "405", 405, problem),
        ["commit"],
        call("LMSCommit", [""], "true"),
        ["terminate"],
        call("LMSFinish", [""], "true"),
    ]


def test_the_log_holds_only_what_can_be_stored(cmi_page: Page) -> None:
    args = cmi_page.evaluate(
        f"""() => {{
          const {{ api, log }} = ({START})("scorm_12");
          api.LMSSetValue("cmi.suspend_data\\0", "\\ud800 😀");
          return log[0][1].args;
        }}"""
    )
    assert args == ["cmi.suspend_data\ufffd", "\ufffd 😀"]


@pytest.mark.parametrize(("standard", "code"), [("scorm_12", "101"), ("scorm_2004", "391")])
def test_content_learns_that_a_commit_could_not_be_kept(standard: str, code: str, cmi_page: Page) -> None:
    answer = cmi_page.evaluate(
        f"""([standard, names]) => {{
          const {{ api }} = ({START})(standard, {{ commit: false }});
          api[names[0]]("");
          return [api[names[4]](""), api[names[5]](), api[names[7]]("")];
        }}""",
        [standard, NAMES[standard]],
    )
    assert answer == ["false", code, "The data could not be kept. Try again later."]


def test_the_player_answers_which_navigation_is_valid_in_the_words_of_a_request(cmi_page: Page) -> None:
    answers = cmi_page.evaluate(
        f"""() => {{
          const valid = {{ continue: "true", "{{target=a.1}}choice": "false" }};
          const {{ api, log }} = ({START})("scorm_2004", {{ valid }});
          api.Initialize("");
          const asked = ["continue", "previous", "choice.{{target=a.1}}", "jump.{{target=b}}", "choice",
            "exitAll"];
          const valued = (one) => api.GetValue(`adl.nav.request_valid.${{one}}`);
          const answers = asked.map((one) => [valued(one), api.GetLastError()]);
          return [answers, log.filter(([name]) => name === "valid?").map(([, request]) => request)];
        }}"""
    )
    assert answers == [
        [["true", "0"], ["unknown", "0"], ["false", "0"], ["unknown", "0"], ["", "401"], ["unknown", "0"]],
        ["continue", "previous", "{target=a.1}choice", "{target=b}jump", "exitAll"],
    ]


def test_a_fault_in_the_player_does_not_reach_the_course(cmi_page: Page) -> None:
    answers = cmi_page.evaluate(
        """() => {
          const fault = () => { throw new Error("fault"); };
          const names = ["onCall", "onSet", "onCommit", "onInitialize", "onTerminate", "requestValid"];
          const hooks = Object.fromEntries(names.map((name) => [name, fault]));
          const table = cmi.tables.scorm_2004;
          const api = new cmi.ScormApi(table, new cmi.DataModel(table), hooks);
          return [api.Initialize(""), api.SetValue("cmi.location", "1"), api.GetValue("cmi.location"),
            api.Commit(""), api.GetLastError(), api.GetValue("adl.nav.request_valid.continue"),
            api.Terminate("")];
        }"""
    )
    assert answers == ["true", "true", "1", "false", "391", "unknown", "true"]


def test_the_api_outlives_the_frame_of_its_sco(cmi_page: Page) -> None:
    answers = cmi_page.evaluate(
        f"""async () => {{
          const {{ api, log }} = ({START})("scorm_12");
          window.API = api;
          const frame = document.body.appendChild(document.createElement("iframe"));
          frame.contentWindow.eval(`
            const api = window.parent.API;
            api.LMSInitialize("");
            window.addEventListener("pagehide", () => {{
              api.LMSSetValue("cmi.core.lesson_location", "9");
              api.LMSFinish("");
            }});
          `);
          frame.remove();
          delete window.API;
          return [log.filter(([name]) => name !== "call"), api.LMSFinish(""), api.LMSGetLastError()];
        }}"""
    )
    assert answers == [
        [["initialize"], ["set", "cmi.core.lesson_location", "9"], ["terminate"]],
        "false",
        "301",
    ]


def test_tables_may_be_given_as_fetched(cmi_page: Page) -> None:
    version = cmi_page.evaluate(
        """async () => {
          const table = await (await fetch("/scorm_12.json")).json();
          const api = new cmi.ScormApi(table, new cmi.DataModel(table));
          api.LMSInitialize("");
          return [api.running, api.LMSGetValue("cmi._version")];
        }"""
    )
    assert version == [True, "3.4"]


def test_a_busy_course_costs_next_to_nothing(cmi_page: Page) -> None:
    """250 interactions of six elements each: the model's data grows with them, the answers stay right."""
    count = cmi_page.evaluate(
        f"""() => {{
          const {{ api, model }} = ({START})("scorm_2004");
          api.Initialize("");
          for (let i = 0; i < 250; i += 1) {{
            const set = (name, value) => api.SetValue(`cmi.interactions.${{i}}.${{name}}`, value);
            [["id", `q${{i}}`], ["type", "choice"], ["correct_responses.0.pattern", "a"],
              ["learner_response", "b"], ["result", "incorrect"], ["latency", "PT5S"],
            ].forEach(([name, value]) => set(name, value));
          }}
          return [api.GetValue("cmi.interactions._count"), Object.keys(model.data).length];
        }}"""
    )
    assert count == ["250", 1500]


@pytest.mark.parametrize(("standard", "version"), [("scorm_12", None), ("scorm_2004", "1.0")])
def test_content_finds_the_version_of_the_api_where_the_standard_has_one(
    standard: str, version: str | None, cmi_page: Page
) -> None:
    assert cmi_page.evaluate(f"(standard) => ({START})(standard).api.version ?? null", standard) == version
