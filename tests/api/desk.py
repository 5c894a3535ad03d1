"""An API that may reach the sandbox on a port of this machine, one held clock for both, and a person with a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Network
from typing import Any
from urllib.parse import urlsplit

import httpx

from connector.api.app import create_app
from connector.api.server import Server
from connector.api.settings import Settings
from connector.testing.clock import HeldClock
from sandbox.zendesk import ADMIN_EMAIL, API_TOKEN, CLIENT_ID

from ..accounts import service
from ..accounts.service import Service, press
from ..serving import served
from .conftest import ORIGIN, Api

BY_TOKEN = {"email": ADMIN_EMAIL, "api_token": API_TOKEN}
LOOPBACK = (IPv4Network("127.0.0.0/8"),)


class Desk(Api):
    """The API, and the `service` that accounts are of."""

    service: Service
    clock: HeldClock

    def connect(self, name: str = "work", values: Any = None, **more: Any) -> httpx.Response:
        """Make a connection, by an API token unless other values are given."""
        said = {name: more.pop(name) for name in ("way", "replace") if name in more}
        given = {"base_url": self.service.url, **(BY_TOKEN if values is None else values)}
        return self.call(
            "POST", "/v1/connections", {"connector": "zendesk", "name": name, "values": given, **said}, **more
        )

    def begin(self, name: str = "work", values: Any = None, **more: Any) -> httpx.Response:
        """Begin a sign-in, of the public client unless other values are given."""
        keys = ("way", "replace", "return_to", "connector")
        said = {"connector": "zendesk", **{key: more.pop(key) for key in keys if key in more}}
        given = {"base_url": self.service.url, **({"client_id": CLIENT_ID} if values is None else values)}
        return self.call("POST", "/v1/sign-ins", {"name": name, "values": given, **said}, **more)

    def come_back(self, address: str, decision: str = "allow") -> httpx.Response:
        """What the browser of a person shows who signs in there and presses a button."""
        return self.open(press(address, decision))

    def open(self, place: str) -> httpx.Response:
        """What is at an address of the API, as a browser asks for it."""
        parts = urlsplit(place)
        assert (parts.scheme, parts.netloc) == ("http", "127.0.0.1:8400")
        return self.http.get(f"{parts.path}?{parts.query}")

    def token(self, tenant: str = "", **more: Any) -> str:
        """An embed token by which an end user connects `work`."""
        wanted = {"connector": "zendesk", "connection": "work", "scopes": ["connect"], "origin": ORIGIN, **more}
        answer = self.call("POST", "/v1/embed-tokens", wanted, tenant=tenant)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])


PAGE = {"Origin": ORIGIN}


@contextmanager
def desk(allow: tuple[IPv4Network, ...] = LOOPBACK) -> Iterator[Desk]:
    """A running API, and the service beside it."""
    clock = HeldClock()
    server = Server(Settings(origins=(ORIGIN,), allow_networks=allow), clock=clock, retry_for=0)
    with (
        service.served(clock) as there,
        served(create_app(server), lifespan="on") as url,
        httpx.Client(base_url=url, trust_env=False) as http,
    ):
        found = Desk(server, http)
        found.service, found.clock = there, clock
        yield found
