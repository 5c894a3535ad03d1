"""Tray's API on connectors of other people: versions, lists as dropdowns, what cannot be read, what breaks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector.accounts import saved
from connector.api.settings import Settings
from connector.catalog import find
from connector.connections import made

from ..small_home import ID, OPERATIONS, URL, home
from .conftest import Api
from .trays import CALL, TRAYS_CONNECTOR, TRAYS_ERROR, fits, serving

PLACE = "/core/v1/connectors/shed/versions/3.2"
LEND = {
    "request": "POST /loans",
    "body": "*",
    "input": {
        "properties": {
            "lookup": {"type": "string", "title": "Lookup", "description": "A field that is called so."},
            "tools": {
                "type": "array",
                "title": "Tools",
                "description": "What is lent.",
                "items": {**ID, "lookup": {"operation": "list_tools"}},
            },
        }
    },
}
TOOLS = [{"id": 2, "name": "Saw"}, {"id": 1, "name": "Axe"}]


def answers(request: httpx.Request) -> httpx.Response:
    if request.url.path == "/v1/pick":
        return httpx.Response(429, headers={"Retry-After": "30"}, json={"error": "Slowly."})
    if request.url.path == "/v1/touch":
        return httpx.Response(200, text="no JSON")
    return httpx.Response(200, json={"rows": TOOLS})


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """The small connector, with a connection `shed`; one without ways, and one that cannot be read."""
    broken = {"break_tool": "def handle(input):\n    yield None\n"}
    home(tmp_path / "a", {**OPERATIONS, "lend_tools": LEND, "odd_tool": {"request": 5}}, broken, version="3.2")
    home(tmp_path / "b", {}, auth={}, connection={"type": "object"})
    home(tmp_path / "c", {}, version=2)
    for folder, name in (("b", "open"), ("c", "odd")):
        place = tmp_path / folder / "operations"
        (place / "shed").rename(place / name)
    monkeypatch.setenv("CONNECTOR_PATH", ":".join(str(tmp_path / folder) for folder in "abc"))
    with serving(Settings(), transport=httpx.MockTransport(answers)) as found:
        connection = made("shed", find("shed"), {"key": "k"}, scheme="key")
        kept: dict[str, Any] = {"tokens": None, "renews": False, "who": None, "now": time.time()}
        saved.keep(found.server.store, connection, base_url=URL, **kept)
        yield found


def call(api: Api, operation: str, given: Any = None) -> httpx.Response:
    return api.call("POST", f"{PLACE}/call", {"operation": operation, "authId": "shed", "input": given or {}})


def test_a_connector_has_the_version_that_it_says(api: Api) -> None:
    found = {one["name"]: one for one in api.call("GET", "/core/v1/connectors").json()["elements"]}
    assert all(fits(TRAYS_CONNECTOR, one) for one in found.values())
    assert (found["shed"]["version"], found["shed"]["service"]["version"]) == ("3.2", 3)
    assert found["open"]["version"] == "1.0"
    assert "odd" not in found  # its connector.yaml cannot be read
    assert api.call("GET", f"{PLACE}/operations").status_code == 200
    for place in ("connectors/shed/versions/1.0/operations", "services/shed/versions/1/environments"):
        answer = api.call("GET", f"/core/v1/{place}")
        assert answer.status_code == 404
        assert "It has 3" in answer.json()["message"]


def test_a_list_gives_its_output_and_under_another_name_its_choices(api: Api) -> None:
    found = {one["name"]: one for one in api.call("GET", f"{PLACE}/operations").json()["elements"]}
    assert "odd_tool" not in found  # it cannot be read
    properties = found["lend_tools"]["inputSchema"]["properties"]
    assert properties["tools"]["items"]["lookup"] == {"operation": "list_tools_options_ddl", "input": {}}
    assert properties["lookup"]["title"] == "Lookup"
    assert call(api, "list_tools").json()["output"] == {"rows": TOOLS}
    choices = call(api, "list_tools_options_ddl").json()["output"]
    assert choices == {"result": [{"text": "Axe", "value": 1}, {"text": "Saw", "value": 2}]}


def test_a_service_that_is_asked_too_often_says_when_to_come_again(api: Api) -> None:
    answer = call(api, "pick_tool")
    assert answer.status_code == 200
    assert CALL.is_valid(answer.json())
    assert answer.json()["output"]["response"] == {"statusCode": 429, "body": {"error": "Slowly."}}
    error = answer.json()["error"]
    assert (error["kind"], error["retry_after"], error["retryable"]) == ("RateLimitError", 30, True)


def test_an_answer_that_cannot_be_read_is_an_outcome(api: Api) -> None:
    answer = call(api, "touch_tool").json()
    assert CALL.is_valid(answer)
    assert answer["output"]["response"]["statusCode"] == 200
    assert answer["error"]["kind"] == "OutcomeUnknown"


def test_a_handler_that_breaks_is_an_error_of_ours(api: Api) -> None:
    answer = call(api, "break_tool")
    assert answer.status_code == 500
    assert fits(TRAYS_ERROR, answer.json(), "error")
    assert answer.json()["error"]["mended_by"] == "the connector's author"


def test_a_service_without_ways_has_one_environment(api: Api) -> None:
    (one,) = api.call("GET", "/core/v1/services/open/versions/1/environments").json()["elements"]
    assert one["title"] == "Shed"
    assert one["credentialsSchema"]["properties"] == {}
    answer = api.call("PUT", "/core/v1/authentications/shed", {"serviceEnvironmentId": one["id"]})
    assert answer.status_code == 400
    assert answer.json()["message"] == "This authentication is for shed, and the environment of open."
