"""Connections to a server within bounds, as bytes."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from connector.access import keys
from connector.api.app import create_app
from connector.api.protocol import bounded, uvicorn_options
from connector.api.server import Server
from connector.api.settings import Settings

from ..serving import served

Base: TypeAlias = type[asyncio.Protocol]
PROTOCOLS: list[Base] = [HttpToolsProtocol, H11Protocol]
RUN = "/v1/connectors/zendesk/operations/get_ticket/run"
ALIVE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


class Line:
    """A connection to the server, as bytes; it asks with a key that may do everything."""

    def __init__(self, url: str, key: str) -> None:
        parts = urlsplit(url)
        self.socket = socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=10)
        self.key = key

    def send(self, *lines: str, body: bytes = b"") -> None:
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    def post(self, body: bytes, *headers: str, told: int | None = None, kind: str = "application/json") -> None:
        length = [f"Content-Length: {len(body) if told is None else told}"] if told != -1 else []
        head = [f"POST {RUN} HTTP/1.1", "Host: x", f"Authorization: Bearer {self.key}", f"Content-Type: {kind}"]
        self.send(*head, *length, *headers, body=body)

    def answer(self) -> tuple[int, dict[str, str], Any]:
        """The next answer: its status, its headers, its JSON."""
        with self.socket.makefile("rb") as incoming:
            status = int(incoming.readline().split()[1])
            headers = {}
            while line := incoming.readline().strip().decode():
                name, _, value = line.partition(": ")
                headers[name.lower()] = value
            content = incoming.read(int(headers.get("content-length", "0")))
        return status, headers, json.loads(content) if content else None

    def refused(self, status: int, said: str) -> dict[str, str]:
        """A problem, and that the connection is closed after it; its headers."""
        found, headers, problem = self.answer()
        assert (found, headers["content-type"]) == (status, "application/problem+json")
        assert problem["status"] == status
        assert said in problem["detail"]
        assert self.closed()
        return headers

    def closed(self) -> bool:
        """Whether there is nothing more to come. It waits for the end."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


@contextmanager
def opened(protocol: Base, **bounds: Any) -> Iterator[Callable[[], Line]]:
    """A server within bounds on one of uvicorn's protocols; what makes lines to it."""
    settings = Settings(**bounds)
    server = Server(settings, retry_for=0)
    key = keys.create(server.store, name="test", now=time.time())
    lines: list[Line] = []

    def line() -> Line:
        lines.append(Line(url, key))
        return lines[-1]

    with served(create_app(server), **uvicorn_options(settings) | {"http": bounded(protocol, settings)}) as url:
        yield line
        for one in lines:
            one.socket.close()
