"""What is sealed in other tables than that of the connections, and is sealed anew when the key changes."""

from __future__ import annotations

import sqlite3

from .vault import Locked, Vault

TABLES = {"signing": ("secret", "key"), "answers": ("answer", "sealed"), "sign_ins": ("secret", "key")}
"""The column of what is sealed, and the column of the key's fingerprint."""


def reseal(cursor: sqlite3.Cursor, vault: Vault) -> None:
    """Seal all rows with the first key. One that no key opens stays; what signs is forgotten then, to be made anew."""
    for table, (column, mark) in TABLES.items():
        for row in cursor.execute(f"SELECT {column}, {mark} FROM {table} WHERE {column} IS NOT NULL").fetchall():  # noqa: S608
            try:
                sealed = vault.seal(vault.open(*row))
            except Locked:
                if table == "signing":
                    cursor.execute(f"DELETE FROM {table} WHERE {column} = ?", (row[0],))  # noqa: S608
                continue
            sql = f"UPDATE {table} SET {column} = ?, {mark} = ? WHERE {column} = ?"  # noqa: S608
            cursor.execute(sql, (*sealed, row[0]))


def marks(cursor: sqlite3.Cursor) -> set[str]:
    """The fingerprints of the keys in use."""
    every = [f"SELECT {mark} FROM {table} WHERE {column} IS NOT NULL" for table, (column, mark) in TABLES.items()]  # noqa: S608
    return {row[0] for row in cursor.execute(" UNION ".join(every)).fetchall()}
