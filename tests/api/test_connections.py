"""Connections over HTTP: made of values, tested before they are kept, shown without secrets, renamed, removed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from connector.accounts import saved
from sandbox.zendesk import ACCESS_TOKEN, ADMIN_EMAIL, API_TOKEN, APP_ID, APP_SECRET

from .desk import BY_TOKEN, PAGE, Desk, desk

RUN = "/v1/connectors/zendesk/operations/get_ticket/run"
TEST = "/v1/connections/{}/test"


@pytest.fixture
def api() -> Iterator[Desk]:
    with desk() as found:
        yield found


def kept(api: Desk) -> list[str]:
    return saved.names(api.server.store)


def test_the_ways_say_what_each_takes(api: Desk) -> None:
    answer = api.call("GET", "/v1/connectors/zendesk")
    found = {way["name"]: way for way in answer.json()["ways"]}
    assert [name for name, way in found.items() if way["signs_in"]] == ["oauth"]
    assert found["api_token"]["ends"]["date"] == "2027-04-30"
    shape = Draft202012Validator(found["api_token"]["schema"])
    assert shape.is_valid({"subdomain": "acme", **BY_TOKEN})
    assert shape.is_valid({"base_url": "https://x.example", **BY_TOKEN})
    assert not shape.is_valid(BY_TOKEN)
    assert not shape.is_valid({"subdomain": "acme", "email": "a@b.example"})
    assert not shape.is_valid({"subdomain": "acme", **BY_TOKEN, "client_id": "x"})
    assert api.call("GET", "/v1/connectors/zendisk").status_code == 404


@pytest.mark.parametrize(
    ("values", "way"),
    [
        (BY_TOKEN, "api_token"),
        ({"access_token": ACCESS_TOKEN}, "access_token"),
        ({"client_id": APP_ID, "client_secret": APP_SECRET}, "client"),
    ],
)
def test_one_is_made_of_values_and_used(values: dict[str, str], way: str, api: Desk) -> None:
    answer = api.connect("work", values)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["name"], made["way"], made["who"], made["kept"]) == ("work", way, ADMIN_EMAIL, True)
    assert api.call("GET", "/v1/connections/work").json() == made
    ran = api.call("POST", RUN, {"connection": "work", "input": {"ticket_id": 1}})
    assert ran.json()["output"]["ticket"]["id"] == 1, ran.text
    everything = answer.text + api.call("GET", "/v1/connections").text
    assert not [secret for secret in (API_TOKEN, ACCESS_TOKEN, APP_SECRET) if secret in everything]


@pytest.mark.parametrize(
    ("values", "pointers"),
    [
        ({"email": "a@b.example", "api_token": ""}, ["/api_token"]),
        ({**BY_TOKEN, "emial": "x"}, ["/emial"]),
        ({**BY_TOKEN, "base_url": "http://evil.example"}, ["/base_url"]),
        ({**BY_TOKEN, "base_url": None}, ["/subdomain"]),
        ({**BY_TOKEN, "base_url": None, "subdomain": "evil.example/"}, ["/subdomain"]),
        ({**BY_TOKEN, "allowed_hosts": "x"}, ["/allowed_hosts"]),
        ({"email": 5, "api_token": 6}, ["/email", "/api_token"]),
    ],
)
def test_values_that_do_not_fit_are_named(values: Any, pointers: list[str], api: Desk) -> None:
    answer = api.connect("work", values, way="api_token")
    assert (answer.status_code, kept(api)) == (422, [])
    assert [error["pointer"] for error in answer.json()["errors"]] == pointers
    assert API_TOKEN not in answer.text


@pytest.mark.parametrize(
    ("name", "status"), [("a/b", 422), ("a b", 422), ("sandbox", 409), ("env", 409), ("x" * 65, 422)]
)
def test_a_name_that_cannot_be_is_refused(name: str, status: int, api: Desk) -> None:
    answer = api.connect(name, tenant="acme")
    assert (answer.status_code, kept(api)) == (status, [])
    assert "acme" not in answer.json()["detail"]


def test_what_the_service_refuses_is_told_in_its_words_and_not_kept(api: Desk) -> None:
    answer = api.connect("work", {"access_token": "wr0ng"})
    assert (answer.status_code, kept(api)) == (424, [])
    assert answer.json()["upstream"]["status"] == 401
    assert "wr0ng" not in answer.text


def test_a_way_that_is_not_for_values_says_where_to_go(api: Desk) -> None:
    answer = api.connect("work", {"client_id": "x"}, way="oauth")
    assert (answer.status_code, answer.json()["detail"]) == (
        400,
        "Sign in with Zendesk, in the browser: for this a person signs in. Use POST /v1/sign-ins.",
    )
    answer = api.connect("work", {})
    assert answer.status_code == 422
    assert "client_id and client_secret" in answer.json()["detail"]
    assert "in the browser" not in answer.json()["detail"]


def test_a_name_is_replaced_only_when_told(api: Desk) -> None:
    assert api.connect().status_code == 201
    answer = api.connect("work", {"access_token": ACCESS_TOKEN})
    assert (answer.status_code, answer.json()["code"]) == (409, "#conflict")
    assert api.connect("work", {"access_token": ACCESS_TOKEN}, replace=True).json()["way"] == "access_token"


def test_another_name_and_the_end(api: Desk) -> None:
    api.connect("first")
    api.connect("second")
    run = {"input": {"ticket_id": 1}}
    assert api.call("POST", RUN, {"connection": "first", **run}).status_code == 200
    assert api.call("PATCH", "/v1/connections/first", {"name": "second"}).status_code == 409
    assert api.call("PATCH", "/v1/connections/first", {"name": "a/b"}).status_code == 422
    renamed = api.call("PATCH", "/v1/connections/first", {"name": "third"})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "third")
    assert api.call("POST", RUN, {"connection": "first", **run}).status_code == 404
    assert api.call("POST", RUN, {"connection": "third", **run}).status_code == 200
    gone = api.call("DELETE", "/v1/connections/third")
    assert (gone.status_code, gone.content) == (204, b"")
    assert api.call("POST", RUN, {"connection": "third", **run}).status_code == 404
    assert api.call("DELETE", "/v1/connections/third").status_code == 404


def test_one_is_tested(api: Desk) -> None:
    api.connect()
    works = {"works": True, "who": ADMIN_EMAIL}
    assert api.call("POST", TEST.format("work")).json() == {"name": "work", **works}
    assert api.call("POST", TEST.format("sandbox")).status_code == 400
    assert api.call("POST", TEST.format("sandbox") + "?connector=zendesk").json()["works"] is True
    assert api.call("POST", TEST.format("none")).status_code == 404
    assert api.call("GET", "/v1/calls").json()["calls"] == []  # a test is no operation


def test_what_is_always_there_is_listed_and_stays(api: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"SUBDOMAIN": "acme", "ACCESS_TOKEN": "t"}.items():
        monkeypatch.setenv(f"ZENDESK_{name}", value)
    api.connect()
    listed = api.call("GET", "/v1/connections?connector=zendesk").json()["connections"]
    assert [(one["name"], one["kept"]) for one in listed] == [("sandbox", False), ("env", False), ("work", True)]
    theirs = api.call("GET", "/v1/connections?connector=zendesk", tenant="acme").json()["connections"]
    assert [one["name"] for one in theirs] == ["sandbox"]
    for method, body in (("GET", None), ("DELETE", None), ("PATCH", {"name": "x"})):
        assert api.call(method, "/v1/connections/sandbox", body).status_code == 404


def test_an_embed_token_connects_what_it_names_alone(api: Desk) -> None:
    token = api.token()
    assert api.call("GET", "/v1/connectors/zendesk", key=token, headers=PAGE).status_code == 200
    assert api.connect("other", key=token, headers=PAGE).status_code == 403
    answer = api.connect("work", key=token, headers=PAGE)
    assert (answer.status_code, answer.json()["name"]) == (201, "work")
    assert api.call("GET", "/v1/connections/work", key=token, headers=PAGE).status_code == 200
    for method, path in (
        ("GET", "/v1/connections/other"),
        ("GET", "/v1/connections"),
        ("DELETE", "/v1/connections/work"),
    ):
        assert api.call(method, path, key=token, headers=PAGE).status_code == 403
    mere = api.token(scopes=["options"], operations=["get_ticket"])
    assert api.connect("work", replace=True, key=mere, headers=PAGE).status_code == 403


def test_a_base_url_leads_to_no_private_network() -> None:
    with desk(allow=()) as api:
        for answer in (api.connect(), api.connect(values={"client_id": "a", "client_secret": "b"})):
            assert (answer.status_code, answer.json()["upstream"]["status"]) == (502, None)
        assert (kept(api), api.service.asked) == ([], [])
        begun = api.begin().json()
        back = api.http.get("/v1/oauth/callback", params={"state": begun["state"], "code": "x"})
        assert "Not connected" in back.text
        assert api.service.asked == []


@pytest.mark.parametrize("values", [{"email": "x" * 10_001}, {"allowed_hosts": ["a.example"] * 101}])
def test_values_have_an_end(values: Any, api: Desk) -> None:
    for answer in (api.connect("work", {**BY_TOKEN, **values}), api.begin("work", {"client_id": "x", **values})):
        assert answer.status_code == 422
        assert "must have at most" in answer.text
