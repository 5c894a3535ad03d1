"""What can be said of a connector's files without running them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from ..catalog import Connector
from ..errors import ConnectorError, DeclarationError, nearest
from ..operation import Operation, known_inputs
from ..record.reading import readings
from ..schema import Schema, Validator, declared, deref, is_pattern, misfit, subschemas
from ..template import Expression
from ..ways import needs, signs_in
from . import dropdowns, fields
from .finding import Finding

_STANDARD = """$ref $defs $comment $anchor title description type enum const default examples format deprecated readOnly
    writeOnly allOf anyOf oneOf not if then else properties patternProperties additionalProperties
    unevaluatedProperties propertyNames required minProperties maxProperties dependentRequired dependentSchemas items
    prefixItems contains minContains maxContains minItems maxItems uniqueItems unevaluatedItems minLength maxLength
    pattern minimum maximum exclusiveMinimum exclusiveMaximum multipleOf contentEncoding contentMediaType""".split()
_OURS = ("account_fields", "advanced", "lookup")
KEYWORDS = frozenset([*_STANDARD, *_OURS])


def lint(connector: Connector, names: Sequence[str]) -> Iterator[Finding]:
    """Everything wrong with connector.yaml and with the declarations of these operations."""
    try:
        connector.spec  # noqa: B018 - loading it is the check
        found = list(_connector(connector))
    except ConnectorError as error:
        found = [_broken(connector.file, error)]
    yield from found
    if found:  # what is wrong here would be found again in every operation
        return
    for name in names:
        try:
            yield from _operation(connector, connector.operation(name))
        except ConnectorError as error:
            yield _broken(connector.folder / f"{name}.yaml", error)


def _broken(file: Path, error: ConnectorError) -> Finding:
    """The finding of a file that cannot be loaded. What is wrong may lie in another: a handler, a shared schema."""
    if not isinstance(error, DeclarationError):
        return Finding(file, "", error.message)
    if error.file == str(file):
        return Finding(file, error.key, error.problem, error.hint)
    return Finding(file, "", f"cannot be loaded: {error.message}")


def _connector(connector: Connector) -> Iterator[Finding]:
    spec, file = connector.spec, connector.file
    if wrong := misfit(spec["connection"]):
        yield Finding(file, "connection" + wrong.pointer, f"is no JSON Schema: {wrong.message}", wrong.hint)
        return
    for name in re.findall(r"\{(\w+)\}", spec["url"]):
        if name not in spec["connection"].get("required", ()):
            hint = "Name it in connection/required."
            yield Finding(file, "url", f"{name} is a value that a connection may lack.", hint)
    if spec.get("sandbox") and not (judge := Validator(spec["connection"])).accepts(spec["sandbox"]):
        yield Finding(file, "sandbox", f"is no connection: {judge.problems(spec['sandbox'])[0]}")
    yield from _signing(file, spec)
    for index, source in enumerate(spec.get("errors", ())):
        parts = source if isinstance(source, dict) else {"": source}
        for key in parts.keys() - {"whole"}:
            yield from _expression(file, f"errors/{index}/{key}".rstrip("/"), parts[key])
    for name, style in spec.get("pagination", {}).items():
        yield from _style(file, f"pagination/{name}", style)
    yield from fields.kinds(connector)


def _signing(file: Path, spec: dict[str, Any]) -> Iterator[Finding]:
    """What is wrong with the ways to sign, and with the test of a connection."""
    values = spec["connection"].get("properties", {})
    for name, way in spec["auth"].items():
        yield from _oauth2(file, name, way, spec) if way["type"] == "oauth2" else _way(file, name, way, values)
    for key in ("proves", "who"):
        if source := (spec.get("test") or {}).get(key):
            yield from _expression(file, f"test/{key}", source)


def _way(file: Path, name: str, way: dict[str, Any], values: Collection[str]) -> Iterator[Finding]:
    for key in ("username", "password", "token", "value"):
        if key in way:
            yield from _expression(file, f"auth/{name}/{key}", way[key], values, "value of the connection")


def _oauth2(file: Path, name: str, way: dict[str, Any], spec: dict[str, Any]) -> Iterator[Finding]:
    for value in needs(way):
        if value not in spec["connection"].get("properties", {}):
            yield Finding(file, f"auth/{name}", f"reads {value}, which is no value of the connection.")
    if signs_in(way) and "authorize" not in way:
        yield Finding(file, f"auth/{name}/authorize", "is missing.", "A person signs in there.")
    for key in ("authorize", "token"):
        for value in re.findall(r"\{(\w+)\}", way.get(key, "")):
            if value not in spec["connection"].get("required", ()):
                hint = "Name it in connection/required."
                yield Finding(file, f"auth/{name}/{key}", f"{value} is a value that a connection may lack.", hint)


def _style(file: Path, place: str, style: dict[str, Any]) -> Iterator[Finding]:
    inputs = style["input"]
    for wire, source in style["query"].items():
        yield from _expression(file, f"{place}/query/{wire}", source, inputs, "input of the style")
    for name, source in style.get("next", {}).items():
        yield from _expression(file, f"{place}/next/{name}", source)
    for key in ("more", "link"):
        if style.get(key):
            yield from _expression(file, f"{place}/{key}", style[key])
    own = [*((f"next/{name}", name) for name in style.get("next", {})), ("count", style.get("count"))]
    for key, name in [*own, ("skip", style.get("skip"))]:
        if name is not None and name not in inputs:
            yield Finding(file, f"{place}/{key}", f"{name} is no input of the style.", nearest(name, list(inputs)))


def _expression(
    file: Path, place: str, source: str, known: Collection[str] | None = None, what: str = ""
) -> Iterator[Finding]:
    """What is wrong with an expression: its form, or a name that it reads and that is not known."""
    try:
        reads = Expression(source).reads or frozenset()
    except ValueError as error:
        yield Finding(file, place, f"{error}.")
        return
    for name in sorted(reads - set(known)) if known is not None else ():
        yield Finding(file, place, f"{name} is no {what}.", nearest(name, list(known or ())))


def _operation(connector: Connector, operation: Operation) -> Iterator[Finding]:
    file = connector.folder / f"{operation.name}.yaml"

    def found(place: str, message: str, hint: str = "") -> Finding:
        return Finding(file, place, message, hint)

    if operation.title.endswith("."):
        yield found("title", "ends with a full stop.")
    if not operation.description.endswith("."):
        yield found("description", "is not a sentence.", "End it with a full stop.")
    for key, schema in (("input", operation.input_schema), ("output", operation.output_schema)):
        yield from _schema(found, key, schema, schema, key == "input")
    if not operation.spec.get("output"):
        yield found("output", "is missing.", "Say what the operation answers.")
    inputs = known_inputs(operation)
    yield from _reads(operation, inputs, found)
    yield from _list(operation, found)
    yield from dropdowns.options(connector, operation, inputs, found)
    yield from dropdowns.lookups(connector, operation.input_schema, found)
    yield from fields.marks(connector, operation.input_schema, operation.input_schema, found)
    yield from _lost(connector, operation, inputs, found)


def _schema(
    found: Any, place: str, schema: Schema, root: Schema, labelled: bool, in_place: bool = False
) -> Iterator[Finding]:
    if unknown := schema.keys() - KEYWORDS:
        yield found(place, f"{min(unknown)} is no keyword.", nearest(min(unknown), sorted(KEYWORDS)))
    for key, child, child_in_place in subschemas(schema):
        yield from _schema(found, f"{place}/{key}", child, root, labelled, child_in_place)
        for word in ("title", "description") if labelled and key.startswith("properties/") else ():
            if not deref(child, root).get(word):
                yield found(f"{place}/{key}", f"has no {word}.", "People see it in forms.")
    for name, child in schema.get("$defs", {}).items():
        yield from _schema(found, f"{place}/$defs/{name}", child, root, labelled)
    if "default" in schema and not Validator({**schema, "$defs": root.get("$defs", {})}).accepts(schema["default"]):
        yield found(f"{place}/default", "does not fit its own schema.")
    for name in () if in_place else schema.get("required", ()):  # in place, the properties stand around it
        if name not in declared(schema, root):
            yield found(f"{place}/required", f"{name} is not among the properties.")
    if "pattern" in schema and not is_pattern(schema["pattern"]):
        yield found(f"{place}/pattern", "is no regular expression that every validator knows.")


def _reads(operation: Operation, inputs: dict[str, Schema], found: Any) -> Iterator[Finding]:
    """Every input is read, and every path mapping is used. That what is read is an input is judged at load."""
    if operation.handler:
        return
    read = operation.reads | operation.body_reads()
    if not operation.sends_rest:
        for name in sorted(inputs.keys() - read):
            yield found(f"input/properties/{name}", "is never sent.", "Map it in path, query, headers or body.")
    known = {name for line in operation.lines for name in line.names}
    for name in operation.spec.get("path", {}):
        if name not in known:
            yield found(f"path/{name}", "is in no request template.")


def _list(operation: Operation, found: Any) -> Iterator[Finding]:
    spec = operation.spec
    if operation.paging and "records" not in spec:
        yield found("records", "is missing.", "A list says where its rows lie.")


def _lost(connector: Connector, operation: Operation, inputs: dict[str, Schema], found: Any) -> Iterator[Finding]:
    """What is said for the case that an answer is lost. What `reconcile` reads is judged when it is compiled."""
    key = operation.idempotency
    if key and key not in inputs:
        yield found("idempotency", f"{key} is no input.", nearest(key, list(inputs)))
    for what in ("idempotency", "reconcile"):
        if what in operation.spec and operation.effect == "read":
            yield found(what, "is for operations that change something.", "Take it out.")
    for reading in readings(operation, connector.spec.get("pagination", {})):
        if isinstance(reading, str) and not reading.endswith("."):
            yield found("reconcile", "is not a sentence.", "End it with a full stop.")


def strays(connector: Connector) -> Iterator[Finding]:
    """Files, and entries of shared schemas, that belong to no operation."""
    for file in sorted(connector.folder.glob("*.py")):
        if not file.stem.startswith("_") and file.stem not in connector.names:
            hint = f"Write {file.stem}.yaml beside it, or begin its name with _."
            yield Finding(file, "", "belongs to no operation.", hint)
    for file in connector.samples():
        if file.name.partition(".")[0] not in connector.names:
            yield Finding(file, "", "belongs to no operation.", "Take it away, or name it after one.")
    reached: set[str] = set()
    pending = [ref for name in connector.names for ref in _refs(connector.operation(name).spec)]
    while pending:
        if (ref := pending.pop()) not in reached:
            reached.add(ref)
            name, _, entry = ref.partition("#")
            shared = connector.shared_schema(name)
            pending += _refs(shared["$defs"][entry] if entry else shared)
    for file in sorted((connector.home / "schemas" / connector.name).glob("*.yaml")):
        entries = [f"{file.stem}#{name}" for name in connector.shared_schema(file.stem).get("$defs", {})]
        for ref in entries if file.stem not in reached and entries else [file.stem]:
            if ref not in reached:
                yield Finding(file, ref.partition("#")[2], "is used by no operation.", "Take it away.")


def _refs(node: Any) -> Iterator[str]:
    """Every reference to a shared schema inside a value."""
    if isinstance(node, dict):
        if isinstance(ref := node.get("$ref"), str) and not ref.startswith("#"):
            yield ref
        node = list(node.values())
    for child in node if isinstance(node, list) else ():
        yield from _refs(child)
