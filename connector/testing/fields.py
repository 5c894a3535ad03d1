"""What is wrong with how fields of the account's own are declared, and taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..account_fields.kinds import EXPRESSIONS, MARK
from ..catalog import Connector
from ..errors import nearest
from ..schema import Schema, declared, deref, misfit
from ..template import Expression
from .finding import Finding


def kinds(connector: Connector) -> Iterator[Finding]:
    """What is wrong with `fields` in connector.yaml."""
    for name, spec in connector.spec.get("fields", {}).items():
        place = f"fields/{name}"
        if spec["operation"] not in connector.names:
            hint = nearest(spec["operation"], connector.names)
            yield Finding(connector.file, f"{place}/operation", f"there is no operation {spec['operation']!r}.", hint)
        elif connector.operation(spec["operation"]).records is None:
            yield Finding(connector.file, f"{place}/operation", f"{spec['operation']} is no list.", "Give it records.")
        for key in EXPRESSIONS & spec.keys():
            try:
                Expression(spec[key])
            except ValueError as error:
                yield Finding(connector.file, f"{place}/{key}", f"{error}.")
        for kind, schema in spec["types"].items():
            if wrong := misfit(schema):
                yield Finding(connector.file, f"{place}/types/{kind}", f"is no JSON Schema: {wrong.message}")


def marks(connector: Connector, node: Any, root: Schema, found: Any) -> Iterator[Finding]:
    """What is wrong with the lists of an input that take fields of the account."""
    if isinstance(node, dict) and MARK in node:
        known, item = connector.spec.get("fields", {}), deref(node.get("items", {}), root)
        if node[MARK] not in known:
            yield found(
                f"input/{MARK}", f"there is no {node[MARK]!r} among the fields.", nearest(node[MARK], list(known))
            )
        else:
            for part in ("key", "value"):
                if (name := known[node[MARK]][part]) not in declared(item, root):
                    yield found(f"input/{MARK}", f"an item has no {name!r}.", f"It holds the {part} of a field.")
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from marks(connector, child, root, found)
