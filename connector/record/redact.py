"""What must not be written: the secrets of a call, and every form in which a text may hold them. No I/O."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

from ..connections import Connection
from ..errors import ConnectorError
from ..operation import Operation
from ..schema import Schema, deref, subschemas
from ..ways import MASK

SHORTEST = 4  # characters of a secret that is looked for everywhere; a shorter one is masked only where it stands
LIKELY = 8  # the same, where the name alone says that it is a secret

_HEADER = re.compile(r"authorization|cookie|token|secret|key|signature|password|credential|session", re.I)
_NO_HEADER = re.compile(r"idempotency|token-type", re.I)
_WORD = (
    "(?:[Tt]oken|TOKEN|[Ss]ecret|SECRET|[Pp]assw|PASSW"
    "|(?:[Aa]pi|[Aa]ccess|[Pp]rivate)[_-]?[Kk]ey|(?:API|ACCESS|PRIVATE)[_-]?KEY)"
)
_MEMBER, _PARAMETER = r'[^"\\]{0,64}"\s*:\s*"', r"[\w.%\[\]-]{0,64}="  # from the word to the value: JSON; a form, a URL
_NAMED = re.compile(rf"""{_WORD}(?:{_MEMBER}((?:[^"\\]|\\.)+)|{_PARAMETER}([^&#\s"'<>\\]+))""")
_NO_NAME = re.compile(r"page|next|prev|continu|cursor|sync|idempot|_(type|at|id|url|name|count|policy|hint)$", re.I)
_NAME_END = re.compile(r"[\w.%\[\]-]*$")


@lru_cache(1024)
def secret_header(name: str) -> bool:
    """Whether a header's name says that its value is secret."""
    return bool(_HEADER.search(name)) and not _NO_HEADER.search(name)


@lru_cache(1024)
def address_header(name: str) -> bool:
    """Whether a header holds a URL."""
    return name.lower() in ("location", "link", "content-location", "referer")


def of_connection(connection: Connection) -> frozenset[str]:
    """Its secrets; every value of one that cannot sign."""
    try:
        return connection.secrets
    except ConnectorError:
        return frozenset(str(value) for value in connection.values.values())


@lru_cache(256)
def of_header(value: str) -> frozenset[str]:
    """The secrets in the value of a secret header: of `Basic …` the password too, of a cookie its value."""
    kind, _, rest = value.partition(" ")
    if (not rest and "=" in kind) or kind.endswith(";"):
        return frozenset({value, kind.partition("=")[2].rstrip(";")})
    found = {value, rest or value}
    if kind.lower() == "basic":
        with suppress(ValueError):
            found.add(b64decode(rest).decode().partition(":")[2])
    return frozenset(found)


@lru_cache(1024)
def hides(operation: Operation, side: str) -> bool:
    """Whether the `input` or `output` of an operation has a place that is `writeOnly`."""
    return '"writeOnly": true' in json.dumps(operation.input_schema if side == "input" else operation.output_schema)


def without_hidden(value: Any, schema: Schema) -> tuple[Any, list[Any]]:
    """The value with the mask wherever its schema says `writeOnly`, and the texts and numbers that stood there."""
    found: list[Any] = []

    def walk(value: Any, schemas: list[Schema]) -> Any:
        schemas = list(_in_place(schemas, root))
        if value is not None and any(one.get("writeOnly") for one in schemas):
            found.extend(_leaves(value))
            return MASK
        if isinstance(value, dict):
            return {
                key: walk(item, [child for one in schemas for child in _inside(one, key)])
                for key, item in value.items()
            }
        if isinstance(value, list):
            inside = [one["items"] for one in schemas if isinstance(one.get("items"), dict)]
            return [walk(item, inside) for item in value]
        return value

    root = schema
    return walk(value, [schema]), found


def _in_place(schemas: Iterable[Schema], root: Schema) -> Iterator[Schema]:
    for schema in schemas:
        whole = deref(schema, root)
        yield whole
        yield from _in_place((child for _, child, in_place in subschemas(whole) if in_place), root)


def _inside(schema: Schema, name: str) -> Iterator[Schema]:
    child = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
    if isinstance(child, dict):
        yield child


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield value


# -- by name, in texts ---------------------------------------------------------------------------------------------


def without_named(text: str) -> tuple[str, list[str]]:
    """A body or a URL with the mask wherever a name in it says that what follows is secret; and what stood there."""
    if not _search(f"{_WORD}{_MEMBER}|{_WORD}{_PARAMETER}")(text):
        return text, []
    parts, found, last = list[str](), list[str](), 0
    for match in _NAMED.finditer(text):
        member = match[1] is not None
        value, start = match[1] if member else match[2], match.start(1 if member else 2)
        before = text[max(0, match.start() - 64) : match.start()]
        head = before.rpartition('"')[2] if member else _NAME_END.findall(before)[0]
        tail = text[match.start() : start]
        name = head + (tail.partition('"')[0] if member else tail[:-1])
        if not _NO_NAME.search(name) and value != MASK:
            parts += [text[last:start], MASK]
            last = start + len(value)
            found += {value, _unescaped(value)}
    return "".join([*parts, text[last:]]), [value for value in found if len(value) >= LIKELY]


def _unescaped(value: str) -> str:
    from urllib.parse import unquote_plus

    try:
        return str(json.loads(f'"{value}"')) if "\\" in value else unquote_plus(value)
    except ValueError:
        return value


# -- in every form -------------------------------------------------------------------------------------------------


def _json(text: str) -> str:
    return json.dumps(text)[1:-1]


def _json_unicode(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _lower_hex(text: str) -> str:
    return re.sub(r"%..", lambda match: match[0].lower(), quote(text, safe=""))


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _html_hex(text: str) -> str:
    return _html(text).replace("'", "&#x27;")


def _html_decimal(text: str) -> str:
    return _html(text).replace("'", "&#39;")


def _slashed(text: str) -> str:
    return text.replace("/", "\\/")


def _percent(text: str) -> str:
    return quote(text, safe="")


WRITINGS: tuple[Callable[[str], str], ...] = (
    _json, _json_unicode, _percent, _lower_hex, quote, quote_plus, _html, _html_hex, _html_decimal, _slashed,
)  # fmt: skip
"""How a text may be written inside another."""


@lru_cache(1024)
def forms(secret: str) -> frozenset[str]:
    """The ways in which a text may hold a secret: as it is, or escaped once or twice."""
    found = set(writings(secret.encode("utf-8", "backslashreplace").decode()))
    return frozenset(found | {one.encode().decode("latin-1") for one in found})


def writings(text: str) -> list[str]:
    """A text as it is, and as each of WRITINGS makes it once and twice; in the same order for every text."""
    once = [text, *(write(text) for write in WRITINGS)]
    return [*once, *(write(one) for one in once[1:] for write in WRITINGS)]


@lru_cache(1024)
def inside_base64(secret: str) -> frozenset[str]:
    """The letters that stand for a secret inside base64, at each of the three places it can begin at."""
    content = secret.encode("utf-8", "backslashreplace")
    found: set[str] = set()
    for shift in range(3 if len(content) >= 6 else 0):  # fewer letters would be found by chance
        first, last = -(-8 * shift // 6), 8 * (shift + len(content)) // 6
        found.add(b64encode(bytes(shift) + content).decode()[first:last])
    found |= {one.replace("+", "-").replace("/", "_") for one in found}
    return frozenset(found | {write(one) for one in found for write in (_percent, _slashed)})


class Mask:
    """Takes secrets out of texts."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms, self.finds = _forms_of(frozenset(secrets))

    def __call__(self, text: str) -> str:
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        if "\0" in text and any(form in text.replace("\0", "") for form in self._forms):
            return MASK  # another encoding
        return text


@lru_cache(256)
def _forms_of(secrets: frozenset[str]) -> tuple[tuple[str, ...], Callable[[str], bool]]:
    """Every form of the secrets, the longest first; and whether a text, or JSON, may hold one."""
    wanted = [one for one in secrets if len(one) >= SHORTEST and set(one) != {"*"}]
    coded = {one: inside_base64(one) for one in wanted}
    found = {form for one in wanted for form in forms(one)}
    for one in wanted:
        if not any(form in one for other in coded.values() for form in other):  # else it is such a form itself
            found |= coded[one]
    cores: list[str] = []  # what holds a form holds one of these
    for form in sorted({write(form) for form in found for write in (str, _json, _json_unicode)}, key=_by_length):
        if not any(core in form for core in cores):
            cores.append(form)
    longest_first = tuple(sorted(found, key=_by_length, reverse=True))
    if not all(one.isascii() and one.isprintable() for one in wanted):
        return longest_first, lambda text: True  # there are many ways to write it: look closely
    return longest_first, _search("|".join(map(_literal, [*cores, "\0", "\\u0000"])))


@lru_cache(256)
def _search(pattern: str) -> Callable[[str], bool]:
    """Whether a text has a pattern: by the validator of schemas, which looks for several at once, ten times as fast."""
    import jsonschema_rs

    validator = jsonschema_rs.Draft202012Validator({"pattern": pattern})
    return validator.is_valid


def _literal(text: str) -> str:
    return "".join(char if char.isalnum() else f"\\x{ord(char):02X}" for char in text)


def _by_length(text: str) -> tuple[int, str]:
    return len(text), text
