"""The path of a lamp comes from the module beside this one."""

from typing import Any

from connector import Flow, Request

from ._lamps import path


def handle(input: dict[str, Any]) -> Flow:
    yield Request("PUT", path(input["lamp"]))
    return {"lit": True}
