"""An AU as a program: it reads its launch, fetches its token and speaks cmi5 with the record store."""

import copy
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from django.test import Client
from tests.fixtures import CONTENT
from tests.lrs.client import Answer, Xapi

from heliograph.core.clock import now
from heliograph.core.rule_table import ABSENT
from heliograph.runtime import actions
from heliograph.runtime.cmi5.rules import VERBS
from heliograph.runtime.cmi5.table import CMI5, MASTERY_SCORE, MOVE_ON

RESULTS: dict[str, dict[str, Any]] = {
    "completed": {"completion": True, "duration": "PT30S"},
    "passed": {"success": True, "duration": "PT30S"},
    "failed": {"success": False, "duration": "PT30S"},
    "terminated": {"duration": "PT60S"},
}


class TokenXapi(Xapi):
    """A client that sends the token it was given."""

    def __init__(self, token: str) -> None:
        super().__init__("", "", headers={"Authorization": f"Basic {token}"})


class Window:
    """The player's side of a launch, by hand."""

    def __init__(self, client: Client, registration: Any, mode: str = "normal") -> None:
        self.client = client
        self.session = actions.player_address(registration, mode).rstrip("/").rsplit("/", 1)[1]
        self.opened = self.post("open", {}, self.session).json()
        self.token = self.opened["token"]
        self.sequence = 0

    def post(self, door: str, body: Any, token: str = "") -> Any:
        return self.client.post(
            f"/play/{token or self.token}/{door}",
            json.dumps(body),
            content_type="text/plain",
            HTTP_HOST=CONTENT,
        )

    def navigate(self, kind: str, target: str | None = None) -> Any:
        self.sequence += 1
        event = {"kind": kind, "target": target}
        return self.post("commit", {"commits": [{"sequence": self.sequence, "event": event}]}).json()

    def progress(self) -> Any:
        return self.post("progress", {})

    def au(self, answer: Any = None) -> "Au":
        return Au(self.client, (answer or self.opened)["delivery"])


@dataclass
class Au:
    """One AU that was delivered."""

    client: Client
    delivery: dict[str, Any]
    launched_with: dict[str, str] = field(init=False)
    data: dict[str, Any] = field(default_factory=dict)
    xapi: Xapi = field(init=False)

    def __post_init__(self) -> None:
        query = parse_qs(urlsplit(self.delivery["url"]).query, keep_blank_values=True)
        self.launched_with = {name: values[0] for name, values in query.items()}

    @property
    def actor(self) -> dict[str, Any]:
        return json.loads(self.launched_with["actor"])

    @property
    def registration(self) -> str:
        return self.launched_with["registration"]

    def fetch(self) -> dict[str, str]:
        address = urlsplit(self.launched_with["fetch"])
        answer = self.client.post(address.path, HTTP_HOST=address.netloc.partition(":")[0])
        assert answer.status_code == 200
        return answer.json()

    def start(self) -> "Au":
        """Everything an AU does before its learner sees it."""
        self.xapi = TokenXapi(self.fetch()["auth-token"])
        self.data = self.state("LMS.LaunchData").json()
        self.xapi.get("agents/profile", agent=self.actor, profileId="cmi5LearnerPreferences")
        assert self.say("initialized").status == 204
        return self

    def state(self, name: str, method: str = "GET", body: Any = None) -> Answer:
        about: dict[str, Any] = {
            "activityId": self.launched_with["activityId"],
            "agent": self.actor,
            "registration": self.registration,
        }
        return self.xapi.request(method, "activities/state", body, **about, stateId=name)

    def statement(self, verb: str, score: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
        context = copy.deepcopy(self.data["contextTemplate"])
        context["registration"] = self.registration
        if verb in VERBS:
            marks = [CMI5, *([MOVE_ON] if verb in ("completed", "passed", "failed") else [])]
            context["contextActivities"]["category"] = [{"id": mark} for mark in marks]
        if "masteryScore" in self.data:
            context["extensions"][MASTERY_SCORE] = self.data["masteryScore"]
        made = {
            "id": str(uuid4()),
            "timestamp": now().isoformat().replace("+00:00", "Z"),
            "actor": self.actor,
            "verb": {"id": VERBS.get(verb, f"http://adlnet.gov/expapi/verbs/{verb}")},
            "object": {"id": self.launched_with["activityId"]},
            "context": context,
        }
        if verb in RESULTS:
            made["result"] = {**RESULTS[verb], **({"score": score} if score else {})}
        return {**made, **changes}

    def send(self, statement: dict[str, Any]) -> Answer:
        return self.xapi.put("statements", statement, statementId=statement["id"])

    def say(self, verb: str, score: dict[str, Any] | None = None, **changes: Any) -> Answer:
        return self.send(self.statement(verb, score, **changes))

    def finish(self, *verbs: str) -> "Au":
        """Say these verbs, and terminate."""
        for verb in (*verbs, "terminated"):
            answer = self.say(verb)
            assert answer.status == 204, answer.body
        return self


def changed(document: dict[str, Any], at: str, value: Any) -> dict[str, Any]:
    """The document with what lies at the place replaced; an extension's name has dots of its own."""
    head, _, rest = at.partition(".")
    if head == "extensions" or not rest:
        name = rest or head
        place = document["extensions"] if head == "extensions" and rest else document
        if value is ABSENT:
            place.pop(name, None)
        else:
            place[name] = value
    else:
        changed(document.setdefault(head, {}), rest, value)
    return document
