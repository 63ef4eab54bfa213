"""A partner's server as a process of its own, which behaves as its first argument says:
``python rude_server.py MODE``. It prints its port.

Each mode answers with results of the candidates that its environment names, as ``email|name`` in ``PEOPLE``.
"""

import json
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODE = sys.argv[1]
PEOPLE = [line.split("|") for line in os.environ.get("PEOPLE", "").split("\n") if line]
asked: list[str] = []


def results(ahead=timedelta()):
    moment = (datetime.now(UTC) + ahead).replace(microsecond=0)
    return [
        {
            "id": f"r-{email}",
            "candidate": {"email": email, "name": name},
            "exam": "PHL-1",
            "result": "Pass",
            "score": 90,
            "at": f"{moment:%Y-%m-%d}T00:00:01Z" if not ahead else moment.isoformat(),
        }
        for email, name in PEOPLE
    ]


class Partner(BaseHTTPRequestHandler):
    def do_GET(self):
        asked.append(self.path)
        match MODE:
            case "busy" if len(asked) <= 2:
                self._answer({}, 429, {"Retry-After": "1"})
            case "busy for hours":
                self._answer({}, 503, {"Retry-After": "7200"})
            case "hanging":
                time.sleep(60)
            case "truncated":
                self._answer_raw(b'{"items": [{"id": "r-1", "cand')
            case "large":
                self._answer_raw(b'{"items": ["' + b"x" * 10 * 2**20 + b'"]}')
            case "circle":
                self._answer({"items": results(), "next": f"a{len(asked) % 2}"})
            case "elsewhere":
                self._answer({"items": results(), "next": "http://169.254.169.254/latest"})
            case "future":
                self._answer({"items": results(timedelta(days=400)), "next": None})
            case "refusing":
                self._answer({"error": "no"}, 401)
            case _:
                self._page(results() * (3 if MODE == "twice" else 1))

    def _page(self, everything):
        number, size = int(self.path.partition("cursor=")[2] or 0), 2
        following = number + 1 if len(everything) > (number + 1) * size else None
        self._answer({"items": everything[number * size : (number + 1) * size], "next": following})

    def _answer(self, value, status=200, headers=()):
        self._answer_raw(json.dumps(value).encode(), status, headers)

    def _answer_raw(self, body, status=200, headers=()):
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Partner)
print(server.server_port, flush=True)
server.serve_forever()
