"""Sample strength: a declaration that is changed for the worse must fail some sample."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from .. import calls
from ..errors import ConnectorError
from ..operation import Operation
from .finding import Finding
from .samples import Sample, Trace, differences, holds, trace, trace_choices

_OTHER_VERB = {"GET": "DELETE", "POST": "PUT", "PUT": "PATCH", "PATCH": "PUT", "DELETE": "GET", "HEAD": "GET"}


def survivors(operation: Operation, samples: list[Sample], styles: Mapping[str, Any]) -> Iterator[Finding]:
    """Every mutant of a declaration that all samples still pass."""
    for place, spec in mutants(operation.spec):
        try:
            mutant = operation.variant(spec, styles)
            caught = any(not passes(mutant, sample) for sample in samples)
        except ConnectorError:
            caught = True
        if not caught:
            text = "no sample notices when this is dropped or changed."
            yield Finding(
                Path(str(operation.file)), place, text, "Write one that does.", f"{operation.name} mutant {place}"
            )


def mutants(spec: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each small change for the worse: what was changed, and the spec with it."""
    yield from _request_mutants(spec)
    for key in ("path", "query", "headers"):
        for name in spec.get(key, {}):
            yield f"{key}/{name}", {**spec, key: _without(spec[key], name)}
    for key in ("result", "pagination", "options"):
        if key in spec:
            yield key, _without(spec, key)
    for name in ("active", "hint", "search", "needs", "part", "order", "find"):
        if name in (spec.get("options") or {}):
            yield f"options/{name}", {**spec, "options": _without(spec["options"], name)}
    for path in _leaves(spec.get("body"), ("body",)):
        changed = copy.deepcopy(dict(spec))
        holder: Any = changed
        for part in path[:-1]:
            holder = holder[part]
        del holder[path[-1]]
        yield "/".join(map(str, path)), changed


def _without(mapping: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if key != name}


def _request_mutants(spec: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    lines = spec.get("request", [])
    lines = [lines] if isinstance(lines, str) else list(lines)
    for index, line in enumerate(lines):
        for what, changed in _line_mutants(line):
            yield f"request/{index}/{what}", {**spec, "request": [*lines[:index], changed, *lines[index + 1 :]]}
        if len(lines) > 1:
            yield f"request/{index}", {**spec, "request": [*lines[:index], *lines[index + 1 :]]}


def _line_mutants(line: str) -> Iterator[tuple[str, str]]:
    method, _, target = line.partition(" ")
    yield "method", f"{_OTHER_VERB.get(method, 'GET')} {target}"
    names = re.findall(r"\{([\w.]+)\}", target)
    for first, second in pairwise(names):
        swapped = (
            target.replace(f"{{{first}}}", "\0").replace(f"{{{second}}}", f"{{{first}}}").replace("\0", f"{{{second}}}")
        )
        yield f"swap {first} and {second}", f"{method} {swapped}"
    for found in re.finditer(r"\{([?/&])([^}]*)\}", target):
        for name in found[2].split(","):
            rest = ",".join(other for other in found[2].split(",") if other != name)
            part = f"{{{found[1]}{rest}}}" if rest else ""
            yield name, f"{method} {target[: found.start()]}{part}{target[found.end() :]}"


def _leaves(tree: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if isinstance(tree, dict | list):
        for key, child in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from _leaves(child, (*path, key))
    elif tree is not None:
        yield path


def passes(operation: Operation, sample: Sample) -> bool:
    """Whether an operation does all that a sample says, played without a network."""
    data = sample.data
    if data.get("all"):
        return _passes_all(operation, sample)
    if "labels" in data or "options" in data:
        done = trace_choices(operation, sample)
        if not _sends(done, sample) or done.end != data.get("labels", data.get("options")):
            return False
        if "output" not in data:
            return True
    done = trace(operation, sample.input, sample)
    if not _sends(done, sample):
        return False
    if not isinstance(done.end, calls.Result):
        return "error" in data and holds(done.end, data["error"])
    return "error" not in data and bool(done.end.output == data["output"])


def _sends(done: Trace, sample: Sample) -> bool:
    if len(done.sent) != len(sample.calls):
        return False
    return not any(True for call, sent in zip(sample.calls, done.sent, strict=True) for _ in differences(call, sent))


def _passes_all(operation: Operation, sample: Sample) -> bool:
    given: Any = sample.data.get("input", {})
    rows: list[Any] = []
    for index in range(len(sample.calls)):
        one = Sample(sample.file, sample.connector, operation, {**sample.data, "calls": sample.calls[index:][:1]})
        done = trace(operation, given, one)
        if not isinstance(done.end, calls.Result) or any(True for _ in differences(one.calls[0], done.sent[0])):
            return False
        rows += operation.rows(done.end.output)
        given = done.end.next_input
        if given is None:
            return index == len(sample.calls) - 1 and bool(rows == sample.data["output"])
    return False
