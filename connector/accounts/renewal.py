"""Fresh tokens: renewed before they end and when the service refuses them, by one task of one process for all."""

from __future__ import annotations

import threading
from typing import Protocol

from ..clock import Clock
from ..connections import Connection, split
from ..errors import AuthError, ConnectorError, ServiceError
from ..steps import Apart, Steps, Wait
from ..store import Store
from . import saved
from .oauth import Refused, Tokens, renewable, renewed

LEASE = 60.0  # seconds that one may take for new tokens before others no longer wait for it
TRIES = 2
PAUSE = 0.05


class Place(Protocol):
    """Where the tokens of a connection are, and the right to renew them, which one holds at a time."""

    def read(self) -> tuple[Tokens | None, str]:
        """The tokens, and a name of theirs for `keep`."""
        ...

    def lease(self, now: float) -> bool:
        """Take the right; False where another has it."""
        ...

    def release(self) -> None: ...

    def keep(self, tokens: Tokens, instead_of: str) -> bool:
        """Put tokens in the place of those; False where others are there by now."""
        ...


class Renewal:
    """The Credentials of a connection whose tokens end."""

    def __init__(self, connection: Connection, place: Place, clock: Clock) -> None:
        self._bare, self._place, self._clock = connection, place, clock
        self._tokens: Tokens | None = None
        self._connection = connection

    def fresh(self, refused: Connection | None = None) -> Steps:
        """The connection with tokens that last, renewed where they do not, or where the service `refused` them.

        Raises AuthError, which says how to connect again, where the service gives none; else a ServiceError.
        """
        spent = refused.values.get("access_token") if refused else None
        if self._lasts(spent):
            return self._connection
        pause = PAUSE
        while True:
            self._read()
            if self._lasts(spent):
                return self._connection
            if self._place.lease(self._clock.now()):
                break
            if self._still(spent):
                return self._connection
            yield Wait(pause, f"{self._bare.name} is given new tokens")
            pause = min(2 * pause, 1.0)
        yield Apart(self._alone(spent))  # a pair that was sent for and not kept would be lost
        return self._connection

    def _alone(self, spent: str | None) -> Steps:
        try:
            version = self._read()  # whoever held the lease before may just have renewed them
            if not self._lasts(spent):
                yield from self._renew(spent, version)
        finally:
            self._place.release()

    def _renew(self, spent: str | None, version: str) -> Steps:
        for left in reversed(range(TRIES)):
            try:
                new = yield from renewed(self._bare, self._tokens, self._clock.now())
            except ServiceError as error:
                if error.retryable and left:  # an answer that was lost: the old token may still do, or be spent
                    yield Wait(PAUSE * 10, f"no new tokens: {error.message}")
                elif self._still(spent):
                    return
                else:
                    raise
            except Refused as error:
                self._read()  # another may have renewed them after all
                if self._lasts(spent) or self._still(spent):
                    return
                raise self._ended(error) from None
            else:
                if self._place.keep(new, version):
                    self._take(new)
                else:
                    self._read()
                return

    def _read(self) -> str:
        tokens, version = self._place.read()
        self._take(tokens)
        return version

    def _take(self, tokens: Tokens | None) -> None:
        if tokens is not None and tokens != self._tokens:
            self._tokens, self._connection = tokens, tokens.on(self._bare)

    def _lasts(self, spent: str | None) -> bool:
        """Whether the tokens are not those that were refused, and not soon at their end, or cannot be renewed."""
        if self._tokens is None or self._tokens.access == spent:
            return False
        due = self._tokens.due
        return due is None or self._clock.now() < due or not renewable(self._bare, self._tokens)

    def _still(self, spent: str | None) -> bool:
        """Whether the old tokens may be used although there are no new ones."""
        if self._tokens is None or self._tokens.access == spent:
            return False
        return self._tokens.expires is None or self._clock.now() < self._tokens.expires

    def _ended(self, error: Refused) -> ConnectorError:
        title, mend = self._bare.connector.title, self._bare.mend
        message = f"{title} no longer accepts the sign-in of {split(self._bare.name)[1]}. {error} {mend}"
        return AuthError(message.strip(), "", error.status)


class InStore:
    """Tokens in the store, for all processes."""

    def __init__(self, store: Store, name: str) -> None:
        self._store, self._name = store, name
        self._until = 0.0

    def read(self) -> tuple[Tokens | None, str]:
        found = saved.open_secrets(self._store, self._name)
        return Tokens(**found.tokens) if found.tokens else None, found.version

    def lease(self, now: float) -> bool:
        until = now + LEASE
        if not saved.lease(self._store, self._name, now, until):
            return False
        self._until = until
        return True

    def release(self) -> None:
        saved.release(self._store, self._name, self._until)

    def keep(self, tokens: Tokens, instead_of: str) -> bool:
        return saved.keep_tokens(self._store, instead_of, tokens.as_dict())


class InMemory:
    """Tokens that this process alone has, as long as it runs."""

    def __init__(self) -> None:
        self._tokens: Tokens | None = None
        self._held = threading.Lock()

    def read(self) -> tuple[Tokens | None, str]:
        return self._tokens, ""

    def lease(self, now: float) -> bool:
        return self._held.acquire(blocking=False)

    def release(self) -> None:
        self._held.release()

    def keep(self, tokens: Tokens, instead_of: str) -> bool:
        self._tokens = tokens
        return True
