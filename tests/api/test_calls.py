"""The record of calls over HTTP: listed, shown, exported as samples, and what became of those without an answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector.api.app import create_app
from connector.api.server import Server
from connector.api.settings import Settings
from connector.record.replay import compare, play, read
from connector.sandbox import sandbox_app

from ..reconcile.lost import ZENDESK, Losing, published
from ..serving import served
from .conftest import Api

RUN = "/v1/connectors/zendesk/operations/{}/run"
TICKET = {"subject": "Printer", "comment": {"body": "It does not print."}, "idempotency_key": "k-1"}


@pytest.fixture
def losing() -> Iterator[tuple[Api, Losing]]:
    """An API whose calls go through a transport that can lose answers."""
    app = sandbox_app(ZENDESK)
    transport = Losing(app, None, None)
    server = Server(Settings(), transport=transport, retry_for=0)
    with served(create_app(server), lifespan="on") as url, httpx.Client(base_url=url, trust_env=False) as http:
        yield Api(server, http), transport
    app.close()


def run(api: Api, operation: str, given: Any, *, connection: str = "sandbox", **more: str) -> httpx.Response:
    return api.call("POST", RUN.format(operation), {"connection": connection, "input": given}, **more)


def listed(api: Api, **query: Any) -> Any:
    answer = api.call("GET", "/v1/calls", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_they_are_listed_the_newest_first_page_by_page(api: Api) -> None:
    for ticket in (1, 2, 99999999, 3, 4):
        run(api, "get_ticket", {"ticket_id": ticket})
    run(api, "list_groups", {})
    everything = listed(api)["calls"]
    assert [call["operation"] for call in everything] == ["list_groups", *["get_ticket"] * 5]
    assert listed(api)["next"] is None
    pages, before = [], None
    for _ in range(3):
        page = listed(api, limit=2, **({"before": before} if before else {}))
        pages += page["calls"]
        before = page["next"]
    assert (pages, before) == (everything, None)
    assert [call["outcome"] for call in everything].count("error") == 1
    [failed] = listed(api, outcome="error")["calls"]
    assert (failed["effect"], failed["error"]["status"], failed["connection"]) == ("read", 404, "sandbox")
    assert len(listed(api, operation="list_groups")["calls"]) == 1
    assert listed(api, connection="none")["calls"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 1001},
        {"limit": "x"},
        {"before": "x"},
        {"before": "1-"},
        {"outcome": "x"},
        {"order": "x"},
    ],
)
def test_what_cannot_be_asked_is_refused(query: dict[str, Any], api: Api) -> None:
    assert api.call("GET", "/v1/calls", params=query).status_code == 400


def test_one_is_shown_whole(api: Api) -> None:
    run(api, "get_ticket", {"ticket_id": 1}, tenant="acme")
    [call] = api.call("GET", "/v1/calls", tenant="acme").json()["calls"]
    assert (call["connection"], call["at"][-1]) == ("sandbox", "Z")
    shown = api.call("GET", f"/v1/calls/{call['id'][:6]}", tenant="acme").json()
    assert {name: shown[name] for name in call} == call
    [exchange] = shown["exchanges"]
    assert exchange["response"]["body"]["ticket"]["id"] == 1
    assert dict(exchange["request"]["headers"])["Authorization"] == "Basic ***"
    assert api.call("GET", "/v1/calls/none", tenant="acme").json()["detail"] == "There is no call none."


def test_one_is_exported_as_a_sample(api: Api, tmp_path: Path) -> None:
    output = run(api, "get_ticket", {"ticket_id": 1}).json()["output"]
    id = listed(api)["calls"][0]["id"]
    answer = api.call("GET", f"/v1/calls/{id}/export")
    assert answer.headers["content-disposition"] == f'attachment; filename="get_ticket-{id}.json"'
    file = tmp_path / "call.json"
    file.write_text(answer.text)
    sample = read(file)
    played = play(sample)
    assert list(compare(sample, played)) == []
    assert played.output["ticket"]["id"] == output["ticket"]["id"]


def test_what_cannot_be_played_is_not_exported(api: Api) -> None:
    run(api, "create_ticket", {"subject": "x", "comment": {"body": "y" * 300_000}})
    answer = api.call("GET", f"/v1/calls/{listed(api)['calls'][0]['id']}/export")
    assert (answer.status_code, "cannot be exported" in answer.json()["detail"]) == (400, True)


def test_what_became_of_a_write_is_found_out(losing: tuple[Api, Losing]) -> None:
    api, transport = losing
    transport.lose = "after"
    lost = run(api, "create_group", published("create_group"))
    assert (lost.status_code, lost.json()["code"]) == (502, "#outcome_unknown")
    [call] = listed(api, outcome="unknown")["calls"]
    assert call["id"] == lost.json()["call_id"]
    place = f"/v1/calls/{call['id']}/reconcile"
    assert lost.json()["detail"].endswith(f"Find out with POST {place}.")
    found = api.call("POST", place).json()  # a body of which nothing is required may be left out
    assert (found["verdict"], found["found"][0]["name"]) == ("happened", published("create_group")["name"])
    shown = api.call("GET", f"/v1/calls/{call['id']}").json()
    assert (shown["outcome"], shown["reconciled"]["verdict"]) == ("success", "happened")


def test_to_finish_takes_the_scope_of_the_effect(losing: tuple[Api, Losing]) -> None:
    api, transport = losing
    transport.lose = "before"
    call = run(api, "create_ticket", TICKET).json()["call_id"]
    place, manages = f"/v1/calls/{call}/reconcile", api.key(scopes=frozenset({"manage"}))
    looked = api.call("POST", place, {}, key=manages).json()
    assert (looked["verdict"], looked["finish_until"][-1]) == ("cannot_tell", "Z")  # it would not show yet
    assert api.call("POST", place, {"finish": True}, key=manages).status_code == 403
    done = api.call("POST", place, {"finish": True}).json()
    assert (done["verdict"], done["message"]) == ("happened", "It had not happened. Now it has, once.")
    assert done["found"][0]["ticket"]["subject"] == "Printer"


def test_names_that_are_alike_are_kept_apart(api: Api) -> None:
    """To LIKE, `_` is any letter."""
    for tenant in ("a_b", "axb", "a"):
        run(api, "get_ticket", {"ticket_id": 1}, tenant=tenant)
    for tenant in ("a_b", "axb", "a"):
        assert len(api.call("GET", "/v1/calls", tenant=tenant).json()["calls"]) == 1
    assert listed(api)["calls"] == []
