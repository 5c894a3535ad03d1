"""The key that secrets are encrypted with: where it is, and sealing and opening with it.

CONNECTOR_KEY is used where it is set. Else there is a file `key` in the data folder, which holds the key, or the name
under which the OS keyring holds it. There may be several keys, by commas: the first seals, all open.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import secrets
import sys
import tempfile
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import StorageError

VARIABLE = "CONNECTOR_KEY"
SERVICE = "connector"  # what the keyring files our key under
MARK = "keyring:"
PATIENCE = 30.0  # seconds that a keyring may take, which may ask its user


class Locked(Exception):
    """A sealed value that no known key opens; the text says where keys were looked for."""


class Vault:
    """The keys of one data folder. What seals, and what changes keys, runs inside a transaction of the store.

    So a key that `renew` puts aside is still known to whoever sealed before it, and `prune` forgets none in use.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / "key"

    def seal(self, value: Any) -> tuple[bytes, str]:
        """A JSON value encrypted, and the fingerprint of the key; makes a key where there is none."""
        from cryptography.fernet import Fernet

        key = next(iter(_given() or self._own() or self._keep([_new_key()])))
        return Fernet(key).encrypt(json.dumps(value).encode()), fingerprint(key)

    def open(self, sealed: bytes, mark: str) -> Any:
        """The value; Locked where the key of that fingerprint is not known, or the value was changed."""
        from cryptography.fernet import Fernet, InvalidToken

        places: tuple[Callable[[], list[str]], ...] = (_given, self._own)
        key = next((key for place in places for key in place() if fingerprint(key) == mark), None)
        if key is None:
            raise Locked(f"their key is lost. {self._looked()}")
        try:
            return json.loads(Fernet(key).decrypt(sealed))
        except (InvalidToken, ValueError):
            raise Locked("they are damaged.") from None

    def renew(self) -> None:
        """Put a new key before the others. With CONNECTOR_KEY nothing is done: whoever sets it does that."""
        if not _given():
            self._keep([_new_key(), *self._own()])

    def prune(self, used: Collection[str]) -> None:
        """Forget the keys, but for the first, whose fingerprints are not among those used."""
        own = self._own()
        kept = [key for index, key in enumerate(own) if fingerprint(key) in used or (index == 0 and not _given())]
        if not kept:
            self.file.unlink(missing_ok=True)
        elif kept != own:
            self._keep(kept)

    def where(self) -> str:
        """Where the key is, for people."""
        if _given():
            return VARIABLE
        return "the keyring of this machine" if self._text().startswith(MARK) else str(self.file)

    def _looked(self) -> str:
        given = "has other keys" if os.environ.get(VARIABLE) else "is not set"
        text = self._text()
        own = "names a keyring of other keys" if text.startswith(MARK) else "has other keys" if text else "is not there"
        return f"It was looked for in {VARIABLE}, which {given}, and in {self.file}, which {own}."

    # -- the file, and the keyring that it names ---------------------------------------------------------------------

    def _text(self) -> str:
        try:
            if os.name == "posix" and self.file.stat().st_mode & 0o077:
                self.file.chmod(0o600)
            return self.file.read_text().strip()
        except FileNotFoundError:
            return ""
        except (OSError, ValueError) as error:
            raise StorageError(f"{self.file} cannot be read: {error}.") from None

    def _own(self) -> list[str]:
        """The keys that this program made."""
        text = self._text()
        if text.startswith(MARK):
            keyring = _keyring()
            found = _patiently(lambda: keyring.get_password(SERVICE, text)) if keyring else None
            if found is None:
                hint = f"Open the keyring, or set {VARIABLE}; to begin anew, delete {self.file} and connect again."
                raise StorageError(f"The key is in the keyring of this machine, which does not give it. {hint}")
            text = found
        return _keys(text, str(self.file))

    def _keep(self, keys: list[str]) -> list[str]:
        """Keep the keys where they were; the first time, in the keyring, else in the file. The keys that are kept."""
        text, before = ",".join(keys), self._text()
        keyring = _keyring() if before.startswith(MARK) or not before else None
        if keyring:
            name = before or f"{MARK}{secrets.token_hex(8)}"
            _patiently(lambda: keyring.set_password(SERVICE, name, text))
            if _patiently(lambda: keyring.get_password(SERVICE, name)) == text:
                text = name
        if before.startswith(MARK) and text != before:
            raise StorageError("The keyring of this machine does not take the new key. The old one is still in use.")
        return keys if text == before or _write(self.file, text, anew=not before) else self._own()


def fingerprint(key: str) -> str:
    """A name for a key that says nothing of it."""
    return hashlib.sha256(b"connector key " + key.encode()).hexdigest()[:12]


def _new_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _given() -> list[str]:
    return _keys(os.environ.get(VARIABLE, ""), VARIABLE)


def _keys(text: str, place: str) -> list[str]:
    """The keys of a text, each 32 bytes in base64; StorageError where one is not."""
    found = []
    for word in filter(None, (word.strip().rstrip("=") for word in text.split(","))):
        plain = word.replace("-", "+").replace("_", "/")
        try:
            raw = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if len(raw) != 32:
            hint = "Make one with: openssl rand -base64 32"
            raise StorageError(f"{place} does not hold a key, which is 32 bytes in base64. {hint}")
        found.append(base64.urlsafe_b64encode(raw).decode())
    return found


def _write(file: Path, text: str, *, anew: bool) -> bool:
    """Write a file that its owner alone can read, whole or not at all; False where `anew` and another was first."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".key-")  # made with 0600
    try:
        with os.fdopen(handle, "w") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        if not anew:
            os.replace(name, file)
        else:
            try:
                os.link(name, file)
            except FileExistsError:
                return False
            except OSError:  # a file system without links
                os.replace(name, file)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)
    if os.name == "posix":
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return True


def _keyring() -> Any:
    """The keyring of the desktop; None on a server, in a container, or where nothing but an emergency backend is."""
    if sys.platform not in ("darwin", "win32") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return None
    try:
        import keyring

        found = keyring.get_keyring()
    except Exception:  # not installed, or one of its backends is broken
        return None
    return found if found.priority >= 1 else None  # below 1 is what its authors do not recommend


def _patiently(ask: Callable[[], Any]) -> Any:
    """What a keyring answers; None where it fails, or does not answer in time."""
    answer: list[Any] = []

    def run() -> None:
        with suppress(Exception):
            answer.append(ask())

    thread = threading.Thread(target=run, name="connector-keyring", daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return answer[0] if answer else None
