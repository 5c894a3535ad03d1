"""A bundled schema as JSON Schema draft-04 in Tray's words: for front ends that were written for Tray.

It takes whatever the schema takes: what draft-04 or those front ends cannot say (`if`, `not`, `contains`,
`propertyNames`, `dependentSchemas`) is left out, which only widens it. Each object carries `required`, `advanced` (the
names of its advanced properties) and `additionalProperties`; an empty `required` is Tray's, and no draft-04.
"""

from __future__ import annotations

import json
from itertools import combinations
from typing import Any

from ..schema import Schema, declared
from .flat import CLOSING, PLACE, Bundle, either, merged

DRAFT = "http://json-schema.org/draft-04/schema#"
SAME = """
    title description type enum enumLabels default pattern minLength maxLength minimum maximum multipleOf minItems
    maxItems uniqueItems minProperties maxProperties readOnly writeOnly
""".split()
FORMATS = {"date-time": "datetime", "textarea": "text"}
OF_OBJECTS = """
    type properties patternProperties required dependentRequired minProperties maxProperties additionalProperties
    unevaluatedProperties
""".split()
CHOICES = ("oneOf", "anyOf")
UNSEEN = (*CHOICES, "if", "then", "else", "dependentSchemas")


def draft04(schema: Schema) -> Schema:
    """A bundled 2020-12 schema in draft-04: one document, in which a `$ref` leads only to what holds itself."""
    writer = _Writer(schema)
    whole = {"$schema": DRAFT, **writer.schema(schema)}
    definitions: dict[str, Schema] = {}
    while missing := sorted(writer.named - definitions.keys()):
        definitions |= {name: writer.schema(writer.shared[name]) for name in missing}
    return {**whole, "definitions": definitions} if definitions else whole


class _Writer(Bundle):
    """Writes the schemas of one bundle; `named` are those that a `$ref` is left to."""

    def __init__(self, root: Schema) -> None:
        super().__init__(root)
        self.named: set[str] = set()

    def schema(self, given: Any) -> Schema:
        return self.written(self.flat(either(given)))

    def written(self, found: Schema, unseen: Schema | None = None) -> Schema:
        """A flat schema in draft-04. `unseen` says of the same value what is not written; its names may stand."""
        choice = next((key for key in CHOICES if key in found), None)
        if choice and all("const" in either(branch) for branch in found[choice]):
            found, choice = _labelled(found, choice), None
        if choice and any(self.names_some(either(branch)) for branch in found[choice]):
            return self.forms(found, choice, unseen)
        out = {key: found[key] for key in SAME if key in found} | _reworded(found)
        if "allOf" in found:
            out["allOf"] = [self.named_ref(one["$ref"]) for one in found["allOf"]]
        if "items" in found and "prefixItems" not in found:
            out["items"] = self.schema(found["items"])
        if "properties" in found or ("type" in found and "object" in _types(found)):
            out |= self.object(found, unseen)
        if choice:
            branches = [self.schema(branch) for branch in found[choice]]
            out["oneOf" if choice == "oneOf" and _apart(branches) else "anyOf"] = branches
        return out["allOf"][0] if out.keys() == {"allOf"} and len(out["allOf"]) == 1 else out

    def named_ref(self, ref: str) -> Schema:
        name = ref.removeprefix(PLACE)
        self.named.add(name)
        return {"$ref": f"#/definitions/{name}"}

    def object(self, found: Schema, unseen: Schema | None) -> Schema:
        """What a flat schema says of the properties of an object."""
        properties = {name: self.flat(either(child)) for name, child in found.get("properties", {}).items()}
        written = {name: self.written(child) for name, child in properties.items()}
        parts = {"allOf": [unseen or {}, {key: found[key] for key in UNSEEN if key in found}]}
        closing = [found[key] for key in CLOSING if key in found]
        # where a $ref is left, what it names does not count here
        other = closing[0] if closing and "allOf" not in found and not self.opens(parts) else True
        if other is not True:
            written |= {name: {} for name in declared(parts, self.root) if name not in written}
        out: Schema = {
            "properties": written,
            "required": found.get("required", []),
            "advanced": [name for name, child in properties.items() if child.get("advanced") is True],
            "additionalProperties": self.schema(other) if isinstance(other, dict) else other,
        }
        if patterns := found.get("patternProperties"):
            out["patternProperties"] = {pattern: self.schema(child) for pattern, child in patterns.items()}
        if needs := {name: names for name, names in found.get("dependentRequired", {}).items() if names}:
            out["dependencies"] = needs
        return out

    def forms(self, found: Schema, choice: str, unseen: Schema | None) -> Schema:
        """A choice of forms: each branch an object of its own, with all that is said around the choice."""
        around = {key: found[key] for key in OF_OBJECTS if key in found}
        beside = [key for key in UNSEEN if key in found and (key != choice or choice == "anyOf")]  # any: also several
        unseen = {"allOf": [unseen or {}, {key: found[key] for key in beside}]}
        branches = []
        for branch in found[choice]:
            own = self.flat(either(branch))
            if "object" in _types(own):
                further_out = {key: value for key, value in around.items() if key not in CLOSING or key not in own}
                own = merged(own, further_out)
            branches.append(self.written(own, unseen))
        rest = {key: value for key, value in found.items() if key not in (*OF_OBJECTS, *UNSEEN)}
        return self.written(rest) | {"oneOf" if choice == "oneOf" and _apart(branches) else "anyOf": branches}


def _labelled(found: Schema, choice: str) -> Schema:
    """A choice of titled constants as Tray writes it: values, and beside them labels."""
    branches = found[choice]
    labels = [branch.get("title", _text(branch["const"])) for branch in branches]
    rest = {key: value for key, value in found.items() if key != choice}
    return {**rest, "enum": [branch["const"] for branch in branches], "enumLabels": labels}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _reworded(found: Schema) -> Schema:
    """What draft-04 and Tray say in other words."""
    out: Schema = {}
    for bound, tighter in (("minimum", max), ("maximum", min)):
        exclusive = found.get(f"exclusive{bound.capitalize()}")
        if exclusive is not None and exclusive == tighter(exclusive, found.get(bound, exclusive)):
            out |= {bound: exclusive, f"exclusive{bound.capitalize()}": True}
    if "const" in found:
        out |= {"const": found["const"], "enum": [found["const"]]}
    if found.get("not") == {}:  # nothing fits
        out["not"] = {}
    if "format" in found:
        out["format"] = FORMATS.get(found["format"], found["format"])
    if lookup := found.get("lookup"):
        needs = {name: "{{{" + sibling + "}}}" for name, sibling in lookup.get("input", {}).items()}
        out["lookup"] = {"operation": lookup["operation"], "input": needs}
    return out


TYPES = {"object", "array", "string", "number", "integer", "boolean", "null"}


def _types(schema: Schema) -> set[str]:
    given = schema.get("type", TYPES)
    found = {given} if isinstance(given, str) else set(given)
    return found | {"integer"} if "number" in found else found


def _apart(branches: list[Schema]) -> bool:
    """Whether no value can fit two of the schemas, as written: only then may exactly one be asked for."""
    return _named_apart(branches) or all(_two_apart(one, other) for one, other in combinations(branches, 2))


def _named_apart(branches: list[Schema]) -> bool:
    """Whether there is a property that all must have, each with values of its own: soon seen, also of hundreds."""
    if any(_types(one) != {"object"} for one in branches):
        return False
    for name in set.intersection(*({*one["required"]} for one in branches)):
        values = [one["properties"].get(name, {}).get("enum", ()) for one in branches]
        plain = [value for each in values for value in each if not isinstance(value, dict | list)]
        if all(values) and len({*plain}) == sum(map(len, values)):
            return True
    return False


def _two_apart(one: Schema, other: Schema) -> bool:
    if not _types(one) & _types(other):
        return True
    if "enum" in one and "enum" in other:
        return not any(value in other["enum"] for value in one["enum"])
    if _types(one) != {"object"} or _types(other) != {"object"}:
        return False
    mine, theirs = set(one["required"]), set(other["required"])
    both = one["properties"].keys() & other["properties"].keys() & (mine | theirs)
    return (
        any(_two_apart(one["properties"][name], other["properties"][name]) for name in both)
        or _lacks_room(one, theirs)
        or _lacks_room(other, mine)
    )


def _lacks_room(schema: Schema, needed: set[str]) -> bool:
    """Whether an object of the schema cannot have all the properties needed."""
    closed = schema["additionalProperties"] is False and "patternProperties" not in schema
    return (closed and not needed <= schema["properties"].keys()) or len(needed) > schema.get(
        "maxProperties", len(needed)
    )
