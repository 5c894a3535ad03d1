"""Users, identities, organizations, groups and memberships."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Api


def create(api: Api, **fields: Any) -> Any:
    return api.ok("POST", "users", {"user": {"name": "New Person", **fields}})["user"]


class TestUsers:
    def test_new_email_is_the_primary_identity(self, api: Api) -> None:
        user = create(api, email="new@person.example")
        (identity,) = api.get(f"users/{user['id']}/identities")["identities"]
        assert (identity["value"], identity["primary"], identity["type"]) == ("new@person.example", True, "email")

    def test_taken_email(self, api: Api) -> None:
        create(api, email="new@person.example")
        answer = api("POST", "users", {"user": {"name": "Other", "email": "NEW@person.example"}})
        assert answer.status_code == 422
        assert answer.json()["details"]["email"][0]["error"] == "DuplicateValue"

    def test_email_on_update_is_a_second_identity(self, api: Api) -> None:
        user = api.ok("PUT", "users/12345", {"user": {"email": "third@sandbox.example"}})["user"]
        assert user["email"] == "jordan.avery@sandbox.example"
        assert len(api.get("users/12345/identities")["identities"]) == 3

    def test_deletion_answers_the_user(self, api: Api) -> None:
        assert api.ok("DELETE", "users/2001")["user"]["active"] is False
        assert api.get("users/2001")["user"]["active"] is False
        assert 2001 not in [user["id"] for user in api.get("users?per_page=100")["users"]]
        assert api("DELETE", "users/2001").status_code == 404

    def test_create_or_update(self, api: Api) -> None:
        given = {"user": {"name": "Somebody", "external_id": "X-1", "email": "some@body.example"}}
        made, changed = (api("POST", "users/create_or_update", given) for _ in range(2))
        assert [made.status_code, changed.status_code] == [201, 200]
        assert made.headers["Location"] == changed.headers["Location"]

    def test_roles(self, api: Api) -> None:
        body = api.ok("GET", "users", params=[("role[]", "agent"), ("role[]", "admin"), ("page[size]", "100")])
        assert {user["role"] for user in body["users"]} == {"agent", "admin"}
        assert {user["role"] for user in api.get("users?role=end-user")["users"]} == {"end-user"}

    @pytest.mark.parametrize(("field", "value"), [("role", "owner"), ("organization_id", 5), ("name", "")])
    def test_refuses(self, api: Api, field: str, value: Any) -> None:
        answer = api("POST", "users", {"user": {"name": "x", field: value}})
        assert (answer.status_code, list(answer.json()["details"])) == (422, [field])

    def test_search(self, api: Api) -> None:
        assert [u["id"] for u in api.get("users/search?external_id=ext-12345")["users"]] == [12345]
        assert [u["id"] for u in api.get("users/search?query=email:jordan*")["users"]] == [12345]
        assert [u["id"] for u in api.get('users/search?query="Jordan Avery"')["users"]] == [12345]
        assert {u["name"].split()[0] for u in api.get("users/autocomplete?name=alic")["users"]} == {"Alice"}

    def test_show_many(self, api: Api) -> None:
        assert [u["id"] for u in api.get("users/show_many?ids=2001,12345")["users"]] == [2001, 12345]
        assert [u["id"] for u in api.get("users/show_many?external_ids=EXT-12345")["users"]] == [12345]

    def test_sideloads(self, api: Api) -> None:
        names = "organizations,roles,groups,identities,abilities,open_ticket_count"
        body = api.get(f"users/12345?include={names}")
        assert body["organizations"][0]["id"] == 67890
        assert {group["id"] for group in body["groups"]} == {1101, 54321}
        assert 67890 in {identity["id"] for identity in body["identities"]}
        assert body["user"]["abilities"]["can_edit"] is True
        assert list(body["open_ticket_count"]) == ["12345"]

    def test_related(self, api: Api) -> None:
        body = api.get("users/12345/related")["user_related"]
        assert body["requested_tickets"] == api.get("users/12345/tickets/requested/count")["count"]["value"]
        assert body["organization_subscriptions"] == 1

    def test_merge(self, api: Api) -> None:
        ticket = api.get("users/2001/tickets/requested")["tickets"][0]
        email = api.get("users/2001")["user"]["email"]
        api.ok("PUT", "users/2001/merge", {"user": {"id": 2002}})
        assert api.get(f"tickets/{ticket['id']}")["ticket"]["requester_id"] == 2002
        assert email in [identity["value"] for identity in api.get("users/2002/identities")["identities"]]
        assert api.get("users/2001")["user"]["active"] is False

    def test_organization_by_name_and_own_fields(self, api: Api) -> None:
        user = create(api, organization={"name": "umbra labs"}, user_fields={"department": "IT", "nonsense": 1})
        assert user["organization_id"] == 22222
        assert user["user_fields"]["department"] == "IT"
        assert "nonsense" not in user["user_fields"]
        changed = api.ok("PUT", f"users/{user['id']}", {"user": {"organization_id": None}})["user"]
        assert changed["organization_id"] is None
        assert api.get(f"users/{user['id']}/organizations")["organizations"] == []

    @pytest.mark.parametrize(
        ("method", "path", "body", "good"),
        [
            ("POST", "users/create_many", {"users": [{"name": "A"}, {"email": "no@name.example"}]}, [True, False]),
            (
                "POST",
                "users/create_or_update_many",
                {"users": [{"id": 2001, "name": "B"}, {"name": "C"}]},
                [True, True],
            ),
            ("PUT", "users/update_many?ids=2001,9", {"user": {"notes": "x"}}, [True, False]),
            ("DELETE", "users/destroy_many?ids=2001,1001", None, [True, False]),
            (
                "POST",
                "organizations/create_many",
                {"organizations": [{"name": "A"}, {"name": "Umbra Labs"}]},
                [True, False],
            ),
            ("PUT", "organizations/update_many", {"organizations": [{"id": 67890, "notes": "x"}]}, [True]),
            ("DELETE", "organizations/destroy_many?ids=67890,9", None, [True, False]),
            (
                "POST",
                "organization_memberships/create_many",
                {"organization_memberships": [{"user_id": 12345, "organization_id": o} for o in (22222, 67890, 9)]},
                [True, False, False],
            ),
        ],
    )
    def test_many(self, api: Api, method: str, path: str, body: Any, good: list[bool]) -> None:
        job = api.ok(method, path, body)["job_status"]
        for _ in range(2):
            (job,) = api.get(f"job_statuses/show_many?ids={job['id']}")["job_statuses"]
        assert [row["success"] for row in job["results"]] == good


class TestIdentities:
    def test_make_primary_changes_the_email(self, api: Api) -> None:
        body = api.ok("PUT", "users/12345/identities/67890/make_primary")
        assert [identity["primary"] for identity in body["identities"]].count(True) == 1
        assert api.get("users/12345")["user"]["email"] == "jordan.second@sandbox.example"

    def test_belongs_to_one_user(self, api: Api) -> None:
        assert api("GET", "users/123456/identities/67890").status_code == 404
        given = {"identity": {"type": "email", "value": "jordan.second@sandbox.example"}}
        answer = api("POST", "users/123456/identities", given)
        assert answer.json()["details"]["value"][0]["error"] == "DuplicateValue"

    def test_create_filter_delete(self, api: Api) -> None:
        given = {"identity": {"type": "email", "value": "more@customers.example", "verified": True}}
        identity = api.ok("POST", "users/123456/identities", given)["identity"]
        assert identity["verified"] is True
        phones = api.ok("GET", "users/123456/identities?type[]=phone_number")["identities"]
        assert [phone["value"] for phone in phones] == ["+15550100"]
        assert api("DELETE", f"users/123456/identities/{identity['id']}").status_code == 204

    def test_change_and_verify(self, api: Api) -> None:
        one = "users/12345/identities/67890"
        changed = api.ok("PUT", one, {"identity": {"value": "jordan.third@sandbox.example", "primary": True}})
        assert changed["identity"]["primary"] is True
        assert api.get("users/12345")["user"]["email"] == "jordan.third@sandbox.example"
        assert api.ok("PUT", f"{one}/verify")["identity"]["verified"] is True
        api.ok("PUT", f"{one}/request_verification")
        taken = api("PUT", one, {"identity": {"value": "robin.admin@sandbox.example"}})
        assert taken.status_code == 200
        assert api("PUT", one, {"identity": {"value": "admin@sandbox.example"}}).status_code == 422

    def test_without_its_primary_email_a_user_shows_the_next(self, api: Api) -> None:
        found = sorted(api.get("users/12345/identities")["identities"], key=lambda identity: not identity["primary"])
        for identity, email in zip(found, ("jordan.second@sandbox.example", None), strict=True):
            api.ok("DELETE", f"users/12345/identities/{identity['id']}")
            assert api.get("users/12345")["user"]["email"] == email

    @pytest.mark.parametrize(
        ("given", "error"),
        [
            ({"type": "fax", "value": "1"}, "InvalidValue"),
            ({"type": "email", "value": ""}, "BlankValue"),
            ({"type": "email", "value": "no address"}, "InvalidFormat"),
        ],
    )
    def test_refuses(self, api: Api, given: Any, error: str) -> None:
        answer = api("POST", "users/12345/identities", {"identity": given})
        (problems,) = answer.json()["details"].values()
        assert (answer.status_code, problems[0]["error"]) == (422, error)


class TestOrganizations:
    def test_names_are_unique(self, api: Api) -> None:
        answer = api("POST", "organizations", {"organization": {"name": "globex INDUSTRIES"}})
        assert answer.json()["details"]["name"][0]["error"] == "DuplicateValue"

    def test_create_or_update_never_matches_names(self, api: Api) -> None:
        path = "organizations/create_or_update"
        assert api("POST", path, {"organization": {"name": "Globex Industries"}}).status_code == 422
        changed = api("POST", path, {"organization": {"id": 67890, "notes": "Called"}})
        assert (changed.status_code, changed.json()["organization"]["notes"]) == (200, "Called")
        given = {"organization": {"external_id": "E9", "name": "Nine"}}
        assert [api("POST", path, given).status_code for _ in range(2)] == [201, 200]

    def test_find(self, api: Api) -> None:
        assert [o["id"] for o in api.get("organizations/search?external_id=acme123")["organizations"]] == [123456]
        assert [o["id"] for o in api.get("organizations/search?name=umbra labs")["organizations"]] == [22222]
        assert api("GET", "organizations/search?name=x&external_id=y").status_code == 400
        assert len(api.get("organizations/autocomplete?name=blue")["organizations"]) == 10

    def test_members(self, api: Api) -> None:
        count = api.get("organizations/123456/users/count")["count"]
        assert count["refreshed_at"] == "2024-03-01T12:00:00Z"
        assert count["value"] == len(api.get("organizations/123456/users")["users"]) > 3

    def test_deletion_lets_members_go(self, api: Api) -> None:
        assert api("DELETE", "organizations/67890").status_code == 204
        assert api.get("users/12345")["user"]["organization_id"] is None
        assert api.get("users/12345/organization_memberships")["organization_memberships"] == []

    def test_a_users_organization_is_the_default_membership(self, api: Api) -> None:
        api.ok("PUT", "users/12345", {"user": {"organization_id": 22222}})
        found = api.get("users/12345/organization_memberships")["organization_memberships"]
        assert [(m["organization_id"], m["default"]) for m in found] == [(67890, False), (22222, True)]

    def test_memberships_of_a_user(self, api: Api) -> None:
        path = "users/12345/organization_memberships"
        given = {"organization_membership": {"organization_id": 22222}}
        made = api.ok("POST", path, given)["organization_membership"]
        assert (made["default"], made["organization_name"]) == (False, "Umbra Labs")
        assert api.ok("PUT", f"{path}/{made['id']}/make_default")["organization_memberships"][1]["default"] is True
        assert api.get("users/12345")["user"]["organization_id"] == 22222
        assert api("GET", f"users/9876/organization_memberships/{made['id']}").status_code == 404
        assert api("DELETE", f"{path}/{made['id']}").status_code == 204
        assert api.get("users/12345")["user"]["organization_id"] is None
        for broken in ({}, {"organization_id": 9}):
            assert api("POST", path, {"organization_membership": broken}).status_code == 422

    def test_related(self, api: Api) -> None:
        body = api.get("organizations/123456/related")["organization_related"]
        assert body["tickets_count"] == api.get("organizations/123456/tickets/count")["count"]["value"]
        assert body["users_count"] == api.get("organizations/123456/users/count")["count"]["value"]

    def test_show_many(self, api: Api) -> None:
        assert [o["id"] for o in api.get("organizations/show_many?ids=67890,22222")["organizations"]] == [67890, 22222]
        by_external = api.get("organizations/show_many?external_ids=ACME123")["organizations"]
        assert [o["id"] for o in by_external] == [123456]


class TestGroups:
    def test_deletion_takes_the_memberships(self, api: Api) -> None:
        assert api("DELETE", "groups/5678").status_code == 204
        assert api("GET", "groups/5678").status_code == 404
        memberships = api.get("users/67890/group_memberships")["group_memberships"]
        assert 5678 not in [membership["group_id"] for membership in memberships]
        assert api("DELETE", "groups/1101").status_code == 422

    def test_membership(self, api: Api) -> None:
        path = "group_memberships"
        made = api.ok("POST", path, {"group_membership": {"user_id": 12345, "group_id": 67890}})["group_membership"]
        assert made["default"] is False
        for user_id in (12345, 123456):  # there already, and an end user
            answer = api("POST", path, {"group_membership": {"user_id": user_id, "group_id": 67890}})
            assert answer.status_code == 422
        assert api("DELETE", f"{path}/{made['id']}").status_code == 204

    def test_membership_under_its_user(self, api: Api) -> None:
        one = api.get("users/987654/group_memberships/123456")
        assert one == api.get("group_memberships/123456")
        assert api("GET", "users/12345/group_memberships/123456").status_code == 404
        assert api.get("groups/246810/memberships")["group_memberships"] == [one["group_membership"]]

    def test_membership_made_under_its_user(self, api: Api) -> None:
        path = "users/12345/group_memberships"
        made = api.ok("POST", path, {"group_membership": {"group_id": 67890, "default": True}})["group_membership"]
        found = api.get(path)["group_memberships"]
        assert [m["id"] for m in found if m["default"]] == [made["id"]]
        assert {m["group_id"] for m in found} == {g["id"] for g in api.get("users/12345/groups")["groups"]}
        assert api("DELETE", f"{path}/{made['id']}").status_code == 204

    def test_make_default(self, api: Api) -> None:
        found = api.get("users/12345/group_memberships")["group_memberships"]
        other = next(m for m in found if not m["default"])
        body = api.ok("PUT", f"users/12345/group_memberships/{other['id']}/make_default")
        assert [m["id"] for m in body["group_memberships"] if m["default"]] == [other["id"]]

    def test_many(self, api: Api) -> None:
        given = [{"user_id": 12345, "group_id": 67890}, {"user_id": 123456, "group_id": 67890}]
        job = api.ok("POST", "group_memberships/create_many", {"group_memberships": given})["job_status"]
        assert (job["status"], job["total"]) == ("queued", 2)
        for _ in range(2):
            job = api.get(f"job_statuses/{job['id']}")["job_status"]
        assert [row["success"] for row in job["results"]] == [True, False]
        over = [{"user_id": 1, "group_id": 1}] * 101
        answer = api("POST", "group_memberships/create_many", {"group_memberships": over})
        assert answer.json()["error"] == "TooManyValues"
