"""A write under an idempotency key can be sent again: it is carried out once."""

from __future__ import annotations

import pytest

from connector import APIError, UsageError

from .lost import Account

TICKET = {"subject": "Printer", "comment": {"body": "It does not print."}, "idempotency_key": "k-1"}


def tickets(account: Account) -> int:
    return sum(write.path == "/api/v2/tickets" for write in account.app.writes)


def test_to_find_out_writes_nothing(account: Account) -> None:
    found = account.reconcile(account.lost("create_ticket", TICKET, "before"))
    assert found["verdict"] == "did_not_happen"
    assert "It can be finished safely until 2025-06-15 17:" in found["message"]
    assert found["finish_until"] > account.clock.now()
    assert tickets(account) == 0


@pytest.mark.parametrize(
    ("lose", "message"),
    [
        ("before", "It had not happened. Now it has, once."),
        ("after", "It had happened. The service gave its answer again."),
    ],
)
def test_to_finish_writes_once(account: Account, lose: str, message: str) -> None:
    lost = account.lost("create_ticket", TICKET, lose)
    found = account.reconcile(lost, finish=True)
    assert (found["verdict"], found["message"]) == ("happened", message)
    assert found["found"][0]["ticket"]["subject"] == "Printer"
    assert "finish_until" not in found
    assert account.reconcile(lost, finish=True)["verdict"] == "happened"
    assert tickets(account) == 1


def test_it_is_finished_after_it_was_found_out(account: Account) -> None:
    lost = account.lost("create_ticket", TICKET, "before")
    assert account.reconcile(lost) == account.reconcile(lost)
    assert account.reconcile(lost, finish=True)["message"] == "It had not happened. Now it has, once."
    assert account.reconcile(lost)["verdict"] == "happened"


def test_a_key_that_may_be_forgotten_is_not_used(account: Account) -> None:
    lost = account.lost("create_ticket", TICKET, "before")
    account.clock.advance(7200.0 - 60.0)
    assert "finish_until" not in account.reconcile(lost)
    with pytest.raises(UsageError, match="has no idempotency key that the service surely still knows"):
        account.reconcile(lost, finish=True)
    assert tickets(account) == 0


def test_what_has_no_key_is_not_finished(account: Account) -> None:
    lost = account.lost("create_group", {"name": "Pilots"}, "before")
    with pytest.raises(UsageError, match="cannot be finished"):
        account.reconcile(lost, finish=True)


def test_what_failed_is_not_finished(account: Account) -> None:
    with account.client() as client, pytest.raises(APIError) as raised:
        client.run("create_ticket", {**TICKET, "requester_id": 1})
    found = account.reconcile(str(raised.value.call_id), finish=True)
    assert found["verdict"] == "did_not_happen"
    assert tickets(account) == 0


def test_another_call_with_the_same_key_tells(account: Account) -> None:
    lost = account.lost("create_ticket", TICKET, "after")
    account.client().run("create_ticket", TICKET)
    assert "with the same key" in account.reconcile(lost)["message"]
    assert tickets(account) == 1


def test_a_key_is_made_for_a_call_that_may_be_tried_again(account: Account) -> None:
    """So a lost answer is no unknown outcome."""
    account.transport.lose = "after"
    with account.client(retry_for=60.0) as client:
        client.run("create_ticket", {"subject": "Printer", "comment": {"body": "It does not print."}})
    assert tickets(account) == 1
