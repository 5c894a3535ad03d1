"""The carriers side by side: what each makes of a request, in one vocabulary."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TypeAlias

import httpx
import pytest

from connector.calls import NoAnswer, NotSent, TooLarge
from connector.connections import Wire
from connector.httpx_transport import AsyncHttpxCarrier, HttpxCarrier, PortalCarrier
from connector.message import Request, Response
from connector.transport import AiohttpCarrier, AsyncCarrier, Carrier, StandardCarrier

Outcome: TypeAlias = Response | str
Send: TypeAlias = Callable[[Sequence[Wire]], list[Outcome]]

TIMEOUT = 0.4
PAUSE = 0.05  # for a closed connection to be seen as closed


def _sync(make: Callable[[], Carrier]) -> Send:
    def send(wires: Sequence[Wire]) -> list[Outcome]:
        carrier = make()
        found: list[Outcome] = []
        for wire in wires:
            try:
                found.append(carrier.send(wire))
            except (NotSent, NoAnswer, TooLarge) as error:
                found.append(_verdict(error))
            time.sleep(PAUSE if len(wires) > 1 else 0)
        carrier.close()
        return found

    return send


def _async(make: Callable[[], AsyncCarrier]) -> Send:
    def send(wires: Sequence[Wire]) -> list[Outcome]:
        return asyncio.run(run(wires))

    async def run(wires: Sequence[Wire]) -> list[Outcome]:
        carrier = make()
        found: list[Outcome] = []
        for wire in wires:
            try:
                found.append(await carrier.send(wire))
            except (NotSent, NoAnswer, TooLarge) as error:
                found.append(_verdict(error))
            await asyncio.sleep(PAUSE if len(wires) > 1 else 0)
        await carrier.aclose()
        return found

    return send


def _verdict(error: Exception) -> str:
    return type(error).__name__ + (" in time" if getattr(error, "timed_out", False) else "")


OURS: dict[str, Send] = {
    "standard": _sync(lambda: StandardCarrier(TIMEOUT)),
    "aiohttp": _async(lambda: AiohttpCarrier(TIMEOUT)),
}
CARRIERS: dict[str, Send] = OURS | {
    "httpx": _sync(lambda: HttpxCarrier(httpx.HTTPTransport(), TIMEOUT)),
    "async httpx": _async(lambda: AsyncHttpxCarrier(httpx.AsyncHTTPTransport(), TIMEOUT)),
    "portal": _sync(lambda: PortalCarrier(AiohttpCarrier(TIMEOUT))),
}


each_carrier = pytest.mark.parametrize("send", CARRIERS.values(), ids=CARRIERS)
"""The carriers in turn: `send` sends requests one after the other, and gives the answer or verdict on each."""

each_of_ours = pytest.mark.parametrize("send", OURS.values(), ids=OURS)
"""The carriers that write HTTP themselves, or with aiohttp."""


def wire(url: str, method: str = "GET", *headers: tuple[str, str], content: bytes | None = None,
         limit: int | None = None) -> Wire:  # fmt: skip
    return Wire(Request(method, url, content=content, limit=limit), url, headers, content)
