"""Stand-ins for what tells of people: emails, phone numbers, tokens, the account's host. Values in, values out."""

from __future__ import annotations

import re
from base64 import b64encode
from binascii import Error
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote, unquote_plus, urlsplit

from ..attachments import decode
from ..errors import InputError
from .redact import writings

EMAIL = re.compile(r"[\w+-](?:[\w.+'-]*[\w+-])?@[\w-]+(?:\.[\w-]+)+")
PHONE = re.compile(r"(?<![\w+])\+\d[\d ().-]{5,17}\d(?![\w:])|(?<![\w.-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w.-])")
TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*|(?<=/token/)[\w-]{6,}|(?<=[Bb]earer )[\w.~+/-]{8,}=*")
PHONE_NAME = re.compile(r"phone|mobile|fax", re.I)
PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")


class StandIns:
    """The stand-in for each value; the same value has the same one, however it is written."""

    def __init__(self, value: Any, hosts: dict[str, str]) -> None:
        self._found: dict[str, str] = dict(hosts)
        self._counts: dict[str, int] = {}
        for name, text in _texts(value):
            for one in {unquote(text): 0, unquote_plus(text): 0} if PERCENT.search(text) else (text,):
                self._look(name, one)
        self._forms: dict[str, str] = {}
        for found, stand_in in self._found.items():
            for form, other in zip(writings(found), writings(stand_in), strict=True):
                self._forms.setdefault(form, other)
        longest_first = sorted(self._forms, key=len, reverse=True)
        self._any = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def _look(self, name: str, text: str) -> None:
        for found in EMAIL.findall(text):
            self._stand_in("person", found.lower(), lambda count: f"person{count}@example.com", found)
        for found in TOKEN.findall(text):
            self._stand_in("token", found, lambda count: f"token{count}")
        digits = sum(char.isdigit() for char in text)
        whole = [text] if PHONE_NAME.search(name) and 6 <= digits <= 20 and len(text) < 40 else []
        for found in whole or PHONE.findall(text):
            self._stand_in("phone", found, lambda count: f"{'+' * found.startswith('+')}1555{count:07d}")  # noqa: B023

    def _stand_in(self, kind: str, value: str, make: Callable[[int], str], written: str | None = None) -> None:
        if value not in self._found:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._found[value] = make(self._counts[kind])
        if written and written not in self._found:
            self._found[written] = self._found[value].capitalize()

    def text(self, text: str) -> str:
        """The text with each value replaced."""
        return self._any.sub(lambda match: self._forms[match[0]], text) if self._any else text

    def __call__(self, value: Any) -> Any:
        """Any JSON value, names too; a file's content is replaced inside its base64, where it is text."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self(item) for item in value]
        if isinstance(value, dict):
            done = {self.text(name): self(item) for name, item in value.items()}
            if (inner := _file(value)) is not None:
                done["content"] = b64encode(self.text(inner).encode()).decode()
            return done
        return value


def hosts(base_url: str, other: str) -> dict[str, str]:
    """The URL, the origin and the host of an account, each with that of another."""
    here, there = urlsplit(base_url), urlsplit(other)
    pairs = {
        base_url: other,
        f"{here.scheme}://{here.netloc}": f"{there.scheme}://{there.netloc}",
        here.netloc: there.netloc,
    }
    return {} if here.netloc == there.netloc else {key: value for key, value in pairs.items() if key}


def _texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text inside a value, with the name of its field."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, name)
    elif isinstance(value, dict):
        if (inner := _file(value)) is not None:
            yield "", inner
        for key, item in value.items():
            yield "", key
            yield from _texts(item, key)


def _file(value: dict[str, Any]) -> str | None:
    """The text in a file object; None where it is none."""
    if value.keys() == {"name", "content"} and isinstance(value["content"], str):
        try:
            return decode(value["content"]).decode()
        except (Error, InputError, UnicodeDecodeError):
            pass
    return None
