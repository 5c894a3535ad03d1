"""A proxy over real sockets that knows where a request and an answer begin and end, and has a fault for each."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import formatdate

from connector.clock import Clock

from .table import AT_ONCE, AWAY, FAITHFUL, REFUSE, SELF, SOON, Answer, Fault, Reply

HOST = "127.0.0.1"
NO_ANSWER = Answer("HTTP/1.1 200 OK", (), b"")  # what a fault is given where the service was not asked


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that arrived: its line, the mark of its call, its fault, the service's status (None: not asked)."""

    line: str
    mark: str
    fault: Fault
    status: int | None


class Proxy:
    """Stands before the service on port `upstream`. It lives in one event loop; its methods are called there.

    `play` gives it faults, one for each request that arrives; once they are spent it is faithful. Nobody can count
    connections that are refused: a refusal holds until `on`. Each request goes on with `mark` as X-Sandbox-Mark, and
    its answer comes back with the date of the clock.
    """

    def __init__(self, upstream: int, away: str, clock: Clock) -> None:
        self._upstream, self._away, self._clock = upstream, away, clock
        self._faults: deque[Fault] = deque()
        self._open: set[asyncio.StreamWriter] = set()
        self._asking: set[asyncio.Task[Answer]] = set()
        self._server: asyncio.Server | None = None
        self._held = _bound(0)  # never listens: keeps the port ours while connections are refused
        self.port: int = self._held.getsockname()[1]
        self.mark = ""
        self.seen: list[Seen] = []

    async def play(self, faults: Iterable[Fault]) -> None:
        """Begin a sequence: nothing of the last one is left."""
        await self.settle()
        for writer in [*self._open]:
            writer.transport.abort()
        self._faults, self.seen = deque(faults), []
        await self._listen()

    async def on(self) -> None:
        """End a refusal, if one holds."""
        if self._faults and self._faults[0] is REFUSE:
            self.seen.append(Seen("", self.mark, self._faults.popleft(), None))
            await self._listen()

    async def settle(self) -> None:
        """Come back when every request that was read is carried out."""
        while self._asking:
            await asyncio.wait(self._asking)

    async def close(self) -> None:
        await self.play(())
        if self._server:
            self._server.close()
        self._held.close()

    async def _listen(self) -> None:
        """Listen, or not, as the next fault wants it."""
        refuse = bool(self._faults) and self._faults[0] is REFUSE
        if refuse and self._server:
            self._server.close()
            self._server = None
        if not refuse and not self._server:
            self._server = await asyncio.start_server(self._serve, sock=_bound(self.port))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while first := await reader.read(1):
                fault = self._faults.popleft() if self._faults else FAITHFUL
                await self._listen()
                reply = await self._reply(fault, first, reader)
                for part in reply.parts:
                    writer.write(part)
                    await writer.drain()
                    await asyncio.sleep(reply.pace)
                if reply.then == "wait":
                    await reader.read()
                if reply.then == "reset":
                    linger = struct.pack("ii", 1, 0)
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    writer.transport.abort()
                if reply.then != "keep" or self._server is None:
                    break
        self._open.discard(writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    async def _reply(self, fault: Fault, first: bytes, reader: asyncio.StreamReader) -> Reply:
        """Read the request, have it carried out where the fault wants that, and say what the client is sent."""
        head = first if fault is AT_ONCE else first + await reader.readuntil(b"\r\n\r\n")
        line, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(text.lower().split(": ", 1) for text in lines if text)
        content = await reader.readexactly(int(headers.get("content-length", 0)))
        answer, mark = NO_ANSWER, self.mark
        if fault.taken:
            marked = f"{line}\r\nX-Sandbox-Mark: {mark}\r\nConnection: close\r\n".encode("latin-1")
            kept = "\r\n".join(text for text in lines if not text.lower().startswith("connection:"))
            asked = asyncio.create_task(self._ask(marked + kept.encode("latin-1") + content))
            self._asking.add(asked)
            asked.add_done_callback(self._asking.discard)
            answer = await asyncio.shield(asked)
        self.seen.append(Seen(line, mark, fault, int(answer.line.split()[1]) if fault.taken else None))
        return self._filled(fault.breaks(answer), line)

    async def _ask(self, request: bytes) -> Answer:
        reader, writer = await asyncio.open_connection(HOST, self._upstream)
        writer.write(request)
        head, _, content = (await reader.read(-1)).partition(b"\r\n\r\n")
        writer.close()
        line, *lines = head.decode("latin-1").split("\r\n")
        pairs = [text.split(": ", 1) for text in lines]
        kept = tuple((name, value) for name, value in pairs if name.lower() != "connection")
        return Answer(line, (*kept, ("Date", formatdate(self._clock.now(), usegmt=True))), content)

    def _filled(self, reply: Reply, line: str) -> Reply:
        """With what only the proxy knows in its place."""
        if not isinstance(reply.parts, tuple):
            return reply
        own = f"http://{HOST}:{self.port}{line.split(' ')[1] if ' ' in line else '/'}"
        values = {SELF: own, AWAY: self._away, SOON: formatdate(self._clock.now() + 5, usegmt=True)}
        parts = reply.parts
        for name, value in values.items():
            parts = tuple(part.replace(name.encode(), value.encode()) for part in parts)
        return Reply(parts, reply.then, reply.pace)


def _bound(port: int) -> socket.socket:
    """A socket on a port, which others of this program may have too."""
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    found.bind((HOST, port))
    return found
