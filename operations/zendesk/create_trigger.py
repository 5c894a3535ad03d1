"""The actions come in two forms, and a declaration cannot turn names into values."""

from typing import Any

from connector import Flow, Request

from ._actions import actions


def handle(input: dict[str, Any]) -> Flow:
    trigger = {name: value for name, value in input.items() if name != "trigger_actions"}
    trigger["actions"] = actions(input["trigger_actions"])
    response = yield Request("POST", "/api/v2/triggers", json={"trigger": trigger})
    return response.json()
