"""The answer is what remains, or nothing (204): then the tags are read, which takes a second request."""

from typing import Any

from connector import Flow, Request


def handle(input: dict[str, Any]) -> Flow:
    path = f"/api/v2/tickets/{int(input['ticket_id'])}/tags"
    response = yield Request("DELETE", path, json={"tags": input["tags"]})
    if "tags" not in response.json():
        response = yield Request("GET", path)
    return {"success": True, "remaining_tags": response.json()["tags"]}
