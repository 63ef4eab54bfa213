"""What the web server calls for each request: nothing that waits for the network holds a thread (decision
22).

A body is read by the event loop, within a time that grows with what arrives; a large one goes to a file, and
only for somebody who may send it. Then a thread answers by the WSGI application. What is larger than a
connection takes at once leaves through a pipe, from which the web server reads as fast as the client does:
blocks of files are made as there is room for them, all else lies in a file before its first byte leaves.

Commits, callbacks and health have threads of their own, so has the record store (what cmi5 and xAPI courses
say there are their commits), and so have sign-ins, which wait for each other (decision 18).
"""

import asyncio
import contextlib
import logging
import os
import socket
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import IO, Any, Final

from django.conf import settings
from django.http import FileResponse, StreamingHttpResponse
from granian.rsgi import ProtocolClosed  # type: ignore[attr-defined]

from heliograph.config.origins import problem_for
from heliograph.config.outage import database_away
from heliograph.config.server import large_bodies
from heliograph.config.server.lanes import Lane
from heliograph.core.database.async_database import Lines
from heliograph.core.errors import Problem, TooLarge
from heliograph.core.web.streamed_answers import Blocks

IN_MEMORY: Final = 64 * 1024
AT_ONCE: Final = 256 * 1024  # more than any pipe holds, unless it was made larger
QUICK: Final = 16 * 1024  # what is worked out on the event loop holds it up for less than a millisecond
BODILESS: Final = (204, 304)
# For results and health, for the record store, for all else, for exports, and for sign-ins.
THREADS: Final = (
    4,
    4,
    6,
    2,
    8,
)
SIGN_IN_PATHS: Final = ("/sign-in/", "/account/confirm/", "/api/token")
RESULT_PATHS: Final = ("commit", "progress", "replay", "events", "receipts")
RECORD_PATHS: Final = ("/xapi/", "/cmi5/")  # and where a session fetches the token for it
UNPREFIXED: Final = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
Environ = dict[str, Any]
Alone = Callable[[str, str, bytes, Callable[..., Any]], Awaitable[tuple[list[tuple[str, str]], bytes] | None]]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Timeouts:
    """In seconds: for a whole body, and for a client to take something of its answer; a body has a second
    more for every ``rate`` bytes of it.
    """

    body: float = 30.0
    rate: int = 4096
    reader: float = 60.0


class TooSlow(Problem):
    code, status, title = "request_too_slow", 408, "Request timeout"


@dataclass(frozen=True)
class StreamedResponse:
    """An answer whose blocks any thread may make while it leaves; ``close`` ends what it holds."""

    status: int
    headers: list[tuple[str, str]]
    blocks: Iterator[bytes]
    close: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Export:
    """An answer that one thread makes from beginning to end, with what it asks the database."""

    status: int
    headers: list[tuple[str, str]]
    response: StreamingHttpResponse

    def made(self) -> StreamedResponse:
        """All of it in a file, so that nobody takes half of it for the whole."""
        file = tempfile.TemporaryFile(dir=settings.UPLOAD_FOLDER)  # noqa: SIM115 - it lives until it has left
        try:
            with contextlib.closing(self.response):
                file.writelines(self.response)  # type: ignore[arg-type]
            length = file.tell()
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return StreamedResponse(
            self.status,
            [*self.headers, ("Content-Length", str(length))],
            iter(partial(file.read, AT_ONCE), b""),
            file.close,
        )


class Front:
    """The RSGI application.

    ``alone`` answers what needs no thread, or returns None; ``threads``: so many of each kind, as in
    `THREADS`.
    """

    def __init__(
        self,
        application: Callable[..., Any],
        alone: Alone | None = None,
        patience: Timeouts = Timeouts(),
        threads: tuple[int, int, int, int, int] = THREADS,
    ) -> None:
        self.application, self.alone, self.patience, self.threads = application, alone, patience, threads
        self.lines: Lines
        self.results: Lane
        self.records: Lane
        self.pages: Lane
        self.exports: Lane
        self.sign_ins: Lane

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Called once in each web process."""
        names = ("results", "records", "pages", "exports", "sign-ins")
        self.results, self.records, self.pages, self.exports, self.sign_ins = (
            Lane(loop, name, count) for name, count in zip(names, self.threads, strict=True)
        )
        self.lines = Lines(loop, self.results.run, self.threads[0])
        loop.call_soon(_close_stalled_connections, self.patience.reader)  # by then it listens

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        lane = self._lane(scope)
        try:
            body = await self._body(lane, scope, protocol)
            if self.alone and isinstance(body, bytes) and 0 < len(body) <= QUICK and scope.method == "POST":
                done = await self.alone(
                    scope.path, scope.authority or scope.headers.get("host") or "", body, self.lines.row
                )
                if done:
                    protocol.response_bytes(200, *done)
                    return
            answer = await lane.run(partial(self._answer, scope, protocol, body))
            if isinstance(answer, Export):
                answer = await self.exports.run(answer.made)
            if answer:
                await self._pour(lane, protocol, answer)
        except ProtocolClosed:
            pass  # who asked has gone
        except Problem as problem:
            _refuse(scope, protocol, problem)
        except Exception as reason:
            if away := database_away(reason):
                _refuse(scope, protocol, away)
                return
            log.exception("web server: %s %s", scope.method, scope.path)
            _refuse(
                scope,
                protocol,
                Problem("Something went wrong. Your data is safe. Try again.", code="server_error"),
                500,
            )

    def _lane(self, scope: Any) -> Lane:
        if _is_result(scope.path):
            return self.results
        if scope.path.startswith(RECORD_PATHS):
            return self.records
        return self.sign_ins if scope.method == "POST" and scope.path in SIGN_IN_PATHS else self.pages

    # What comes in.

    async def _body(self, lane: Lane, scope: Any, protocol: Any) -> bytes | IO[bytes]:
        """The request's body. Raises `TooLarge`, `TooSlow`, and what keeps a stranger from sending much."""
        length = scope.headers.get("content-length")
        if length is None and scope.headers.get("transfer-encoding") is None:
            return b""
        expected = int(length) if length else 0
        if length is None or expected > IN_MEMORY:
            return await self._large_body(lane, scope, protocol, expected)
        if not expected:
            return b""
        with _in_time():
            async with asyncio.timeout(self.patience.body + expected / self.patience.rate):
                return await protocol()  # type: ignore[no-any-return]

    async def _large_body(self, lane: Lane, scope: Any, protocol: Any, expected: int) -> IO[bytes]:
        loop = asyncio.get_running_loop()
        begun, size, empty, most = loop.time(), 0, 0, 0
        waiting = bytearray()
        spool: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY, dir=str(settings.UPLOAD_FOLDER))  # noqa: SIM115 - it lives as long as the request

        async def room_for(size: int) -> None:
            nonlocal most
            if size > large_bodies.STRANGERS_MAY_SEND:
                most = most or await lane.run(partial(large_bodies.most, _environ(scope)))
                _refuse_larger(size, most)

        try:
            await room_for(expected)
            pieces = aiter(protocol)
            while True:
                with _in_time():
                    async with asyncio.timeout_at(begun + self.patience.body + size / self.patience.rate):
                        piece = await _next(pieces)
                if piece is not None:
                    size, empty = size + len(piece), empty + (not piece)
                    waiting += piece
                await room_for(size)
                if waiting and (piece is None or len(waiting) >= AT_ONCE):
                    await lane.run(partial(spool.write, bytes(waiting)))  # a disk may take its time
                    waiting.clear()
                if piece is None:
                    if (
                        size < expected or empty > 1
                    ):  # Granian ends a whole body with an empty piece, and one that broke off with two
                        raise ProtocolClosed
                    spool.seek(0)
                    return spool
        except BaseException:
            spool.close()
            raise

    # What goes out.

    def _answer(self, scope: Any, protocol: Any, body: bytes | IO[bytes]) -> StreamedResponse | Export | None:
        """Called by a thread: answers what can leave at once."""
        environ = _environ(scope)
        with BytesIO(body) if isinstance(body, bytes) else body as file:
            environ["wsgi.input"] = file
            environ["CONTENT_LENGTH"] = str(
                len(body) if isinstance(body, bytes) else file.seek(0, os.SEEK_END)
            )
            file.seek(0)
            environ.pop("HTTP_TRANSFER_ENCODING", None)
            responses: list[Any] = []
            response = self.application(
                environ, lambda status, headers, *_: responses.extend((int(status[:3]), headers))
            )
        status, headers = responses
        if isinstance(response, StreamingHttpResponse) and scope.method != "HEAD" and status not in BODILESS:
            if isinstance(response, (Blocks, FileResponse)):
                return StreamedResponse(status, headers, iter(response), response.close)  # type: ignore[arg-type]
            return Export(status, headers, response)
        try:
            content = b"" if scope.method == "HEAD" else b"".join(response)
        finally:
            if hasattr(response, "close"):
                response.close()
        if len(content) > AT_ONCE:
            return StreamedResponse(status, headers, iter([content]))
        if content:
            protocol.response_bytes(status, headers, content)
        else:
            protocol.response_empty(status, headers)
        return None

    async def _pour(self, lane: Lane, protocol: Any, answer: StreamedResponse) -> None:
        """Send what is made while it leaves, at the pace of the client; one that takes nothing for too long
        is left.
        """
        try:
            head, more = await lane.run(partial(_gather, answer.blocks))
            if not more:
                protocol.response_bytes(answer.status, answer.headers, head)
                return
            reader, writer = os.pipe()
            pipe = ResponseBuffer(reader, writer, self.patience.reader)
            with contextlib.closing(pipe):
                protocol.response_file(answer.status, answer.headers, f"/dev/fd/{reader}")
                while head:
                    await pipe.write(head)
                    head, more = await lane.run(partial(_gather, answer.blocks)) if more else (b"", False)
        except (BrokenPipeError, TimeoutError):
            pass  # nobody reads it any more
        finally:
            await lane.run(answer.close)


class ResponseBuffer:
    """What is written here, the web server reads as fast as a client takes it."""

    def __init__(self, reader: int, writer: int, patience: float) -> None:
        self.reader, self.writer, self.patience = reader, writer, patience
        os.set_blocking(writer, False)

    async def write(self, block: bytes) -> None:
        """Raises TimeoutError where nobody reads for too long, BrokenPipeError where nobody will."""
        left = memoryview(block)
        while left:
            try:
                left = left[os.write(self.writer, left) :]
            except BlockingIOError:
                await self._room()

    async def _room(self) -> None:
        loop = asyncio.get_running_loop()
        room = loop.create_future()
        loop.add_writer(self.writer, _found, room)
        try:
            async with asyncio.timeout(self.patience):
                await room
        finally:
            loop.remove_writer(self.writer)
        if (
            self.reader >= 0
        ):  # it was full and has room again: the web server has opened it, and is now the only one to read
            os.close(self.reader)
            self.reader = -1

    def close(self) -> None:
        os.close(self.writer)
        if self.reader >= 0:
            os.close(self.reader)


def _close_stalled_connections(seconds: float) -> None:
    """Have the kernel end connections whose other side takes nothing for so long (RFC 5482): the web server
    itself waits for ever.

    The option is inherited from the socket that listens, which is the web server's own and has to be looked
    for. Linux alone has both.
    """
    if not hasattr(socket, "TCP_USER_TIMEOUT"):
        return
    for name in os.listdir("/proc/self/fd"):
        if not os.path.realpath(f"/proc/self/fd/{name}").rpartition("/")[2].startswith("socket:"):
            continue
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(int(name))) as listener:
            if listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(seconds * 1000))


@contextlib.contextmanager
def _in_time() -> Iterator[None]:
    """Raises `TooSlow` where the block took too long."""
    try:
        yield
    except TimeoutError:
        raise TooSlow("The request timed out. Check your connection and try again.") from None


async def _next(pieces: Any) -> bytes | None:
    """The next piece of a body; None at its end."""
    try:
        return await pieces.__anext__()  # type: ignore[no-any-return]
    except StopAsyncIteration:
        return None


def _found(room: "asyncio.Future[None]") -> None:
    if not room.done():
        room.set_result(None)


def _gather(blocks: Iterator[bytes]) -> tuple[bytes, bool]:
    """The next of an answer, as much as is sent at once, and whether there may be more."""
    taken, size = [], 0
    for block in blocks:
        taken.append(block)
        size += len(block)
        if size > AT_ONCE:
            return b"".join(taken), True
    return b"".join(taken), False


def _is_result(path: str) -> bool:
    """Whether it is a commit, what a player asks in its place, a callback, a receipt, or the question whether
    all is well.
    """
    return path in ("/health", "/api/dispatch/callback") or (
        path.startswith(("/play/", "/d/")) and path.rpartition("/")[2] in RESULT_PATHS
    )


def _refuse_larger(size: int, most: int) -> None:
    if size > most:
        raise TooLarge(f"This request is too large. The limit is {most // 2**20} MB.")


def _refuse(scope: Any, protocol: Any, problem: Problem, status: int | None = None) -> None:
    """Say what was wrong, and end the connection: of what it sent, something may still be on its way."""
    response = problem_for(scope.headers, problem, status)
    with contextlib.suppress(RuntimeError):  # its answer had begun
        protocol.response_bytes(
            response.status_code, [*response.items(), ("Connection", "close")], response.content
        )


def _environ(scope: Any) -> Environ:
    """The request as PEP 3333 has it, without a body."""
    host, _, port = scope.server.rpartition(":")
    environ: Environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path if scope.path.isascii() else scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        if "_" in name:  # it would pass for one with a hyphen
            continue
        key = UNPREFIXED.get(name) or f"HTTP_{name.upper().replace('-', '_')}"
        environ[key] = f"{environ[key]}{';' if name == 'cookie' else ','}{value}" if key in environ else value
    if scope.authority:
        environ["HTTP_HOST"] = scope.authority  # RFC 9112, section 3.2.2
    return environ
