"""An Idempotency-Key over HTTP: the same key gives the same answer, also when two come at once, and nothing twice."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from connector.access.embed import Tokens

from ..raw_server import RawServer, Reply, answer, refused_url
from .asking import a_ticket, account, at, opened, rows, same, soon, tickets, under
from .conftest import ORIGIN, Api
from .tokens import mint

RAW = "raw_http_request"
TICKET = {"subject": "a", "comment": {"body": "b"}}


def test_the_same_key_gives_the_same_answer_and_nothing_happens_twice(api: Api) -> None:
    name = uuid.uuid4().hex
    first, second = (under(api, "k1", RAW, a_ticket(name)) for _ in range(2))
    assert first.status_code == 200
    assert same(first, second)
    assert tickets(api, name) == 1


def test_a_read_and_a_refusal_are_the_same_too(api: Api) -> None:
    for key, operation, given, status in (
        ("k1", "get_ticket", {"ticket_id": 1}, 200),
        ("k2", "get_ticket", {"ticket_id": 404404}, 424),
        ("k3", "create_user", {"name": "Ann", "email": "no address"}, 424),
    ):
        first, second = (under(api, key, operation, given) for _ in range(2))
        assert first.status_code == status, first.text
        assert same(first, second)


def test_an_outcome_that_is_unknown_stays_so(api: Api) -> None:
    name = uuid.uuid4().hex
    first, second = (under(api, "k1", RAW, a_ticket(name, "500-after")) for _ in range(2))
    assert (first.status_code, first.json()["code"]) == (502, "#outcome_unknown")
    assert same(first, second)
    assert tickets(api, name) == 1


def test_two_at_once_are_one(api: Api) -> None:
    name = uuid.uuid4().hex
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: under(api, "k1", RAW, a_ticket(name, "slow=0.3")), range(8)))
    assert {one.status_code for one in found} == {200}
    assert len({one.content for one in found}) == 1
    assert sorted(one.headers.get("idempotency-replayed", "") for one in found) == ["", *["true"] * 7]
    assert tickets(api, name) == 1


def test_two_servers_on_one_store_are_one() -> None:
    name = uuid.uuid4().hex
    with ExitStack() as stack:
        one, other = (stack.enter_context(opened()) for _ in range(2))
        key = one.key()
        with ThreadPoolExecutor(6) as pool:
            asked = pool.map(lambda api: under(api, "k1", RAW, a_ticket(name, "slow=0.3"), key=key), [one, other] * 3)
            found = list(asked)
        assert len({one.content for one in found}) == 1
        assert [one.headers.get("idempotency-replayed") for one in found].count(None) == 1
        assert tickets(one, name) == 1


def test_the_same_key_for_another_request_is_refused(api: Api) -> None:
    assert under(api, "k1", "get_ticket", {"ticket_id": 1}).status_code == 200
    for operation, given, more in (
        ("get_ticket", {"ticket_id": 2}, {}),
        ("list_tickets", {}, {}),
        ("get_ticket", {"ticket_id": 1}, {"connection": "nowhere"}),
    ):
        answer = under(api, "k1", operation, given, **more)
        assert (answer.status_code, answer.json()["code"]) == (422, "#idempotency_key_reused")
    assert under(api, "k1", "get_ticket", {"ticket_id": 1}).headers["idempotency-replayed"] == "true"


def test_also_while_the_first_is_under_way(api: Api) -> None:
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(under, api, "k1", RAW, a_ticket("a", "slow=0.5"))
        assert soon(lambda: rows(api), 1) == 1
        assert under(api, "k1", RAW, a_ticket("b")).json()["code"] == "#idempotency_key_reused"
        assert first.result().status_code == 200


def test_a_key_is_of_a_tenant(api: Api) -> None:
    first = under(api, "k1", "create_ticket", TICKET, tenant="acme")
    other = under(api, "k1", "create_ticket", TICKET, tenant="other")
    assert "idempotency-replayed" not in other.headers
    assert under(api, "k1", "create_ticket", TICKET, tenant="acme").content == first.content
    narrow = api.key("acme", frozenset({"read"}))
    assert under(api, "k1", "create_ticket", TICKET, key=narrow).status_code == 403


def test_whoever_has_a_token_of_one_connection_sees_nothing_of_another(api: Api) -> None:
    tokens = Tokens(api.server.store)
    account(api.server.store, "http://127.0.0.1:1")
    here, there = (
        mint(tokens, now=api.server.clock.now(), operations=["get_ticket"], scopes=["read"], connection=name)
        for name in ("sandbox", "work")
    )
    page, given = {"Origin": ORIGIN}, {"input": {"ticket_id": 1}}
    headers = {"Idempotency-Key": "k1", **page}
    path = at("get_ticket")
    assert api.call("POST", path, given, key=here, headers=headers).status_code == 200
    again = api.call("POST", path, given, key=here, headers=headers)
    assert again.headers["idempotency-replayed"] == "true"
    other = api.call("POST", path, given, key=there, headers=headers)
    assert other.json()["code"] != "#idempotency_key_reused"
    assert "idempotency-replayed" not in other.headers


@pytest.mark.parametrize("key", ["", "a b", "a\tb", "x" * 256, "\u00e9"])
def test_a_key_is_visible_ascii(key: str, api: Api) -> None:
    answer = under(api, key, "get_ticket", {"ticket_id": 1}, headers={"Idempotency-Key": key.encode("latin-1")})
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["detail"]


def test_the_longest_key_will_do(api: Api) -> None:
    assert same(*(under(api, "~" * 255, "get_ticket", {"ticket_id": 1}) for _ in range(2)))


# -- what is not kept --------------------------------------------------------------------------------------------------


def test_what_was_not_done_may_be_mended_under_the_same_key(api: Api) -> None:
    none = api.key("", frozenset({"options"}))
    for operation, given, more, status in (
        ("create_ticket", {"comment": 1}, {}, 422),
        ("create_ticket", TICKET, {"key": none}, 403),
        ("create_ticket", TICKET, {"key": "ck_wrong"}, 401),
        ("create_ticket", TICKET, {"connection": "nowhere"}, 404),
        ("create_tickets", TICKET, {}, 404),
    ):
        answer = under(api, "k1", operation, given, **more)
        assert answer.status_code == status, answer.text
        assert rows(api) == 0
    assert under(api, "k1", "create_ticket", TICKET).status_code == 200


def test_what_could_not_be_reached_is_asked_again() -> None:
    with opened() as api:
        account(api.server.store, refused_url())
        for _ in range(2):
            answer = under(api, "k1", "create_ticket", TICKET, connection="work")
            assert (answer.status_code, answer.json()["kind"]) == (502, "UnreachableError")
            assert "idempotency-replayed" not in answer.headers


@pytest.mark.parametrize(("said", "status"), [("429 Too Many Requests", 429), ("401 Unauthorized", 424)])
def test_what_the_service_put_off_is_asked_again(said: str, status: int) -> None:
    with RawServer(Reply(answer(b"{}", status=said))) as service, opened() as api:
        account(api.server.store, service.url)
        for asked in (1, 2):
            assert under(api, "k1", "create_ticket", TICKET, connection="work").status_code == status
            assert len(service.received) == asked
