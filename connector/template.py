"""The three small languages of a declaration: JMESPath expressions, URI templates, body trees."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from .errors import InputError, Problem
from .message import ABSENT

_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*\Z")


class Expression:
    """A JMESPath expression over a JSON value.

    A plain path (`comment.body`) tells a given null from an absent name; anything computed gives None for nothing.
    `reads` are the names of the top level that it looks at, None where it takes the whole (`@`).
    """

    __slots__ = ("_compiled", "path", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self.path = tuple(source.split(".")) if _PATH.match(source) else None
        self._compiled: Any = None if self.path else _compile(source)

    @property
    def reads(self) -> frozenset[str] | None:
        return frozenset(self.path[:1]) if self.path else _roots(self._compiled.parsed)

    def find(self, data: Any) -> Any:
        """The value; ABSENT where a plain path leads nowhere or a computation gives null."""
        if self.path:
            for name in self.path:
                if not isinstance(data, dict) or name not in data:
                    return ABSENT
                data = data[name]
            return data
        return ABSENT if (value := self._search(data)) is None else value

    def _search(self, data: Any) -> Any:
        """What is computed; ValueError where a function cannot take what it is given."""
        from jmespath.exceptions import JMESPathError

        try:
            return self._compiled.search(data, _options())
        except (JMESPathError, TypeError, ValueError) as error:
            raise ValueError(f"{self.source!r} cannot be computed: {str(error).splitlines()[0]}") from None

    def __call__(self, data: Any) -> Any:
        """The value; None where there is none."""
        value = self.find(data)
        return None if value is ABSENT else value


def _compile(source: str) -> Any:
    import jmespath  # most operations need only plain paths

    try:
        compiled = jmespath.compile(source)
    except jmespath.exceptions.JMESPathError as error:
        reason = str(error).splitlines()[0].removeprefix("Invalid jmespath expression: ").rstrip(" :.")
        raise ValueError(f"{source!r} is not JMESPath: {reason}") from None
    if unknown := _functions(compiled.parsed) - _options().custom_functions.FUNCTION_TABLE.keys():
        raise ValueError(f"{source!r} is not JMESPath: there is no function {min(unknown)}()")
    return compiled


def _functions(node: Any) -> set[str]:
    """The functions that a parsed expression calls; jmespath itself looks them up only when they are called."""
    own = {node["value"]} if node["type"] == "function_expression" else set()
    return own.union(*(_functions(child) for child in node.get("children", ()) if isinstance(child, dict)))


@lru_cache(maxsize=1)
def _options() -> Any:
    import jmespath
    from jmespath import functions

    class Functions(functions.Functions):
        """What standard JMESPath lacks, under the names and rules of JMESPath Community; null gives null."""

        @functions.signature({"types": ["array", "null"]})
        def _func_from_items(self, items: list[Any] | None) -> dict[str, Any] | None:
            return None if items is None else {str(key): value for key, value in items}

        @functions.signature({"types": ["string", "null"]})
        def _func_lower(self, text: str | None) -> str | None:
            return None if text is None else text.lower()

    return jmespath.Options(custom_functions=Functions())


def _roots(node: dict[str, Any]) -> frozenset[str] | None:
    """The names of the top level that a parsed expression reads; None for the whole value."""
    kind, children = node["type"], node.get("children", [])
    if kind == "field":
        return frozenset([node["value"]])
    if kind in ("literal", "expref"):  # an expref (&name) reads each item of a list, not the top level
        return frozenset()
    if kind in ("current", "identity"):
        return None
    if kind not in ("function_expression", "multi_select_list", "multi_select_dict", "key_val_pair", "comparator",
                    "or_expression", "and_expression", "not_expression"):  # fmt: skip
        children = children[:1]  # a path or projection: what follows reads the value before it
    found: frozenset[str] = frozenset()
    for child in children:
        names = _roots(child)
        if names is None:
            return None
        found |= names
    return found


class RequestLine:
    """`GET /tickets/{ticket_id}{?include}`: a method and an RFC 6570 template."""

    __slots__ = ("_plain", "_template", "method", "optional", "path_names", "query_names", "source")

    def __init__(self, source: str) -> None:
        from uritemplate import URITemplate

        self.source = source
        self.method, _, target = source.partition(" ")
        self._template = URITemplate(target)
        if re.search(r"[{}]", re.sub(r"\{[^{}]+\}", "", target)):
            raise ValueError(f"{target!r} is no URI template: a brace has no partner")
        path = re.sub(r"\{\?[^{}]*\}$", "", target)
        self._plain = path if _PLAIN_PATH.fullmatch(path) else None
        self.path_names: list[str] = []
        self.query_names: list[str] = []
        for variable in self._template.variables:
            in_query = variable.operator.value in ("?", "&")
            (self.query_names if in_query else self.path_names).extend(variable.variable_names)
        self.optional = frozenset(
            name
            for variable in self._template.variables
            if variable.operator.value == "/"
            for name in variable.variable_names
        )

    @property
    def names(self) -> list[str]:
        return self.path_names + self.query_names

    def fits(self, values: Mapping[str, Any]) -> bool:
        """Whether every path variable that must be there is there."""
        return all(name in self.optional or wire(values.get(name)) is not None for name in self.path_names)

    def expand(self, values: Mapping[str, Any]) -> str:
        """The path and query, encoded. A path value that would lead elsewhere is an InputError."""
        given: dict[str, Any] = {}
        for name in self.path_names:
            if (value := wire(values.get(name))) is not None:
                given[name] = _path_value(name, value)
        for name in self.query_names:
            if (value := wire(values.get(name))) is not None:
                given[name] = value
        if self._plain and [*given] == self.path_names and all(map(_is_plain, given.values())):
            return self._plain.format_map(given)  # as the library would, which takes ten times as long
        return self._template.expand(given)


_PLAIN_PATH = re.compile(r"([A-Za-z0-9._~/-]|\{[A-Za-z_]\w*\})*")


def _is_plain(value: str | list[str]) -> bool:
    """Whether nothing of a value is encoded."""
    return isinstance(value, str) and value.isascii() and value.isalnum()


def _path_value(name: str, value: str | list[str]) -> str | list[str]:
    parts = [value] if isinstance(value, str) else value
    if any(part in ("", ".", "..") or any(ord(char) < 32 or ord(char) == 127 for char in part) for part in parts):
        pointer = "/" + name.replace(".", "/")
        raise InputError([Problem(pointer, "path", "string", "cannot stand in a path.", "Give the value alone.")])
    return value


def wire(value: Any) -> Any:
    """A value as it stands in a path, query or header: text, or a list of texts; None for nothing."""
    if value is None or value is ABSENT:
        return None
    if isinstance(value, list | tuple):
        return [str(text) for item in value if (text := wire(item)) is not None] or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def query_pairs(name: str, value: Any) -> Iterator[str]:
    """`name=value`, encoded. A list is joined by commas; where the name ends in `[]`, it is repeated instead."""
    text = wire(value)
    if text is None:
        return
    key = quote(name, safe="")
    if isinstance(text, list):
        if name.endswith("[]"):
            yield from (f"{key}={quote(item, safe='')}" for item in text)
            return
        text = ",".join(quote(item, safe="") for item in text)
        yield f"{key}={text}"
    else:
        yield f"{key}={quote(text, safe='')}"


class Body:
    """A tree whose leaves are JMESPath over the input.

    A list merges objects from left to right. `"*"` is every input that nothing else in the operation reads. What is
    absent is left out; an object all of whose leaves are absent is left out too.
    """

    __slots__ = ("_tree", "reads", "takes_rest")

    def __init__(self, tree: Any) -> None:
        self.takes_rest = False
        self.reads: frozenset[str] | None = frozenset()
        self._tree = self._node(tree)

    def _node(self, tree: Any) -> Any:
        if isinstance(tree, dict):
            return {key: self._node(value) for key, value in tree.items()}
        if isinstance(tree, list):
            return [self._node(item) for item in tree]
        if tree == "*":
            self.takes_rest = True
            return "*"
        if not isinstance(tree, str):
            raise ValueError(f"{tree!r} is not JMESPath; write a literal in backticks, as '`{json.dumps(tree)}`'")
        leaf = Expression(tree)
        names = leaf.reads
        self.reads = None if names is None or self.reads is None else self.reads | names
        return leaf

    def build(self, data: Mapping[str, Any], read_elsewhere: frozenset[str]) -> Any:
        """The body for an input; `{}` where all of it is absent."""
        rest: dict[str, Any] = {}
        if self.takes_rest:
            read = read_elsewhere | (self.reads or frozenset())
            rest = {name: value for name, value in data.items() if name not in read}
        built = _build(self._tree, data, rest)
        return {} if built is ABSENT else built


def _build(node: Any, data: Mapping[str, Any], rest: dict[str, Any]) -> Any:
    if isinstance(node, Expression):
        return node.find(data)
    if node == "*":
        return rest or ABSENT
    if isinstance(node, list):
        merged: dict[str, Any] = {}
        for item in node:
            part = _build(item, data, rest)
            if part is not ABSENT and part is not None:
                merged.update(part)
        return merged or ABSENT
    built = {key: value for key, child in node.items() if (value := _build(child, data, rest)) is not ABSENT}
    return built or ABSENT
