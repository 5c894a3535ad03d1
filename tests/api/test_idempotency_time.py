"""What becomes of an Idempotency-Key with time, and where a server died over its request."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from connector.accounts import saved
from connector.api.answers import KEPT, LEASE
from connector.testing.clock import HeldClock

from ..raw_server import RawServer, Reply, answer
from .asking import a_ticket, account, opened, outcome, rows, same, soon, tickets, under
from .conftest import Api

RAW = "raw_http_request"
TICKET = {"subject": "a", "comment": {"body": "b"}}


def test_an_answer_is_kept_for_a_day() -> None:
    clock = HeldClock()
    with opened(clock) as api:
        first = under(api, "k1", "get_ticket", {"ticket_id": 1})
        clock.advance(KEPT - 1)
        assert same(first, under(api, "k1", "get_ticket", {"ticket_id": 1}))
        clock.advance(2)
        assert "idempotency-replayed" not in under(api, "k1", "get_ticket", {"ticket_id": 2}).headers
        assert rows(api) == 1


def test_a_write_that_takes_too_long_gives_its_answer_later() -> None:
    name = uuid.uuid4().hex
    with opened(seconds=0.2) as api:
        first = under(api, "k1", RAW, a_ticket(name, "slow=0.6"))
        assert (first.status_code, first.json()["code"]) == (504, "#outcome_unknown")
        second = under(api, "k1", RAW, a_ticket(name, "slow=0.6"))  # it waits for the first, as long as it may
        assert (second.status_code, second.json()["call_id"]) == (504, first.json()["call_id"])
        call = first.headers["x-call-id"]
        assert soon(lambda: outcome(api, call), "success") == "success"
        last = soon(lambda: under(api, "k1", RAW, a_ticket(name, "slow=0.6")).status_code, 200)
        assert last == 200
        assert tickets(api, name) == 1


# -- whoever died over it ----------------------------------------------------------------------------------------------


def dead(api: Api, clock: HeldClock, key: str, operation: str, given: Any, *, sent: bool) -> None:
    """Have a request under way, then forget its answer, as if the process had died over it."""
    under(api, key, operation, given)
    with api.server.store.transaction() as cursor:
        cursor.execute("UPDATE answers SET answer = NULL, sealed = NULL, until = ?", (clock.now() + LEASE,))
        if not sent:
            cursor.execute("UPDATE answers SET sent = NULL, call = NULL")
    clock.advance(LEASE + 1)


def test_of_a_write_that_had_left_nobody_knows_and_its_record_is_named() -> None:
    clock, name = HeldClock(), uuid.uuid4().hex
    with opened(clock) as api:
        dead(api, clock, "k1", RAW, a_ticket(name), sent=True)
        for _ in range(2):
            answer = under(api, "k1", RAW, a_ticket(name))
            assert (answer.status_code, answer.json()["code"]) == (504, "#outcome_unknown")
            assert outcome(api, answer.json()["call_id"]) == "success"
            assert f"/v1/calls/{answer.headers['x-call-id']}/reconcile" in answer.json()["detail"]
        assert tickets(api, name) == 1


@pytest.mark.parametrize(("operation", "given"), [(RAW, a_ticket()), ("get_ticket", {"ticket_id": 1})])
def test_what_had_not_left_is_done_again(operation: str, given: Any) -> None:
    clock = HeldClock()
    with opened(clock) as api:
        dead(api, clock, "k1", operation, given, sent=False)
        answer = under(api, "k1", operation, given)
        assert answer.status_code == 200
        assert same(answer, under(api, "k1", operation, given))


def test_where_the_service_knows_the_key_it_is_sent_again_under_it() -> None:
    """For as long as the service is relied on to know it; then nobody knows."""
    clock = HeldClock()
    made = answer(json.dumps({"ticket": {"id": 7}}).encode(), "Content-Type: application/json", status="201 Created")
    with RawServer(Reply(made)) as service, opened(clock) as api:
        account(api.server.store, service.url)
        for late, status in ((0.0, 200), (7200.0, 504)):
            key = uuid.uuid4().hex
            assert under(api, key, "create_ticket", TICKET, connection="work").status_code == 200
            with api.server.store.transaction() as cursor:
                cursor.execute("UPDATE answers SET answer = NULL, sealed = NULL, until = 0 WHERE key = ?", (key,))
            clock.advance(late)
            assert under(api, key, "create_ticket", TICKET, connection="work").status_code == status
        keys = [one.header("idempotency-key") for one in service.received]
        assert len(keys) == 3
        assert keys[0] == keys[1] != keys[2]
        own = {**TICKET, "idempotency_key": "mine"}
        under(api, "k9", "create_ticket", own, connection="work")
        assert service.received[-1].header("idempotency-key") == "mine"


def test_an_answer_that_can_no_longer_be_read_is_as_if_lost() -> None:
    with opened() as api:
        under(api, "k1", RAW, a_ticket("a"))
        under(api, "k2", "get_ticket", {"ticket_id": 1})
        saved.vault(api.server.store).file.unlink()
        assert under(api, "k1", RAW, a_ticket("a")).json()["code"] == "#outcome_unknown"
        assert under(api, "k2", "get_ticket", {"ticket_id": 1}).status_code == 200


def test_an_answer_lies_encrypted(api: Api) -> None:
    word = uuid.uuid4().hex
    given = {"subject": word, "comment": {"body": word}}
    assert under(api, "k1", "create_ticket", given).status_code == 200
    (row,) = api.server.store.query("SELECT * FROM answers")
    assert word not in str(tuple(row))
    assert word.encode() not in row["answer"]
