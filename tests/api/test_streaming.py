"""Every record of a list as JSON lines: page after page, no more than a page held, and an error as the last line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector.api.app import create_app
from connector.api.server import Server
from connector.api.settings import Settings

from ..raw_server import RawServer, Reply, answer
from ..serving import served
from .asking import account, at, run, soon
from .conftest import Api
from .desk import LOOPBACK

GROUPS = f"{at('list_groups')}?all=true"
SAMPLE = json.loads((Path(__file__).parents[2] / "samples/zendesk/list_groups.json").read_text())["output"]


@contextmanager
def on(*replies: Reply) -> Iterator[tuple[Api, RawServer]]:
    """An API with a connection `work` to a service that gives these replies."""
    server = Server(Settings(allow_networks=LOOPBACK), retry_for=0)
    with (
        RawServer(*replies) as service,
        served(create_app(server), lifespan="on") as url,
        httpx.Client(base_url=url, trust_env=False) as http,
    ):
        account(server.store, service.url)
        yield Api(server, http), service


def page(number: int, rows: int = 2, *, more: bool = True, size: int = 1) -> Reply:
    """A page of groups, each with a description of that size."""
    first = SAMPLE["groups"][0]
    groups = [{**first, "name": f"{number}-{row}", "description": "x" * size} for row in range(rows)]
    meta = {**SAMPLE["meta"], "has_more": more, "after_cursor": f"c{number}" if more else None}
    content = json.dumps({**SAMPLE, "groups": groups, "meta": meta}).encode()
    return Reply(answer(content, "Content-Type: application/json"))


def lines(found: httpx.Response) -> list[Any]:
    assert found.headers["content-type"] == "application/jsonl"
    assert found.text.endswith("\n")
    return [json.loads(line) for line in found.text.splitlines()]


def test_every_record_is_a_line(api: Api) -> None:
    found = run(api, "list_tickets", {"page_size": 3}, path=f"{at('list_tickets')}?all=true")
    ids = [ticket["id"] for ticket in lines(found)]
    assert len(ids) == len(set(ids)) > 6
    assert found.headers["x-call-id"]
    assert run(api, "list_tickets", {}, path=f"{at('list_tickets')}?all=false").json()["output"]["tickets"]


def test_what_is_wrong_at_once_is_an_answer_of_its_own(api: Api) -> None:
    def status(operation: str, given: Any, **more: Any) -> int:
        return run(api, operation, given, path=f"{at(operation)}?all=true", **more).status_code

    assert status("list_tickets", {"page_size": "x"}) == 422
    assert status("list_tickets_for_user", {"user_id": 404404}) == 424
    assert status("get_ticket", {"ticket_id": 1}) == 400
    assert status("list_tickets", {}, key=api.key("", frozenset({"write"}))) == 403
    assert status("list_tickets", {}, headers={"Idempotency-Key": "a"}) == 400
    assert status("list_tickets", {}, connection="nowhere") == 404


def test_an_error_between_two_pages_is_the_last_line() -> None:
    broken = Reply(answer(b'{"error": "gone"}', "Content-Type: application/json", status="404 Not Found"))
    with on(page(1), page(2), broken) as (api, _):
        found = run(api, "list_groups", {}, path=GROUPS, connection="work")
    said = lines(found)
    assert found.status_code == 200
    assert [line["name"] for line in said[:-1]] == ["1-0", "1-1", "2-0", "2-1"]
    problem = said[-1]["error"]
    assert (problem["status"], problem["upstream"]["status"]) == (424, 404)
    assert problem["request_id"] == found.headers["x-request-id"]


def test_a_page_is_asked_for_when_the_one_before_is_taken() -> None:
    """Whoever does not read has the service asked for no more than what is on the way; then goes away, and it ends."""
    large = [page(1, 100, size=20_000)] * 40
    with on(*large) as (api, service):
        body = {"connection": "work", "input": {}}
        headers = {"Authorization": f"Bearer {api.key()}"}
        with api.http.stream("POST", GROUPS, json=body, headers=headers) as found:
            assert found.status_code == 200
            assert soon(lambda: len(service.received), 40, 1.0) < 20
        held = next(iter(api.server.clients._open.values()))
        assert soon(lambda: held.users, 0) == 0
        assert len(service.received) < 20


@pytest.mark.parametrize("then", ["close", "wait"])
def test_whoever_goes_away_ends_it(then: Any) -> None:
    """Also while a page is waited for."""
    with on(page(1), Reply(b"", then), page(3)) as (api, service):
        headers = {"Authorization": f"Bearer {api.key()}"}
        with api.http.stream("POST", GROUPS, json={"connection": "work", "input": {}}, headers=headers) as found:
            assert json.loads(next(found.iter_lines()))["name"] == "1-0"
            assert soon(lambda: len(service.received), 2) == 2
        held = next(iter(api.server.clients._open.values()))
        assert soon(lambda: held.users, 0, 3.0) == 0
        assert len(service.received) == 2
