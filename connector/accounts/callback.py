"""Waits on this machine for the browser to come back from a sign-in."""

from __future__ import annotations

import os
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from ..errors import UsageError

HOST = "127.0.0.1"
PORT = 28482  # tried first: many services compare the address with one that was registered
PATH = "/callback"
ADDRESS = f"http://{HOST}:{PORT}{PATH}"
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title></head>
<body><main><h1>{title}</h1>
<p>{text}</p>
</main></body>
</html>
"""


class Callback:
    """Listens on the loopback interface alone, from `with` on; `address` is where the browser is to be sent."""

    def __init__(self) -> None:
        self._came: str | None = None
        self._state = ""
        try:
            self._server = _Server(self, PORT)
        except OSError:  # another sign-in is going on
            self._server = _Server(self, 0)
        self.address = f"http://{HOST}:{self._server.server_port}{PATH}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.server_close()

    def wait(self, state: str, seconds: float) -> str:
        """The address that the browser came to with this `state`; all others are told off. UsageError after so long."""
        self._state, deadline = state, time.monotonic() + seconds
        while self._came is None:
            self._server.timeout = deadline - time.monotonic()
            if self._server.timeout <= 0:
                hint = "Begin again; --no-browser prints the address and takes the answer here."
                raise UsageError(f"Nobody signed in within {seconds:.0f} seconds. {hint}")
            self._server.handle_request()
        return self._came

    def take(self, path: str) -> tuple[int, str]:
        """The status and page for a request that came."""
        parts = urlsplit(path)
        if parts.path != PATH:
            return 404, PAGE.format(title="Nothing is here", text="This is where a sign-in ends.")
        if parse_qs(parts.query).get("state") != [self._state]:
            return 400, PAGE.format(title="Not this sign-in", text="This answers another sign-in. Begin again.")
        self._came = self.address + path[len(PATH) :]
        text = "You can close this page and go back to the terminal."
        return 200, PAGE.format(title="Go back to the terminal", text=text)


class _Server(HTTPServer):
    allow_reuse_address = os.name == "posix"  # elsewhere it would let two programs have one port

    def __init__(self, callback: Callback, port: int) -> None:
        self.callback = callback
        super().__init__((HOST, port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 5.0  # seconds; a browser may open a connection and say nothing
    server_version, sys_version = "connector", ""

    def do_GET(self) -> None:
        status, page = self.server.callback.take(self.path)
        content = page.encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Length": str(len(content)),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "Connection": "close",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: the address holds the code."""
