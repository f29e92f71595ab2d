"""A small HTTP server for a service on the user's own machine: stdlib, bounded, no other page's.

Any page open in a browser can send requests to a loopback port. So a request must name this
server as its host (a rebound DNS name does not), and only pages of the given origins may read
an answer.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from normalizer.integrations.reconcile import Answer, json_answer

logger = logging.getLogger(__name__)

MAX_BODY = 4_000_000
MAX_FIELDS = 20
# Connections served at once; more wait to be accepted.
MAX_CONNECTIONS = 32
# Seconds a client may be silent in the middle of a request.
PATIENCE = 20
# A page of ours loads nothing and runs nothing.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

Ask = Callable[[str, Mapping[str, str]], Answer]


class LoopbackServer(ThreadingHTTPServer):
    """Serves one `Ask`; connections in threads, answers one at a time."""

    daemon_threads = True

    def __init__(self, host: str, port: int, origins: Collection[str]) -> None:
        """Bind a port; nothing is answered before `serve`.

        Args:
            host: Name or address to listen on.
            port: 0 takes a free one.
            origins: Origins whose pages may read answers, such as ``http://127.0.0.1:3333``;
                ``*`` is every page.

        Raises:
            OSError: If the address is taken or not this machine's.
        """
        self.origins = frozenset(origins)
        self._places = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self._one_at_a_time = threading.Lock()
        self._ask: Ask | None = None
        super().__init__((host, port), _Handler)
        self.hosts = {"127.0.0.1", "localhost", "::1", host}

    @property
    def address(self) -> str:
        """Where clients reach it."""
        host, port = self.server_address[:2]
        return f"http://{host if isinstance(host, str) else host.decode()}:{port}"

    def serve(self, ask: Ask) -> None:
        """Answer until `shutdown` is called from another thread, or an interrupt."""
        self._ask = ask
        self.serve_forever()

    def ask(self, path: str, query: Mapping[str, str]) -> Answer:
        """One answer; the knowledge base and its memories are not made for several threads."""
        with self._one_at_a_time:
            return self._ask(path, query) if self._ask else _refused(503, "not ready")

    def process_request(self, request: Any, client_address: Any) -> None:
        """Wait for a free place, then serve in a thread."""
        self._places.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve, and give the place back."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nothing to report; anything else is."""
        logger.debug("%s: connection lost", client_address, exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server: LoopbackServer
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE

    def do_GET(self) -> None:
        if self._is_ours():
            self._answer({})

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_OPTIONS(self) -> None:
        if self._is_ours():
            self._send(Answer(200, "text/plain", ""))

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            self._refuse(411, "say how long the body is")
        elif int(length) > MAX_BODY:
            self._refuse(413, f"a body of {length} bytes; send at most {MAX_BODY}")
        else:
            # Read before anything is refused, so that the connection stays in step.
            body = self.rfile.read(int(length))
            if self._is_ours():
                self._answer(_fields(body.decode("utf-8", "replace")))

    def log_message(self, format: str, *arguments: Any) -> None:
        logger.debug(format, *arguments)

    def _answer(self, form: Mapping[str, str]) -> None:
        address = urlsplit(self.path)
        self._send(self.server.ask(address.path, {**_fields(address.query), **form}))

    def _is_ours(self) -> bool:
        try:
            host = urlsplit(f"//{self.headers.get('Host', '')}").hostname or ""
        except ValueError:
            host = ""
        if host.lower() in self.server.hosts:
            return True
        self._refuse(403, "this service answers to its own address alone")
        return False

    def _refuse(self, status: int, message: str) -> None:
        self.close_connection = True
        self._send(_refused(status, message))

    def _send(self, answer: Answer) -> None:
        body = answer.text.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.media)
        self.send_header("Content-Length", str(len(body)))
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        origin = self.headers.get("Origin", "")
        if "*" in self.server.origins or origin in self.server.origins:
            self.send_header("Access-Control-Allow-Origin", origin or "*")
            self.send_header("Access-Control-Allow-Headers", "Content-Type")
            self.send_header("Vary", "Origin")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _fields(text: str) -> dict[str, str]:
    """Parameters of an address or a form; of too many fields none."""
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        return {}


def _refused(status: int, message: str) -> Answer:
    return json_answer({"status": "error", "message": message}, status)
