"""Tickets, their comments, audits and tags."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Api


def create(api: Api, **fields: Any) -> Any:
    return api.ok("POST", "tickets", {"ticket": {"subject": "Test", "comment": {"body": "Hello"}, **fields}})["ticket"]


def update(api: Api, id: int, **fields: Any) -> Any:
    return api.ok("PUT", f"tickets/{id}", {"ticket": fields})


def problem(answer: Any, field: str) -> Any:
    assert answer.status_code == 422, answer.text
    return answer.json()["details"][field][0]


class TestCreate:
    def test_answers_ticket_and_audit(self, api: Api) -> None:
        answer = api("POST", "tickets", {"ticket": {"subject": "New", "comment": {"body": "Hello", "public": False}}})
        ticket, audit = answer.json()["ticket"], answer.json()["audit"]
        assert answer.status_code == 201
        assert answer.headers["Location"] == ticket["url"]
        assert (ticket["status"], ticket["is_public"], ticket["description"]) == ("new", False, "Hello")
        assert audit["events"][0]["type"] == "Comment"
        assert {"subject", "status"} <= {event.get("field_name") for event in audit["events"]}

    def test_description_is_the_comment_where_there_is_none(self, api: Api) -> None:
        ticket = api.ok("POST", "tickets", {"ticket": {"description": "Only this"}})["ticket"]
        assert api.get(f"tickets/{ticket['id']}/comments")["comments"][0]["body"] == "Only this"
        assert create(api, description="Not this")["description"] == "Hello"

    def test_html(self, api: Api) -> None:
        ticket = create(api, comment={"html_body": "<p>A &amp; <b>B</b></p>"})
        (comment,) = api.get(f"tickets/{ticket['id']}/comments")["comments"]
        assert comment["plain_body"] == "A & B"
        assert "<b>B</b>" in comment["html_body"]

    def test_needs_a_comment(self, api: Api) -> None:
        answer = api("POST", "tickets", {"ticket": {"subject": "Empty"}})
        assert problem(answer, "base")["description"] == "Description: cannot be blank"

    @pytest.mark.parametrize(
        ("field", "value", "named"),
        [
            ("status", "odd", "status"),
            ("priority", 1, "priority"),
            ("requester_id", 9, "requester"),
            ("assignee_id", 123456, "assignee"),
            ("group_id", 9, "group"),
            ("problem_id", 1, "problem_id"),
            ("due_at", "tomorrow", "due_at"),
            ("collaborator_ids", [9], "collaborator"),
        ],
    )
    def test_refuses(self, api: Api, field: str, value: Any, named: str) -> None:
        answer = api("POST", "tickets", {"ticket": {"comment": {"body": "x"}, field: value}})
        assert problem(answer, named)

    def test_requester_by_email(self, api: Api) -> None:
        ticket = create(api, requester={"name": "Nora New", "email": "nora@new.example"})
        assert api.get(f"users/{ticket['requester_id']}")["user"]["name"] == "Nora New"
        again = create(api, requester={"name": "Other", "email": "NORA@new.example"})
        assert again["requester_id"] == ticket["requester_id"]

    def test_ids_as_digits(self, api: Api) -> None:
        ticket = create(api, requester_id="12345", group_id="5678")
        assert (ticket["requester_id"], ticket["group_id"]) == (12345, 5678)

    def test_assignment_opens(self, api: Api) -> None:
        ticket = create(api, assignee_id=67890)
        assert (ticket["status"], ticket["group_id"]) == ("open", 5678)


class TestUpdate:
    def test_tells_what_changed(self, api: Api) -> None:
        api.clock.forward(hours=1)
        body = update(api, 12345, priority="low", subject="Unable to access account")
        (event,) = body["audit"]["events"]
        assert {k: event[k] for k in ("type", "field_name", "value", "previous_value")} == {
            "type": "Change",
            "field_name": "priority",
            "value": "low",
            "previous_value": "high",
        }
        assert body["ticket"]["updated_at"] == "2024-03-01T13:00:00Z"
        assert api.get(f"tickets/12345/audits/{body['audit']['id']}")["audit"] == body["audit"]

    def test_null_clears_and_absent_leaves(self, api: Api) -> None:
        ticket = update(api, 12345, priority=None, external_id=None)["ticket"]
        assert (ticket["priority"], ticket["external_id"], ticket["type"]) == (None, None, "incident")

    def test_comment_with_files(self, api: Api) -> None:
        comment = {"body": "See", "author_id": 67890, "uploads": ["abc123", "def456"]}
        event = update(api, 12345, comment=comment)["audit"]["events"][0]
        assert [file["file_name"] for file in event["attachments"]] == ["screenshot.png", "error_log.txt"]
        assert event["public"] is True
        assert api.ok("GET", f"attachments/{event['attachments'][0]['id']}")["attachment"]["size"] > 0
        spent = update(api, 12345, comment=comment)["audit"]["events"][0]
        assert spent["attachments"] == []

    def test_comment_is_as_private_as_the_first(self, api: Api) -> None:
        ticket = create(api, comment={"body": "Between us", "public": False})
        assert update(api, ticket["id"], comment={"body": "More"})["audit"]["events"][0]["public"] is False

    def test_tags_replace(self, api: Api) -> None:
        assert update(api, 12345, tags=["One", "two two", "one"])["ticket"]["tags"] == ["one", "two"]

    def test_closed_is_the_end(self, api: Api) -> None:
        update(api, 12345, status="closed")
        for path, body in (("tickets/12345", {"ticket": {"priority": "low"}}), ("tickets/12345/tags", {"tags": ["x"]})):
            assert problem(api("PUT", path, body), "status")["description"] == "closed prevents ticket update"

    def test_safe_update(self, api: Api) -> None:
        stamp = api.get("tickets/12345")["ticket"]["updated_at"]
        update(api, 12345, priority="low", safe_update=True, updated_stamp=stamp)
        stale = {"ticket": {"priority": "high", "safe_update": True, "updated_stamp": stamp}}
        assert api("PUT", "tickets/12345", stale).status_code == 409

    def test_incidents(self, api: Api) -> None:
        assert [t["id"] for t in api.get("tickets/7/incidents")["tickets"]] == [17, 27, 37]
        ticket = create(api, type="problem")
        create(api, type="incident", problem_id=ticket["id"])
        assert api.get(f"tickets/{ticket['id']}")["ticket"]["has_incidents"] is True

    def test_people_by_email_and_id(self, api: Api) -> None:
        given = {
            "followers": [{"user_id": "9876", "action": "put"}, {"user_email": "robin@new.example"}],
            "email_ccs": [{"user_id": 2003}],
            "collaborators": [2004, "cc@new.example"],
            "assignee_email": "hanna.lindqvist@sandbox.example",
        }
        ticket = create(api, **given)
        assert ticket["assignee_id"] == 34567
        assert ticket["follower_ids"][0] == 9876
        assert ticket["email_cc_ids"] == [2003]
        for field, path in (("follower_ids", "followers"), ("email_cc_ids", "email_ccs")):
            assert [u["id"] for u in api.get(f"tickets/{ticket['id']}/{path}")["users"]] == ticket[field]
        people = api.get(f"tickets/{ticket['id']}/collaborators")["users"]
        assert {"robin@new.example", "cc@new.example"} <= {user["email"] for user in people}

    def test_followers_come_and_go(self, api: Api) -> None:
        change = [{"user_id": 9876, "action": "delete"}, {"user_id": 23456, "action": "put"}]
        assert update(api, 12345, followers=change)["ticket"]["follower_ids"] == [23456]

    def test_make_private(self, api: Api) -> None:
        comment = api.get("tickets/12345/comments")["comments"][1]
        api.ok("PUT", f"tickets/12345/comments/{comment['id']}/make_private")
        assert api.get("tickets/12345/comments")["comments"][1]["public"] is False
        event = api.get(f"tickets/12345/audits/{comment['audit_id']}")["audit"]["events"][0]
        assert event["public"] is False

    def test_merge(self, api: Api) -> None:
        job = api.ok("POST", "tickets/12345/merge", {"ids": [12344], "target_comment": "Both are one"})["job_status"]
        assert job["status"] == "queued"
        assert api.get("tickets/12344")["ticket"]["status"] == "closed"
        assert api.get("tickets/12345/comments")["comments"][-1]["body"] == "Both are one"
        assert 12345 in api.get("tickets/12345")["ticket"]["collaborator_ids"]

    def test_metrics(self, api: Api) -> None:
        metric = api.get("tickets/12345/metrics")["ticket_metric"]
        assert (metric["replies"], metric["reply_time_in_minutes"]["calendar"]) == (1, 300)
        assert api.get("tickets/12345?include=metric_sets")["ticket"]["metric_set"] == metric


class TestDelete:
    def test_softly_and_back(self, api: Api) -> None:
        assert api("DELETE", "tickets/12345").status_code == 204
        assert api("GET", "tickets/12345").status_code == 404
        assert api("GET", "tickets/12345/comments").status_code == 404
        gone = api.get("deleted_tickets?page[size]=100")["deleted_tickets"]
        assert [t["id"] for t in gone] == [299, 12345]
        assert gone[1]["actor"]["name"] == "Robin Admin"
        api.ok("PUT", "deleted_tickets/12345/restore")
        assert api.get("tickets/12345")["ticket"]["status"] == "open"

    def test_for_good(self, api: Api) -> None:
        job = api.ok("DELETE", "deleted_tickets/299")["job_status"]
        for _ in range(2):
            job = api.get(f"job_statuses/{job['id']}")["job_status"]
        assert job["results"] == {"success": True}
        assert api.get("deleted_tickets")["count"] == 0


class TestLists:
    def test_of_people_and_organizations(self, api: Api) -> None:
        for path, field, id in (
            ("users/12345/tickets/requested", "requester_id", 12345),
            ("users/67890/tickets/assigned", "assignee_id", 67890),
            ("organizations/123456/tickets", "organization_id", 123456),
        ):
            body = api.get(f"{path}?page[size]=100")
            assert body["tickets"]
            assert {ticket[field] for ticket in body["tickets"]} == {id}
            assert api.get(f"{path}/count")["count"]["value"] == len(body["tickets"])
        assert [t["id"] for t in api.get("users/2002/tickets/ccd")["tickets"]] == [12345]

    def test_comments_newest_first(self, api: Api) -> None:
        by_cursor = api.get("tickets/12345/comments?page[size]=50&sort=-created_at&include=users")
        by_offset = api.get("tickets/12345/comments?sort_order=desc")
        assert [c["id"] for c in by_cursor["comments"]] == [c["id"] for c in by_offset["comments"]]
        assert by_cursor["comments"][0]["created_at"] > by_cursor["comments"][1]["created_at"]
        assert {user["id"] for user in by_cursor["users"]} == {123456, 67890}

    def test_audits_of_another_ticket(self, api: Api) -> None:
        assert api.get("tickets/12345/audits/67890?include=users,organizations")["audit"]["ticket_id"] == 12345
        assert api("GET", "tickets/1/audits/67890").status_code == 404

    def test_external_id(self, api: Api) -> None:
        assert [t["id"] for t in api.get("tickets?external_id=ABC-123")["tickets"]] == [12345]

    def test_show_many_keeps_the_order(self, api: Api) -> None:
        assert [t["id"] for t in api.get("tickets/show_many?ids=5,299,3,99999")["tickets"]] == [5, 3]


class TestTags:
    def test_set_add_remove(self, api: Api) -> None:
        for method, tags, status, left in (
            ("POST", ["a", "b"], 201, ["a", "b"]),
            ("PUT", ["c", "a"], 200, ["a", "b", "c"]),
            ("DELETE", ["a"], 204, ["b", "c"]),
        ):
            answer = api(method, "tickets/12345/tags", {"tags": tags})
            assert answer.status_code == status
            assert api.get("tickets/12345/tags") == {"tags": left}

    @pytest.mark.parametrize("owner", ["users/12345", "organizations/123456"])
    def test_of_people_too(self, api: Api, owner: str) -> None:
        api.ok("POST", f"{owner}/tags", {"tags": ["gold"]})
        assert api.get(f"{owner}/tags") == {"tags": ["gold"]}

    def test_all_of_the_account(self, api: Api) -> None:
        page = api.get("tags?page[size]=2")
        assert page["tags"][0]["count"] >= page["tags"][1]["count"]
        assert api.get(page["links"]["next"])["tags"][0] not in page["tags"]
        assert api.get("autocomplete/tags?name=bil")["tags"] == ["billing"]
