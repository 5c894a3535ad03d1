"""API keys: kept as a hash, shown once, revoked soon, and told nowhere."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.access import keys
from connector.access.scopes import SCOPES, Caller, Refused
from connector.api.gate import Gate
from connector.api.problems import Problem
from connector.api.settings import Settings
from connector.api.v1.running import ROUTES
from connector.errors import UnknownNameError, UsageError
from connector.store import Store
from connector.testing.clock import HeldClock

from .conftest import Api

RUN = "/v1/connectors/zendesk/operations/get_ticket/run"
BODY = {"connection": "sandbox", "input": {"ticket_id": 12345}}


@pytest.fixture
def store() -> Iterator[Store]:
    found = Store()
    yield found
    found.close()


def made(store: Store, **more: object) -> str:
    return keys.create(store, **{"name": "app", "now": 1.0, **more})  # type: ignore[arg-type]


def test_a_key_says_whose_it_is_and_what_it_may(store: Store) -> None:
    text = made(store, tenant="acme", scopes=["read", "options"])
    caller = keys.caller(store, text)
    assert caller == Caller("acme", frozenset({"read", "options"}), keys.id_of(text))
    assert [key.caller for key in keys.every(store)] == [caller]


def test_the_store_holds_a_hash_alone(store: Store) -> None:
    text = made(store)
    secret = text.split("_", 2)[2]
    store.close()
    written = b"".join(file.read_bytes() for file in store.file.parent.iterdir())
    assert keys.id_of(text).encode() in written
    assert secret.encode() not in written


def test_no_two_keys_are_alike(store: Store) -> None:
    assert len({made(store) for _ in range(20)}) == 20
    assert all(len(key.id) == 12 for key in keys.every(store))


@pytest.mark.parametrize("tenant", ["A", "a/b", "-a", "a b", "a\n", "a\0", "..", "é", "a" * 65, "a.b", "a\r\nX: y"])
def test_some_names_are_no_tenants(tenant: str, store: Store) -> None:
    with pytest.raises(UsageError, match="cannot be a tenant"):
        made(store, tenant=tenant)
    assert made(store, tenant="a-1_" + "b" * 60)


@pytest.mark.parametrize("name", ["a\nb", "a\0", "\x1b[31m", "a" * 101, "\ud800"])
def test_the_name_of_a_key_is_one_short_line(name: str, store: Store) -> None:
    with pytest.raises(UsageError, match="a line of at most 100 characters"):
        made(store, name=name)


def test_a_scope_that_is_none_is_pointed_out(store: Store) -> None:
    with pytest.raises(UsageError, match=r"There is no scope 'reed'. Did you mean read"):
        made(store, scopes=["reed"])
    with pytest.raises(UsageError, match="connect"):  # of an embed token alone
        made(store, scopes=["connect"])
    with pytest.raises(UsageError, match="without a scope"):
        made(store, scopes=[])
    assert keys.every(store) == []


def test_a_key_is_revoked_by_the_beginning_of_its_id(store: Store) -> None:
    text, other = made(store), made(store)
    id = keys.id_of(text)
    assert keys.revoke(store, id[:11], 5.0).id == id
    with pytest.raises(Refused, match="revoked"):
        keys.caller(store, text)
    assert keys.caller(store, other)
    keys.revoke(store, id, 9.0)
    assert keys.find(store, id).revoked == 5.0  # the first time counts
    for wrong in ("", "zzz", id + "0", "%", "_" * 12):
        with pytest.raises(UnknownNameError, match=r"no key|more than one"):
            keys.revoke(store, wrong, 6.0)


def test_a_beginning_that_two_keys_share_is_no_name(store: Store) -> None:
    for _ in range(17):
        made(store)
    firsts = [key.id[0] for key in keys.every(store)]
    shared = next(first for first in firsts if firsts.count(first) > 1)
    with pytest.raises(UnknownNameError, match="more than one key"):
        keys.find(store, shared)


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Basic YTpi", "Token {key}", "{key}", "Bearer {key}x", "Bearer {key} {key}"]
)
def test_without_a_key_of_ours_there_is_no_way_in(given: str, api: Api) -> None:
    header = given.format(key=api.key())
    answer = api.http.post(RUN, json=BODY, headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == "#unauthorized"
    assert api.key() not in answer.text


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_key_is_a_bearer_token(scheme: str, api: Api) -> None:
    answer = api.http.post(RUN, json=BODY, headers={"Authorization": f"{scheme}  {api.key()}"})
    assert answer.status_code == 200


def test_a_key_that_is_revoked_by_another_process_is_refused_within_a_second(store: Store) -> None:
    clock = HeldClock(1000.0)
    gate = Gate(store, Settings(), clock)
    text = keys.create(store, name="", now=0.0)
    sent = {b"authorization": f"Bearer {text}".encode()}
    assert gate.caller(ROUTES[0], sent).key == keys.id_of(text)
    other = Store(store.file)
    keys.revoke(other, keys.id_of(text), 1.0)
    other.close()
    clock.sleep(1.0)
    with pytest.raises(Problem, match="This key was revoked") as refused:
        gate.caller(ROUTES[0], sent)
    assert refused.value.status == 401


def test_the_document_names_every_scope() -> None:
    told = (Path(__file__).parents[2] / "docs" / "access.md").read_text()
    assert dict(re.findall(r"^\| `(\w+)` \| (.*?) \|$", told, re.MULTILINE)) == SCOPES


@pytest.mark.parametrize("lacking", sorted(SCOPES))
def test_every_scope_is_needed_for_what_it_is_for(lacking: str, api: Api) -> None:
    key = api.key(scopes=frozenset(SCOPES) - {lacking})
    run, zendesk = "/v1/connectors/zendesk/operations/{}/run", {"connection": "sandbox"}
    tried = {
        "read": ("POST", run.format("get_ticket"), {**zendesk, "input": {"ticket_id": 12345}}),
        "write": ("POST", run.format("update_ticket"), {**zendesk, "input": {"ticket_id": 12345, "priority": "low"}}),
        "destroy": ("POST", run.format("delete_ticket"), {**zendesk, "input": {"ticket_id": 12345}}),
        "options": ("POST", "/v1/connectors/zendesk/operations/list_groups_ddl/options", zendesk),
        "manage": ("POST", "/v1/embed-tokens", {"connector": "zendesk", **zendesk, "origin": "https://app.example"}),
    }
    answer = api.call(*tried[lacking], key=key)
    assert answer.status_code == 403
    assert answer.json()["detail"] == f"This key does not have the scope {lacking}."


def test_a_key_is_told_nowhere(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key, wrong = api.key(), "ck_000000000000_" + "w" * 43
    said = [
        api.call("POST", RUN, BODY),
        api.call("POST", RUN, {"connection": key, "input": {}}),
        api.call("POST", RUN, BODY, key=wrong),
        api.call("GET", "/v1/nowhere", key=wrong),
        api.call("POST", RUN, BODY, key=key + "x"),
    ]
    secret = key.split("_", 2)[2]
    told = [answer.text + str(answer.headers) for answer in (said[0], *said[2:])] + [caplog.text]
    told += [
        repr(thing) for thing in (api.server.gate, keys.caller(api.server.store, key), keys.every(api.server.store))
    ]
    assert not [text for text in told if secret in text or wrong in text]
    with pytest.raises(Refused) as refused:
        keys.caller(api.server.store, wrong)
    assert wrong not in str(refused.value)
