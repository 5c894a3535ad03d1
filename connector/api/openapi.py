"""The OpenAPI 3.1 document, made of the routes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ..access.embed import SCOPES_OF_TOKENS
from ..access.scopes import SCOPES
from ..schema import Schema
from .core.shapes import ERROR
from .problems import CORE_STATUS, MEDIA, PROBLEM
from .route import JSON, LINES, Route

DESCRIPTION = """\
Run operations of connectors, render forms for them with live dropdowns, and connect the accounts they work on.

Every request carries a key, `Authorization: Bearer KEY`, or in a browser an embed token that a key made. A key has \
scopes and is of a tenant: connections and calls of other tenants are unknown to it.

What goes wrong is a problem (RFC 9457) of the type `application/problem+json`. Its `code` is for programs, its \
`detail` for people; `errors` names each field that does not fit; `upstream` is what the service itself answered.

A key may send so many requests a minute: `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (in seconds) \
say how it stands. Every answer has an `X-Request-Id`, which the logs of the server have too; send one to choose it.

The routes under `/core/v1` are those of Tray's Connectivity API, in its shapes and with its statuses.
"""

TAGS = {
    "Catalog": "Connectors, operations, and the schemas that forms are made of.",
    "Running": "Run an operation, or see what it would send.",
    "Dropdowns": "The choices of a field, and what people read for stored values.",
    "Connections": "The accounts that operations work on.",
    "Calls": "The record of what was called, and what became of it.",
    "Embedding": "Tokens for pages in a browser.",
    "Tray": "Tray's Connectivity API. The authId of a call is the name of a connection.",
    "Server": "Whether the server is up, and what it counts.",
}
OF_PATH = (
    ("/core/", "Tray"),
    (r".*/(run|plan)$", "Running"),
    (r".*/(options|labels|check-values)$", "Dropdowns"),
    ("/v1/connectors", "Catalog"),
    ("/v1/(connections|sign-ins|oauth)", "Connections"),
    ("/v1/calls", "Calls"),
    ("/v1/embed-tokens", "Embedding"),
    ("", "Server"),
)
IN_PATH = {
    "connector": "The name of a connector.",
    "operation": "The name of an operation.",
    "version": "Its version, as the list says.",
    "name": "The name of a connection.",
    "id": "The id of a call, as the header X-Call-Id says.",
    "state": "The state that the sign-in was begun with.",
}
WHY = {
    400: "The query, the headers or the body cannot be read or do not fit, or this cannot be done here.",
    401: "There is no key, or it is not known, revoked or past its time.",
    403: "The key or token may not do this.",
    404: "There is nothing of this name, or it is another tenant's.",
    408: "The body did not come in time.",
    409: "There is one of this name already.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The body or the input does not fit: `errors` names each field. Or an Idempotency-Key of another request.",
    424: "The service refused: `upstream` is what it answered.",
    429: "Too many requests, of this key or on the service. Come again after Retry-After.",
    500: "A defect of the server or of a connector.",
    502: "The service could not be reached or understood. Of a write it may not be known whether it happened: `code`.",
    503: "The server is stopping, or cannot read what it keeps.",
    504: "There was no end in time. Of a write it may not be known whether it happened: `code`.",
}
OF_CORE = {
    400: "The request or the input does not fit, or the service refused.",
    404: "There is nothing of this name, or nothing at this path.",
    408: "There was no end in time.",
    500: "A defect, a service that could not be reached or understood, or a server that is stopping.",
}

SUCCESS = {
    200: "It was done.",
    201: "It was made.",
    204: "It is gone.",
    303: "The browser goes on.",
    304: "Not changed.",
}
OF_CALLS = (422, 424, 429, 502, 504)

TEXT, COUNT = {"type": "string"}, {"type": "string", "pattern": "^[0-9]+$"}
HEADERS: dict[str, tuple[Schema, str]] = {
    "X-Request-Id": (TEXT, "What this request is called in the logs."),
    "RateLimit-Limit": (COUNT, "How many requests the key may send in a minute."),
    "RateLimit-Remaining": (COUNT, "How many are left."),
    "RateLimit-Reset": (COUNT, "Seconds until all are there again."),
    "Retry-After": (COUNT, "Seconds to wait."),
    "WWW-Authenticate": (TEXT, "Bearer."),
    "X-Call-Id": (TEXT, "The record of the call: GET /v1/calls/{id}."),
    "Idempotency-Replayed": ({"const": "true"}, "There where the answer was given before."),
    "ETag": (TEXT, "Send it as If-None-Match: 304 says that nothing has changed."),
    "Location": ({"type": "string", "format": "uri"}, "Where the browser goes."),
}
ALWAYS = ("X-Request-Id", "WWW-Authenticate", "Location")
RATE = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
REQUEST_ID = {
    "name": "X-Request-Id",
    "in": "header",
    "description": "What to call this request in the logs: at most 64 letters, digits, - and _. Else one is made.",
    "schema": TEXT,
}
SECURITY = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key: `connector keys create`. Its scopes: "
        + "; ".join(f"`{name}`, {what}" for name, what in SCOPES.items())
        + ".",
    },
    "embed_token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token for a page in a browser: `POST /v1/embed-tokens`. It is for one connection, the "
        "operations that it names, and pages of one origin. With the scope `connect` a person connects an account.",
    },
}


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """The document of these routes. Schemas that have a title stand under components, by it."""
    shared: dict[str, Schema] = {}
    paths: dict[str, dict[str, Any]] = {}
    failures = set()
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, shared)
        failures |= {(route.core, status) for status in statuses(route) - route.answers.keys()}
    shared |= {"Problem": PROBLEM, "CoreError": _hoisted(ERROR, shared)}
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Connector API",
            "version": "1.0.0",
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(shared.items())),
            "responses": {_failure(status, core): _problem(status, core) for core, status in sorted(failures)},
            "headers": {
                name: {"description": text, "required": name in ALWAYS, "schema": schema}
                for name, (schema, text) in HEADERS.items()
            },
            "parameters": {"X-Request-Id": REQUEST_ID},
            "securitySchemes": SECURITY,
        },
    }


def statuses(route: Route) -> set[int]:
    """Every status that a route may be answered with, but for those of HTTP itself: a head that is none."""
    found = {*route.errors, 500}
    if not route.open_query:
        found.add(400)
    if route.scope is not None:
        found |= {401, 403, 429, 503, 504}
    if route.body is not None:
        found |= {400, 408, 413, 415, 422}
    if route.core:
        found = {CORE_STATUS.get(status, status) for status in found}
    return {*route.answers, *found}


def operation_id(route: Route) -> str:
    """What programs call it: its summary, up to a comma and without articles."""
    words = re.findall("[a-z]+", route.summary.partition(",")[0].lower())
    return "_".join([*(["core"] if route.core else []), *(word for word in words if word not in ("a", "an", "the"))])


def _operation(route: Route, shared: dict[str, Schema]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": operation_id(route),
        "summary": route.summary,
        "description": route.description,
        "tags": [next(tag for path, tag in OF_PATH if re.match(path, route.path))],
        "security": _security(route),
        "parameters": [
            *(_parameter("path", name, {**TEXT, "description": IN_PATH[name]}) for name in _names(route.path)),
            *(_parameter("query", name, _hoisted(schema, shared)) for name, schema in route.query.items()),
            *(_parameter("header", name, _hoisted(schema, shared)) for name, schema in route.headers.items()),
            {"$ref": "#/components/parameters/X-Request-Id"},
        ],
        "responses": {str(status): _response(route, status, shared) for status in sorted(statuses(route))},
    }
    if route.body is not None:
        content = {JSON: {"schema": _hoisted(route.body, shared)}}
        found["requestBody"] = {"required": bool(route.body.get("required")), "content": content}
    return found


def _names(path: str) -> list[str]:
    return re.findall(r"{(\w+)}", path)


def _parameter(place: str, name: str, schema: Schema) -> dict[str, Any]:
    """A parameter; its description stands beside its schema."""
    rule = {key: value for key, value in schema.items() if key not in ("description", "required")}
    needed = {"required": True} if place == "path" or schema.get("required") is True else {}
    return {"name": name, "in": place, "description": schema.get("description", ""), **needed, "schema": rule}


def _security(route: Route) -> list[dict[str, list[str]]]:
    """A key or a token with one of the scopes."""
    if route.scope is None:
        return []
    held = {"key": SCOPES, **({"embed_token": SCOPES_OF_TOKENS} if route.embed else {})}
    return [
        {name: scopes}
        for name, known in held.items()
        for scopes in [[scope] for scope in route.scopes if scope in known] or [[]]
    ]


def _response(route: Route, status: int, shared: dict[str, Schema]) -> dict[str, Any]:
    if status not in route.answers:
        return {"$ref": f"#/components/responses/{_failure(status, route.core)}"}
    names = ["X-Request-Id", *(RATE if route.scope is not None else ())]
    names += ["X-Call-Id", "Idempotency-Replayed"] if "Idempotency-Key" in route.headers else []
    names += ["ETag"] if 304 in route.answers else []
    names += ["Location"] if status == 303 else []
    found: dict[str, Any] = {"description": SUCCESS[status], "headers": _headers(names)}
    schema = route.answers[status]
    if schema is not None:
        found["content"] = {route.media.partition(";")[0]: {"schema": _hoisted(schema, shared)}}
        if route.lines is not None:
            found["content"][LINES] = {"schema": {**TEXT, "description": route.lines}}
    return found


def _headers(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _failure(status: int, core: bool) -> str:
    """The name of what a failure is answered with."""
    return f"{'Core' if core else 'Problem'}{status}"


def _problem(status: int, core: bool) -> dict[str, Any]:
    names = ["X-Request-Id", *(RATE if status not in (401, 503) else ())]
    names += ["X-Call-Id"] if status in OF_CALLS else []
    names += ["Retry-After"] if status in (424, 429, 502, 503) else ["WWW-Authenticate"] if status == 401 else []
    name, media = ("CoreError", JSON) if core else ("Problem", MEDIA)
    return {
        "description": (OF_CORE if core else {}).get(status, WHY[status]),
        "headers": _headers(names),
        "content": {media: {"schema": {"$ref": f"#/components/schemas/{name}"}}},
    }


def _hoisted(node: Any, shared: dict[str, Schema]) -> Any:
    """A schema with `$ref` in the place of each that has a title; those are put into shared."""
    if isinstance(node, list):
        return [_hoisted(item, shared) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: _hoisted(value, shared) for key, value in node.items()}
    if not isinstance(title := node.get("title"), str):
        return found
    name = re.sub("[^A-Za-z0-9-]", "", title)
    if shared.setdefault(name, found) != found:
        raise ValueError(f"Two schemas have the title {title}.")
    return {"$ref": f"#/components/schemas/{name}"}
