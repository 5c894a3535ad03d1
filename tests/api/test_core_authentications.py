"""Authentications, as Tray has them: connections of ours, made of user data and credentials, each tested."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft4Validator

from connector.accounts import saved
from connector.catalog import find
from connector.connections import made
from sandbox.zendesk import ACCESS_TOKEN, ADMIN_EMAIL, API_TOKEN

from ..serving import served
from .desk import Desk, desk
from .trays import LIST, NUMBER, PLACE, TEXT, TRAYS_ERROR, closed, fits

AUTHENTICATIONS = "/core/v1/authentications"
ENVIRONMENTS = "/core/v1/services/zendesk/versions/1/environments"
TRAYS_ENVIRONMENT = closed(id=TEXT, title=TEXT, userDataSchema={"type": "object"}, credentialsSchema={"type": "object"})
TRAYS_AUTHENTICATION = closed(
    id=TEXT, name=TEXT, serviceEnvironmentId=TEXT, service=closed(id=TEXT, name=TEXT, version=NUMBER), scopes=LIST
)


@pytest.fixture
def api() -> Iterator[Desk]:
    with desk() as found:
        yield found


def environment(api: Desk, title: str = "Email and API token") -> Any:
    found = api.call("GET", ENVIRONMENTS).json()["elements"]
    return next(one for one in found if one["title"] == title)


def body(api: Desk, name: str = "Ann's account", **more: Any) -> dict[str, Any]:
    given = {
        "name": name,
        "serviceEnvironmentId": environment(api)["id"],
        "userData": {"base_url": api.service.url, "email": ADMIN_EMAIL},
        "credentials": {"api_token": API_TOKEN},
        "scopes": [],
    }
    return {**given, **more}


def authenticate(api: Desk, name: str = "Ann's account", tenant: str = "", **more: Any) -> httpx.Response:
    return api.call("POST", AUTHENTICATIONS, body(api, name, **more), tenant=tenant)


def test_an_environment_says_what_is_needed_and_what_of_it_is_secret(api: Desk) -> None:
    found = api.call("GET", ENVIRONMENTS).json()["elements"]
    assert all(fits(TRAYS_ENVIRONMENT, one) for one in found)
    assert len({one["id"] for one in found}) == len(found) == 3  # a person who signs in needs a browser: not here
    one = environment(api)
    assert {"subdomain", "email"} <= one["userDataSchema"]["properties"].keys()
    assert one["credentialsSchema"]["properties"].keys() == {"api_token"}
    given = body(api)
    Draft4Validator(one["userDataSchema"]).validate(given["userData"])
    Draft4Validator(one["credentialsSchema"]).validate(given["credentials"])
    assert not Draft4Validator(one["credentialsSchema"]).is_valid({})
    assert api.call("GET", ENVIRONMENTS.replace("1", "2")).status_code == 404


def test_one_is_made_used_shown_and_removed(api: Desk) -> None:
    answer = authenticate(api)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"id": "Ann-s-account"}
    shown = api.call("GET", f"{AUTHENTICATIONS}/Ann-s-account").json()
    assert fits(TRAYS_AUTHENTICATION, shown)
    assert shown["serviceEnvironmentId"] == environment(api)["id"]
    asked = {"operation": "get_ticket", "authId": "Ann-s-account", "input": {"ticket_id": 1}}
    assert api.call("POST", f"{PLACE}/call", asked).json()["output"]["ticket"]["id"] == 1
    assert api.call("GET", "/v1/connections/Ann-s-account").json()["who"] == ADMIN_EMAIL
    gone = api.call("DELETE", f"{AUTHENTICATIONS}/Ann-s-account")
    assert (gone.status_code, gone.content) == (204, b"")
    missing = api.call("GET", f"{AUTHENTICATIONS}/Ann-s-account")
    assert missing.status_code == 404
    assert fits(TRAYS_ERROR, missing.json(), "error")
    assert API_TOKEN not in answer.text + str(shown)


def test_the_id_is_a_name_that_is_free_in_the_tenant(api: Desk) -> None:
    names = ["Ann", "Ann", "sandbox", "../../Ann", "…", "x" * 200]
    ids = [authenticate(api, name, tenant="acme").json()["id"] for name in names]
    assert ids == ["Ann", "Ann-2", "sandbox-2", "Ann-3", "authentication", "x" * 50]
    assert authenticate(api, "Ann", tenant="other").json() == {"id": "Ann"}
    assert api.call("GET", f"{AUTHENTICATIONS}/Ann-2", tenant="other").status_code == 404


def test_other_values_take_the_place_of_the_first_and_the_id_stays(api: Desk) -> None:
    id = authenticate(api).json()["id"]
    by_token = environment(api, "OAuth access token")["id"]
    given = {"userData": {"base_url": api.service.url}, "credentials": {"access_token": ACCESS_TOKEN}}
    answer = api.call("PUT", f"{AUTHENTICATIONS}/{id}", {**given, "serviceEnvironmentId": by_token, "name": "Ben"})
    assert (answer.status_code, answer.json()) == (200, {"id": id})
    assert saved.find(api.server.store, id).scheme == "access_token"
    wrong = api.call("PUT", f"{AUTHENTICATIONS}/{id}", {**given, "credentials": {"access_token": "wrong"}})
    assert wrong.status_code == 400
    assert saved.open_secrets(api.server.store, id).values == {"access_token": ACCESS_TOKEN}
    assert api.call("PUT", f"{AUTHENTICATIONS}/nobody", given).status_code == 404
    assert api.call("PUT", f"{AUTHENTICATIONS}/sandbox", given).status_code == 404


@pytest.mark.parametrize(
    ("more", "status", "told"),
    [
        ({"credentials": {"api_token": "wrong"}}, 400, {"kind": "AuthError"}),
        ({"credentials": {}}, 400, {"kind": "InputError"}),
        ({"userData": {"emial": "x"}}, 400, {"kind": "InputError"}),
        ({"name": ""}, 400, {"kind": "InputError"}),
        ({"userData": []}, 400, {"kind": "InputError"}),
        ({"serviceEnvironmentId": "none"}, 404, {"kind": "UnknownNameError"}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_and_nothing_is_kept(
    more: dict[str, Any], status: int, told: dict[str, Any], api: Desk
) -> None:
    answer = authenticate(api, **{"name": "Ann", **more})
    assert answer.status_code == status
    assert fits(TRAYS_ERROR, answer.json(), "error")
    assert told.items() <= answer.json()["error"].items()
    assert saved.names(api.server.store) == []
    if told["kind"] == "AuthError":
        assert answer.json()["error"]["upstream"]["status"] == 401


def test_a_name_that_is_taken_meanwhile_is_a_conflict(api: Desk) -> None:
    """The service answers the test only when somebody else has made a connection of that name."""

    async def late(scope: Any, receive: Any, send: Any) -> None:
        found = made("Ann", find("zendesk"), {"base_url": api.service.url, "email": ADMIN_EMAIL, "api_token": "x"})
        saved.keep(api.server.store, found, base_url=api.service.url, tokens=None, renews=False, who=None, now=1.0)
        await api.service(scope, receive, send)

    with served(late) as url:
        answer = authenticate(api, "Ann", userData={"base_url": url, "email": ADMIN_EMAIL})
    assert answer.status_code == 409
    assert fits(TRAYS_ERROR, answer.json(), "error")


def test_it_takes_a_key_that_manages(api: Desk) -> None:
    key = api.key("", frozenset({"read", "write", "destroy", "options"}))
    for method, path in (("POST", ""), ("GET", "/x"), ("PUT", "/x"), ("DELETE", "/x")):
        assert api.call(method, AUTHENTICATIONS + path, body(api), key=key).status_code == 403
