"""Many tickets at once: bulk changes, imports, incremental exports; and the files that comments carry."""

from __future__ import annotations

from typing import Any

from .conftest import Api


class TestMany:
    def done(self, api: Api, job: Any) -> Any:
        seen = [job["job_status"]]
        while seen[-1]["status"] != "completed":
            seen.append(api.get(f"job_statuses/{seen[-1]['id']}")["job_status"])
        assert [job["status"] for job in seen] == ["queued", "working", "completed"]
        assert (seen[0]["results"], seen[0]["progress"], seen[0]["message"]) == (None, None, None)
        assert seen[-1]["message"] == "Completed at 2024-03-01 12:00:00 +0000"
        return seen[-1]["results"]

    def test_create(self, api: Api) -> None:
        tickets = [{"comment": {"body": "one"}}, {"subject": "no comment"}]
        rows = self.done(api, api.ok("POST", "tickets/create_many", {"tickets": tickets}))
        assert api.get(f"tickets/{rows[0]['id']}")["ticket"]["description"] == "one"
        assert (rows[1]["index"], rows[1]["error"]) == (1, "RecordInvalid")

    def test_update_with_tags(self, api: Api) -> None:
        change = {"ticket": {"priority": "low", "additional_tags": ["new"], "remove_tags": ["bug"]}}
        rows = self.done(api, api.ok("PUT", "tickets/update_many?ids=12345,12344", change))
        assert [row["status"] for row in rows] == ["Updated", "Updated"]
        assert api.get("tickets/12345/tags")["tags"] == [
            "urgent",
            "customer_request",
            "high_priority",
            "feature_request",
            "new",
        ]

    def test_update_each(self, api: Api) -> None:
        given = {"tickets": [{"id": 12345, "priority": "low"}, {"id": 12344, "priority": "urgent"}]}
        self.done(api, api.ok("PUT", "tickets/update_many", given))
        assert [t["priority"] for t in api.get("tickets/show_many?ids=12345,12344")["tickets"]] == ["low", "urgent"]

    def test_delete(self, api: Api) -> None:
        self.done(api, api.ok("DELETE", "tickets/destroy_many?ids=1,2"))
        assert api("GET", "tickets/1").status_code == 404

    def test_too_many_jobs(self, api: Api) -> None:
        for _ in range(30):
            api.ok("DELETE", "group_memberships/destroy_many?ids=1")
        refused = api("DELETE", "group_memberships/destroy_many?ids=1")
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (429, "TooManyJobs")


class TestImport:
    def test_keeps_times(self, api: Api) -> None:
        given = {
            "subject": "Old",
            "description": "The beginning",
            "comments": [{"body": "More", "author_id": "1234567", "created_at": "2020-05-02T00:00:00Z"}],
            "created_at": "2020-05-01T12:00:00+02:00",
            "updated_at": "2020-05-03T00:00:00Z",
            "requester_id": 9876543,
        }
        ticket = api.ok("POST", "imports/tickets", {"ticket": given})["ticket"]
        assert (ticket["created_at"], ticket["updated_at"]) == ("2020-05-01T10:00:00Z", "2020-05-03T00:00:00Z")
        comments = api.get(f"tickets/{ticket['id']}/comments")["comments"]
        assert [(c["body"], c["created_at"]) for c in comments] == [
            ("The beginning", "2020-05-01T10:00:00Z"),
            ("More", "2020-05-02T00:00:00Z"),
        ]

    def test_many_and_unfit(self, api: Api) -> None:
        tickets = [{"description": "one"}, {"comments": "none"}, {}, {"description": "x", "created_at": "early"}]
        job = api.ok("POST", "imports/tickets/create_many", {"tickets": tickets})["job_status"]
        for _ in range(2):
            job = api.get(f"job_statuses/{job['id']}")["job_status"]
        assert [row["success"] for row in job["results"]] == [True, False, False, False]
        assert "job_statuses" in api.get("job_statuses")


class TestIncremental:
    def test_by_time(self, api: Api) -> None:
        body = api.get("incremental/tickets?start_time=0&per_page=200")
        assert (body["count"], body["end_of_stream"]) == (200, False)
        rest = api.get(body["next_page"])
        assert rest["end_of_stream"] is True
        assert {t["id"] for t in body["tickets"] + rest["tickets"]} >= {299, 12345}
        assert [t["status"] for t in rest["tickets"] if t["id"] == 299] == ["deleted"]

    def test_by_cursor(self, api: Api) -> None:
        body = api.get("incremental/users/cursor?start_time=0&per_page=150")
        users = body["users"]
        while not body["end_of_stream"]:
            body = api.get(body["after_url"])
            users += body["users"]
        assert len({user["id"] for user in users}) == len(users) == 199
        assert api.get(body["after_url"])["users"] == []
        assert api("GET", "incremental/users/cursor").status_code == 400


class TestUploads:
    def upload(self, api: Api, name: str, **query: str) -> Any:
        answer = api(
            "POST",
            "uploads",
            params={"filename": name, **query},
            content=b"%PDF",
            headers={"Content-Type": "application/pdf"},
        )
        assert answer.status_code == 201
        return answer.json()["upload"]

    def test_append_and_discard(self, api: Api) -> None:
        first = self.upload(api, "a.pdf")
        both = self.upload(api, "b.pdf", token=first["token"])
        assert first["expires_at"] == "2024-03-04T12:00:00Z"
        assert [file["file_name"] for file in both["attachments"]] == ["a.pdf", "b.pdf"]
        assert both["attachment"]["file_name"] == "b.pdf"
        assert (both["attachment"]["content_type"], both["attachment"]["size"]) == ("application/pdf", 4)
        assert api("GET", both["attachment"]["content_url"]).content == b"%PDF"
        assert api("DELETE", f"uploads/{first['token']}").status_code == 204
        assert api("DELETE", f"uploads/{first['token']}").status_code == 404

    def test_needs_a_name(self, api: Api) -> None:
        assert api("POST", "uploads", content=b"x").text == "Required parameter missing: filename"
