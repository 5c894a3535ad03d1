"""Records like the one that was asked for, which others made, or the same caller before or after."""

from __future__ import annotations

from .lost import Account

NAME = "create_ticket"
TICKET = {"subject": "Pilots", "comment": {"body": "Two are missing."}}


def test_one_made_before_is_not_it(account: Account) -> None:
    account.client().run(NAME, TICKET)
    account.clock.advance(3.0)
    assert account.reconcile(account.lost(NAME, TICKET, "before"))["verdict"] == "did_not_happen"


def test_one_that_another_call_of_ours_made_is_not_it(account: Account) -> None:
    lost = account.lost(NAME, TICKET, "before")
    account.client().run(NAME, TICKET)
    assert account.reconcile(lost)["verdict"] == "did_not_happen"


def test_one_of_two_is_ours(account: Account) -> None:
    lost = account.lost(NAME, TICKET, "after")
    other = account.client().run(NAME, TICKET)["ticket"]["id"]
    found = account.reconcile(lost)
    assert found["verdict"] == "happened"
    assert [row["id"] for row in found["found"]] != [other]


def test_one_of_somebody_else_at_the_same_time_may_be_it(account: Account) -> None:
    lost = account.lost(NAME, TICKET, "after")
    account.client(record=False).run(NAME, TICKET)
    found = account.reconcile(lost)
    assert found["verdict"] == "cannot_tell"
    assert len(found["found"]) == 2


def test_one_made_long_after_may_not_be_it(account: Account) -> None:
    lost = account.lost(NAME, TICKET, "before")
    account.clock.advance(600.0)
    account.client(record=False).run(NAME, TICKET)
    assert account.reconcile(lost)["verdict"] == "cannot_tell"


def test_of_two_lost_ones_both_or_none_can_be_told(account: Account) -> None:
    for first, second, verdict in [
        ("after", "after", "happened"),
        ("before", "before", "did_not_happen"),
        ("after", "before", "cannot_tell"),
    ]:
        given = {**TICKET, "subject": f"{first} {second}"}
        lost = [account.lost(NAME, given, lose) for lose in (first, second)]
        assert account.reconcile(lost[0])["verdict"] == verdict
        account.clock.advance(1000.0)


def test_a_row_that_is_given_to_one_call_is_not_given_to_another(account: Account) -> None:
    lost = [account.lost(NAME, TICKET, "after") for _ in range(3)]
    found = [account.reconcile(call) for call in lost]
    assert [one["verdict"] for one in found] == ["happened"] * 3
    assert len({one["found"][0]["id"] for one in found}) == 3


def test_the_first_row_is_the_first_calls(account: Account) -> None:
    lost = [account.lost(NAME, TICKET, "after")]
    account.clock.advance(61.0)
    lost.append(account.lost(NAME, TICKET, "after"))
    found = [account.reconcile(call) for call in lost]
    assert [one["verdict"] for one in found] == ["happened"] * 2
    assert found[0]["found"][0]["id"] < found[1]["found"][0]["id"]


def test_one_that_differs_a_little_may_be_it(account: Account) -> None:
    lost = account.lost(NAME, TICKET, "before")
    account.client(record=False).run(NAME, {**TICKET, "comment": {"body": "Three are missing."}})
    found = account.reconcile(lost)
    assert found["verdict"] == "cannot_tell"
    assert "Compare its description." in found["message"]


def test_another_comment_on_the_ticket_may_be_it(account: Account) -> None:
    """A service fills in what stands in a text."""
    lost = account.lost(
        "add_comment_to_ticket", {"ticket_id": 12345, "comment_body": "Dear {{name}}, come in."}, "before"
    )
    account.client(record=False).run(
        "add_comment_to_ticket", {"ticket_id": 12345, "comment_body": "Dear Ann, come in."}
    )
    assert "Compare its body." in account.reconcile(lost)["message"]


def test_a_comment_of_other_words_is_not_it(account: Account) -> None:
    lost = account.lost("add_comment_to_ticket", {"ticket_id": 12345, "html_body": "<p>Come in.</p>"}, "before")
    account.client(record=False).run("add_comment_to_ticket", {"ticket_id": 12345, "html_body": "<p>We are open.</p>"})
    assert account.reconcile(lost)["verdict"] == "did_not_happen"


def test_what_has_changed_since_is_not_told(account: Account) -> None:
    lost = account.lost("update_organization", {"organization_id": 123456, "notes": "A"}, "after")
    account.clock.advance(5.0)
    account.client().run("update_organization", {"organization_id": 123456, "notes": "B"})
    found = account.reconcile(lost)
    assert found["verdict"] == "cannot_tell"
    assert "Compare its notes." in found["message"]


def test_what_was_so_before_is_as_asked(account: Account) -> None:
    account.client().run("update_organization", {"organization_id": 123456, "notes": "A"})
    account.clock.advance(100.0)
    found = account.reconcile(account.lost("update_organization", {"organization_id": 123456, "notes": "A"}, "before"))
    assert found["verdict"] == "as_asked"
    assert "last changed before the call" in found["message"]


def test_what_the_call_was_about_may_be_gone(account: Account) -> None:
    lost = account.lost("update_ticket", {"ticket_id": 12345, "status": "open"}, "after")
    account.client().run("delete_ticket", {"ticket_id": 12345})
    found = account.reconcile(lost)
    assert found["verdict"] == "cannot_tell"
    assert "answers 404" in found["message"]


def test_a_part_of_many_is_said(account: Account) -> None:
    ids = [row["id"] for row in account.client().run("list_group_memberships", {})["group_memberships"][:3]]
    lost = account.lost("delete_group_memberships_bulk", {"group_membership_ids": ids}, "before")
    account.client().run("delete_group_membership", {"group_membership_id": ids[0]})
    found = account.reconcile(lost)
    assert (found["verdict"], len(found["found"])) == ("cannot_tell", 2)
    assert found["message"].startswith("2 of 3 are still there.")
