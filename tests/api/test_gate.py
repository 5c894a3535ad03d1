"""Who is let in: every route asks for a key, a token works from its pages alone, and no text gets past."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from connector.access import keys
from connector.access.scopes import SCOPES, Caller
from connector.api.app import ROUTES
from connector.api.gate import Gate
from connector.api.problems import Problem, document
from connector.api.route import Ask, Route
from connector.api.server import Server
from connector.api.settings import Settings
from connector.errors import StorageError
from connector.store import Store
from connector.testing.clock import HeldClock

from .conftest import ORIGIN, Api
from .tokens import NOW, WANTED, mint

OWN = "https://connect.example"
OPERATIONS = "/v1/connectors/zendesk/operations"
KEYED = [route for route in ROUTES if route.scope is not None]


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server(Settings(public_url=f"{OWN}/api", origins=(ORIGIN,)), clock=HeldClock(NOW))
    yield found
    found.store.close()
    found.keys.close()


async def nothing(ask: Ask) -> Any:
    raise NotImplementedError


def route(scope: Any = "options", *, embed: bool = True) -> Route:
    return Route("GET", "/x", nothing, "", scope=scope, embed=embed)


def admitted(gate: Gate, of: Route, text: str, **headers: str) -> Caller:
    given = {name.replace("_", "-").encode(): value.encode("latin-1") for name, value in headers.items()}
    given[b"authorization"] = f"Bearer {text}".encode()
    who = gate.caller(of, given)
    gate.admit(of, who, given)
    return who


def refusal(gate: Gate, of: Route, text: str, **headers: str) -> tuple[int, str]:
    with pytest.raises(Problem) as refused:
        admitted(gate, of, text, **headers)
    return refused.value.status, refused.value.detail


# -- every route -------------------------------------------------------------------------------------------------------


def sent(api: Api, one: Route, **more: Any) -> tuple[int, str]:
    answer = api.http.request(one.method, re.sub(r"{\w+}", "x", one.path), **more)
    said = answer.json()
    return answer.status_code, said.get("detail", said.get("message", ""))


def test_no_route_but_the_public_ones_answers_without_a_key(api: Api) -> None:
    public = {one.path for one in ROUTES if one.scope is None and not one.path.startswith("/embed/")}
    assert public <= {"/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/v1/oauth/callback"}
    assert {one.path: sent(api, one)[0] for one in KEYED} == {one.path: 401 for one in KEYED}


def test_every_route_refuses_a_key_without_its_scope(api: Api) -> None:
    for one in KEYED:
        if one.scopes:
            small = api.key(scopes=frozenset(SCOPES) - set(one.scopes))
            status, detail = sent(api, one, headers={"Authorization": f"Bearer {small}"})
            assert (status, detail.partition(" the scope ")[0]) == (403, "This key does not have"), one.path


def test_a_token_is_taken_by_the_routes_for_pages_alone(api: Api) -> None:
    made = api.call("POST", "/v1/embed-tokens", {**WANTED, "scopes": ["options", "read", "write", "destroy"]})
    page = {"Authorization": f"Bearer {made.json()['token']}", "Origin": ORIGIN}
    closed = {one.path: sent(api, one, headers=page) for one in KEYED if not one.embed}
    assert closed
    assert set(closed.values()) == {(403, "A token for a page may not do this: it takes a key.")}
    paths = {one.path for one in KEYED if one.embed}
    assert not [path for path in paths if re.search(r"calls|plan|embed-tokens", path)]


# -- scopes ------------------------------------------------------------------------------------------------------------


def test_one_of_several_scopes_is_enough(server: Server) -> None:
    several = route(("manage", "options"))
    for scope in ("manage", "options"):
        text = keys.create(server.store, name="", scopes=[scope], now=NOW)
        assert admitted(server.gate, several, text).scopes == {scope}
    text = keys.create(server.store, name="", scopes=["read"], now=NOW)
    assert refusal(server.gate, several, text) == (403, "This key does not have the scope manage or options.")
    assert admitted(server.gate, route(""), text)


def test_a_token_has_its_own_scopes_not_those_of_its_key(server: Server) -> None:
    tokens = server.gate._tokens
    text = mint(tokens, operations=[], connection="new", scopes=["connect"])
    assert admitted(server.gate, route(("options", "connect")), text, origin=ORIGIN)
    told = refusal(server.gate, route("options"), text, origin=ORIGIN)
    assert told == (403, "This token does not have the scope options.")


def ask(server: Server, who: Caller, connector: str = "zendesk", operation: str = "") -> Ask:
    return Ask(server, who, {"connector": connector, "operation": operation}, {}, None, {}, "")


def test_a_token_opens_its_operations_and_their_dropdowns(server: Server) -> None:
    text = mint(server.gate._tokens, operations=["create_ticket"], scopes=["options", "read", "write"])
    who = admitted(server.gate, route(), text, origin=ORIGIN)
    for name in ("create_ticket", "list_groups_ddl"):
        assert ask(server, who, operation=name).operation().name == name
    for name in ("delete_ticket", "list_macros", "no_such", "../zendesk/get_ticket", "create_ticket\0"):
        with pytest.raises(Problem, match=r"This token is not for .*\. It names: create_ticket\.") as refused:
            ask(server, who, operation=name).operation()
        assert refused.value.status == 403
    with pytest.raises(Problem, match="This token is for zendesk, not for other"):
        ask(server, who, "other", "create_ticket").operation()


def test_to_run_an_operation_a_token_must_name_it(server: Server) -> None:
    text = mint(server.gate._tokens, operations=["create_ticket"], scopes=["options", "read", "write"])
    who = admitted(server.gate, route(), text, origin=ORIGIN)
    ask(server, who, operation="create_ticket").need("write")
    ask(server, who, operation="list_groups_ddl").need("options")
    with pytest.raises(Problem, match="This token is not for list_groups_ddl"):
        ask(server, who, operation="list_groups_ddl").need("read")
    with pytest.raises(Problem, match="This token does not have the scope destroy"):
        ask(server, who, operation="create_ticket").need("destroy")


def test_no_caller_reaches_a_connection_of_another_by_its_name() -> None:
    for who in (Caller("", frozenset(), "k"), Caller("acme", frozenset(), "k")):
        for name in ("other/work", "/work", "acme/work", "a\0", "a\nb", "\ud800"):
            with pytest.raises(Exception, match="There is no connection"):
                who.full(name)
    assert Caller("acme", frozenset(), "k").full("work") == "acme/work"
    assert Caller("acme", frozenset(), "k").own("other/work") is None


# -- pages -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of", "headers", "enters"),
    [
        (ORIGIN, {"origin": ORIGIN}, True),
        (ORIGIN, {"origin": "https://other.example"}, False),
        (ORIGIN, {"origin": f"{ORIGIN}.evil.example"}, False),
        (ORIGIN, {"origin": f"{ORIGIN}/"}, False),
        (ORIGIN, {"origin": "null"}, False),
        (ORIGIN, {"origin": "é"}, False),
        (ORIGIN, {}, False),
        (ORIGIN, {"sec_fetch_site": "same-origin"}, False),
        (ORIGIN, {"sec_fetch_site": "cross-site"}, False),
        (OWN, {"origin": OWN}, True),
        (OWN, {"sec_fetch_site": "same-origin"}, True),
        (OWN, {"sec_fetch_site": "same-site"}, False),
        (OWN, {"sec_fetch_site": "same-origin", "origin": ORIGIN}, False),
        (OWN, {}, False),
    ],
)
def test_a_token_works_from_pages_of_its_origin(of: str, headers: dict[str, str], enters: bool, server: Server) -> None:
    text = mint(server.gate._tokens, origin=of)
    if enters:
        assert admitted(server.gate, route(), text, **headers).embed
    else:
        assert refusal(server.gate, route(), text, **headers) == (403, f"This token is for pages of {of}.")


def test_a_token_ends_on_the_clock_of_the_server(server: Server) -> None:
    text = mint(server.gate._tokens, seconds=60)
    assert admitted(server.gate, route(), text, origin=ORIGIN)
    assert isinstance(server.clock, HeldClock)
    server.clock.advance(60)
    assert refusal(server.gate, route(), text, origin=ORIGIN) == (401, "This token has ended. Ask for another.")


def test_a_key_needs_no_page(server: Server) -> None:
    text = keys.create(server.store, name="", now=NOW)
    assert admitted(server.gate, route(embed=False), text, origin="https://other.example")


def test_a_browser_may_send_from_the_allowed_origins_alone(api: Api) -> None:
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, content-type"}
    allowed = api.http.options(f"{OPERATIONS}/get_ticket/run", headers={"Origin": ORIGIN, **asks})
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-credentials" not in allowed.headers
    for origin in ("https://other.example", "null", f"{ORIGIN}.evil.example", ORIGIN.upper()):
        refused = api.http.options(f"{OPERATIONS}/get_ticket/run", headers={"Origin": origin, **asks})
        real = api.call("POST", f"{OPERATIONS}/get_ticket/run", {}, headers={"Origin": origin})
        assert refused.status_code == 400
        assert "access-control-allow-origin" not in refused.headers.keys() | real.headers.keys()
    real = api.call("POST", f"{OPERATIONS}/get_ticket/run", {}, headers={"Origin": ORIGIN})
    assert real.headers["access-control-allow-origin"] == ORIGIN
    assert "Origin" in real.headers["vary"]


# -- odd texts ---------------------------------------------------------------------------------------------------------


ODD = ["..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "%2Fetc", "get_ticket%00", "%0d%0aSet-Cookie:%20a=b", "%ff", "a%2fb"]


@pytest.mark.parametrize("odd", [*ODD, "%5c..%5c", "get_ticket.yaml", "connector", "%F0%9F%A6%8A", "x" * 3000])
def test_an_odd_path_leads_nowhere(odd: str, api: Api) -> None:
    for path in (f"{OPERATIONS}/{odd}/run", f"/v1/connectors/{odd}/operations/get_ticket/run"):
        head, body = raw(api, f"POST {path} HTTP/1.1", "Content-Type: application/json\r\nContent-Length: 2", "{}")
        assert head.startswith(b"HTTP/1.1 404 ")
        assert b"set-cookie" not in head.lower()
        assert b"root:" not in body


@pytest.mark.parametrize("name", ["a/b", "../work", "a\r\nX: y", "a\0b", "/", "..", "%2F", "x" * 64])
def test_an_odd_connection_is_none(name: str, api: Api) -> None:
    answer = api.call("POST", f"{OPERATIONS}/get_ticket/run", {"connection": name, "input": {"ticket_id": 1}})
    assert answer.status_code == 404
    assert "There is no connection" in answer.json()["detail"]


@pytest.mark.parametrize(
    "header",
    ["X-Request-Id: a\r\n Set-Cookie: b=c", "X-Request-Id: a\nSet-Cookie: b=c", "X-Request-Id: a\rSet-Cookie: b=c",
     "X-Request-Id: a\0", "X-Request-Id: <script>", "Origin: https://evil.example\r\n X: y", "Bad Name: x"],
)  # fmt: skip
def test_an_odd_header_comes_back_in_none(header: str, api: Api) -> None:
    head, _ = raw(api, "GET /healthz HTTP/1.1", header)
    names = {line.partition(b":")[0].lower() for line in head.split(b"\r\n")[1:]}
    assert b"set-cookie" not in names
    assert b"<script>" not in head
    assert b"evil" not in head


def raw(api: Api, line: str, headers: str = "", body: str = "") -> tuple[bytes, bytes]:
    """The head and body of an answer to what no library would send."""
    address = (api.http.base_url.host, api.http.base_url.port)
    with socket.create_connection(address, timeout=10) as connection:
        said = f"{line}\r\nHost: x\r\nAuthorization: Bearer {api.key()}\r\nConnection: close\r\n{headers}\r\n\r\n{body}"
        connection.sendall(said.encode("latin-1"))
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    head, _, rest = b"".join(parts).partition(b"\r\n\r\n")
    return head, rest


def test_a_store_that_cannot_be_read_is_told_without_its_place(server: Server) -> None:
    server.store.close()
    server.keys.close()
    server.store.file.parent.mkdir(parents=True, exist_ok=True)
    server.store.file.write_text("this is no database, and long enough that this shows" * 100)
    with pytest.raises(StorageError, match="cannot be used") as failed:
        Gate(Store(server.store.file), Settings(), HeldClock()).caller(route(), {b"authorization": b"Bearer ck_x"})
    told = document(failed.value, "1")
    assert (told["status"], told["detail"]) == (503, "Something of the server's own is broken. Its log says what.")
