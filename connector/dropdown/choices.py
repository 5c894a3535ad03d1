"""Rows as choices: what a person reads, what is stored, in which order. Values in, values out."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..template import Expression


@dataclass(frozen=True, slots=True)
class Choice:
    """One row: its text, what is stored, whether it is in use, and what tells it from another of the same text."""

    text: str
    value: Any
    active: bool = True
    hint: str = ""

    @property
    def key(self) -> str:
        return plain(self.value)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list: its choices, how many rows it had, how many of them without a value.

    `following` are the paging inputs of the next page, None after the last; `at` is when it was read, by the clock
    that only goes on.
    """

    choices: tuple[Choice, ...]
    rows: int
    skipped: int
    following: dict[str, Any] | None
    at: float


def plain(value: Any) -> str:
    """A stored value as text: an id is the same as a number and as digits."""
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)


def is_value(value: Any) -> bool:
    """Whether it can be stored as a choice: a number, or a text that is not empty."""
    return isinstance(value, int | float | str) and not isinstance(value, bool) and value != ""


def read(spec: Mapping[str, Any], rows: Iterable[Any]) -> list[Choice | None]:
    """The choice of each row under a declaration of `options`; None of a row without a value."""
    found = {key: Expression(spec[key]) for key in ("text", "value", "active", "hint") if spec.get(key)}
    return [_choice(found, row) for row in rows]


def _choice(found: Mapping[str, Expression], row: Any) -> Choice | None:
    value = _of(found["value"], row)
    if not is_value(value):
        return None
    text, hint = (_line(_of(found[key], row)) if key in found else "" for key in ("text", "hint"))
    return Choice(text or plain(value), value, "active" not in found or bool(_of(found["active"], row)), hint)


def _of(expression: Expression, row: Any) -> Any:
    """What an expression finds in a row; None where it cannot be computed: one odd row must not cost the list."""
    try:
        return expression(row)
    except ValueError:
        return None


def _line(value: Any) -> str:
    """As a person sees it: on one line, blanks as one."""
    return "" if value is None else " ".join(str(value).split())


class Labels:
    """Gives each choice a label that no other has, page after page; a value that came before is passed over."""

    def __init__(self) -> None:
        self._labels: set[str] = set()
        self._values: set[str] = set()

    def of(self, choices: Iterable[Choice]) -> list[tuple[str, Choice]]:
        """Each choice under its text; where several have it, with its hint, else its value, in brackets."""
        new: dict[str, Choice] = {}
        for choice in choices:
            if choice.key not in self._values:
                new.setdefault(choice.key, choice)
        fresh = list(new.values())
        self._values |= new.keys()
        count = Counter(choice.text for choice in fresh)
        alone = {text for text, times in count.items() if times == 1} - self._labels
        self._labels |= alone
        return [(choice.text if choice.text in alone else self._apart(choice), choice) for choice in fresh]

    def _apart(self, choice: Choice) -> str:
        label = f"{choice.text} ({choice.hint})" if choice.hint else choice.text
        if not choice.hint or label in self._labels:
            label = f"{choice.text} ({choice.key})"
        while label in self._labels:
            label += f" ({choice.key})"
        self._labels.add(label)
        return label


def matches(choice: Choice, words: str) -> bool:
    """Whether what a person typed stands in the text or the hint, whatever the case and the accents."""
    return folded(_line(words)) in folded(f"{choice.text}\n{choice.hint}")


def folded(text: str) -> str:
    """Without case and accents."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(char for char in apart if not unicodedata.combining(char)).casefold()


def natural(text: str) -> tuple[Any, ...]:
    """A key to sort labels by as people do: whatever the case, and file2 before file10."""
    parts = re.split(r"([0-9]+)", folded(text))
    digits = [part.lstrip("0") for part in parts[1::2]]
    return parts[0], [(len(number), number, after) for number, after in zip(digits, parts[2::2], strict=True)], text
