"""Calls as they are written down: the columns of a table, and what was said, zipped. Values in, values out."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..connections import Connection
from ..operation import Operation
from ..ways import MASK
from .exchanges import Exchange, digest, dumped, said, written
from .redact import Mask, hides, of_connection, without_hidden

FILE = 2**18  # letters of one text in an input
LARGE = 2**20  # bytes of a block from which on it takes no more


@dataclass(slots=True)
class Call:
    """A call, as far as it has come."""

    id: str
    at: float
    connection: Connection
    operation: Operation
    given: dict[str, Any]
    effect: str
    exchanges: list[Exchange]
    outcome: str = "sent"
    seconds: float | None = None
    error: dict[str, Any] | None = None
    hidden: Sequence[Any] = ()  # what its output has where the schema says `writeOnly`

    @property
    def size(self) -> int:
        """About its bytes, before it is zipped."""
        return 500 + sum(exchange.size for exchange in self.exchanges)


COLUMNS = """
    id at connector operation connection base_url effect outcome seconds attempts code input error
    size block place length
""".split()


def block(calls: Sequence[Call]) -> tuple[bytes, list[tuple[Any, ...]]]:
    """What is said in calls that end together, zipped; and for each the COLUMNS of the table `calls`.

    They are zipped together, and at once: that is smaller, and gives away the interpreter once instead of for each,
    which a busy program would not give back for milliseconds.
    """
    done = [_row(call) for call in calls]
    whole = b"".join([part for _, one in done for part in one])
    zipped = zlib.compress(whole, 1)
    rows, place = [], 0
    for columns, one in done:
        length = sum(map(len, one))
        size = 200 + len(columns[-2]) + len(columns[-1] or "") + len(zipped) * length // len(whole)
        rows.append((*columns, size, calls[0].id, place, length))
        place += length
    return zipped, rows


def _row(call: Call) -> tuple[tuple[Any, ...], list[bytes]]:
    """The columns of a call up to its error; and its exchanges: a line of JSON, and after it the bodies as they are."""
    given, hidden, connection = call.given, list(call.hidden), call.connection
    if hides(call.operation, "input"):
        given, more = without_hidden(given, call.operation.input_schema)
        hidden += more
    secrets = {*of_connection(connection), *map(str, hidden)}
    heads, bodies = said(call.exchanges, secrets)
    mask, exact = Mask(secrets), {repr(value) for value in hidden}
    parts = written(heads, bodies, mask, exact)
    input = dumped(given)
    if mask.finds(input) or len(input) > FILE:
        input = dumped({name: _mapped(value, lambda text: _shortened(mask(text))) for name, value in given.items()})
    error = dumped(call.error) if call.error else None
    if call.error and error and mask.finds(error):
        error = dumped({name: _mapped(value, mask) for name, value in call.error.items()})
    code = call.error["code"] if call.error else None
    return (
        call.id, call.at, connection.connector.name, call.operation.name, connection.name, mask(connection.base_url),
        call.effect, call.outcome, call.seconds, len(call.exchanges), code, input, error,
    ), parts  # fmt: skip


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    """The value with every text in it changed, names too."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(key): _mapped(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_mapped(item, change) for item in value]
    return value


def _shortened(text: str) -> str:
    return f"{MASK} {digest(text.encode('utf-8', 'surrogatepass'))}" if len(text) > FILE else text
