"""Every status that the OpenAPI document names comes, with what it says; and none that it does not name."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from connector.api.app import API, create_app
from connector.api.openapi import RATE, document, operation_id
from connector.api.problems import CORE_STATUS
from connector.api.route import JSON, Answer, Ask, Route
from connector.api.server import Server
from connector.api.settings import Settings
from connector.testing.clock import HeldClock

from ..accounts import service
from ..serving import served
from .asking import a_ticket, account, run
from .cases import OTHER, PATH, ROUTES, SIGN_IN, TICKET, WELL, Case
from .conftest import ORIGIN, Api
from .desk import BY_TOKEN, LOOPBACK

DOCUMENT: dict[str, Any] = json.loads(json.dumps(document(API)))


@dataclass
class World(Api):
    """The API, and what the words in capitals stand for."""

    words: Mapping[str, Any] = field(default_factory=dict)

    def ask(self, name: str, *cases: Case, key: str | None = None) -> httpx.Response:
        """Ask a route as where all is well, but for what the cases say."""
        route, said = ROUTES[name], WELL[name][1]
        path, body = PATH, said.get("body")
        more: dict[str, Any] = {}
        for case in (said, *cases):
            path = {**path, **{part: case[part] for part in PATH if part in case}}
            body = {**(body or {}), **case["body"]} if isinstance(case.get("body"), dict) else case.get("body", body)
            more |= {part: case[part] for part in ("headers", "content") if part in case}
            more |= {"params": case["query"]} if "query" in case else {}
        place = route.path.format(**self.filled(path))
        return self.call(
            route.method, place, None if "content" in more else self.filled(body), key=key, **self.filled(more)
        )

    def filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self.filled(one) for name, one in value.items()}
        return self.words.get(value, value) if isinstance(value, str) else value


@contextmanager
def opened(routes: Sequence[Route] = API, **settings: Any) -> Iterator[World]:
    server = Server(Settings(origins=(ORIGIN,), allow_networks=LOOPBACK, **settings), retry_for=0)
    with (
        served(create_app(server, routes), lifespan="on") as url,
        httpx.Client(base_url=url, trust_env=False, timeout=20) as http,
    ):
        yield World(server, http, words={"VALUES": {}})


def failing(read: int, write: int) -> Any:
    """A service that answers with these statuses."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        status = read if scope["method"] == "GET" else write
        kind = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": kind})
        await send({"type": "http.response.body", "body": b"{}"})

    return app


@contextmanager
def world() -> Iterator[World]:
    """An API with connections to a service that works, to one that refuses, and to one that breaks."""
    with (
        service.served(HeldClock()) as works,
        served(failing(403, 500)) as refuses,
        served(failing(500, 500)) as breaks,
        opened() as api,
    ):
        for name in ("work", "old", "gone", "gone too"):
            account(api.server.store, works.url, name)
        account(api.server.store, refuses, "refused")
        account(api.server.store, breaks, "broken")
        lost = {
            word: run(api, operation, given, connection=name).json()["call_id"]
            for word, name, operation, given in (
                ("UNKNOWN", "work", "raw_http_request", a_ticket(fault="500-after")),
                ("REFUSED", "refused", "create_group", {"name": "Lost"}),
                ("BROKEN", "broken", "create_group", {"name": "Lost"}),
            )
        }
        ways = api.call("GET", "/core/v1/services/zendesk/versions/1/environments").json()["elements"]
        api.words = {
            **lost,
            "CALL": run(api, "get_ticket", TICKET, connection="work").headers["X-Call-Id"],
            "STATE": api.call("POST", "/v1/sign-ins", {**SIGN_IN, "name": "began"}).json()["state"],
            "ENVIRONMENT": next(way["id"] for way in ways if "email" in way["userDataSchema"]["properties"]),
            "VALUES": {"base_url": works.url, **BY_TOKEN},
            "REFUSING": {"base_url": refuses, **BY_TOKEN},
            "BREAKING": {"base_url": breaks, **BY_TOKEN},
        }
        yield api


OF_STATUS = {303: ["Location"], 304: ["ETag"], 401: ["WWW-Authenticate"], 429: ["Retry-After"]}


def keyed(route: Route) -> bool:
    return route.scope is not None


def misfit(name: str, status: int, answer: httpx.Response) -> str | None:
    """What an answer has that the document does not say of it."""
    route = ROUTES[name]
    if answer.status_code != status:
        return f"{name}: {answer.status_code}, not {status}: {answer.text[:300]}"
    said = DOCUMENT["paths"][route.path][route.method.lower()]["responses"].get(str(status))
    if said is None:
        return f"{name}: {status} is not in the document"
    if "$ref" in said:
        said = DOCUMENT["components"]["responses"][said["$ref"].rpartition("/")[2]]
    needed = {"X-Request-Id", *OF_STATUS.get(status, ()), *(RATE if keyed(route) and status not in (401, 503) else ())}
    if missing := needed - {header for header in said["headers"] if header in answer.headers}:
        return f"{name}: {status} has no {missing}"
    if "content" not in said:
        return f"{name}: {status} has a body" if answer.content else None
    kind = answer.headers["content-type"].partition(";")[0]
    if kind not in said["content"]:
        return f"{name}: {status} is {kind}"
    if kind.endswith("json"):
        schema = {**said["content"][kind]["schema"], "components": DOCUMENT["components"]}
        for error in Draft202012Validator(schema).iter_errors(answer.json()):
            return f"{name}: {status}: {error.json_path}: {error.message[:300]}"
    return None


# -- of its own --------------------------------------------------------------------------------------------------------


def test_what_a_route_answers_of_its_own() -> None:
    last = [
        name for name in ROUTES if name.endswith(("rename_connection", "remove_connection", "remove_authentication"))
    ]
    well: list[tuple[str, int, Case]] = [
        (name, WELL[name][0], {}) for name in sorted(ROUTES, key=lambda name: name in last)
    ]
    with world() as api:
        wrong = [misfit(name, status, api.ask(name, case)) for name, status, case in (*OTHER, *well)]
    assert list(filter(None, wrong)) == []


def test_a_server_that_stops_is_not_ready() -> None:
    with opened() as api:
        api.server.closing = True
        assert misfit("check_that_server_is_ready", 503, api.ask("check_that_server_is_ready")) is None


# -- of all ------------------------------------------------------------------------------------------------------------


async def broken(ask: Ask) -> Answer:
    raise ZeroDivisionError


async def endless(ask: Ask) -> Answer:
    await asyncio.sleep(60)
    raise AssertionError


async def stopped(ask: Ask) -> Answer:
    ask.server.closing = True
    raise asyncio.CancelledError


def everything(route: Route) -> bool:
    return True


def waits(route: Route) -> bool:
    return keyed(route) or operation_id(route) == "end_sign_in"


def takes_a_body(route: Route) -> bool:
    return route.body is not None


# The status, of which routes, what is sent, what the server is told, and what stands in the place of the endpoints.
OF_ALL: list[tuple[int, Callable[[Route], bool], Case, dict[str, Any], Any]] = [
    (400, lambda route: not route.open_query, {"query": {"nothing": "x"}}, {}, None),
    (401, keyed, {"headers": {"Authorization": "Bearer nothing"}}, {}, None),
    (403, keyed, {}, {}, None),
    (408, takes_a_body, {}, {"body_seconds": 0.05}, None),
    (413, takes_a_body, {"content": b" " * 11}, {"largest_body": 10}, None),
    (415, takes_a_body, {"content": b"{}", "headers": {"Content-Type": "text/plain"}}, {}, None),
    (422, takes_a_body, {"body": []}, {}, None),
    (429, keyed, {}, {"rate": 1}, None),
    (500, everything, {}, {}, broken),
    (503, waits, {}, {}, stopped),
    (504, waits, {}, {"seconds": 0.05}, endless),
]


@pytest.mark.parametrize(
    ("status", "among", "case", "settings", "endpoint"), OF_ALL, ids=[str(one[0]) for one in OF_ALL]
)
def test_what_every_route_answers(
    status: int, among: Callable[[Route], bool], case: Case, settings: dict[str, Any], endpoint: Any
) -> None:
    routes = [replace(route, endpoint=endpoint) for route in API] if endpoint else API
    with opened(routes, **settings) as api:
        key = api.key(scopes=frozenset({"destroy"})) if status == 403 else api.key()
        if status == 429:
            api.call("GET", "/v1/connectors")
        wrong = []
        for name, route in ROUTES.items():
            if among(route):
                more = {"content": never()} if status == 408 else {}
                answer = api.ask(name, {"headers": {"Content-Type": JSON}, **case, **more}, key=key)
                wrong.append(misfit(name, CORE_STATUS.get(status, status) if route.core else status, answer))
    assert list(filter(None, wrong)) == []


def never() -> Iterator[bytes]:
    """A body whose end does not come."""
    yield b"{"
    time.sleep(0.3)


def test_there_is_a_case_for_every_status_of_the_document() -> None:
    known = {(name, status) for name, (status, _) in WELL.items()} | {(name, status) for name, status, _ in OTHER}
    known.add(("check_that_server_is_ready", 503))
    for status, among, *_ in OF_ALL:
        for name, route in ROUTES.items():
            if among(route):
                known.add((name, CORE_STATUS.get(status, status) if route.core else status))
    told = {
        (one["operationId"], int(status))
        for methods in DOCUMENT["paths"].values()
        for one in methods.values()
        for status in one["responses"]
    }
    assert (sorted(told - known), sorted(known - told)) == ([], [])
