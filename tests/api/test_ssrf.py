"""Nobody has the server call what is not public: not by a connection's address, an allowed host, a name, a redirect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from typing import Any

import httpx
import pytest

from connector.accounts import saved
from connector.api.app import create_app
from connector.api.server import Server
from connector.api.settings import Settings
from connector.catalog import find
from connector.connections import made
from sandbox.zendesk import ADMIN_EMAIL, API_TOKEN

from ..raw_server import RawServer, Reply, answer
from ..serving import served
from .asking import account, at, raw, run
from .conftest import Api

RAW, GROUPS = "raw_http_request", "/api/v2/groups"
SAID = "its address is not public"
OK = Reply(answer(b"{}", "Content-Type: application/json"))


@contextmanager
def opened(*allow: str, **more: Any) -> Iterator[Api]:
    """An API that may call these networks beside what is public."""
    server = Server(Settings(allow_networks=tuple(map(ip_network, allow)), **more), retry_for=0)
    with served(create_app(server), lifespan="on") as url, httpx.Client(base_url=url, trust_env=False) as http:
        yield Api(server, http)


@pytest.fixture
def inner() -> Iterator[RawServer]:
    """What must not be reached."""
    with RawServer(OK) as service:
        yield service


def refused(found: httpx.Response) -> bool:
    problem = found.json()
    return (found.status_code, problem["kind"]) == (502, "UnreachableError") and SAID in problem["detail"]


HOSTS = ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]
AFAR = ["169.254.169.254", "10.0.0.1", "192.168.1.1", "100.100.100.200", "224.0.0.1", "[fd00:ec2::254]", "[fe80::1]",
        "[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]"]  # fmt: skip


@pytest.mark.parametrize("effect", ["GET", "POST"])
def test_the_address_of_a_connection_is_public(effect: str, inner: RawServer) -> None:
    with opened() as api:
        for number, host in enumerate(["127.0.0.1", "localhost", "[::1]"]):
            account(api.server.store, f"http://{host}:{inner.port}", f"acme/c{number}")
            found = run(api, RAW, raw(effect, GROUPS), connection=f"c{number}", tenant="acme")
            assert refused(found), found.text
        for number, host in enumerate(AFAR):
            account(api.server.store, f"https://{host}", f"acme/d{number}")
            assert refused(run(api, RAW, raw(effect, GROUPS), connection=f"d{number}", tenant="acme"))
    assert inner.connections == 0


def test_an_allowed_host_is_public_however_it_is_written(inner: RawServer) -> None:
    with opened() as api:
        named = tuple(host.strip("[]") for host in (*HOSTS, *AFAR))
        account(api.server.store, "https://service.invalid", hosts=named)
        for host in HOSTS:
            given = {"method": "GET", "url": {"full_url": f"http://{host}:{inner.port}/latest/meta-data"}}
            found = run(api, RAW, given, connection="work")
            assert found.status_code == 502, found.text
            assert SAID in found.text or "not a canonical IPv4 address" in found.text
        for host in AFAR:
            given = {"method": "GET", "url": {"full_url": f"http://{host}/latest/meta-data"}}
            assert refused(run(api, RAW, given, connection="work"))
    assert inner.connections == 0


def test_the_refusal_does_not_say_what_a_name_resolves_to(inner: RawServer) -> None:
    with opened() as api:
        account(api.server.store, f"http://localhost:{inner.port}")
        found = run(api, RAW, raw("GET", GROUPS), connection="work")
        assert refused(found)
        assert "127.0.0.1" not in found.text
        assert "::1" not in found.text


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect"])
def test_a_redirect_is_an_answer(status: str, inner: RawServer) -> None:
    there = Reply(answer(b"", f"Location: http://127.0.0.1:{inner.port}/secret", status=status))
    with RawServer(there) as service, opened("127.0.0.0/8") as api:
        account(api.server.store, service.url, hosts=("127.0.0.1",))
        found = run(api, RAW, raw("GET", GROUPS), connection="work").json()["output"]["response"]
        assert (found["status_code"], found["headers"]["Location"]) == (
            int(status[:3]),
            f"http://127.0.0.1:{inner.port}/secret",
        )
        ended = run(api, "get_ticket", {"ticket_id": 1}, connection="work")
        assert (ended.status_code, ended.json()["upstream"]["status"]) == (424, int(status[:3]))
        assert len(service.received) == 2
    assert inner.connections == 0


def test_only_the_networks_that_are_allowed_are_reached(inner: RawServer) -> None:
    with opened("127.0.0.1/32") as api:
        account(api.server.store, inner.url, "one", hosts=("127.0.0.2",))
        assert run(api, RAW, raw("GET", GROUPS), connection="one").status_code == 200
        beside = {"method": "GET", "url": {"full_url": f"http://127.0.0.2:{inner.port}/"}}
        assert refused(run(api, RAW, beside, connection="one"))
    assert inner.connections == 1


def test_every_page_of_a_list_and_every_dropdown_goes_the_same_way(inner: RawServer) -> None:
    with opened() as api:
        account(api.server.store, inner.url)
        assert refused(run(api, "list_tickets", {}, connection="work", path=f"{at('list_tickets')}?all=true"))
        asked = {"connection": "work", "input": {}}
        found = api.call("POST", at("list_groups_ddl", "options"), asked)
        assert refused(found), found.text
    assert inner.connections == 0


def test_a_connection_is_not_tried_at_an_address_that_is_not_public(inner: RawServer) -> None:
    values = {"base_url": inner.url, "email": ADMIN_EMAIL, "api_token": API_TOKEN}
    with opened() as api:
        body = {"connector": "zendesk", "name": "work", "values": values}
        found = api.call("POST", "/v1/connections", body)
        assert found.status_code >= 400
        assert SAID in found.text
        account(api.server.store, inner.url, "kept")
        found = api.call("POST", "/v1/connections/kept/test")
        assert SAID in found.text
    assert inner.connections == 0


def test_tokens_are_not_renewed_at_an_address_that_is_not_public(inner: RawServer) -> None:
    tokens: dict[str, Any] = {"access": "old", "refresh": "again", "expires": 1.0, "due": 1.0}
    with opened() as api:
        given = made("work", find("zendesk"), {"base_url": inner.url, "client_id": "public"}, scheme="oauth")
        saved.keep(api.server.store, given, base_url=inner.url, tokens=tokens, renews=True, who=None, now=0.0)
        found = run(api, "get_ticket", {"ticket_id": 1}, connection="work")
        assert found.status_code >= 400
        assert SAID in found.text
    assert inner.connections == 0


def test_the_sandbox_needs_no_network() -> None:
    with opened() as api:
        assert run(api, "get_ticket", {"ticket_id": 1}).status_code == 200


def test_what_a_service_answers_has_an_end() -> None:
    large = Reply(answer(b"{}" + b" " * 2000, "Content-Type: application/json"))
    with RawServer(large) as service, opened("127.0.0.0/8", largest_answer=1000) as api:
        account(api.server.store, service.url)
        found = run(api, "get_ticket", {"ticket_id": 1}, connection="work")
        assert (found.status_code, "larger than 1000 bytes" in found.text) == (502, True)
