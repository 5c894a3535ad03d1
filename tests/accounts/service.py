"""The sandbox on a port, its clock held with the client's; a person with a browser; and the requests that came."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from connector import Connection, find
from connector.accounts import saved
from connector.accounts.oauth import SignIn, Tokens
from connector.clock import Clock
from connector.connections import made
from connector.drive import drive
from connector.network import Network
from connector.store import Store
from connector.testing.clock import HeldClock
from connector.transport import StandardCarrier
from sandbox.zendesk import APP_ID, APP_SECRET, CLIENT_ID, create_app

from .. import serving
from ..sandbox.oauth import Form

ZENDESK = find("zendesk")


class Service:
    """`asked` are the grant types of the requests for tokens, as they came."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = HeldClock() if clock is None else clock
        self.app = create_app(clock=lambda: datetime.fromtimestamp(self.clock.now(), UTC))
        self.asked: list[str] = []
        self.url = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def heard() -> Any:
            message = await receive()
            if scope["path"] == "/oauth/tokens" and message.get("body"):
                self.asked.append(message["body"].decode().partition('"grant_type": "')[2].partition('"')[0])
            return message

        await self.app(scope, heard, send)

    def connection(self, scheme: str = "oauth", name: str = "acme", **values: str) -> Connection:
        """A connection to it, by default of the public client."""
        client = {"client_id": CLIENT_ID} if scheme == "oauth" else {}
        client = {"client_id": APP_ID, "client_secret": APP_SECRET} if scheme == "client" else client
        return made(name, ZENDESK, {"base_url": self.url, **client, **values}, scheme=scheme)

    def sign_in(self, connection: Connection) -> Tokens:
        """The tokens of a person who signs in."""
        sign_in = SignIn(connection, "http://127.0.0.1:1/callback")
        return self.drive(sign_in.tokens(press(sign_in.address), self.clock.now()))  # type: ignore[no-any-return]

    def connected(self, store: Store, name: str = "acme") -> Tokens:
        """Keep a connection with the tokens of a person who signs in; the tokens."""
        connection = self.connection(name=name)
        tokens = self.sign_in(connection)
        keep(store, connection, tokens, self.clock)
        return tokens

    def drive(self, steps: Any) -> Any:
        carrier = StandardCarrier(Network())
        try:
            return drive(steps, lambda: carrier, self.clock)
        finally:
            carrier.close()


def keep(store: Store, connection: Connection, tokens: Tokens | None, clock: Clock, **more: Any) -> None:
    given = {"tokens": tokens.as_dict() if tokens else None, "renews": tokens is not None, "who": None, **more}
    saved.keep(store, connection, base_url=connection.base_url, now=clock.now(), **given)


@contextmanager
def served(clock: Clock | None = None) -> Iterator[Service]:
    """A service on a free port."""
    service = Service(clock)
    with serving.served(service) as service.url:
        yield service
    service.app.close()


def press(address: str, decision: str = "allow") -> str:
    """Where the browser of a person ends who opens the address and presses a button."""
    with httpx.Client(trust_env=False) as browser:
        form = Form(browser.get(address).text)
        url = str(httpx.URL(address).join(form.action))
        answer = browser.post(url, data={**form.fields, "decision": decision})
    return str(answer.headers["location"])


def query(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


if __name__ == "__main__":  # a browser as a program: the person allows all
    httpx.get(press(sys.argv[1]), trust_env=False)
