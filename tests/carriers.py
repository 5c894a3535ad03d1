"""The carriers side by side: what each makes of a request, in one vocabulary."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TypeAlias

import httpx
import pytest

from connector.connections import Wire
from connector.httpx_transport import AsyncHttpxCarrier, HttpxCarrier, PortalCarrier
from connector.message import Request, Response
from connector.network import Network
from connector.steps import NoAnswer, NotSent, TooLarge
from connector.transport import AiohttpCarrier, AsyncCarrier, Carrier, StandardCarrier

Outcome: TypeAlias = Response | str
Send: TypeAlias = Callable[[Sequence[Wire]], list[Outcome]]
Try: TypeAlias = Callable[[Sequence[Wire]], list[Response | Exception]]

TIMEOUT = 0.4
NETWORK = Network(connect=TIMEOUT, read=TIMEOUT, total=2 * TIMEOUT)
PAUSE = 0.05  # for a closed connection to be seen as closed


def _sync(make: Callable[[], Carrier]) -> Try:
    def send(wires: Sequence[Wire]) -> list[Response | Exception]:
        carrier = make()
        found: list[Response | Exception] = []
        for wire in wires:
            try:
                found.append(carrier.send(wire))
            except (NotSent, NoAnswer, TooLarge) as error:
                found.append(error)
            time.sleep(PAUSE if len(wires) > 1 else 0)
        carrier.close()
        return found

    return send


def _async(make: Callable[[], AsyncCarrier]) -> Try:
    def send(wires: Sequence[Wire]) -> list[Response | Exception]:
        return asyncio.run(run(wires))

    async def run(wires: Sequence[Wire]) -> list[Response | Exception]:
        carrier = make()
        found: list[Response | Exception] = []
        for wire in wires:
            try:
                found.append(await carrier.send(wire))
            except (NotSent, NoAnswer, TooLarge) as error:
                found.append(error)
            await asyncio.sleep(PAUSE if len(wires) > 1 else 0)
        await carrier.aclose()
        return found

    return send


def _verdicts(attempt: Try) -> Send:
    return lambda wires: [one if isinstance(one, Response) else _verdict(one) for one in attempt(wires)]


def _verdict(error: Exception) -> str:
    return type(error).__name__ + (" in time" if getattr(error, "timed_out", False) else "")


def ours(network: Network) -> dict[str, Try]:
    """The carriers that write HTTP themselves, or with aiohttp: each sends, and gives the answer or the error."""
    return {"standard": _sync(lambda: StandardCarrier(network)), "aiohttp": _async(lambda: AiohttpCarrier(network))}


OURS = {name: _verdicts(attempt) for name, attempt in ours(NETWORK).items()}
CARRIERS = OURS | {
    "httpx": _verdicts(_sync(lambda: HttpxCarrier(httpx.HTTPTransport(), NETWORK))),
    "async httpx": _verdicts(_async(lambda: AsyncHttpxCarrier(httpx.AsyncHTTPTransport(), NETWORK))),
    "portal": _verdicts(_sync(lambda: PortalCarrier(AiohttpCarrier(NETWORK)))),
}


each_carrier = pytest.mark.parametrize("send", CARRIERS.values(), ids=CARRIERS)
"""The carriers in turn: `send` sends requests one after the other, and gives the answer or verdict on each."""

each_kind = pytest.mark.parametrize("kind", ["standard", "aiohttp"])
"""The same by name, for a network of the test's own: `attempt`."""


def attempt(kind: str, network: Network, *wires: Wire) -> list[Response | Exception]:
    return ours(network)[kind](wires)


each_of_ours = pytest.mark.parametrize("send", OURS.values(), ids=OURS)
"""The carriers that write HTTP themselves, or with aiohttp."""


def wire(url: str, method: str = "GET", *headers: tuple[str, str], content: bytes | None = None,
         limit: int | None = None) -> Wire:  # fmt: skip
    return Wire(Request(method, url, content=content, limit=limit), url, headers, content)
