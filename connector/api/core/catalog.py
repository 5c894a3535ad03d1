"""What there is, as Tray lists it: connectors, the operations of one, the environments of its service."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from ...accounts import making
from ...catalog import Connector, connectors
from ...dialects.draft04 import draft04
from ...errors import DeclarationError, UnknownNameError
from ...operation import Operation
from ...schema import Schema
from ...ways import signs_in
from ..endpoint import dumped
from ..problems import Problem
from ..route import Answer, Ask, Route, tag
from ..shapes import TEXT, shape, text
from ..v1.catalog import DDL, is_dropdown
from .shapes import SCHEMA, elements

MADE = "_options_ddl"
"""What ends the name under which a list that is no DDL by its own name gives its choices."""


async def list_connectors(ask: Ask) -> Answer:
    """Every connector whose declaration can be read."""
    found = []
    for one in connectors().values():
        with suppress(DeclarationError):
            found.append(_connector(one))
    return Answer({"elements": found})


async def list_operations(ask: Ask) -> Answer:
    """The operations of a connector, with their schemas, without those that are there to fill a field."""
    return ask.tagged(*await asyncio.to_thread(_operations, of_version(ask)))


async def list_environments(ask: Ask) -> Answer:
    """The environments of a service, one for each way to connect to it without a browser."""
    connector = ask.connector()
    if ask.path["version"] != str(service(connector)["version"]):
        raise _no_version(ask, f"The service {connector.name}", str(service(connector)["version"]))
    return Answer({"elements": [_environment(connector, way) for way in _ways(connector)]})


def of_version(ask: Ask) -> Connector:
    """The connector of the path; Problem 404 where it is of another version."""
    connector = ask.connector()
    if ask.path["version"] != connector.version:
        raise _no_version(ask, connector.name, connector.version)
    return connector


def _no_version(ask: Ask, what: str, known: str) -> Problem:
    return Problem(404, f"{what} has no version {ask.path['version']}. It has {known}.")


# -- operations and their dropdowns ------------------------------------------------------------------------------------


def called(connector: Connector, name: str) -> tuple[Operation, bool]:
    """The operation that is called so, and whether its choices are meant rather than its output."""
    if name.endswith(MADE) and name not in connector.names:
        with suppress(UnknownNameError):
            if (found := connector.operation(name.removesuffix(MADE))).options:
                return found, True
    found = connector.operation(name)
    return found, is_dropdown(found)


@lru_cache(maxsize=64)
def _operations(connector: Connector) -> tuple[bytes, str]:
    content = dumped({"elements": list(_listed(connector))})
    return content, tag(content)


def _listed(connector: Connector) -> Iterator[dict[str, Any]]:
    for name in connector.names:
        with suppress(DeclarationError):
            one = connector.operation(name)
            if not is_dropdown(one):
                yield _operation(one)


def _operation(operation: Operation) -> dict[str, Any]:
    return {
        "name": operation.name,
        "title": operation.title,
        "description": operation.description,
        "inputSchema": _with_dropdowns(draft04(operation.input_schema)),
        "outputSchema": draft04(operation.output_schema),
        "hasDynamicOutput": False,
        "authScopes": [],
    }


def _with_dropdowns(part: Any) -> Any:
    """A schema whose lookups name what gives `{"result": […]}` when it is called."""
    if isinstance(part, list):
        return [_with_dropdowns(one) for one in part]
    if not isinstance(part, dict):
        return part
    found = {name: _with_dropdowns(one) for name, one in part.items()}
    lookup = found.get("lookup")
    if isinstance(lookup, dict) and not str(lookup.get("operation", DDL)).endswith(DDL):
        found["lookup"] = {**lookup, "operation": lookup["operation"] + MADE}
    return found


# -- services and their environments -----------------------------------------------------------------------------------


def service(connector: Connector) -> dict[str, Any]:
    """The service of a connector. Ids are derived: they are the same on every machine."""
    version = int(connector.version.partition(".")[0])
    return {"id": str(_service_id(connector)), "name": connector.name, "version": version}


def environment_id(connector: Connector, way: str | None) -> str:
    """The environment of a way to connect."""
    return str(uuid5(_service_id(connector), way or ""))


def environment(id: str) -> tuple[Connector, str | None]:
    """The connector and the way of an environment; UnknownNameError where there is none of this id."""
    for connector in connectors().values():
        with suppress(DeclarationError):
            for way in _ways(connector):
                if environment_id(connector, way) == id.lower():
                    return connector, way
    hint = "See GET /core/v1/services/{name}/versions/{version}/environments."
    raise UnknownNameError(f"There is no service environment {id!r}. {hint}")


def _service_id(connector: Connector) -> UUID:
    return uuid5(NAMESPACE_URL, f"connector:{connector.name}")


def _ways(connector: Connector) -> list[str | None]:
    ways = connector.spec["auth"]
    return [name for name, way in ways.items() if not signs_in(way)] if ways else [None]


def _environment(connector: Connector, way: str | None) -> dict[str, Any]:
    whole = making.schema(connector, way)
    secret = {name for name, rule in whole["properties"].items() if rule.get("writeOnly")}
    title = connector.spec["auth"][way]["title"] if way else connector.title
    return {
        "id": environment_id(connector, way),
        "title": title,
        "userDataSchema": draft04(_only(whole, whole["properties"].keys() - secret)),
        "credentialsSchema": draft04(_only(whole, secret)),
    }


def _only(schema: Schema, names: set[str]) -> Schema:
    properties = {name: rule for name, rule in schema["properties"].items() if name in names}
    required = [name for name in schema["required"] if name in names]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _connector(connector: Connector) -> dict[str, Any]:
    return {
        "name": connector.name,
        "title": connector.title,
        "description": connector.spec["description"],
        "version": connector.version,
        "service": service(connector),
    }


# -- routes ------------------------------------------------------------------------------------------------------------

OF_ONE = {"name": TEXT, "title": TEXT, "description": TEXT}
VERSION = text("The version of the operations, such as 1.0.")
SERVICE = shape({"id": {"type": "string", "format": "uuid"}, "name": TEXT, "version": {"type": "integer"}})
CONNECTOR = shape({**OF_ONE, "version": VERSION, "service": SERVICE})
OPERATION = shape(
    {
        **OF_ONE,
        "inputSchema": SCHEMA,
        "outputSchema": SCHEMA,
        "hasDynamicOutput": {"const": False},
        "authScopes": {"type": "array", "items": TEXT, "maxItems": 0},
    }
)
ENVIRONMENT = shape(
    {
        "id": {"type": "string", "format": "uuid"},
        "title": TEXT,
        "userDataSchema": {**SCHEMA, "description": "What may be shown: JSON Schema draft-04."},
        "credentialsSchema": {**SCHEMA, "description": "What is secret: JSON Schema draft-04."},
    }
)
PLACE = "/core/v1/connectors/{connector}/versions/{version}"


def _route(path: str, endpoint: Any, summary: str, item: Schema, **more: Any) -> Route:
    return Route("GET", path, endpoint, summary, description=endpoint.__doc__, answers={200: elements(item)},
                 core=True, **more)  # fmt: skip


ROUTES = [
    _route("/core/v1/connectors", list_connectors, "List connectors", CONNECTOR, scope="options"),
    _route(f"{PLACE}/operations", list_operations, "List operations", OPERATION, scope="options", errors=(404,)),
    _route("/core/v1/services/{connector}/versions/{version}/environments", list_environments,
           "List the environments of a service", ENVIRONMENT, scope=("options", "manage"), errors=(404,)),
]  # fmt: skip
