"""Embed tokens: what is checked when one is made, what it may, and how it ends."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from connector.access import keys
from connector.access.embed import Tokens, is_origin, lookups, origin_of
from connector.access.scopes import Refused
from connector.catalog import find
from connector.errors import ConnectorError
from connector.store import Store

from .conftest import ORIGIN, Api
from .tokens import NOW, WANTED, key, mint


@pytest.fixture
def tokens() -> Iterator[Tokens]:
    store = Store()
    yield Tokens(store)
    store.close()


def test_a_token_says_what_it_is_for_and_no_more(tokens: Tokens) -> None:
    who = key(tokens, tenant="acme")
    text, expires = tokens.mint(who, **WANTED, now=NOW)
    caller = tokens.caller(text, NOW)
    assert (caller.tenant, caller.key, caller.scopes) == ("acme", who.key, frozenset({"options"}))
    assert caller.embed
    assert (caller.embed.connector, caller.embed.connection, caller.embed.origin) == ("zendesk", "sandbox", ORIGIN)
    assert (caller.embed.operations, caller.embed.expires) == (frozenset({"get_ticket", "create_ticket"}), NOW + 600)
    assert expires == NOW + 600
    assert "acme" not in base64.b64decode(text.split(".")[1] + "==").decode()  # a browser need not know


def test_a_token_lasts_until_its_end_and_not_longer(tokens: Tokens) -> None:
    text = mint(tokens, seconds=60)
    assert tokens.caller(text, NOW + 59.9)
    with pytest.raises(Refused, match="has ended"):
        tokens.caller(text, NOW + 60)


def test_a_token_dies_with_its_key(tokens: Tokens) -> None:
    who = key(tokens)
    text, other = mint(tokens, who), mint(tokens)
    keys.revoke(tokens._store, who.key, NOW)
    with pytest.raises(Refused, match="key of this token was revoked"):
        tokens.caller(text, NOW)
    assert tokens.caller(other, NOW)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"connector": "zendisk"}, "no connector 'zendisk'. Did you mean zendesk"),
        ({"operations": ["get_tickt"]}, "no operation 'get_tickt'. Did you mean get_ticket"),
        ({"operations": ["../zendesk/get_ticket"]}, "has no operation"),
        ({"operations": ["get_ticket\0"]}, "has no operation"),
        ({"operations": []}, "without an operation or a scope"),
        ({"scopes": []}, "without an operation or a scope"),
        ({"operations": ["get_ticket"] * 2 + [f"x{number}" for number in range(50)]}, "at most 50 operations"),
        ({"connection": "nowhere"}, "no connection 'nowhere'"),
        ({"connection": "other/work"}, "no connection 'other/work'"),
        ({"connection": "a\r\nb"}, "no connection"),
        ({"connection": "a\0"}, "no connection"),
        ({"connection": "\ud800"}, "no connection"),
        ({"connection": "sandbox", "scopes": ["connect"]}, "always there"),
        ({"connection": "a b", "scopes": ["connect"]}, "cannot be the name"),
        ({"scopes": ["manage"]}, "no scope 'manage'"),
        ({"seconds": 0}, "from 1 to 3600 seconds"),
        ({"seconds": 3601}, "from 1 to 3600 seconds"),
        ({"origin": "https://app.example/"}, "is no origin"),
    ],
)
def test_what_does_not_fit_is_said_when_a_token_is_made(given: dict[str, Any], said: str, tokens: Tokens) -> None:
    with pytest.raises(ConnectorError, match=said):
        mint(tokens, **given)


@pytest.mark.parametrize("scopes", [["manage"], ["options", "read"], ["manage", "read"]])
def test_a_token_has_no_more_than_its_key(scopes: list[str], tokens: Tokens) -> None:
    who = key(tokens, scopes=scopes)
    with pytest.raises(ConnectorError, match=r"this one lacks (options|manage)"):
        mint(tokens, who)
    with pytest.raises(ConnectorError, match="this one lacks"):
        mint(tokens, who, scopes=["write", "connect"])


def test_a_token_to_connect_names_a_connection_that_is_not_there_yet(tokens: Tokens) -> None:
    text = mint(tokens, connection="theirs", operations=[], scopes=["connect"])
    caller = tokens.caller(text, NOW)
    assert caller.scopes == {"connect"}
    assert caller.embed
    assert caller.embed.connection == "theirs"


def test_a_token_is_for_a_connection_of_its_connector(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZENDESK_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("ZENDESK_ACCESS_TOKEN", "t" * 20)
    assert mint(tokens, connection="env")
    with pytest.raises(ConnectorError, match="no connection 'env'"):  # this machine's own alone
        mint(tokens, key(tokens, tenant="acme"), connection="env")


# -- origins and dropdowns ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "origin", ["https://app.example", "http://localhost:3000", "http://[::1]:8400", "https://a_b.c"]
)
def test_an_origin_is_as_a_browser_writes_it(origin: str) -> None:
    assert is_origin(origin)
    assert origin_of(f"{origin}/page?query#part") == origin


@pytest.mark.parametrize(
    "text",
    ["", "null", "*", "app.example", "https://", "https://app.example/", "https://app.example/x", "https://App.example",
     "https://app.example:443", "http://app.example:80", "https://u:p@app.example", "javascript:alert(1)",
     "https://a b", "https://*.example", "https://app.example\n", "https://app.example:99999", "https://app.example?x",
     "file:///x"],
)  # fmt: skip
def test_some_texts_are_no_origins(text: str) -> None:
    assert not is_origin(text)


def test_the_dropdowns_of_a_form_come_with_it() -> None:
    zendesk = find("zendesk")
    assert "list_groups_ddl" in lookups(zendesk, frozenset({"create_ticket"}))
    assert "list_groups_ddl" not in lookups(zendesk, frozenset({"list_articles"}))
    every = lookups(zendesk, frozenset(zendesk.names))
    assert {zendesk.operation(name).options is not None for name in every} == {True}


# -- over HTTP ---------------------------------------------------------------------------------------------------------


def test_a_token_is_made_over_http(api: Api) -> None:
    answer = api.call("POST", "/v1/embed-tokens", WANTED)
    assert answer.status_code == 201
    assert answer.json()["expires"].endswith("Z")
    assert Tokens(api.server.keys).caller(answer.json()["token"], api.server.clock.now()).embed


def test_a_token_over_http_is_for_pages_that_the_server_answers(api: Api) -> None:
    other = api.call("POST", "/v1/embed-tokens", {**WANTED, "origin": "https://other.example"})
    assert other.status_code == 400
    assert "--origin https://other.example" in other.json()["detail"]
    assert api.call("POST", "/v1/embed-tokens", {**WANTED, "origin": "x"}).status_code == 422
    own = {**WANTED, "origin": origin_of(api.server.settings.public_url)}
    assert api.call("POST", "/v1/embed-tokens", own).status_code == 201


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"operations": ["nothing"]}, 404),
        ({"connector": "nothing"}, 404),
        ({"connection": "nothing"}, 404),
        ({"connection": "a/b"}, 404),
        ({"connection": "a\0b"}, 404),
        ({"scopes": ["manage"]}, 422),
        ({"seconds": 4000}, 422),
        ({"more": 1}, 422),
    ],
)
def test_what_does_not_fit_has_its_status(given: dict[str, Any], status: int, api: Api) -> None:
    assert api.call("POST", "/v1/embed-tokens", {**WANTED, **given}).status_code == status


def test_a_token_cannot_be_had_for_more_than_the_key_has(api: Api) -> None:
    key = api.key(scopes=frozenset({"manage", "options", "read"}))
    assert api.call("POST", "/v1/embed-tokens", {**WANTED, "scopes": ["read"]}, key=key).status_code == 201
    refused = api.call("POST", "/v1/embed-tokens", {**WANTED, "scopes": ["read", "write"]}, key=key)
    assert refused.status_code == 403
    assert refused.json()["detail"] == "This key does not have the scope write."


def test_a_page_reads_the_choices_of_its_form_and_runs_nothing(api: Api) -> None:
    made = api.call("POST", "/v1/embed-tokens", {**WANTED, "operations": ["create_ticket"]}).json()
    page = {"key": made["token"], "headers": {"Origin": ORIGIN}}
    path = "/v1/connectors/zendesk/operations"
    assert api.call("POST", f"{path}/list_groups_ddl/options", {}, **page).json()["result"]
    assert api.call("POST", f"{path}/create_ticket/options", {"field": "/group_id"}, **page).json()["result"]
    refused = [
        api.call("POST", f"{path}/list_groups_ddl/options", {"connection": "other"}, **page),
        api.call("POST", f"{path}/list_macros/options", {}, **page),
        api.call("POST", f"{path}/create_ticket/run", {"input": {"comment": {"body": "x"}}}, **page),
        api.call("POST", f"{path}/list_groups_ddl/run", {}, **page),
        api.call("POST", "/v1/embed-tokens", WANTED, **page),
        api.call("POST", f"{path}/list_groups_ddl/options", {}, key=made["token"]),
    ]
    assert [answer.status_code for answer in refused] == [403] * 6
