"""The key: where it is found, made once, given by the environment or a keyring, and what a wrong or lost one does."""

from __future__ import annotations

import base64
import multiprocessing
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend

from connector import UsageError
from connector.accounts import vault
from connector.accounts.vault import Locked, Vault

KEY, OTHER = (base64.b64encode(bytes([number]) * 32).decode() for number in (250, 251))
VALUE = {"api_token": "s3cret"}


def test_a_key_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    sealed, mark = Vault(tmp_path).seal(VALUE)
    again, same = Vault(tmp_path).seal(VALUE)
    assert (mark, sealed == again) == (same, False)
    assert Vault(tmp_path).open(sealed, mark) == VALUE
    assert [file.name for file in tmp_path.iterdir()] == ["key"]
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_a_key_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    sealed, mark = Vault(tmp_path).seal(VALUE)
    (tmp_path / "key").chmod(0o644)
    assert Vault(tmp_path).open(sealed, mark) == VALUE
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def _seal(folder: Path, gate: Any, done: Any) -> None:
    gate.wait()
    done.put(Vault(folder).seal(VALUE))


def test_processes_that_begin_at_once_have_one_key(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    gate, done = context.Barrier(3), context.Queue()
    running = [context.Process(target=_seal, args=(tmp_path, gate, done)) for _ in range(3)]
    for process in running:
        process.start()
    found = [done.get(timeout=60) for _ in running]
    for process in running:
        process.join()
    assert [Vault(tmp_path).open(*sealed) for sealed in found] == [VALUE] * 3
    assert len({mark for _, mark in found}) == 1


@pytest.mark.parametrize("form", [KEY, KEY.replace("+", "-").replace("/", "_"), KEY.rstrip("="), f" {KEY},{OTHER}"])
def test_a_key_is_given_in_base64_of_either_kind(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_KEY", form)
    sealed, mark = Vault(tmp_path).seal(VALUE)
    monkeypatch.setenv("CONNECTOR_KEY", f"{OTHER}, {KEY}")
    assert Vault(tmp_path).open(sealed, mark) == VALUE
    assert (list(tmp_path.iterdir()), Vault(tmp_path).where()) == ([], "CONNECTOR_KEY")


@pytest.mark.parametrize("form", ["secret", KEY[:-4], KEY + "AAAA", "é" * 43, "!" * 44])
def test_what_is_no_key_is_refused_and_not_shown(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_KEY", form)
    with pytest.raises(UsageError, match=r"CONNECTOR_KEY does not hold a key, .* openssl rand -base64 32") as error:
        Vault(tmp_path).seal(VALUE)
    assert form not in error.value.message


def test_a_damaged_key_file_says_so_and_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("half a k")
    with pytest.raises(UsageError, match="key does not hold a key"):
        Vault(tmp_path).seal(VALUE)
    assert (tmp_path / "key").read_text() == "half a k"


def test_a_lost_key_is_named_with_the_places_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed, mark = Vault(tmp_path).seal(VALUE)
    (tmp_path / "key").unlink()
    with pytest.raises(Locked, match=r"CONNECTOR_KEY, which is not set, and in .*key, which is not there"):
        Vault(tmp_path).open(sealed, mark)
    Vault(tmp_path).seal(VALUE)
    monkeypatch.setenv("CONNECTOR_KEY", KEY)
    with pytest.raises(Locked, match=r"CONNECTOR_KEY, which has other keys, and in .*key, which has other keys"):
        Vault(tmp_path).open(sealed, mark)


def test_a_value_that_was_changed_does_not_open(tmp_path: Path) -> None:
    sealed, mark = Vault(tmp_path).seal(VALUE)
    for place in range(0, len(sealed), 7):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(Locked, match="damaged"):
            Vault(tmp_path).open(bytes(changed), mark)


def test_a_new_key_leaves_the_old_ones_until_they_are_not_used(tmp_path: Path) -> None:
    found = Vault(tmp_path)
    first = found.seal(VALUE)
    found.renew()
    second = found.seal(VALUE)
    assert first[1] != second[1]
    assert [found.open(*sealed) for sealed in (first, second)] == [VALUE, VALUE]
    found.prune({first[1], second[1]})
    assert found.open(*first) == VALUE
    found.prune({second[1]})
    assert found.open(*second) == VALUE
    with pytest.raises(Locked):
        found.open(*first)
    assert [file.name for file in tmp_path.iterdir()] == ["key"]
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_a_key_of_the_environment_takes_the_place_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Vault(tmp_path)
    old = found.seal(VALUE)
    monkeypatch.setenv("CONNECTOR_KEY", KEY)
    assert found.open(*old) == VALUE
    found.renew()
    mark = found.seal(VALUE)[1]
    found.prune({mark, old[1]})
    assert found.open(*old) == VALUE
    found.prune({mark})
    assert list(tmp_path.iterdir()) == []


# -- keyrings ----------------------------------------------------------------------------------------------------------


class Ring(KeyringBackend):
    """A keyring in memory: `broken` fails, `silent` never answers."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}
        self.broken = self.silent = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.broken:
            raise OSError("locked")
        while self.silent:
            time.sleep(0.01)
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.broken:
            raise OSError("locked")
        self.kept[service, username] = password


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ring]:
    """The keyring of a desktop."""
    monkeypatch.setenv("DISPLAY", ":0")
    before, made = keyring.get_keyring(), Ring()
    keyring.set_keyring(made)
    yield made
    made.silent = False
    keyring.set_keyring(before)


def test_the_keyring_keeps_the_key_and_the_file_its_name(ring: Ring, tmp_path: Path) -> None:
    found = Vault(tmp_path)
    first = found.seal(VALUE)
    found.renew()
    second = found.seal(VALUE)
    assert [found.open(*sealed) for sealed in (first, second)] == [VALUE, VALUE]
    found.prune({second[1]})
    [(place, text)] = ring.kept.items()
    assert place == ("connector", (tmp_path / "key").read_text())
    assert vault.fingerprint(text) == second[1]
    assert found.where() == "the keyring of this machine"
    Vault(tmp_path / "other").file.parent.mkdir()
    Vault(tmp_path / "other").seal(VALUE)
    assert len(ring.kept) == 2


def test_a_keyring_that_does_not_work_is_none(ring: Ring, tmp_path: Path) -> None:
    ring.broken = True
    sealed = Vault(tmp_path).seal(VALUE)
    assert (Vault(tmp_path).open(*sealed), ring.kept) == (VALUE, {})
    ring.broken = False
    assert Vault(tmp_path).open(*sealed) == VALUE


@pytest.mark.parametrize("why", ["broken", "silent", "gone", "no desktop"])
def test_a_key_in_a_keyring_that_is_closed_is_an_error_and_no_second_key(
    why: str, ring: Ring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = Vault(tmp_path).seal(VALUE)
    monkeypatch.setattr(vault, "PATIENCE", 0.05)
    monkeypatch.setattr(ring, "kept", {} if why == "gone" else ring.kept)
    if why == "no desktop":
        monkeypatch.delenv("DISPLAY")
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    elif why != "gone":
        setattr(ring, why, True)
    for attempt in (lambda: Vault(tmp_path).open(*sealed), lambda: Vault(tmp_path).seal(VALUE), Vault(tmp_path).renew):
        with pytest.raises(UsageError, match=r"in the keyring of this machine, .* set CONNECTOR_KEY"):
            attempt()
    monkeypatch.setenv("CONNECTOR_KEY", KEY)
    assert Vault(tmp_path).seal(VALUE)


def test_a_keyring_that_takes_no_new_key_leaves_the_old_one(ring: Ring, tmp_path: Path) -> None:
    sealed = Vault(tmp_path).seal(VALUE)
    ring.set_password = lambda *_: None  # type: ignore[method-assign]
    with pytest.raises(UsageError, match="does not take the new key"):
        Vault(tmp_path).renew()
    assert Vault(tmp_path).open(*sealed) == VALUE


def test_a_key_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "key").mkdir()
    with pytest.raises(UsageError, match="key cannot be read"):
        Vault(tmp_path).seal(VALUE)
