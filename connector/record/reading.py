"""What is read to find out what became of a write, and what the rows that are read say of it. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any

from ..errors import DeclarationError, InputError, OutputError, nearest
from ..message import ABSENT
from ..operation import Operation, known_inputs
from ..template import Expression
from ..ways import MASK

HAPPENED, AS_ASKED, DID_NOT_HAPPEN, CANNOT_TELL = "happened", "as_asked", "did_not_happen", "cannot_tell"
UNSHOWN = "Whether this call did it does not show."


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict, why, and the rows that speak for it."""

    verdict: str
    message: str
    rows: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """When a write may have been carried out, in the service's time: seconds since 1970."""

    first: float
    last: float


Asked = Mapping[str, Any]
"""What the row of a write must have: an expression over the row, or the name of a field, to a value."""


class Reading:
    """One entry of `reconcile`, compiled: an operation that reads, and how its rows are known."""

    def __init__(self, write: Operation, source: Mapping[str, Any], place: str, styles: Mapping[str, Any]) -> None:
        """DeclarationError where it cannot mean what it says."""
        self.write, self.place = write, place
        if len(kinds := [key for key in ("made", "changed", "gone") if source.get(key)]) > 1:
            raise self._wrong(kinds[1], f"and {kinds[0]} exclude each other.", "Keep one.")
        if not source.get("match") and (write.handler or source.get("each")):
            raise self._wrong("match", "is missing.", "What was sent is not known to compare with.")
        if source.get("newest_first") and "made" not in source:
            raise self._wrong("made", "is missing.", "What comes newest first says when it was made.")
        self.operation = self._reader(source, styles)
        self._records = self._compiled("records", source["records"])
        self._when = self._compiled("when", source["when"]) if "when" in source else None
        self._each = self._compiled("each", source["each"]) if "each" in source else None
        self._match = {
            self._compiled("match", row): self._compiled(f"match/{row}", asked)
            for row, asked in source.get("match", {}).items()
        }
        time = source.get("made") or source.get("changed")
        self._time = self._compiled("made" if "made" in source else "changed", time) if time else None
        self._check_names(source)
        self.makes = "made" in source
        self.gone: bool = source.get("gone", False)
        self.newest_first: bool = source.get("newest_first", False)
        self.settles: float = source.get("settles", 60.0)

    def _reader(self, source: Mapping[str, Any], styles: Mapping[str, Any]) -> Operation:
        spec = {key: source[key] for key in ("request", "path", "query", "pagination", "records") if key in source}
        spec |= {"title": f"What became of it: {self.write.title}", "description": self.write.description}
        spec |= {"effect": "read", "input": {"properties": {name: {} for name in known_inputs(self.write)}}}
        try:
            made = self.write.beside("reconcile", spec, styles)
            made.input_schema  # noqa: B018 - it looks at the names that the request reads
        except DeclarationError as error:
            raise self._wrong(error.key, error.problem, error.hint) from None
        return made

    def _wrong(self, key: str, message: str, hint: str = "") -> DeclarationError:
        return DeclarationError(self.write.file, f"{self.place}/{key}", message, hint)

    def _compiled(self, key: str, source: str) -> Expression:
        try:
            return Expression(source)
        except ValueError as error:
            raise self._wrong(key, f"{error}.") from None

    def _check_names(self, source: Mapping[str, Any]) -> None:
        """What is read of the input is there."""
        known = known_inputs(self.write)
        over = {"when": self._when, "each": self._each}
        over |= {} if self._each else {f"match/{row.source}": asked for row, asked in self._match.items()}
        for key, expression in over.items():
            for name in sorted((expression.reads or frozenset()) - known.keys()) if expression else ():
                raise self._wrong(key, f"{name} is read, and is no input.", nearest(name, list(known)))

    def fits(self, given: Mapping[str, Any]) -> bool:
        """Whether this is the way to find out about a write with this input."""
        try:
            self.operation.request(self.input(given))
            return self._when is None or self._when(given) not in (None, False)
        except (InputError, ValueError):
            return False

    def input(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What is given to the operation that reads: no more than it looks at."""
        return self.operation.with_defaults({name: given[name] for name in self.operation.reads if name in given})

    def asked(self, given: Mapping[str, Any]) -> list[Asked]:
        """What is looked for: one row, or one for each item. Empty where the input says nothing to look for."""
        if self._each:
            items = self._each(given) or []
            return [asked for item in items if (asked := self._values(item))]
        if self._match:
            return [asked] if (asked := self._values(given)) else []
        body = self.write.request(dict(given)).json
        if isinstance(body, dict) and len(body) == 1 and isinstance(inner := next(iter(body.values())), dict):
            body = inner
        return [body] if isinstance(body, dict) and body else []

    def _values(self, over: Any) -> Asked:
        found = {row.source: asked.find(over) for row, asked in self._match.items()}
        given = {name: value for name, value in found.items() if value is not ABSENT}
        return given if given.keys() - self._constant else {}

    @property
    def _constant(self) -> set[str]:
        """What is asked of a row whatever the input."""
        return {row.source for row, asked in self._match.items() if asked.reads == frozenset()}

    def rows(self, output: Any) -> list[Any]:
        """The rows of an answer; OutputError where it has none and no place for them."""
        found = self._records(output)
        if found is None:
            raise OutputError(f"The answer has no {self._records.source}.", self.operation.lines[0].source)
        return found if isinstance(found, list) else [found]

    def time(self, row: Any) -> float | None:
        """When a row was made or last changed; None where it does not say."""
        return moment(self._time(row)) if self._time else None

    def has(self, row: Any, asked: Asked) -> list[str]:
        """What the row has of what was asked."""
        return [name for name, value in asked.items() if same(value, self._of(row, name))]

    def _of(self, row: Any, name: str) -> Any:
        if self._match:
            return next(expression for expression in self._match if expression.source == name)(row)
        return row.get(name, ABSENT) if isinstance(row, dict) else ABSENT

    # -- what the rows say ---------------------------------------------------------------------------------------------

    def judge(self, rows: list[Any], asked: list[Asked], span: Span, before: int = 0, after: int = 0) -> Finding:
        """What rows say of a write that may have been carried out in a span of time.

        So many writes that asked for the same, sent `before` and `after` this one, are as unknown.
        """
        rows = [row for row in rows if not self.makes or (time := self.time(row)) is None or time >= span.first]
        fitting = [[row for row in rows if len(self.has(row, one)) == len(one)] for one in asked]
        found = tuple(row for one in fitting for row in one)
        if self.gone:
            return self._gone(fitting, found)
        if len(asked) > 1 and any(fitting) and not all(fitting):
            missing = sum(not one for one in fitting)
            return Finding(CANNOT_TELL, f"{missing} of {len(asked)} are not there.", found)
        if self.makes:
            return self._made(rows, asked, fitting, span, before, after)
        if found:
            times = [time for row in found if (time := self.time(row)) is not None]
            told = "By its time it last changed before the call." if times and max(times) < span.first else UNSHOWN
            return Finding(AS_ASKED, f"It is as asked. {told}", found)
        newer = tuple(row for row in rows if (time := self.time(row)) is None or time >= span.first)
        if newer:
            return Finding(
                CANNOT_TELL, f"It may have changed since. Compare its {self._other(newer[0], asked[0])}.", newer
            )
        return Finding(DID_NOT_HAPPEN, f"It did not happen: nothing {'has changed' if rows else 'is there'} since.")

    def _gone(self, fitting: list[list[Any]], found: tuple[Any, ...]) -> Finding:
        if not found:
            return Finding(AS_ASKED, f"It is as asked: it is not there. {UNSHOWN}")
        if all(fitting):
            return Finding(DID_NOT_HAPPEN, "It did not happen: what was to go is still there.", found)
        return Finding(CANNOT_TELL, f"{len(found)} of {len(fitting)} are still there.", found)

    def _made(
        self, rows: list[Any], asked: list[Asked], fitting: list[list[Any]], span: Span, before: int, after: int
    ) -> Finding:
        found = tuple(row for one in fitting for row in one)
        times = [self.time(row) for row in found]
        if found and (None in times or any(time and time > span.last for time in times)):
            return Finding(CANNOT_TELL, "One like it is there, made later than the call or at no time.", found)
        if all(len(one) == before + 1 + after for one in fitting):  # the first is taken for the first one's
            own = tuple(sorted(one, key=lambda row: self.time(row) or 0.0)[before] for one in fitting)
            return Finding(HAPPENED, "It happened: what it was to make is there.", own)
        if found:
            expected = len(asked) * (before + 1 + after)
            return Finding(CANNOT_TELL, f"{len(found)} like it were made at that time, not {expected}.", found)
        if near := tuple(row for row in rows if len(asked) == 1 and self._is_near(row, asked[0])):
            other = self._other(near[0], asked[0])
            return Finding(CANNOT_TELL, f"One that may be it was made at that time. Compare its {other}.", near)
        return Finding(DID_NOT_HAPPEN, "It did not happen: nothing like it was made since.")

    def _is_near(self, row: Any, asked: Asked) -> bool:
        varying = asked.keys() - self._constant
        return any(name in varying for name in self.has(row, asked)) or any(
            alike(asked[name], self._of(row, name)) for name in varying
        )

    def _other(self, row: Any, asked: Asked) -> str:
        """What was asked that the row does not have, or does not show."""
        has = self.has(row, asked)
        return ", ".join(name for name in asked if name not in has)


def readings(write: Operation, styles: Mapping[str, Any]) -> Iterator[Reading | str]:
    """The entries of `reconcile` in order; a sentence is what a person can do."""
    source = write.spec.get("reconcile", [])
    entries = source if isinstance(source, list) else [source]
    for index, entry in enumerate(entries):
        place = f"reconcile/{index}" if isinstance(source, list) else "reconcile"
        yield entry if isinstance(entry, str) else Reading(write, entry, place, styles)


def masked(value: Any) -> bool:
    """Whether a part of a value was not kept."""
    if isinstance(value, str):
        return MASK in value
    inside: Iterable[Any] = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return any(map(masked, inside))


# -- values as services say them back ----------------------------------------------------------------------------------


def same(asked: Any, found: Any) -> bool:
    """Whether a service that was sent `asked` may say `found`: ids as texts, times in another form, more fields."""
    if found is ABSENT:
        return False
    if asked in (None, "", [], {}) or found in (None, "", [], {}):
        return asked in (None, "", [], {}) and found in (None, "", [], {})
    if isinstance(asked, dict):
        return isinstance(found, dict) and all(same(value, found.get(name, ABSENT)) for name, value in asked.items())
    if isinstance(asked, list):
        if not isinstance(found, list) or len(asked) != len(found):
            return False
        if any(isinstance(item, dict | list) for item in (*asked, *found)):
            return all(map(same, asked, found))
        return sorted(map(_plain, asked)) == sorted(map(_plain, found))
    if isinstance(found, dict | list):
        return False
    if _plain(asked) == _plain(found):
        return True
    if isinstance(asked, str) and asked.lstrip().startswith("<"):  # services rewrite HTML, and keep its words
        return _words(asked) == _words(str(found))
    times = moment(asked), moment(found)
    return isinstance(asked, str) and isinstance(found, str) and None not in times and times[0] == times[1]


def alike(asked: Any, found: Any) -> bool:
    """Whether two texts have at least half of their words in common."""
    if not isinstance(asked, str) or not isinstance(found, str):
        return False
    one, other = set(_words(asked.casefold())), set(_words(found.casefold()))
    return 2 * len(one & other) >= len(one | other) > 0


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).replace("\r\n", "\n").strip()


def _words(markup: str) -> list[str]:
    return unescape(re.sub(r"<[^>]*>", " ", markup)).split()


def moment(value: Any) -> float | None:
    """A time of a service, in seconds since 1970: ISO 8601, seconds, or milliseconds."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value / 1000 if value > 1e11 else float(value)
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() if found else None
