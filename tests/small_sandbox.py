"""A pretend service for the small connector: keeps its tools in a file, as a sandbox of a connector does."""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path
from typing import Any

SEED = ["saw", "axe", "awl"]


def create_app(data: str | PathLike[str] | None = None, *, reset: bool = False) -> Any:
    """An ASGI application over a JSON file."""
    file = Path(data or "shed.json")
    if reset or not file.exists():
        file.write_text(json.dumps(SEED))

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = (await receive()).get("body", b"")
        headers = {name.lower(): value for name, value in scope["headers"]}
        if headers.get(b"authorization") != b"Bearer sandbox":
            status, content = 401, {"error": "Who are you?"}
        else:
            status, content = _answer(file, scope["method"], scope["path"].removeprefix("/v1"), scope, body)
        kind = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": kind})
        await send({"type": "http.response.body", "body": json.dumps(content).encode()})

    return app


def _answer(file: Path, method: str, path: str, scope: Any, body: bytes) -> tuple[int, Any]:
    tools = json.loads(file.read_text())
    if (method, path) == ("POST", "/tools"):
        made = json.loads(body).get("tool")
        if made == "boom":
            return 500, {"error": "It broke"}
        if made in tools:
            return 409, {"error": {"message": f"There is a {made}"}}
        file.write_text(json.dumps([*tools, made]))
        return 201, {"tool": made}
    if (method, path) == ("GET", "/tools"):
        start = int(scope["query_string"].partition(b"after=")[2] or 0)
        rows = [{"id": start + n + 1, "name": name} for n, name in enumerate(tools[start : start + 2])]
        return 200, {"rows": rows, "next": str(start + 2) if start + 2 < len(tools) else None}
    number = path.rpartition("/")[2]
    if method == "GET" and path.startswith("/tools/") and number.isdigit() and 0 < int(number) <= len(tools):
        return 200, {"tool": tools[int(number) - 1]}
    return 404, {"error": "No such tool"}
