"""What can be said of dropdowns, and of the fields that they fill, without running them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..catalog import Connector
from ..dropdown.pages import READS, reading
from ..errors import DeclarationError, nearest
from ..operation import Operation, known_inputs
from ..schema import Schema, declared, deref, is_pattern, subschemas
from ..template import Expression
from .finding import Finding


def options(connector: Connector, operation: Operation, inputs: dict[str, Schema], found: Any) -> Iterator[Finding]:
    """What is wrong with the `options` of an operation."""
    spec = operation.options
    if spec is None:
        return
    if not operation.records:
        yield found("records", "is missing.", "A dropdown is a list.")
    if operation.effect != "read":
        yield found("options", "is for operations that only read.", "Take it out.")
    searched = spec.get("search")
    for name in [*([searched] if isinstance(searched, str) else []), *spec.get("needs", ())]:
        if name not in inputs:
            yield found("options", f"{name} is no input.", nearest(name, list(inputs)))
    yield from _readings(connector, operation, spec, found)
    if fields := _fields(operation):
        for key in ("text", "value", "active", "hint"):
            for name in sorted(Expression(spec[key]).reads or ()) if spec.get(key) else ():
                if name not in fields:
                    yield found(f"options/{key}", f"{name} is no field of a row.", nearest(name, list(fields)))


def _readings(connector: Connector, operation: Operation, spec: Mapping[str, Any], found: Any) -> Iterator[Finding]:
    for key, asked in READS.items():
        if isinstance(spec.get(key), dict):
            try:
                made = reading(operation, key, connector.spec.get("pagination", {}))
                made.input_schema  # noqa: B018 - it looks at the names that the request reads
            except DeclarationError as error:
                yield found(f"options/{key}/{error.key}", error.problem, error.hint)
            else:
                if asked not in made.reads:
                    yield found(f"options/{key}", f"does not read {asked}.", "That is what is asked for.")
            if not is_pattern(spec[key].get("pattern", "")):
                yield found(f"options/{key}/pattern", "is no regular expression that every validator knows.")


def _fields(operation: Operation) -> dict[str, Schema]:
    """The fields of a row, as far as the output declares them."""
    root = operation.output_schema
    row: Any = deref(root, root)
    path = () if operation.records == "@" else Expression(operation.records or "[]").path
    for name in path or ():
        row = deref(declared(row, root).get(name, {}), root)
    items = row.get("items") if path is not None else None
    return declared(items, root) if isinstance(items, dict) else {}


def lookups(connector: Connector, root: Schema, found: Any) -> Iterator[Finding]:
    """What is wrong with the lookups of an input, however deep, also inside the shared schemas that it reaches."""
    known: dict[str, Schema] = {}

    def walk(
        node: Schema, siblings: dict[str, Schema], around: dict[str, Schema], place: str, seen: frozenset[str]
    ) -> Iterator[Finding]:
        if (ref := node.get("$ref")) in seen:
            return
        whole, seen = deref(node, root), seen | {ref} if ref else seen
        if lookup := whole.get("lookup"):
            yield from _lookup(connector, lookup, siblings, lambda text, hint="": found(f"{place}/lookup", text, hint))
        own = {**around, **declared(whole, root)}
        for key, child, in_place in subschemas(whole):
            beside = siblings if in_place else own if key.startswith("properties/") else known
            yield from walk(child, beside, own if in_place else known, f"{place}/{key}", seen)

    yield from walk(root, known, known, "input", frozenset())


def _lookup(connector: Connector, lookup: dict[str, Any], siblings: dict[str, Schema], found: Any) -> Iterator[Finding]:
    name = lookup.get("operation", "")
    if name not in connector.names:
        yield found(f"there is no operation {name!r}.", nearest(name, connector.names))
        return
    target = connector.operation(name)
    if not target.options:
        yield found(f"{name} is no dropdown.", f"Give {name} options.")
    for own, sibling in lookup.get("input", {}).items():
        if own not in known_inputs(target):
            yield found(f"{name} has no input {own!r}.", nearest(own, list(known_inputs(target))))
        if sibling not in siblings:
            yield found(f"there is no field {sibling!r} beside it.", nearest(sibling, list(siblings)))
