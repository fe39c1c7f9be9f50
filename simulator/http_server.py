"""HTTP/1.1 on loopback: takes a request line, sends an answer, gzip when asked, and misbehaves by rule."""

import gzip
import os
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import brotli  # type: ignore[import-untyped]  # has neither stubs nor a marker

from simulator.faults import Fault, Trouble
from simulator.responses import Answer

LOOPBACK = "127.0.0.1"
PIECE_BYTES = 64 * 1024
SLOW_PIECES = 8


PACKED: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: gzip.compress(body, 5, mtime=0),
    "deflate": zlib.compress,
    "br": lambda body: bytes(brotli.compress(body, quality=4)),
}


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request as the server saw it; times are monotonic seconds."""

    site: str
    host: str
    path: str  # with the query
    status: int  # 0 where no answer was given
    started: float
    ended: float  # just before the last byte left, so that who has the answer finds the entry
    headers: tuple[tuple[str, str], ...]  # of the request, names in lower case


@dataclass(frozen=True, slots=True)
class AnswerDesk:
    """What a listener needs from the newsroom behind it."""

    site: str
    reply: Callable[[str, str, Mapping[str, str]], tuple[Answer, Fault | None]]  # (site, target, headers)
    record: Callable[[LoggedRequest], None]
    latency_s: Callable[[], float]
    stopping: threading.Event
    clock: Callable[[], datetime]
    coding: Callable[[], str] = lambda: "gzip"  # how bodies are packed for who takes it


class Listener(ThreadingHTTPServer):
    """One site's port; it knows its open connections, so that stopping never waits for a client."""

    daemon_threads = False
    request_queue_size = 64

    def __init__(self, port: int, desk: AnswerDesk) -> None:
        """Bind a port of the loopback interface, a free one for 0; OSError when it is taken."""
        super().__init__((LOOPBACK, port), Conversation)
        self.desk = desk
        self.host = f"{LOOPBACK}:{self.server_address[1]}"
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name=f"practice {desk.site}")

    def start(self) -> None:
        """Serve in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Free the port, hang up on everybody and wait for the threads."""
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join()
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def process_request(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """Remember the connection, then serve it in a thread of its own."""
        if isinstance(request, socket.socket):
            with self._lock:
                self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Forget a connection that ended."""
        if isinstance(request, socket.socket):
            with self._lock:
                self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing about clients that hang up; a crawler that is killed does."""


class Conversation(BaseHTTPRequestHandler):
    """One connection: requests one after the other until somebody closes."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a body waits 40 ms for the client to acknowledge its head
    server: Listener

    def do_GET(self) -> None:
        """Answer one request."""
        started, desk = time.monotonic(), self.server.desk
        answer, fault = desk.reply(desk.site, self.path, self._asked())
        desk.stopping.wait(desk.latency_s())
        trouble = fault.trouble if fault else None
        if fault and trouble in BREAKING:
            if trouble is not Trouble.HANG:
                self._log(0, started)  # that a client hangs up is noticed late
            BREAKING[trouble](self, fault)
            if trouble is Trouble.HANG:
                self._log(0, started)
            self.close_connection = True
            return
        body, coding = (answer.body, None) if trouble is Trouble.HUGE else self._encoded(answer)
        self._send_head(answer, len(body), coding)
        if trouble is Trouble.TRUNCATED:
            self.close_connection, body = True, body[: len(body) // 2]
        self._send_body(body, fault, lambda: self._log(answer.status, started))

    def do_HEAD(self) -> None:
        """Answer without a body."""
        started, desk = time.monotonic(), self.server.desk
        answer, _ = desk.reply(desk.site, self.path, self._asked())
        self._log(answer.status, started)
        self._send_head(answer, len(answer.body), None)

    def hang(self, fault: Fault) -> None:
        """Say nothing until somebody hangs up."""
        self.server.desk.stopping.wait()

    def reset(self, fault: Fault) -> None:
        """Throw the connection away, so that the client notices at once."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())

    def dribble(self, fault: Fault) -> None:
        """Send a byte now and then, in the headers or after them, for ever."""
        head = b"HTTP/1.1 200 OK\r\nX-Padding: "
        if fault.trouble is Trouble.DRIBBLE:
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 99999\r\n\r\n"
        with suppress(OSError):
            self.wfile.write(head)
            while not self.server.desk.stopping.wait(fault.seconds):
                self.wfile.write(b"x")

    def _asked(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def _encoded(self, answer: Answer) -> tuple[bytes, str | None]:
        coding = self.server.desk.coding()
        if answer.body and coding in self.headers.get("Accept-Encoding", ""):
            return PACKED[coding](answer.body), coding
        return answer.body, None

    def _send_head(self, answer: Answer, length: int, coding: str | None) -> None:
        named = {name.lower() for name, _ in answer.headers}
        self.send_response_only(answer.status, HTTPStatus(answer.status).phrase)
        if "server" not in named:
            self.send_header("Server", "Microsoft-IIS/10.0")
        self.send_header("Date", self.date_time_string(self.server.desk.clock().timestamp()))
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(length))
        self.send_header("Vary", "Accept-Encoding")
        if coding:
            self.send_header("Content-Encoding", coding)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()

    def _send_body(self, body: bytes, fault: Fault | None, log: Callable[[], None]) -> None:
        slow = fault is not None and fault.trouble is Trouble.SLOW
        pieces = list(_split_body(body, -(-len(body) // SLOW_PIECES) if slow else PIECE_BYTES))
        try:
            for piece in pieces[:-1]:
                self.wfile.write(piece)
                if slow and fault is not None and self.server.desk.stopping.wait(fault.seconds):
                    break
        finally:
            log()
        self.wfile.write(pieces[-1] if pieces else b"")

    def _log(self, status: int, started: float) -> None:
        desk = self.server.desk
        headers = tuple((name.lower(), value) for name, value in self.headers.items())
        ended = time.monotonic()
        desk.record(LoggedRequest(desk.site, self.server.host, self.path, status, started, ended, headers))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the library's name)
        """Say nothing: the record is `Served.log`."""


BREAKING: Mapping[Trouble | None, Callable[[Conversation, Fault], None]] = {
    Trouble.HANG: Conversation.hang,
    Trouble.RESET: Conversation.reset,
    Trouble.DRIBBLE: Conversation.dribble,
    Trouble.SLOW_HEAD: Conversation.dribble,
}


def _split_body(body: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(body), max(size, 1)):
        yield body[start : start + size]
