"""What is sealed beside the connections: a new key seals it anew, and forgets no key in use."""

from __future__ import annotations

from typing import Any

import pytest

from connector.accounts import saved
from connector.accounts.sealed import TABLES
from connector.accounts.vault import Locked
from connector.migrations import MIGRATIONS
from connector.store import Store

MORE: dict[str, dict[str, Any]] = {
    "signing": {"name": "x"},
    "answers": {"tenant": "", "key": "k", "asked": "", "made": 1.0, "holder": "", "until": 1.0},
    "sign_ins": {"state": "s", "connection": "c", "made": 1.0, "status": "waits"},
}


def test_every_table_that_seals_is_known() -> None:
    made = [statement for step in MIGRATIONS for statement in step if "which key encrypted it" in statement]
    assert {statement.split()[2] for statement in made} == {"connections", *TABLES} == {"connections", *MORE}


def fill(store: Store, table: str, *value: Any) -> None:
    """A row, with a value sealed in it or none."""
    with store.transaction() as cursor:
        row = {
            **MORE[table],
            **dict(zip(TABLES[table], saved.vault(store).seal(*value) if value else (), strict=False)),
        }
        names = f"{', '.join(row)}) VALUES ({', '.join('?' * len(row))}"
        cursor.execute(f"INSERT INTO {table} ({names})", (*row.values(),))


def sealed(store: Store, table: str) -> list[tuple[Any, Any]]:
    column, mark = TABLES[table]
    return [(row[0], row[1]) for row in store.query(f"SELECT {column}, {mark} FROM {table}")]


@pytest.mark.parametrize("table", TABLES)
def test_it_opens_with_the_new_key_alone(table: str, store: Store) -> None:
    fill(store, table, {"said": "this"})
    [before], file = sealed(store, table), saved.vault(store).file.read_text()
    assert saved.rekey(store) == (0, [])
    [after] = sealed(store, table)
    assert after[1] != before[1]
    assert file not in saved.vault(store).file.read_text()
    assert saved.vault(store).open(*after) == {"said": "this"}


@pytest.mark.parametrize("table", TABLES)
def test_what_no_key_opens_stays_but_for_the_secret_that_signs(table: str, store: Store) -> None:
    fill(store, table, "lost")
    saved.vault(store).file.unlink()
    before = sealed(store, table)
    saved.rekey(store)
    after = sealed(store, table)
    assert after == ([] if table == "signing" else before)
    for row in after:
        with pytest.raises(Locked):
            saved.vault(store).open(*row)


@pytest.mark.parametrize("table", ["answers", "sign_ins"])
def test_a_row_with_nothing_sealed_is_passed_over(table: str, store: Store) -> None:
    fill(store, table)
    saved.rekey(store)
    assert sealed(store, table) == [(None, None)]
