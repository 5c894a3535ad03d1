"""Finds all that is wrong with a value, as jsonschema does, but in bounded time whatever the value and the schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator, ValidationError, validators

from .schema import Schema

FEW = 20
"""Of more forms than so many, only those are looked at that the value may mean."""


def _fast(keyword: str) -> Any:
    """A keyword by the fast validator, for which no value and no pattern can make much work, and which decides."""

    def check(_: Any, want: Any, value: Any, __: Any) -> Iterator[ValidationError]:
        if not jsonschema_rs.is_valid({keyword: want}, value):
            yield ValidationError("does not fit")

    return check


def _type(judge: Any, kinds: Any, value: Any, _: Any) -> Iterator[ValidationError]:
    """As jsonschema does, but for the message, which would hold the whole value, once for each form."""
    if not any(judge.is_type(value, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds)):
        yield ValidationError("is of another type")


def _one_of(judge: Any, forms: list[Schema], value: Any, schema: Schema) -> Iterator[ValidationError]:
    if len(forms) <= FEW or not isinstance(value, dict):
        yield from Draft202012Validator.VALIDATORS["oneOf"](judge, forms, value, schema)
        return
    meant = [index for index, form in enumerate(forms) if _may_be_meant(form, value)]
    found = [list(judge.descend(value, forms[index], schema_path=index)) for index in meant or range(FEW)]
    if found.count([]) != 1:
        yield ValidationError("does not fit", context=() if [] in found else [error for one in found for error in one])


def _may_be_meant(form: Any, value: Mapping[str, Any]) -> bool:
    """Whether the value has all that a form asks for, and of the form's constants none is another."""
    if not isinstance(form, dict):
        return True
    named = ((name, child) for name, child in form.get("properties", {}).items() if isinstance(child, dict))
    fixed = {name: child["const"] for name, child in named if "const" in child}
    return value.keys() >= {*form.get("required", ())} and all(
        value.get(name, fixed[name]) == fixed[name] for name in fixed
    )


_OWN = {"pattern": _fast("pattern"), "uniqueItems": _fast("uniqueItems"), "type": _type, "oneOf": _one_of}
Judge = validators.extend(Draft202012Validator, _OWN)  # type: ignore[no-untyped-call]
