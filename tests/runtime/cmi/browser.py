"""What the tests' page loads: the data models' modules, and a way to play whole sessions on them."""

from collections.abc import Callable
from typing import Any

# Sessions {standard, strict, data, seed, calls} to what each answered {answers: [value, error, diagnostic][],
# data}.
BrowserAnswers = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]
LOAD = """
async () => {
  const modules = await Promise.all(["table", "model", "api"].map((name) => import(`/${name}.js`)));
  const names = ["scorm_12", "scorm_2004"];
  const contents = await Promise.all(names.map(async (name) => (await fetch(`/${name}.json`)).json()));
  const tables = Object.fromEntries(names.map((name, i) => [name, new modules[0].Table(contents[i])]));
  // Plays calls ["get", element] and ["set", element, value] on a model: [value, error, diagnostic] of each.
  const play = ({ standard, strict, data, seed, calls }) => {
    const model = new modules[1].DataModel(tables[standard], { data, seed, strict });
    const played = calls.map(([verb, element, value]) => {
      const answer = verb === "get" ? model.getValue(element) : model.setValue(element, value);
      return [answer.value, answer.error, answer.diagnostic];
    });
    return { answers: played, data: model.data };
  };
  const answers = (sessions) => JSON.stringify(JSON.parse(sessions).map(play));
  window.cmi = Object.assign({ tables, answers }, ...modules);
}
"""
