"""Related records beside the ones asked for: `include=users,groups`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from .call import Call
from .store import Doc


@dataclass(frozen=True)
class Related:
    """The records of `kind` that `fields` of the main records name (an id or a list of ids each), under `kind`."""

    kind: str
    fields: Sequence[str]


Include: TypeAlias = Related | Callable[[Call, Sequence[Doc]], dict[str, Any]]
"""A function answers the keys beside the main records, or sets values into the records and answers {}."""
Includes: TypeAlias = Mapping[str, Include]


def sideload(call: Call, includes: Includes, docs: Sequence[Doc], names: Sequence[str] | None = None) -> dict[str, Any]:
    """What `include` (or `names`) asks for; unknown names are ignored."""
    beside: dict[str, Any] = {}
    for name in call.query_list("include") if names is None else names:
        rule = includes.get(name)
        if isinstance(rule, Related):
            beside[rule.kind] = related(call, rule, docs)
        elif rule:
            beside |= rule(call, docs)
    return beside


def embed(name: str, value: Callable[[Call, Doc], Any]) -> Include:
    """An include that stands inside each record, under `name`."""

    def rule(call: Call, docs: Sequence[Doc]) -> dict[str, Any]:
        for doc in docs:
            doc[name] = value(call, doc)
        return {}

    return rule


def related(call: Call, rule: Related, docs: Sequence[Doc]) -> list[Doc]:
    ids: list[Any] = []
    for doc in docs:
        for field in rule.fields:
            value = doc.get(field)
            ids += value if isinstance(value, list) else [value]
    wanted = [id for id in dict.fromkeys(ids) if id is not None]
    resource = call.kinds.get(rule.kind)
    return [resource.show(call, found) for found in call.store.many(rule.kind, wanted)] if resource else []
