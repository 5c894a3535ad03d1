"""A collection said as a table: from names, fields and rules come list, show, count, create, update and delete."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import errors
from .call import NO_CONTENT, Answer, Call, Routes
from .paging import page
from .sideload import Includes, sideload
from .store import Doc, Query, Store

OWN_READERS = ("tags", "custom_fields")
"""Fields that come in several kinds, and are read by `prepare`."""
ALL_VERBS = ("list", "show", "create", "update", "delete")


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One kind of record and its plain endpoints.

    `fields` may be written by a client, `readonly` only by the service; both map to the value that a new record has.
    `prepare(call, doc, given, fresh)` runs after the given fields are merged and before the record is written: it
    checks and completes. `present(call, doc)` changes what is sent. `removed(call, doc)` runs before a deletion; with
    `where` it must hide the record itself. It may answer something else than 204.
    """

    name: str
    plural: str
    fields: Mapping[str, Any]
    readonly: Mapping[str, Any] = field(default_factory=dict)
    path: str = ""
    verbs: Sequence[str] = ALL_VERBS
    required: Sequence[str] = ()
    unique: Sequence[str] = ()
    choices: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    write_only: Sequence[str] = ()
    """Accepted without a warning, not kept: `prepare` reads them from `given`."""
    typed: bool = False
    """A value must be of the kind of the one that a new record has: a text for a text, a list for a list."""
    where: Mapping[str, Any] = field(default_factory=dict)
    """Conditions of every read: what does not fit (a deleted record) is not found."""
    filters: Mapping[str, str] = field(default_factory=dict)
    """Query parameter of the list to field; a field of true or false is compared as such."""
    order: str = "id"
    styles: str = "both"
    sorts: Sequence[str] = ()
    sort_by: Sequence[str] = ()
    includes: Includes = field(default_factory=dict)
    """What `include=` may name."""
    count: bool = False
    counter: tuple[str, int] | None = None
    prepare: Callable[[Call, Doc, Doc, bool], None] | None = None
    removed: Callable[[Call, Doc], Answer | Doc | None] | None = None
    present: Callable[[Call, Doc], Doc] | None = None

    @property
    def at(self) -> str:
        return self.path or self.plural

    # -- records ---------------------------------------------------------------------------------------------------

    def new(self, store: Store, **values: Any) -> Doc:
        """Write a complete record from some of its values; for seeds and for creations of other resources."""
        now = store.now()
        doc = {
            "id": 0,
            **copy.deepcopy(dict(self.fields)),
            **copy.deepcopy(dict(self.readonly)),
            "created_at": now,
            "updated_at": now,
            **values,
        }
        doc["id"] = values.get("id") or self.next_id(store)
        return store.put(self.plural, doc)

    def next_id(self, store: Store) -> int:
        return store.next_id(*self.counter) if self.counter else store.next_id()

    def need(self, call: Call, id: object) -> Doc:
        """The record, or 404 where it is not there or `where` hides it."""
        doc = call.need(self.plural, id)
        if any(doc.get(name) != value for name, value in self.where.items()):
            raise errors.not_found()
        return doc

    def show(self, call: Call, doc: Doc) -> Doc:
        """The record as it is sent: with its url, without private (`_`) keys."""
        shown = {"url": f"{call.base}/api/v2/{self.at}/{doc['id']}.json"}
        shown |= {key: value for key, value in doc.items() if not key.startswith("_")}
        return self.present(call, shown) if self.present else shown

    def query(self, **where: Any) -> Query:
        return Query(self.plural, {**self.where, **where}, self.order)

    # -- writing ---------------------------------------------------------------------------------------------------

    def accept(self, call: Call, given: Doc, id: int | None = None) -> Doc:
        """The writable part of what was given, checked; unknown keys become a warning header."""
        known = {name: self._settled(name, value) for name, value in given.items() if name in self.fields}
        known = {name: value for name, value in known.items() if value is not None or self._may_be_null(name)}
        unknown = [n for n in given if n not in self.fields and n not in self.readonly and n not in self.write_only]
        unknown = [name for name in unknown if name not in ("id", "url", "created_at", "updated_at")]
        if unknown:
            call.warnings.append(warning(self, unknown))
        for name, allowed in self.choices.items():
            if known.get(name) is not None and known[name] not in allowed:
                raise errors.bad_value(name, known[name])
        for name in self.unique:
            other = known.get(name) is not None and call.store.first(
                self.plural, **{**self.where, f"{name}~": known[name]}
            )
            if other and other["id"] != id:
                raise errors.taken(name)
        return known

    def _settled(self, name: str, value: Any) -> Any:
        """A null empties a list or an object; what is typed is brought to its kind."""
        if value is None and isinstance(self.fields[name], list | dict):
            return type(self.fields[name])()
        return fitting(name, value, self.fields[name]) if self.typed and name not in OWN_READERS else value

    def _may_be_null(self, name: str) -> bool:
        """A null for a field that always has a value leaves it alone; for a required one it is refused later."""
        return self.fields[name] is None or name in self.required

    def create(self, call: Call, given: Doc) -> Doc:
        known = self.accept(call, given)
        for name in self.required:
            if known.get(name) in (None, "", []):
                raise errors.blank(name)
        now = call.store.now()
        doc = {"id": 0, **copy.deepcopy(dict(self.fields)), **known, **copy.deepcopy(dict(self.readonly))}
        doc |= {"created_at": now, "updated_at": now}
        if self.prepare:
            self.prepare(call, doc, given, True)
        doc["id"] = self.next_id(call.store)
        return call.store.put(self.plural, doc)

    def update(self, call: Call, doc: Doc, given: Doc) -> Doc:
        known = self.accept(call, given, doc["id"])
        for name in self.required:
            if name in known and known[name] in (None, "", []):
                raise errors.blank(name)
        doc = {**doc, **known, "updated_at": call.store.now()}
        if self.prepare:
            self.prepare(call, doc, given, False)
        return call.store.put(self.plural, doc)

    # -- endpoints -------------------------------------------------------------------------------------------------

    def routes(self) -> Routes:
        """The endpoints of `verbs`, for a module to merge into its own table."""
        one = f"{self.at}/{{id}}"
        table: dict[str, Routes] = {
            "list": {f"GET {self.at}": self.on_list},
            "show": {f"GET {one}": self.on_show},
            "create": {f"POST {self.at}": self.on_create},
            "update": {f"PUT {one}": self.on_update},
            "delete": {f"DELETE {one}": self.on_delete},
        }
        routes: Routes = {}
        for verb in self.verbs:
            routes |= table[verb]
        if self.count:
            routes[f"GET {self.at}/count"] = lambda call: count(call, self.query())
        return routes

    def page(self, call: Call, rows: Query | list[Doc] | None = None, **more: Any) -> Doc:
        """One page of the answer, with filters, sideloads and paging keys."""
        rows = self.query() if rows is None else rows
        if isinstance(rows, Query):
            rows = rows.also(**self._filtered(call))
        options = {"styles": self.styles, "sorts": self.sorts, "sort_by": self.sort_by, **more}
        found = page(call, rows, **options)
        shown = [self.show(call, doc) for doc in found.docs]
        return found.answer(self.plural, shown, **sideload(call, self.includes, shown))

    def one(self, call: Call, doc: Doc) -> Doc:
        shown = self.show(call, doc)
        return {self.name: shown, **sideload(call, self.includes, [shown])}

    def created(self, call: Call, doc: Doc) -> Answer:
        body = self.one(call, doc)
        return Answer(body, 201, {"Location": body[self.name]["url"]})

    def on_list(self, call: Call) -> Doc:
        return self.page(call)

    def on_show(self, call: Call) -> Doc:
        return self.one(call, self.need(call, call.path["id"]))

    def on_create(self, call: Call) -> Answer:
        return self.created(call, self.create(call, call.wrapped(self.name)))

    def on_update(self, call: Call) -> Doc:
        doc = self.need(call, call.path["id"])
        return self.one(call, self.update(call, doc, call.wrapped(self.name)))

    def on_delete(self, call: Call) -> Answer | Doc:
        doc = self.need(call, call.path["id"])
        answer = self.removed(call, doc) if self.removed else None
        if not self.where:
            call.store.delete(self.plural, doc["id"])
        return answer or NO_CONTENT

    def _filtered(self, call: Call) -> Doc:
        given = {field: call.query(name) for name, field in self.filters.items()}
        truths = {"true": True, "false": False}
        return {
            field: truths.get(value, int(value) if value.isascii() and value.isdigit() else value)
            for field, value in given.items()
            if value not in (None, "")
        }


def count(call: Call, query: Query) -> Doc:
    """The body of a count endpoint."""
    return {"count": {"value": call.store.count(query), "refreshed_at": call.store.now()}}


def fitting(name: str, value: Any, model: Any) -> Any:
    """The value in the kind of the model (None fits any); numbers and truths may come as text, and text as either."""
    if value is None or model is None or type(value) is type(model):
        return value
    if isinstance(model, bool) and value in ("true", "false"):
        return value == "true"
    if isinstance(model, int) and isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    if isinstance(model, str) and isinstance(value, int | float):
        return str(value)
    raise errors.bad_value(name, value)


def warning(resource: Resource, unknown: Sequence[str]) -> str:
    keys = ", ".join(f'"{name}"' for name in unknown)
    return f'{{:allowed_parameters=>{{:wrapper=>"{resource.name}"}}, :unpermitted_keys=>[{keys}]}}'
