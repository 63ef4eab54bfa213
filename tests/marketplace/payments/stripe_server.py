"""The part of Stripe's API that we use, as a server of its own process: as kind, or as rude, as a test wants.

``POST /test/…`` is what happens at Stripe: a student pays, a refund fails, a bank disputes. ``rude`` makes
the next answers wrong: an error, no answer after the thing was done, a wait, rubbish.

It keeps idempotency keys as Stripe does: the same key gives the first answer again.
"""

import hashlib
import hmac
import itertools
import json
import sys
import threading
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

KINDS = {
    "products": "prod",
    "prices": "price",
    "checkout/sessions": "cs_test",
    "refunds": "re",
    "transfers": "tr",
    "payment_intents": "pi",
    "disputes": "dp",
}


class State:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.things: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self.answers: dict[str, tuple[int, Any]] = {}
        self.rude: list[str] = []
        self.numbers = itertools.count(1)
        self.asked: list[str] = []

    def make(self, kind: str, said: dict[str, Any]) -> dict[str, Any]:
        made = {"id": f"{KINDS[kind]}_{next(self.numbers):06}", "created": int(time.time()), **said}
        self.things[kind][made["id"]] = made
        return made


STATE = State()


def nested(body: str) -> dict[str, Any]:
    """A form as Stripe reads it: ``metadata[x]=1``, ``line_items[0][price]=…``."""
    said: dict[str, Any] = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        keys = name.replace("]", "").split("[")
        inner = said
        for key in keys[:-1]:
            inner = inner.setdefault(key, {})
        inner[keys[-1]] = value
    return said


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        path, body = urlsplit(self.path).path, self.rfile.read(length).decode()
        if path.startswith("/test/"):
            self._say(200, happens(path.removeprefix("/test/"), json.loads(body or "{}")))
            return
        self._asked("POST", path, body)

    def do_GET(self) -> None:
        self._asked("GET", urlsplit(self.path).path, urlsplit(self.path).query)

    def _asked(self, method: str, path: str, body: str) -> None:
        key = self.headers.get("Idempotency-Key", "")
        with STATE.lock:
            STATE.asked.append(f"{method} {path}")
            manner = STATE.rude.pop(0) if STATE.rude else ""
            if manner == "500":
                self._say(500, {"error": {"type": "api_error", "message": "Something went wrong."}})
                return
            if manner == "429":
                self._say(429, {"error": {"type": "rate_limit_error", "message": "Slow down."}})
                return
            if key and key in STATE.answers:
                status, answer = STATE.answers[key]
            else:
                status, answer = asked(method, path, nested(body))
                if key and status < 500:
                    STATE.answers[key] = (status, answer)
        if manner == "wait":
            time.sleep(2)
        if manner == "done, no answer":
            self.close_connection = True
            self.connection.close()
            return
        if manner == "rubbish":
            self._write(200, b"<html>proxy error")
            return
        self._say(status, answer)

    def _say(self, status: int, answer: Any) -> None:
        self._write(status, json.dumps(answer).encode())

    def _write(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


def asked(method: str, path: str, said: dict[str, Any]) -> tuple[int, Any]:
    """The API: make, read, list, and the acts on a session."""
    parts = path.removeprefix("/v1/").split("/")
    kind = "checkout/sessions" if parts[0] == "checkout" else parts[0]
    rest = parts[2:] if parts[0] == "checkout" else parts[1:]
    if kind not in KINDS:
        return 404, refused("unknown")
    if rest:
        found = STATE.things[kind].get(rest[0])
        if found is None:
            return 404, refused("resource_missing")
        if rest[1:] == ["expire"]:
            if found["status"] != "open":
                return 400, refused("session_not_open")
            found["status"], found["url"] = "expired", None
        return 200, found
    if method == "GET":
        rows = sorted(STATE.things[kind].values(), key=lambda row: row["id"], reverse=True)
        return 200, {"object": "list", "data": rows, "has_more": False, "url": path}
    return made(kind, said)


def made(kind: str, said: dict[str, Any]) -> tuple[int, Any]:
    if kind == "checkout/sessions":
        price = STATE.things["prices"].get(said["line_items"]["0"]["price"])
        if price is None:
            return 400, refused("resource_missing")
        answer = STATE.make(
            kind,
            {
                "object": "checkout.session",
                "status": "open",
                "payment_status": "unpaid",
                "payment_intent": None,
                "amount_total": int(price["unit_amount"]),
                "currency": price["currency"],
                "metadata": said.get("metadata", {}),
                "success_url": said["success_url"],
            },
        )
        answer["url"] = f"https://checkout.stripe.example/{answer['id']}"
        return 200, answer
    if kind == "refunds":
        paid = STATE.things["payment_intents"].get(said["payment_intent"])
        left = paid["amount"] - paid["refunded"] if paid else 0
        if paid is None or int(said["amount"]) > left:
            return 400, refused("charge_already_refunded")
        paid["refunded"] += int(said["amount"])
        return 200, STATE.make(
            kind, {**said, "object": "refund", "status": "pending", "amount": int(said["amount"])}
        )
    return 200, STATE.make(kind, {"object": kind.rstrip("s"), **said})


def happens(what: str, said: dict[str, Any]) -> Any:
    """What somebody does at Stripe."""
    with STATE.lock:
        match what:
            case "rude":
                STATE.rude = list(said["manners"])
                return {}
            case "asked":
                return STATE.asked
            case "pay" | "process":
                return paid(said, "paid" if what == "pay" else "unpaid")
            case "arrives":
                STATE.things["checkout/sessions"][said["id"]]["payment_status"] = "paid"
                return {}
            case "set":
                STATE.things[said["kind"]][said["id"]].update(said["values"])
                return STATE.things[said["kind"]][said["id"]]
            case "make":
                return STATE.make(said["kind"], said["values"])
            case "forget":
                STATE.things[said["kind"]].pop(said["id"])
                return {}
    raise ValueError(what)


def paid(said: dict[str, Any], payment_status: str) -> dict[str, Any]:
    found = STATE.things["checkout/sessions"][said["id"]]
    amount = said.get("amount", found["amount_total"])
    fee = round(amount * 0.029) + 30
    intent = STATE.make(
        "payment_intents",
        {
            "object": "payment_intent",
            "amount": amount,
            "refunded": 0,
            "status": "succeeded" if payment_status == "paid" else "processing",
            "latest_charge": {"id": f"ch_{found['id']}", "balance_transaction": {"id": "txn_1", "fee": fee}},
        },
    )
    found.update(
        status="complete",
        payment_status=payment_status,
        payment_intent=intent["id"],
        amount_total=amount,
        url=None,
    )
    return found


def refused(code: str) -> dict[str, Any]:
    return {"error": {"type": "invalid_request_error", "code": code, "message": "Refused."}}


def signed(body: bytes, secret: str, moment: int | None = None) -> str:
    """The header with which Stripe signs a webhook (Stripe documentation, Verify webhook signatures)."""
    moment = moment or int(time.time())
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
