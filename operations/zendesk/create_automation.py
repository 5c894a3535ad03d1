"""The actions come in two forms, and a declaration cannot turn names into values."""

from typing import Any

from connector import Flow, Request

from ._actions import actions


def handle(input: dict[str, Any]) -> Flow:
    names = {"automation_all": "all", "automation_any": "any"}
    automation = {names.get(name, name): value for name, value in input.items()}
    automation["actions"] = actions(input["actions"])
    response = yield Request("POST", "/api/v2/automations", json={"automation": automation})
    return response.json()
