"""The invented service Harbor, which engine tests run on: its connector, a connection, a client that is answered."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import yaml

from connector import Client, Connection, Connector, Operation, Request

HOME = Path(__file__).resolve().parent / "homes" / "harbor"
HARBOR = Connector("harbor", HOME)
URL = "https://north.harbor.example/v2"
KEY = "k3y-of-the-office"

Spec: TypeAlias = dict[str, Any]
WORDS = {"title": "Words", "description": "As they stand."}


def connection(values: Mapping[str, Any] | None = None, **more: Any) -> Connection:
    """A connection to Harbor, by default with the key of the office."""
    return Connection("test", HARBOR, URL, {"marina": "north", "api_key": KEY} if values is None else values, **more)


def client(*answers: Any, **more: Any) -> tuple[Client, list[httpx.Request]]:
    """A client of Harbor that is given these answers in order, as JSON or httpx.Response; and what it sent."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        found = answers[len(sent) - 1]
        return found if isinstance(found, httpx.Response) else httpx.Response(200, json=found)

    return Client(HARBOR, connection(**more), transport=httpx.MockTransport(answer), strict=True, retry_for=0), sent


def copy(folder: Path) -> Connector:
    """Harbor in a folder of its own, to be changed. Do that before its operations are loaded."""
    shutil.copytree(HOME, folder / "home", ignore=shutil.ignore_patterns("__pycache__"))
    return Connector("harbor", folder / "home")


def change(file: Path, alter: Callable[[Spec], object]) -> None:
    """Rewrite a YAML or JSON file with its value altered. JSON is YAML too."""
    spec = yaml.safe_load(file.read_text())
    alter(spec)
    file.write_text(json.dumps(spec))


def operation(
    spec: Spec, *, styles: Mapping[str, Any] | None = None, shared: Mapping[str, Spec] | None = None
) -> Operation:
    """An operation of this declaration, whose title and description are of no matter."""
    return Operation(
        "example",
        {**WORDS, **spec},
        file="example.yaml",
        load_schema=lambda name: (shared or {})[name],
        styles=styles or {},
    )


def sent(spec: Spec, given: Spec) -> Request:
    """The request of a declaration on an input."""
    return operation(spec).request(given)
