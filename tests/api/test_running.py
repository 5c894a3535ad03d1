"""Operations over HTTP: what a run answers, who may run what, what becomes of it when time runs out."""

from __future__ import annotations

import json
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from connector.access.embed import Tokens
from connector.api.app import create_app
from connector.api.server import Server
from connector.api.settings import Settings
from connector.record import kept

from ..serving import served
from .asking import a_ticket, at, outcome, raw, run, soon, tickets
from .conftest import ORIGIN, Api
from .tokens import mint


def test_an_operation_runs_and_gives_its_output(api: Api) -> None:
    answer = run(api, "get_ticket", {"ticket_id": 12345})
    assert answer.status_code == 200
    assert answer.json()["output"]["ticket"]["id"] == 12345
    assert answer.json()["next_input"] is None


def test_the_id_of_the_record_is_told(api: Api) -> None:
    answer = run(api, "get_ticket", {"ticket_id": 12345})
    call = kept.find(api.server.store, answer.headers["x-call-id"])
    assert (call.operation, call.input) == ("get_ticket", {"ticket_id": 12345})
    failed = run(api, "get_ticket", {"ticket_id": 404404})
    assert failed.status_code == 424
    assert failed.headers["x-call-id"] == failed.json()["call_id"]
    assert kept.find(api.server.store, failed.json()["call_id"]).outcome == "error"
    wrote = run(api, "raw_http_request", a_ticket())
    assert kept.find(api.server.store, wrote.headers["x-call-id"]).outcome == "success"


def test_the_next_page_is_asked_for_with_next_input(api: Api) -> None:
    given: Any = {"page_size": 2}
    ids: list[int] = []
    for _ in range(3):
        answer = run(api, "list_tickets", given).json()
        ids += [ticket["id"] for ticket in answer["output"]["tickets"]]
        given = answer["next_input"]
    assert len(set(ids)) == 6


def test_an_input_that_does_not_fit_names_every_field(api: Api) -> None:
    answer = run(api, "get_ticket", {"ticket_id": "x"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/ticket_id"]


@pytest.mark.parametrize("what", ["run", "plan"])
def test_a_connection_must_be_named_and_be_there(what: str, api: Api) -> None:
    path = at("get_ticket", what)
    assert api.call("POST", path, {"input": {"ticket_id": 1}}).status_code == 400
    for name in ("nowhere", "other/sandbox", "../sandbox"):
        answer = run(api, "get_ticket", {"ticket_id": 1}, connection=name, path=path)
        assert answer.status_code == 404, name
    assert api.call("POST", at("get_tickets", what), {"connection": "sandbox"}).status_code == 404


def test_a_plan_is_what_a_run_would_send_and_sends_nothing(api: Api) -> None:
    name = uuid.uuid4().hex
    answer = run(api, "raw_http_request", a_ticket(name), path=at("raw_http_request", "plan"))
    assert answer.status_code == 200
    (request,) = answer.json()["requests"]
    assert (request["method"], request["body"]) == (
        "POST",
        json.dumps({"ticket": {"subject": name, "comment": {"body": "a"}}}),
    )
    assert request["headers"]["Authorization"] == "Basic ***"
    assert answer.json()["more"] is False
    assert tickets(api, name) == 0


# -- who may run what --------------------------------------------------------------------------------------------------

ALLOWED = {
    ("get_ticket", "read"): {"ticket_id": 1},
    ("raw_http_request", "read"): raw("GET", "/api/v2/groups"),
    ("raw_http_request", "write"): raw("POST", "/api/v2/groups", {"group": {"name": "a"}}),
    ("raw_http_request", "destroy"): raw("DELETE", "/api/v2/groups/1"),
    ("create_user", "write"): {"name": "Ann"},
    ("delete_ticket", "destroy"): {"ticket_id": 1},
}


@pytest.mark.parametrize(("operation", "scope"), ALLOWED)
@pytest.mark.parametrize("held", ["read", "write", "destroy", "options", "manage"])
@pytest.mark.parametrize("what", ["run", "plan"])
def test_the_scope_follows_the_effect_of_the_call(operation: str, scope: str, held: str, what: str, api: Api) -> None:
    key = api.key("", frozenset({held}))
    given = ALLOWED[operation, scope]
    answer = run(api, operation, given, key=key, path=at(operation, what))
    assert (answer.status_code == 403) == (held != scope), answer.text
    if held != scope:
        assert scope in answer.json()["detail"]


def test_a_page_runs_what_its_token_names_and_has_the_scope_for(api: Api) -> None:
    tokens = Tokens(api.server.store)
    now = api.server.clock.now()
    page = {"Origin": ORIGIN}
    only = mint(tokens, now=now, operations=["get_ticket", "create_ticket"], scopes=["options"])
    reads = mint(tokens, now=now, operations=["get_ticket", "create_ticket"], scopes=["options", "read"])

    def asked(token: str, operation: str, given: Any, **more: Any) -> int:
        return run(api, operation, given, key=token, headers=page, **more).status_code

    assert asked(only, "get_ticket", {"ticket_id": 1}) == 403
    assert asked(reads, "get_ticket", {"ticket_id": 1}) == 200
    assert asked(reads, "create_ticket", {"comment": {"body": "x"}}) == 403
    assert asked(reads, "list_tickets", {}) == 403
    assert asked(reads, "get_ticket", {"ticket_id": 1}, connection="other") == 403
    assert asked(reads, "get_ticket", {"ticket_id": 1}, path=at("get_ticket", "plan")) in (401, 403)
    assert api.call("POST", at("get_ticket"), {"input": {"ticket_id": 1}}, key=reads, headers=page).status_code == 200


def test_what_one_tenant_makes_another_does_not_see(api: Api) -> None:
    name = uuid.uuid4().hex
    assert run(api, "raw_http_request", a_ticket(name), tenant="acme").status_code == 200
    assert [tickets(api, name, tenant=tenant) for tenant in ("acme", "other", "")] == [1, 0, 0]


# -- time --------------------------------------------------------------------------------------------------------------


@contextmanager
def hasty(seconds: float = 0.15) -> Iterator[Api]:
    """An API that gives a request little time."""
    server = Server(Settings(seconds=seconds), retry_for=0)
    with served(create_app(server), lifespan="on") as url, httpx.Client(base_url=url, trust_env=False) as http:
        yield Api(server, http)


def test_a_read_that_takes_too_long_is_given_up() -> None:
    with hasty() as api:
        answer = run(api, "raw_http_request", raw("GET", "/api/v2/groups", fault="slow=5"))
    assert (answer.status_code, answer.json()["code"]) == (504, "#timeout_error")


def test_a_write_that_takes_too_long_is_unknown_and_goes_on() -> None:
    with hasty() as api:
        name = uuid.uuid4().hex
        answer = run(api, "raw_http_request", a_ticket(name, "slow=0.5"))
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (504, "#outcome_unknown")
        assert problem["kind"] == "OutcomeUnknown"
        call = answer.headers["x-call-id"]
        assert problem["call_id"] == call
        assert f"/v1/calls/{call}/reconcile" in problem["detail"]
        assert outcome(api, call) == "sent"
        assert soon(lambda: outcome(api, call), "success") == "success"
        assert tickets(api, name) == 1


def test_without_a_record_there_is_no_id_and_the_answer_says_to_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_RECORD", "off")
    with hasty() as api:
        assert "x-call-id" not in run(api, "get_ticket", {"ticket_id": 1}).headers
        answer = run(api, "raw_http_request", a_ticket(fault="slow=0.3"))
        assert (answer.status_code, answer.json()["code"]) == (504, "#outcome_unknown")
        assert "x-call-id" not in answer.headers
        assert answer.json()["detail"].endswith("Look before you repeat it.")


def test_a_server_that_stops_finishes_what_writes() -> None:
    name = uuid.uuid4().hex
    with hasty() as api:
        call = run(api, "raw_http_request", a_ticket(name, "slow=0.5")).headers["x-call-id"]
    with hasty(10) as api:
        assert outcome(api, call) == "success"
        assert tickets(api, name) == 1


def test_whoever_goes_away_breaks_off_no_write(api: Api) -> None:
    name = uuid.uuid4().hex
    content = json.dumps({"connection": "sandbox", "input": a_ticket(name, "slow=0.3")}).encode()
    where = urlsplit(str(api.http.base_url))
    head = (
        f"POST {at('raw_http_request')} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.key()}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    assert where.hostname
    with socket.create_connection((where.hostname, where.port or 80)) as sock:
        sock.sendall(head.encode() + content)
    assert soon(lambda: tickets(api, name), 1) == 1
    asked = "SELECT outcome FROM calls WHERE effect = 'create'"
    assert soon(lambda: [row["outcome"] for row in api.server.store.query(asked)], ["success"]) == ["success"]
