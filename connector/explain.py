"""Why a value does not fit a schema, in plain sentences, each with a hint that says how to mend it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, TypeAlias

from .errors import TOO_DEEP, Problem, nearest
from .judge import Judge
from .schema import Schema, declared, deref, escape

Error: TypeAlias = Any  # jsonschema's ValidationError, whose attributes its stubs say may be unset

_NAMES = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}
_ARTICLES = {"object": "an object", "array": "a list", "string": "a text", "boolean": "true or false"} | {
    "integer": "a whole number", "number": "a number", "null": "null"}  # fmt: skip


MOST = 100
"""So many problems are told."""
LARGE = 2000
"""Values, names and ten thousands of characters; of what has more, the first problem alone is told: that is quick."""
DEEP = 200


def explain(schema: Schema, value: Any, fast: Any = None) -> list[Problem]:
    """The problems of a value, never an empty list. `fast` speaks where `jsonschema` sees nothing wrong."""
    if fast and _is_large(value):
        return list(_first(value, fast)) or [Problem("", "schema", _type(value), "does not fit.")]
    try:
        errors = islice(Judge(schema).iter_errors(value), MOST)
        found = list(dict.fromkeys(islice(_problems(errors, schema), MOST)))
    except RecursionError as error:
        return [_unreadable(value, error)]
    except (re.error, TypeError):  # a pattern that Python does not know, a key that is no text
        found = []
    return found or list(_fallback(value, fast)) or [Problem("", "schema", _type(value), "does not fit.")]


def _is_large(value: Any) -> bool:
    left, rest = LARGE, [value]
    while rest and left >= 0:
        one = rest.pop()
        left -= 1 + (len(one) // 10_000 if isinstance(one, str) else 0)
        if isinstance(one, dict | list):
            rest += [*one, *one.values()] if isinstance(one, dict) else one
    return left < 0


def _first(value: Any, fast: Any) -> Iterator[Problem]:
    import jsonschema_rs

    try:
        fast.validate(value)
    except jsonschema_rs.ValidationError as error:
        hint = "There may be more: the input is too large to look through."
        yield TOO_DEEP if len(error.instance_path) > DEEP else replace(_told(value, error), hint=hint)
    except (ValueError, RecursionError) as error:
        yield _unreadable(value, error)


def _fallback(value: Any, fast: Any) -> Iterator[Problem]:
    try:
        for error in fast.iter_errors(value) if fast else ():
            yield _told(value, error)
    except (ValueError, RecursionError) as error:
        yield _unreadable(value, error)


def _told(value: Any, error: Any) -> Problem:
    """A problem as the fast validator has it, whose message may hold the whole value."""
    rule, message = str(error.schema_path[-1]), f"does not fit: {error.message}."
    if rule == "pattern" or len(message) > 200:
        message = "is not of the right form." if rule == "pattern" else "does not fit."
    return Problem(_pointer(error.instance_path), rule, _type(_at(value, error.instance_path)), message)


def _unreadable(value: Any, error: Exception) -> Problem:
    """The problem of a value that no validator takes."""
    if isinstance(error, RecursionError) or "recursion" in str(error).lower():
        return TOO_DEEP
    return Problem("", "json", _type(value), f"is not JSON: {error}.")


def _at(value: Any, path: Iterable[Any]) -> Any:
    for part in path:
        value = value[part]
    return value


def _problems(errors: Iterable[Error], root: Schema) -> Iterator[Problem]:
    for error in errors:
        rule = str(error.validator)
        if rule == "unevaluatedProperties" or rule == "additionalProperties":
            yield from _unknown(error, root)
        elif rule in ("oneOf", "anyOf"):
            yield from _branches(error, root)
        elif rule == "required":
            yield from _missing(error, root)
        else:
            yield _plain(error, rule, error.validator_value)


def _plain(error: Error, rule: str, want: Any) -> Problem:
    value = error.instance
    message, hint = "does not fit.", ""
    if rule == "type":
        kinds = [want] if isinstance(want, str) else list(want)
        given = _ARTICLES.get(_type(value), _type(value))
        message = f"must be {' or '.join(_ARTICLES[kind] for kind in kinds)}, not {given}."
        if isinstance(value, str) and {"integer", "number"} & set(kinds) and value.strip().lstrip("-").isdigit():
            hint = "Leave out the quotation marks."
    elif rule == "enum":
        message = f"must be one of {_listed(want)}."
        hint = _near(value, {choice: choice for choice in want if isinstance(choice, str)})
    elif rule == "const":
        message = f"must be {_show(want)}."
    elif rule == "pattern":
        message = "is not of the right form."
        hint = f"Wanted: {error.schema['description']}" if "description" in error.schema else f"It must match {want}."
    elif rule in _LIMITS:
        message = _LIMITS[rule].format(want)
        message = message.replace("s.", ".") if want == 1 else message
        hint = f"Give {want - len(value)} more." if rule == "minProperties" else ""
    elif rule == "not":
        message = "is not allowed here."
    elif rule == "dependentRequired":
        missing = {name: [other for other in others if other not in value] for name, others in want.items()}
        name, needs = next((name, needs) for name, needs in missing.items() if name in value and needs)
        message, hint = f"{' and '.join(needs)} must be given with {name}.", "Give it, or leave the other out."
    return Problem(_pointer(error.absolute_path), rule, _type(value), message, hint)


_LIMITS = {
    "minimum": "must be at least {}.",
    "maximum": "must be at most {}.",
    "exclusiveMinimum": "must be more than {}.",
    "exclusiveMaximum": "must be less than {}.",
    "minLength": "must have at least {} characters.",
    "maxLength": "must have at most {} characters.",
    "minItems": "must have at least {} items.",
    "maxItems": "must have at most {} items.",
    "minProperties": "must have at least {} fields.",
    "maxProperties": "must have at most {} fields.",
    "multipleOf": "must be a multiple of {}.",
    "uniqueItems": "must not hold the same item twice.",
    "contains": "lacks an item that it must hold.",
}


def _missing(error: Error, root: Schema) -> Iterator[Problem]:
    # jsonschema reports one missing name an error, and only its message says which
    name = next(n for n in error.validator_value if error.message.startswith(repr(n)))
    known = declared(error.schema, root)
    title = deref(known.get(name, {}), root).get("title")
    hint = f"Give {title}." if title else "Give it."
    near = nearest(name, [n for n in error.instance if n not in known])
    if near.startswith("Did"):
        hint = f"Is {near.removeprefix('Did you mean ').rstrip('?')} meant to be {name}?"
    yield Problem(f"{_pointer(error.absolute_path)}/{escape(name)}", "required", "absent", "is required.", hint)


def _unknown(error: Error, root: Schema) -> Iterator[Problem]:
    """One problem for each name that is declared nowhere; a name whose branch failed is explained by the branch."""
    known = declared(error.schema, root)
    for name in error.instance:
        if name not in known:
            pointer, kind = f"{_pointer(error.absolute_path)}/{escape(str(name))}", _type(error.instance[name])
            yield Problem(pointer, "unknown", kind, "is not a field here.", nearest(str(name), list(known)))


def _branches(error: Error, root: Schema) -> Iterator[Problem]:
    """What is wrong with the branch that came nearest; the titles of all where none is near."""
    branches = [deref(branch, root) for branch in error.validator_value]
    here, value = _pointer(error.absolute_path), error.instance
    rule = str(error.validator)
    if all("const" in branch for branch in branches):
        named = {
            str(branch[key]): _show(branch["const"])
            for branch in branches
            for key in ("title", "const")
            if key in branch
        }
        offered = [branch["const"] for branch in branches if not branch.get("deprecated")]
        yield Problem(here, "enum", _type(value), f"must be one of {_listed(offered)}.", _near(value, named))
        return
    titles = dict.fromkeys(str(branch.get("title") or " and ".join(branch.get("required", ()))) for branch in branches)
    hint = f"Choose one of: {_listed([title for title in titles if title])}." if any(titles) else ""
    if not error.context:
        yield Problem(here, rule, _type(value), "fits more than one form.", hint)
        return
    by_branch: dict[int, list[Error]] = {}
    for child in error.context:
        by_branch.setdefault(int(child.schema_path[0]), []).append(child)
    if isinstance(value, dict) and (name := _tag(branches, root)):
        yield from _tagged(error, name, [declared(branch, root)[name]["const"] for branch in branches], by_branch, root)
        return
    wrong = {index: child for index in by_branch if (child := _wrong_type(by_branch[index]))}
    if len(wrong) == len(by_branch):
        kinds = [child.validator_value for child in wrong.values()]
        names = dict.fromkeys(name for kind in kinds for name in ([kind] if isinstance(kind, str) else kind))
        yield _plain(next(iter(wrong.values())), "type", list(names))
        return
    if len(wrong) == len(by_branch) - 1:  # only one branch takes this type
        yield from _problems(next(by_branch[index] for index in by_branch if index not in wrong), root)
        return
    best = min(by_branch, key=lambda index: _distance(by_branch[index], branches[index], value))
    nearer = isinstance(value, dict) and value.keys() & declared(branches[best], root).keys()
    if not nearer or all(child.validator == "required" and not child.path for child in by_branch[best]):
        yield Problem(here, rule, _type(value), "fits none of its forms.", hint)
        if not nearer:
            return
    yield from _problems(by_branch[best], root)


def _tag(branches: list[Schema], root: Schema) -> str | None:
    """The property that tells branches apart: each has one value of its own for it."""
    names = [{name for name, child in declared(branch, root).items() if "const" in child} for branch in branches]
    return min(set.intersection(*names), default=None)


def _tagged(
    error: Error, name: str, choices: list[Any], by_branch: dict[int, list[Error]], root: Schema
) -> Iterator[Problem]:
    """What is wrong with the branch that a value names itself."""
    value, shown = error.instance, _listed(choices)
    here = f"{_pointer(error.absolute_path)}/{escape(name)}"
    if name not in value:
        yield Problem(here, "required", "absent", "is required.", f"Give one of {shown}.")
    elif value[name] in choices:
        yield from _problems(by_branch[choices.index(value[name])], root)
    else:
        yield Problem(here, "enum", _type(value[name]), f"must be one of {shown}.")


def _distance(errors: list[Error], branch: Schema, value: Any) -> tuple[int, int]:
    """The right type first, then fewer foreign fields, then fewer errors: the branch that was most likely meant."""
    own = value.keys() & branch.get("properties", {}).keys() if isinstance(value, dict) else ()
    return (100 if _wrong_type(errors) else 0) - len(own), len(errors)


def _wrong_type(errors: list[Error]) -> Error:
    """The error that says that the value itself is of the wrong type, or None."""
    return next((child for child in errors if child.validator == "type" and not child.path), None)


def _listed(choices: Sequence[Any]) -> str:
    return ", ".join(_show(choice) for choice in choices[:20]) + (" …" if len(choices) > 20 else "")


def _near(value: Any, named: Mapping[str, str]) -> str:
    """Which choice was meant by a text, by the names of the choices."""
    near = nearest(value, list(named)) if isinstance(value, str) else ""
    return (
        f"Did you mean {named[near.removeprefix('Did you mean ').removesuffix('?')]}?" if near.startswith("Did") else ""
    )


def _type(value: Any) -> str:
    return _NAMES.get(type(value), type(value).__name__)


def _show(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _pointer(path: Iterable[Any]) -> str:
    return "".join("/" + escape(str(part)) for part in path)
