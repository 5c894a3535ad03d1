"""What a key may be allowed, and who a caller is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..errors import UnknownNameError, UsageError, nearest

SCOPES = {
    "read": "run operations that only read",
    "write": "run operations that create, replace or change",
    "destroy": "run operations that delete",
    "options": "read the catalog, forms and the choices of dropdowns",
    "manage": "connections, embed tokens and the record of calls",
}
CONNECT = "connect"
"""Of an embed token alone: its holder connects an account of their own."""

OF_EFFECT = {"read": "read", "create": "write", "replace": "write", "change": "write", "destroy": "destroy"}


class Refused(Exception):
    """A key or an embed token that is none, or none any more; the text says no more than an honest caller needs."""


@dataclass(frozen=True, slots=True)
class Embed:
    """What an embed token is for: a connection of a connector, some operations, pages of one origin, until a time.

    `operations` are those whose forms may be shown, and run where the scopes say so; the dropdowns of their fields
    come with them. `id` is the token's own. With the scope `connect`, `connection` is one that is yet to be made.
    """

    connector: str
    connection: str
    operations: frozenset[str]
    origin: str
    expires: float
    id: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. `tenant` is empty for this machine's own; `key` is the id of the key, also behind an embed token."""

    tenant: str
    scopes: frozenset[str]
    key: str
    embed: Embed | None = None

    def full(self, connection: str) -> str:
        """The name of a connection of theirs, as the store has it; UnknownNameError where it cannot be one.

        What names a tenant itself is no name, nor is what SQL and paths trip over.
        """
        if "/" in connection or not connection.isprintable():
            raise UnknownNameError(f"There is no connection {connection!r}.")
        return f"{self.tenant}/{connection}" if self.tenant else connection

    def own(self, full: str) -> str | None:
        """What they call a connection of the store; None where it is another's."""
        tenant, _, name = full.rpartition("/")
        return name if tenant == self.tenant else None


def check_scopes(given: Iterable[str], known: Mapping[str, str] = SCOPES) -> frozenset[str]:
    """The scopes; UsageError where one is none."""
    found = frozenset(given)
    for scope in sorted(found - known.keys()):
        raise UsageError(f"There is no scope {scope!r}. {nearest(scope, list(known))}")
    return found
