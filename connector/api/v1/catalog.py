"""What can be run: connectors, operations, the forms of one, a sample of one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from ...access.scopes import OF_EFFECT
from ...catalog import Connector, connectors
from ...dialects.draft04 import draft04
from ...dialects.rjsf import rjsf
from ...errors import DeclarationError
from ...operation import Operation
from ...schema import Schema
from ..endpoint import dumped
from ..problems import Problem
from ..route import Answer, Ask, Route, tag
from ..shapes import TEXT, listed, shape, text
from .running import OPERATION, connection_of

MAIN, DROPDOWN, DDL = "main", "dropdown", "_ddl"


async def list_connectors(ask: Ask) -> Answer:
    """Every connector. One whose connector.yaml cannot be read says so in `error`."""
    return _tagged(ask, {"connectors": [_connector(one) for one in connectors().values()]})


async def list_operations(ask: Ask) -> Answer:
    """The operations of a connector. One whose declaration cannot be read says so in `error`."""
    rows = await asyncio.to_thread(_rows, ask.connector())
    asked = {key: ask.query[key] for key in ("effect", "kind") if key in ask.query}
    rows = [row for row in rows if asked.items() <= row.items()]
    return _tagged(ask, {"operations": _found(rows, ask.query.get("search", ""))})


async def show(ask: Ask) -> Answer:
    """One operation: what it takes and answers, in a dialect; with a connection, by the account's own fields."""
    connector, operation = ask.connector(), ask.operation()
    dialect, connection = ask.query.get("dialect", "2020-12"), ask.query.get("connection")
    if connection is None and not (ask.who.embed and ask.who.embed.connection):
        return ask.tagged(*_shown(connector, operation.name, dialect))
    async with ask.server.clients.of(connector, connection_of(ask, connection)) as client:
        schema = await client.ainput_schema(operation.name)
    shown = await asyncio.to_thread(DIALECTS[dialect], schema, operation.output_schema)  # hundreds of fields take long
    return Answer(_operation(operation) | shown)


async def sample(ask: Ask) -> Answer:
    """An input to start from, and what it gave."""
    operation = ask.operation()
    for file in ask.connector().samples(operation.name):
        found = json.loads(file.read_bytes())
        if "output" in found:
            return _tagged(ask, {"input": found.get("input", {}), "output": found["output"]})
    raise Problem(404, f"{operation.name} has no sample.")


# -- values ------------------------------------------------------------------------------------------------------------

DIALECTS: Mapping[str, Callable[[Schema, Schema], dict[str, Any]]] = {
    "2020-12": lambda taken, given: {"input_schema": taken, "output_schema": given},
    "draft-04": lambda taken, given: {"input_schema": draft04(taken), "output_schema": draft04(given)},
    "rjsf": lambda taken, given: rjsf(taken),
}


def _connector(connector: Connector) -> dict[str, Any]:
    found = {"name": connector.name, "operations": len(connector.names)}
    try:
        return found | {"title": connector.title, "description": connector.spec["description"]}
    except DeclarationError as error:
        return found | {"title": connector.name, "description": "", "error": _told(error)}


def _rows(connector: Connector) -> list[dict[str, Any]]:
    return [_row(connector, name) for name in connector.names]


def _row(connector: Connector, name: str) -> dict[str, Any]:
    """An operation in a list of them."""
    try:
        return _operation(connector.operation(name))
    except DeclarationError as error:
        found = {"name": name, "title": name, "description": "", "effect": None, "kind": MAIN}
        return found | {"error": _told(error)}


def _operation(operation: Operation) -> dict[str, Any]:
    """An operation without its schemas."""
    return {
        "name": operation.name,
        "title": operation.title,
        "description": operation.description,
        "effect": operation.effect,
        "kind": DROPDOWN if is_dropdown(operation) else MAIN,
    }


def is_dropdown(operation: Operation) -> bool:
    """Whether it is there for its choices alone, which its name says."""
    return bool(operation.options) and operation.name.endswith(DDL)


def _told(error: DeclarationError) -> str:
    """The error without the folders of this machine."""
    return error.message.replace(error.file, error.file.rpartition("/")[2])


def _found(rows: list[dict[str, Any]], search: str) -> list[dict[str, Any]]:
    """The rows in which every word stands, best first: a whole word of the title counts most, then short titles."""
    words = search.casefold().split()

    def score(row: dict[str, Any]) -> int:
        title, description = f"{row['name']} {row['title']}".casefold(), row["description"].casefold()
        whole = title.replace("_", " ").split()
        scores = [4 if word in whole else 3 if word in title else 1 if word in description else 0 for word in words]
        return sum(scores) if all(scores) else 0

    scored = [(points, row) for row in rows if (points := score(row))]
    return [row for _, row in sorted(scored, key=lambda pair: (-pair[0], len(pair[1]["title"])))] if words else rows


@lru_cache(maxsize=4096)
def _shown(connector: Connector, name: str, dialect: str) -> tuple[bytes, str]:
    """One operation in a dialect, as it is sent, and its ETag: it changes with the files alone."""
    operation = connector.operation(name)
    content = dumped(_operation(operation) | DIALECTS[dialect](operation.input_schema, operation.output_schema))
    return content, tag(content)


def _tagged(ask: Ask, body: Any) -> Answer:
    content = dumped(body)
    return ask.tagged(content, tag(content))


# -- routes ------------------------------------------------------------------------------------------------------------

ERROR = text("What is wrong with the declaration. Then the rest is not known.")
EFFECT = {"type": "string", "enum": list(OF_EFFECT), "description": "What a call does."}
KIND = {"type": "string", "enum": [MAIN, DROPDOWN], "description": "A dropdown is there to fill a field."}
SCHEMA = {"type": "object", "description": "A JSON Schema, in the dialect asked for."}
OF_OPERATION = {"name": TEXT, "title": TEXT, "description": TEXT, "effect": EFFECT, "kind": KIND}
CONNECTOR = {"name": TEXT, "title": TEXT, "description": TEXT, "operations": {"type": "integer", "minimum": 0}}
ROW = OF_OPERATION | {"effect": {"anyOf": [EFFECT, {"type": "null"}]}, "error": ERROR}
FORM = {
    "schema": SCHEMA,
    "ui_schema": {"type": "object", "description": "How react-jsonschema-form shows the fields."},
    "form_data": {"type": "object", "description": "The form as it is at first: the defaults."},
}
SHOWN = {
    "oneOf": [
        {"title": "JSON Schema", **shape(OF_OPERATION | {"input_schema": SCHEMA, "output_schema": SCHEMA})},
        {"title": "react-jsonschema-form", **shape(OF_OPERATION | FORM)},
    ]
}
IF_NONE_MATCH = {"if-none-match": {"type": "string", "description": "The ETag of an earlier answer: then 304."}}
SEARCH = {"type": "string", "maxLength": 200, "description": "Words of the name, title or description; best first."}
DIALECT = {
    "type": "string",
    "enum": list(DIALECTS),
    "default": "2020-12",
    "description": "How the schemas are written; draft-04 has the keys of Tray, rjsf is react-jsonschema-form's.",
}
CONNECTION = {
    "type": "string",
    "minLength": 1,
    "maxLength": 200,
    "description": "Also the fields that this account has of its own; an embed token has its own connection.",
}


def _route(path: str, endpoint: Any, summary: str, answer: Schema, **more: Any) -> Route:
    more = {"errors": (404,), **more}
    return Route(
        "GET", path, endpoint, summary, scope="options", description=endpoint.__doc__, headers=IF_NONE_MATCH,
        answers={200: answer, 304: None}, **more,
    )  # fmt: skip


ROUTES = [
    _route("/v1/connectors", list_connectors, "List connectors",
           listed("connectors", shape(CONNECTOR | {"error": ERROR}, "error")), errors=()),
    _route("/v1/connectors/{connector}/operations", list_operations, "List operations",
           listed("operations", shape(ROW, "error")), query={"search": SEARCH, "effect": EFFECT, "kind": KIND}),
    _route(OPERATION, show, "Show an operation, and the schemas of its input and output", SHOWN,
           query={"dialect": DIALECT, "connection": CONNECTION}, embed=True),
    _route(f"{OPERATION}/sample", sample, "Show a sample of an operation",
           shape({"input": {"type": "object"}, "output": {}})),
]  # fmt: skip
