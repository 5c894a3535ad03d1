"""Tray's shapes, closed, and what tests of its API ask for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from jsonschema import Draft202012Validator

from connector.api.app import ROUTES, create_app
from connector.api.server import Server
from connector.api.settings import Settings

from ..serving import served
from .conftest import Api

PLACE = "/core/v1/connectors/zendesk/versions/1.0"


def closed(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": [*properties], "additionalProperties": False, "properties": properties}


TEXT, NUMBER, LIST = {"type": "string"}, {"type": "integer"}, {"type": "array"}
TRAYS_CONNECTOR = closed(
    name=TEXT, title=TEXT, description=TEXT, version=TEXT, service=closed(id=TEXT, name=TEXT, version=NUMBER)
)
TRAYS_OPERATION = closed(
    name=TEXT, title=TEXT, description=TEXT, inputSchema={"type": "object"}, outputSchema={"type": "object"},
    hasDynamicOutput={"type": "boolean"}, authScopes=LIST,
)  # fmt: skip
TRAYS_SUCCESS = closed(outcome={"const": "success"}, output={})
TRAYS_FAILURE = closed(
    outcome={"const": "error"},
    output=closed(
        response=closed(statusCode=NUMBER, body={}), expects=closed(statusCode={**LIST, "items": NUMBER}), message=TEXT
    ),
)
TRAYS_ERROR = closed(message=TEXT, code={"type": "null"})
TRAYS_STATUSES = {400, 401, 403, 404, 408, 409, 413, 429, 500}


def fits(shape: dict[str, Any], value: Any, *beside: str) -> bool:
    """Whether a value has Tray's shape, but for what stands beside it."""
    problems = list(Draft202012Validator(shape).iter_errors({k: v for k, v in value.items() if k not in beside}))
    assert problems == []
    return True


def declared(method: str, path: str, status: int) -> Draft202012Validator:
    """The schema that our route says its answer has."""
    route = next(route for route in ROUTES if (route.method, route.path) == (method, path))
    return Draft202012Validator(route.answers[status] or {})


CALL = declared("POST", "/core/v1/connectors/{connector}/versions/{version}/call", 200)


def call(api: Api, operation: str, given: Any = None, **more: Any) -> httpx.Response:
    asked = {name: more.pop(name) for name in ("returnOutputSchema", "search", "page", "refresh") if name in more}
    body: Any = {"operation": operation, "authId": more.pop("authId", "sandbox"), "input": given or {}, **asked}
    return api.call("POST", f"{PLACE}/call", body, **more)


@contextmanager
def serving(settings: Settings, **clients: Any) -> Iterator[Api]:
    server = Server(settings, **{"retry_for": 0, **clients})
    with served(create_app(server), lifespan="on") as url, httpx.Client(base_url=url, trust_env=False) as http:
        yield Api(server, http)
