"""Input coverage: every input must, in some sample, change what is sent or what comes out."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from ..catalog import Connector
from ..operation import Operation
from ..schema import Schema, deref, subschemas
from .finding import Finding
from .samples import Sample, trace

Path = tuple[str, ...]  # names, with "*" for any item of a list or any name of a map


def uncovered(connector: Connector, samples: Mapping[str, list[Sample]]) -> Iterator[Finding]:
    """Every input that no sample proves. Those of a paging style are proved once, by any operation that has them."""
    proved: dict[str, set[Path]] = {}
    styled: set[tuple[str, str]] = set()
    for name, own in samples.items():
        operation = connector.operation(name)
        proved[name] = {path for sample in own for path in _proved(operation, sample)}
        styled |= {(_style(operation), path[0]) for path in proved[name] if len(path) == 1}
    for name in samples:
        operation = connector.operation(name)
        paged = operation.paging.input if operation.paging else {}
        for path in dict.fromkeys(inputs(operation.input_schema, operation.input_schema)):
            if _holds(proved[name], path) or (path[0] in paged and (_style(operation), path[0]) in styled):
                continue
            place = "/".join(path)
            text = f"the input {place} changes nothing in any sample."
            hint = f"Give it in a sample, as samples/{connector.name}/{name}.full.json."
            yield Finding(connector.folder / f"{name}.yaml", f"input/{place}", text, hint, f"{name} input {place}")


def _holds(proved: set[Path], path: Path) -> bool:
    """Whether a path is proved; its `*` stands for any name of a map."""
    if "*" not in path:
        return path in proved
    alike = (other for other in proved if len(other) == len(path))
    return any(all(own in ("*", name) for own, name in zip(path, other, strict=True)) for other in alike)


def _style(operation: Operation) -> str:
    style = operation.spec.get("pagination")
    return style if isinstance(style, str) else next(iter(style or {"": 0}))


def inputs(schema: Schema, root: Schema, seen: frozenset[str] = frozenset()) -> Iterator[Path]:
    """The path of every property that an input may have, however deep."""
    if (ref := schema.get("$ref")) in seen:
        return
    seen = seen | {ref} if ref else seen
    whole = deref(schema, root)
    for key, child, in_place in subschemas(whole):
        kind, _, name = key.partition("/")
        if in_place and kind not in ("not", "if"):
            yield from inputs(child, root, seen)
        elif kind == "properties":
            yield (name,)
            yield from ((name, *rest) for rest in inputs(child, root, seen))
        elif kind in ("items", "additionalProperties"):
            yield from (("*", *rest) for rest in inputs(child, root, seen))


def _proved(operation: Operation, sample: Sample) -> Iterator[Path]:
    """The inputs of a sample whose absence changes what happens."""
    given = sample.input
    if "calls" not in sample.data:
        return
    filled = operation.with_defaults(given)
    whole = trace(operation, filled, sample, checked=False)
    for path, place in _places(filled):
        without = copy.deepcopy(filled)
        holder: Any = without
        for part in place[:-1]:
            holder = holder[part]
        del holder[place[-1]]
        changed = trace(operation, without, sample, checked=False)
        if changed.sent != whole.sent or changed.end != whole.end:
            yield path


def _places(value: Any, path: Path = (), place: tuple[Any, ...] = ()) -> Iterator[tuple[Path, tuple[Any, ...]]]:
    """Every name in a value: as a Path, and as the keys that lead to it."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield (*path, name), (*place, name)
            yield from _places(child, (*path, name), (*place, name))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _places(child, (*path, "*"), (*place, index))
