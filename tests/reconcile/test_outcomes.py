"""When a verdict is given, what is kept of it, and what is refused."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from connector import APIError, Client, Connection, OutcomeUnknown, UnreachableError, UsageError

from .lost import ZENDESK, Account, published

GROUP = {"name": "Pilots"}


def outcome(account: Account, call: str) -> str:
    return str(account.store.query("SELECT outcome FROM calls WHERE id = ?", (call,))[0]["outcome"])


@pytest.mark.parametrize(("lose", "expected"), [("after", "success"), ("before", "error")])
def test_what_was_found_is_kept_and_said_again(account: Account, lose: str, expected: str) -> None:
    lost = account.lost("create_group", GROUP, lose)
    first = account.reconcile(lost)
    account.transport.down = True
    assert account.reconcile(lost[:8]) == first
    assert outcome(account, lost) == expected


def test_what_cannot_be_told_is_asked_again(account: Account) -> None:
    ticket = {"subject": "Pilots", "comment": {"body": "Two are missing."}}
    lost = account.lost("create_ticket", ticket, "after")
    other = account.client(record=False).run("create_ticket", ticket)["ticket"]["id"]
    assert account.reconcile(lost)["verdict"] == "cannot_tell"
    assert outcome(account, lost) == "unknown"
    account.client().run("delete_ticket", {"ticket_id": other})
    assert account.reconcile(lost)["verdict"] == "happened"


def test_it_waits_until_what_was_sent_would_show(account: Account) -> None:
    lost = account.lost("create_group", GROUP, "before")
    account.clock.waits.clear()
    account.reconcile(lost)
    assert account.clock.waits == [pytest.approx(60.0, abs=1.0)]


def test_it_waits_no_longer_than_a_call_does(account: Account) -> None:
    lost = account.lost("create_group", GROUP, "before")
    found = account.reconcile(lost, retry_for=10.0)
    assert found["verdict"] == "cannot_tell"
    assert "Ask again in 60 seconds." in found["message"]
    account.clock.advance(61.0)
    assert account.reconcile(lost, retry_for=0.0)["verdict"] == "did_not_happen"


def test_a_call_whose_process_died_is_given_time_to_end(account: Account) -> None:
    lost = account.lost("create_group", GROUP, "before")
    with account.store.transaction() as cursor:
        cursor.execute("UPDATE calls SET outcome = 'sent', seconds = NULL")
    assert "Ask again in 240 seconds." in account.reconcile(lost, retry_for=0.0)["message"]
    assert account.reconcile(lost)["verdict"] == "did_not_happen"


def test_a_read_that_fails_is_no_verdict(account: Account) -> None:
    lost = account.lost("create_group", GROUP, "after")
    account.transport.down = True
    with pytest.raises(UnreachableError):
        account.reconcile(lost, retry_for=0.0)
    account.transport.down = False
    assert account.reconcile(lost)["verdict"] == "happened"


def test_an_answer_that_says_it_was_done_is_believed(account: Account) -> None:
    """The answer was whole and no JSON: what it made is looked for, and that it is not there tells nothing."""
    garbled = httpx.MockTransport(lambda request: httpx.Response(201, content=b"{"))
    connection = account.client().connection
    client = Client(ZENDESK, connection, transport=garbled, store=account.store, clock=account.clock)
    with client, pytest.raises(OutcomeUnknown) as raised:
        client.run("create_group", GROUP)
    found = account.reconcile(str(raised.value.call_id))
    assert found["verdict"] == "cannot_tell"
    assert "A part of it was done." in found["message"]


def test_a_known_outcome_is_said(account: Account) -> None:
    with account.client() as client:
        client.run("create_group", GROUP)
        with pytest.raises(APIError):
            client.run("delete_ticket", {"ticket_id": 999_999_999})
        client.run("list_brands", {})
    account.store.flush()
    calls = account.store.query("SELECT id, operation FROM calls ORDER BY rowid")
    verdicts = [account.reconcile(row["id"])["verdict"] for row in calls]
    assert verdicts == ["happened", "did_not_happen", "did_not_happen"]


def test_a_raw_request_is_left_to_a_person(account: Account) -> None:
    given = {"method": "POST", "url": {"endpoint": "/api/v2/groups"}, "body": {"raw": {"group": GROUP}}}
    found = account.reconcile(account.lost("raw_http_request", given, "after"))
    assert found["verdict"] == "cannot_tell"
    assert "POST https://" in found["message"]


def test_what_is_not_kept_cannot_be_looked_for(account: Account) -> None:
    lost = account.lost("create_group", {"name": "x" * 300_000}, "after")
    assert "is not kept" in account.reconcile(lost)["message"]


def test_what_was_found_is_kept_without_secrets(account: Account) -> None:
    token = ZENDESK.spec["sandbox"]["api_token"]
    ticket = {"subject": "Pilots", "comment": {"body": "Two are missing."}}
    lost = account.lost("create_ticket", ticket, "before")
    account.client(record=False).run("create_ticket", {**ticket, "comment": {"body": f"Two are missing {token}."}})
    found = account.reconcile(lost)
    assert token in found["found"][0]["description"]
    account.store.close()
    kept = b"".join(file.read_bytes() for file in account.store.file.parent.glob("connector.db*"))
    assert b"Two are missing ***" in kept
    assert token.encode() not in kept


def test_another_account_is_not_asked(account: Account) -> None:
    lost = account.lost("create_group", GROUP, "after")
    other = Connection("other", ZENDESK, "https://other.example", ZENDESK.spec["sandbox"])
    with Client(ZENDESK, other, store=account.store) as client, pytest.raises(UsageError, match="is another account"):
        client.reconcile(lost)


@pytest.mark.parametrize("call", ["", "nothing"])
def test_an_unknown_call_is_refused(account: Account, call: str) -> None:
    with pytest.raises(UsageError, match="There is no call"):
        account.reconcile(call)


def test_async_is_the_same(account: Account) -> None:
    lost = account.lost("create_brand", published("create_brand"), "after")

    async def reconcile() -> str:
        async with account.client() as client:
            return str((await client.areconcile(lost))["verdict"])

    assert asyncio.run(reconcile()) == "happened"
