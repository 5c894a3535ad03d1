"""Nothing of one tenant is seen or touched by another: every route is tried on what somebody else made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector.api.app import ROUTES
from connector.record import kept

from .conftest import ORIGIN
from .desk import BY_TOKEN, PAGE, Desk, desk

KESTREL = "kestrel"
MARK = "seen-by-kestrel-alone"
GROUPS = "/v1/connectors/zendesk/operations/list_groups_ddl"


@dataclass
class World:
    """What `kestrel` made: a connection `work`, a group on it and in the sandbox, calls, a sign-in, a token."""

    api: Desk
    folder: Path
    call: str
    state: str
    token: str

    def send(self, method: str, place: str, body: Any = None, **more: Any) -> httpx.Response:
        """What `other` is answered, where `{call}` and `{state}` are kestrel's."""
        path = place.replace("{call}", self.call).replace("{state}", self.state)
        return self.api.call(method, path, body, **{"tenant": "other", **more})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("tenants")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONNECTOR_DATA", str(folder))
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
        with desk() as api:
            assert api.connect("work", tenant=KESTREL).status_code == 201
            for connection in ("work", "sandbox"):
                group = on(connection, name=f"{MARK} {connection}")
                assert api.call("POST", run("create_group"), group, tenant=KESTREL).status_code == 200
                told = api.call("POST", f"{GROUPS}/options", {"connection": connection}, tenant=KESTREL)
                assert MARK in told.text  # and it is cached now
            token = api.token(KESTREL, scopes=["options", "read"], operations=["list_groups"])
            state = api.begin("mine", tenant=KESTREL).json()["state"]
            calls = api.call("GET", "/v1/calls", tenant=KESTREL).json()["calls"]
            call = next(call["id"] for call in calls if call["operation"] == "create_group")
            yield World(api, folder, call, state, token)


@pytest.fixture
def world(made: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The world, which is as it was when the test is over."""
    monkeypatch.setenv("CONNECTOR_DATA", str(made.folder))
    yield made
    assert made.api.call("GET", "/v1/connections/work", tenant=KESTREL).status_code == 200
    assert kept.find(made.api.server.store, made.call).reconciled is None
    assert made.api.call("GET", f"/v1/sign-ins/{made.state}", tenant=KESTREL).json()["status"] == "pending"


def run(operation: str, verb: str = "run") -> str:
    return f"/v1/connectors/zendesk/operations/{operation}/{verb}"


def on(connection: str, **input: Any) -> Any:
    return {"connection": connection, "input": input}


def fields(connection: str) -> Any:
    return {"connection": connection, "values": [1]}


OPERATION = "/v1/connectors/{connector}/operations/{operation}"
ONE = "/v1/connections/{name}"
CALL = "/v1/calls/{id}"
CORE, AUTH = "/core/v1/connectors/{connector}/versions/{version}", "/core/v1/authentications"

# What is tried of each route: the path, the body, and the status: 404, or that of something of one's own.
CASES: dict[str, list[tuple[str, Any, int]]] = {
    "GET /healthz": [("/healthz", None, 200)],
    "GET /readyz": [("/readyz", None, 200)],
    "GET /metrics": [("/metrics", None, 200)],
    "GET /v1/connectors": [("/v1/connectors", None, 200)],
    "GET /v1/connectors/{connector}": [("/v1/connectors/zendesk", None, 200)],
    "GET /v1/connectors/{connector}/operations": [("/v1/connectors/zendesk/operations", None, 200)],
    f"GET {OPERATION}": [(f"{GROUPS}?connection=work", None, 404), (f"{GROUPS}?connection=sandbox", None, 200)],
    f"GET {OPERATION}/sample": [(f"{GROUPS}/sample", None, 200)],
    f"POST {OPERATION}/run": [
        (run("list_groups"), on("work"), 404),
        (run("list_groups"), on("kestrel/work"), 404),
        (run("list_groups"), on("sandbox"), 200),
        (f"{run('list_groups')}?all=true", on("sandbox"), 200),
    ],
    f"POST {OPERATION}/plan": [
        (run("list_groups", "plan"), on("work"), 404),
        (run("list_groups", "plan"), on("kestrel/work"), 404),
        (run("list_groups", "plan"), on("sandbox"), 200),
    ],
    f"POST {OPERATION}/options": [
        (f"{GROUPS}/options", {"connection": "work"}, 404),
        (f"{GROUPS}/options", {"connection": "kestrel/work"}, 404),
        (f"{GROUPS}/options", {"connection": "sandbox"}, 200),
        (f"{GROUPS}/options", {"connection": "sandbox", "search": MARK}, 200),
    ],
    f"POST {OPERATION}/labels": [
        (f"{GROUPS}/labels", fields("work"), 404),
        (f"{GROUPS}/labels", fields("sandbox"), 200),
    ],
    f"POST {OPERATION}/check-values": [
        (run("create_ticket", "check-values"), on("work", group_id=1), 404),
        (run("create_ticket", "check-values"), on("kestrel/work", group_id=1), 404),
    ],
    "GET /v1/connections": [("/v1/connections", None, 200)],
    "POST /v1/connections": [
        ("/v1/connections", {"connector": "zendesk", "name": "kestrel/work", "values": BY_TOKEN}, 422),
        ("/v1/connections", {"connector": "zendesk", "name": "work", "values": {}}, 422),
    ],
    f"GET {ONE}": [("/v1/connections/work", None, 404), ("/v1/connections/kestrel%2Fwork", None, 404)],
    f"PATCH {ONE}": [("/v1/connections/work", {"name": "taken"}, 404)],
    f"DELETE {ONE}": [("/v1/connections/work", None, 404), ("/v1/connections/kestrel%2Fwork", None, 404)],
    f"POST {ONE}/test": [(f"{ONE.format(name='work')}/test", None, 404)],
    "POST /v1/sign-ins": [("/v1/sign-ins", {"connector": "zendesk", "name": "kestrel/work"}, 422)],
    "GET /v1/sign-ins/{state}": [("/v1/sign-ins/{state}", None, 404)],
    "GET /v1/oauth/callback": [("/v1/oauth/callback?code=x", None, 200)],
    "POST /v1/embed-tokens": [
        (
            "/v1/embed-tokens",
            {"connector": "zendesk", "connection": name, "operations": ["list_groups"], "origin": ORIGIN},
            404,
        )
        for name in ("work", "kestrel/work")
    ],
    "GET /v1/calls": [("/v1/calls", None, 200), ("/v1/calls?connection=work", None, 200)],
    f"GET {CALL}": [("/v1/calls/{call}", None, 404)],
    f"GET {CALL}/export": [("/v1/calls/{call}/export", None, 404)],
    f"POST {CALL}/reconcile": [
        ("/v1/calls/{call}/reconcile", {}, 404),
        ("/v1/calls/{call}/reconcile", {"finish": True}, 404),
    ],
    "GET /core/v1/connectors": [("/core/v1/connectors", None, 200)],
    f"GET {CORE}/operations": [("/core/v1/connectors/zendesk/versions/1.0/operations", None, 200)],
    "GET /core/v1/services/{connector}/versions/{version}/environments": [
        ("/core/v1/services/zendesk/versions/1/environments", None, 200)
    ],
    f"POST {CORE}/call": [
        ("/core/v1/connectors/zendesk/versions/1.0/call", {"operation": operation, "authId": name}, status)
        for operation in ("list_groups", "list_groups_ddl")
        for name, status in (("work", 404), ("kestrel/work", 404), ("sandbox", 200))
    ],
    f"POST {AUTH}": [(AUTH, {"name": "work", "serviceEnvironmentId": "none", "credentials": BY_TOKEN}, 404)],
    f"GET {AUTH}/{{name}}": [(f"{AUTH}/work", None, 404), (f"{AUTH}/kestrel%2Fwork", None, 404)],
    f"PUT {AUTH}/{{name}}": [(f"{AUTH}/work", {"credentials": BY_TOKEN}, 404)],
    f"DELETE {AUTH}/{{name}}": [(f"{AUTH}/work", None, 404), (f"{AUTH}/kestrel%2Fwork", None, 404)],
}


FILES = ("/embed/", "/docs", "/openapi.json")  # the same for everybody
TRIED = [f"{route.method} {route.path}" for route in ROUTES if not route.path.startswith(FILES)]


@pytest.mark.parametrize("route", TRIED)
def test_no_route_shows_or_touches_what_another_made(route: str, world: World) -> None:
    assert route in CASES, "a route that is tried on nothing of another tenant: give it a case above"
    method = route.partition(" ")[0]
    for path, body, status in CASES[route]:
        answer = world.send(method, path, body)
        assert (path, answer.status_code) == (path, status), answer.text
        asked = f"{answer.request.url} {json.dumps(body)}"
        for hidden in (MARK, KESTREL, world.call, world.state):
            assert hidden not in answer.text or hidden in asked


def test_what_has_the_same_name_is_another_thing(world: World) -> None:
    assert world.api.connect("work", tenant="second").status_code == 201
    world.send("POST", run("create_group"), on("sandbox", name="theirs"), tenant="second")
    told = world.send("POST", f"{GROUPS}/options", {"connection": "sandbox"}, tenant="second").text
    assert "theirs" in told
    assert MARK not in told
    assert len(world.send("GET", "/v1/calls?connection=sandbox", tenant="second").json()["calls"]) == 2
    assert world.send("GET", "/v1/calls?connection=work", tenant="second").json()["calls"] == []
    assert world.send("DELETE", "/v1/connections/work", tenant="second").status_code == 204


def test_the_lists_of_another_are_not_given_from_memory(world: World) -> None:
    """The account is the same; what its list held when kestrel asked is kestrel's."""
    for tenant in ("third", KESTREL):
        if tenant == "third":
            assert world.api.connect("work", tenant=tenant).status_code == 201
            assert world.send("POST", run("create_group"), on("work", name="later"), tenant=tenant).status_code == 200
        told = world.send("POST", f"{GROUPS}/options", {"connection": "work"}, tenant=tenant).text
        assert ("later" in told) == (tenant == "third")


def test_names_in_errors_are_ones_own(world: World) -> None:
    assert world.api.connect("wrok", tenant="fourth").status_code == 201
    for tenant, said in (("fourth", "Did you mean wrok?"), ("fifth", "Known: sandbox."), ("", "Known: env, sandbox.")):
        detail = world.send("GET", "/v1/connections/work", tenant=tenant).json()["detail"]
        assert detail == f"There is no connection 'work'. {said}"


def test_this_machines_own_is_a_tenant_like_the_others(world: World) -> None:
    assert world.api.connect("ours").status_code == 201
    assert world.send("GET", "/v1/connections/ours").status_code == 404
    mine = world.send("GET", "/v1/connections", tenant="").json()["connections"]
    assert [one["name"] for one in mine if one["kept"]] == ["ours"]
    assert world.send("GET", "/v1/calls", tenant="").json()["calls"] == []
    assert world.send("GET", "/v1/calls/{call}", tenant="").status_code == 404
    assert world.send("DELETE", "/v1/connections/ours", tenant="").status_code == 204


def test_a_token_of_one_tenant_is_of_no_use_for_another(world: World) -> None:
    mine = world.send("POST", run("list_groups"), {"input": {}}, key=world.token, headers=PAGE)
    assert MARK in mine.text
    for connection in ("other/work", "../other/work", "sandbox"):
        body: Any = {"connection": connection, "input": {}}
        answer = world.send("POST", run("list_groups"), body, key=world.token, headers=PAGE)
        assert answer.status_code in (403, 404)
