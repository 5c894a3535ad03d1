"""Connections that are kept: sealed to their row, renamed, removed, rekeyed, and used by their name."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from connector import Client, Connection, UsageError
from connector.accounts import saved
from connector.accounts.saved import Secrets
from connector.accounts.vault import Vault
from connector.clock import SYSTEM
from connector.store import Store

from ..harbor import HARBOR, KEY, URL, connection
from .service import keep

AGAIN = r"connect again: connector connect harbor --name NAME --replace"


def kept(store: Store, name: str = "north", **more: Any) -> Connection:
    made = connection({"marina": "north", "api_key": KEY})
    made = Connection(name, HARBOR, made.base_url, made.values, frozenset({"files.example"}), scheme="office")
    given = {"tokens": None, "renews": False, "who": "Ann", **more}
    saved.keep(store, made, base_url=None, now=1.5, **given)
    return made


def test_what_is_kept_is_found_and_signs(store: Store) -> None:
    made = kept(store)
    assert saved.names(store) == ["north"]
    [one] = saved.every(store)
    assert one == saved.find(store, "north")
    assert (one.values, one.held, one.who, one.made) == ({"marina": "north"}, ("api_key",), "Ann", 1.5)
    found = saved.connection(store, HARBOR, "north")
    assert (found, found.base_url) == (made, URL)
    with Client(HARBOR, "north", store=store, record=False) as client:
        planned = client.plan("get_berth", {"berth_no": 1})["requests"][0]
        assert planned["headers"]["X-Harbor-Key"] == "***"
        assert client._context.credentials is None
    assert KEY not in repr(found) + repr(one) + repr(saved.open_secrets(store, "north"))


@pytest.mark.parametrize(
    "name", ["sandbox", "env", "", ".", "-a", "a b", "A/b", "a/b/c", "a/", "/b", "a/env", "é", "a\n", "a" * 65, "../a"]
)
def test_some_names_are_no_names(name: str, store: Store) -> None:
    with pytest.raises(UsageError, match=r"cannot be the name|is always there"):
        saved.check_name(name)
    kept(store)
    with pytest.raises(UsageError):
        saved.rename(store, "north", name)


def test_a_name_is_taken_once_unless_it_is_replaced(store: Store) -> None:
    kept(store)
    with pytest.raises(UsageError, match=r"There is a connection north already\. Give another name, or replace it\."):
        kept(store, who="Ben")
    kept(store, who="Ben", replace=True)
    kept(store, "south")
    assert [one.who for one in saved.every(store)] == ["Ben", "Ann"]
    with pytest.raises(UsageError, match="There is a connection south already"):
        saved.rename(store, "north", "south")


def test_an_unknown_name_points_to_the_nearest(store: Store) -> None:
    kept(store)
    for attempt in (saved.find, saved.remove, saved.open_secrets):
        with pytest.raises(UsageError, match=r"There is no connection 'nort'\. Did you mean north\?"):
            attempt(store, "nort")
    with pytest.raises(UsageError, match="There is no connection 'a'"):
        Client(HARBOR, "a", store=store)


def test_a_connection_of_another_connector_is_refused(store: Store) -> None:
    kept(store)
    with pytest.raises(UsageError, match=r"north is a connection of harbor, not of zendesk\. .* connect zendesk"):
        Client("zendesk", "north", store=store)


def test_a_new_name_keeps_the_secrets_and_the_old_one_is_gone(store: Store) -> None:
    kept(store, tokens={"access": "a"})
    saved.rename(store, "north", "main.1_x-y")
    assert saved.names(store) == ["main.1_x-y"]
    found = saved.open_secrets(store, "main.1_x-y")
    assert (found.values, found.tokens) == ({"api_key": KEY}, {"access": "a"})
    saved.remove(store, "main.1_x-y")
    assert saved.names(store) == []


@pytest.mark.parametrize(
    "change",
    [
        {"facts": lambda text: text.replace("north", "evil")},
        {"facts": lambda text: json.dumps({**json.loads(text), "values": {"base_url": "https://evil.example"}})},
        {"connector": lambda _: "zendesk"},
        {"scheme": lambda _: "visitor"},
        {"name": lambda _: "south"},
        {"secret": lambda sealed: sealed[:-1]},
        {"secret": lambda _: b""},
    ],
)
def test_a_row_that_was_changed_by_another_hand_does_not_open(change: dict[str, Any], store: Store) -> None:
    kept(store)
    [(column, alter)] = change.items()
    with store.transaction() as cursor:
        value = cursor.execute(f"SELECT {column} FROM connections").fetchone()[0]
        cursor.execute(f"UPDATE connections SET {column} = ?", (alter(value),))
    [name] = saved.names(store)
    with pytest.raises(UsageError, match=f"The secrets of {name} cannot be read: .* --name {name} --replace"):
        saved.open_secrets(store, name)


def test_a_lost_key_loses_nothing_but_what_it_sealed(store: Store) -> None:
    kept(store)
    saved.vault(store).file.unlink()
    kept(store, "south")
    with pytest.raises(UsageError, match=AGAIN.replace("NAME", "north")) as error:
        saved.open_secrets(store, "north")
    assert str(saved.vault(store).file) in error.value.message
    assert saved.open_secrets(store, "south").values == {"api_key": KEY}
    assert [one.name for one in saved.every(store)] == ["north", "south"]
    assert saved.rekey(store) == (1, ["north"])
    saved.remove(store, "north")
    assert saved.names(store) == ["south"]


# -- keys change -------------------------------------------------------------------------------------------------------


def test_rekey_seals_all_anew_and_forgets_the_old_key(store: Store) -> None:
    kept(store)
    kept(store, "south", tokens={"access": "a"})
    before, file = store.query("SELECT secret, key FROM connections"), saved.vault(store).file.read_text()
    versions = [saved.open_secrets(store, name).version for name in saved.names(store)]
    assert saved.rekey(store) == (2, [])
    after = store.query("SELECT secret, key FROM connections")
    assert not {row["key"] for row in before} & {row["key"] for row in after}
    assert file not in saved.vault(store).file.read_text()
    assert [saved.open_secrets(store, name) for name in saved.names(store)] == [
        Secrets({"api_key": KEY}, None, versions[0]),
        Secrets({"api_key": KEY}, {"access": "a"}, versions[1]),
    ]


@pytest.mark.parametrize("at", range(6))
def test_rekey_that_is_cut_off_leaves_all_readable(at: int, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(store)
    kept(store, "south")
    steps = iter(range(6))

    def cut(whole: Any) -> Any:
        def step(*given: Any) -> Any:
            if next(steps, None) == at:
                raise KeyboardInterrupt
            return whole(*given)

        return step

    with monkeypatch.context() as patch:
        for name in ("renew", "seal", "open", "prune"):
            patch.setattr(Vault, name, cut(getattr(Vault, name)))
        with pytest.raises(KeyboardInterrupt):
            saved.rekey(store)
    for name in saved.names(store):
        assert saved.open_secrets(store, name).values == {"api_key": KEY}
    assert saved.rekey(store) == (2, [])
    assert len(saved.vault(store).file.read_text().split(",")) == 1


def test_whoever_keeps_and_reads_while_keys_change_loses_nothing(tmp_path: Path) -> None:
    file = tmp_path / "connector.db"
    over = threading.Event()

    def rekeys() -> None:
        with closing(Store(file)) as own:
            while not over.wait(0.01):
                saved.rekey(own)

    thread = threading.Thread(target=rekeys)
    with closing(Store(file)) as store:
        kept(store, "first")
        thread.start()
        try:
            for number in range(25):
                kept(store, f"n{number}")
                assert saved.open_secrets(store, f"n{number}").values == {"api_key": KEY}
                assert saved.open_secrets(store, "first").values == {"api_key": KEY}
        finally:
            over.set()
            thread.join()
        assert saved.rekey(store) == (26, [])


def test_a_key_of_the_environment_moves_all_to_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(store)
    monkeypatch.setenv("CONNECTOR_KEY", "A" * 43)
    assert saved.rekey(store) == (1, [])
    assert not saved.vault(store).file.exists()
    assert saved.open_secrets(store, "north").values == {"api_key": KEY}
    monkeypatch.setenv("CONNECTOR_KEY", "B" * 42 + "A," + "A" * 43)
    assert saved.rekey(store) == (1, [])
    monkeypatch.setenv("CONNECTOR_KEY", "B" * 42 + "A")
    assert saved.open_secrets(store, "north").values == {"api_key": KEY}


def test_a_store_of_another_process_sees_what_is_kept(store: Store, tmp_path: Path) -> None:
    keep(store, connection(), None, SYSTEM)
    with closing(sqlite3.connect(tmp_path / "connector.db")) as other:
        assert other.execute("SELECT name FROM connections").fetchall() == [("test",)]
