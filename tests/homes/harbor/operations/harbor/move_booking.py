"""A booking moves in two calls: it leaves its berth, then takes the other. A declaration has one request."""

from typing import Any

from connector import Flow, Request

from ._paths import booking


def handle(input: dict[str, Any]) -> Flow:
    left = yield Request("POST", booking(input["booking_no"], "leave"))
    taken = yield Request("POST", booking(input["booking_no"], "take"), json={"berth": input["berth_no"]})
    return {"released": left.json()["berth"], "booking": taken.json()["booking"]}
