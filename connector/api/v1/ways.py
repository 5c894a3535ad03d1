"""A connector, and the ways to connect to it."""

from __future__ import annotations

from ...accounts import making
from ...ways import signs_in
from ..route import Answer, Ask, Route
from ..shapes import TEXT, shape
from .connections import ENDS

WAY = {"title": "Way"} | shape(
    {
        "name": TEXT,
        "title": TEXT,
        "signs_in": {"type": "boolean", "description": "Whether a person signs in, in a browser: POST /v1/sign-ins."},
        "ends": ENDS,
        "schema": {"type": "object", "description": "JSON Schema 2020-12 of the values that it takes."},
    }
)
WAYS = shape({"name": TEXT, "title": TEXT, "description": TEXT, "ways": {"type": "array", "items": WAY}})


async def ways(ask: Ask) -> Answer:
    """A connector, and the ways to connect to it."""
    connector = ask.connector()
    found = [
        {
            "name": name,
            "title": way["title"],
            "signs_in": signs_in(way),
            "ends": way.get("ends"),
            "schema": making.schema(connector, name),
        }
        for name, way in connector.spec["auth"].items()
    ]
    description = connector.spec["description"]
    return Answer({"name": connector.name, "title": connector.title, "description": description, "ways": found})


ROUTES = [
    Route(
        "GET",
        "/v1/connectors/{connector}",
        ways,
        "Show a connector, and the ways to connect to it",
        scope=("options", "manage", "connect"),
        answers={200: WAYS},
        errors=(404,),
        embed=True,
    ),
]
