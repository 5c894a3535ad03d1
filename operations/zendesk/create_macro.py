"""The actions come in two forms, and a declaration cannot turn names into values."""

from typing import Any

from connector import Flow, Request

from ._actions import actions


def handle(input: dict[str, Any]) -> Flow:
    macro = {**input, "actions": actions(input["actions"])}
    response = yield Request("POST", "/api/v2/macros", json={"macro": macro})
    return response.json()
