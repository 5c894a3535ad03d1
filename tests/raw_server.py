"""A server of scripted bytes on 127.0.0.1, for answers that no well-behaved server gives."""

from __future__ import annotations

import contextlib
import io
import socket
import ssl
import struct
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self


@dataclass(frozen=True)
class Reply:
    """The bytes that answer one request, and what becomes of the connection then.

    `wait` says no more, `repeat` says the last part again and again, `tls` goes on under TLS. With `late`, so much of
    the content comes by itself, so many seconds after the rest; with `drip`, every byte comes so many seconds after the
    one before.
    """

    content: bytes = b""
    then: Literal["keep", "close", "reset", "wait", "repeat", "tls"] = "keep"
    late: tuple[int, float] = (0, 0.0)
    drip: float = 0.0


@dataclass(frozen=True)
class Received:
    """One request as it came: on which connection (from 0), the request line, the headers, the body."""

    connection: int
    line: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class RawServer:
    """Gives its replies in order, one a request, the last one again and again; `received` is what came.

    With `reset_at_once`, every connection is reset before its request is read. It speaks under `tls` from the start, or
    after a reply that says so: then it is a proxy first, and the service behind it after.
    """

    def __init__(self, *replies: Reply, reset_at_once: bool = False, tls: ssl.SSLContext | None = None) -> None:
        self._replies, self._reset_at_once, self._tls = replies, reset_at_once, tls
        self._secure = tls is not None and all(reply.then != "tls" for reply in replies)
        self.received: list[Received] = []
        self.connections = 0
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if self._secure else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self._reset_at_once:
                _reset(connection)
                continue
            number, self.connections = self.connections, self.connections + 1
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int, secure: bool = False) -> None:
        with connection, contextlib.suppress(OSError, ValueError):
            if self._tls and (secure or self._secure):
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as incoming:
                self._answer(connection, incoming, number)

    def _answer(self, connection: socket.socket, incoming: io.BufferedReader, number: int) -> None:
        while line := incoming.readline():
            headers = []
            while (text := incoming.readline().decode().strip()) != "":
                name, _, value = text.partition(":")
                headers.append((name, value.strip()))
            length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
            body = incoming.read(length)
            with self._lock:
                reply = self._replies[min(len(self.received), len(self._replies) - 1)]
                self.received.append(Received(number, line.decode().strip(), tuple(headers), body))
            self._give(connection, reply)
            if reply.then == "wait":
                self._over.wait(10)
            if reply.then == "tls":
                return self._serve(connection, number, secure=True)
            if reply.then == "reset":
                _reset(connection)
            if reply.then != "keep":
                with contextlib.suppress(OSError):  # the makefile holds the socket open
                    connection.shutdown(socket.SHUT_RDWR)
                return None
        return None

    def _give(self, connection: socket.socket, reply: Reply) -> None:
        size, seconds = reply.late
        at = len(reply.content) - size
        for part in [bytes([byte]) for byte in reply.content] if reply.drip else [reply.content[:at]]:
            connection.sendall(part)
            if reply.drip and self._over.wait(reply.drip):
                return
        if size and not self._over.wait(seconds):
            connection.sendall(reply.content[at:])
        while reply.then == "repeat" and not self._over.is_set():
            connection.sendall(reply.content[at:] or reply.content)


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def answer(content: bytes = b"{}", *headers: str, status: str = "200 OK") -> bytes:
    """A whole answer of HTTP/1.1 with its length."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(content)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def chunked(*chunks: bytes, headers: tuple[str, ...] = (), end: bytes = b"0\r\n\r\n") -> bytes:
    """An answer in chunks; without the `end` it is cut off."""
    lines = ["HTTP/1.1 200 OK", *headers, "Transfer-Encoding: chunked"]
    body = b"".join(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n" for chunk in chunks)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body + end


def refused_url() -> str:
    """A URL on which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"
