"""One request as a handler sees it, and the answer that a handler may give beside a plain dict."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from starlette.requests import Request

from . import errors
from .store import Doc, Id, Store

if TYPE_CHECKING:
    from .resource import Resource

MAX_VALUES = 100
T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """Status and headers beside the body; None is an empty body, text is sent as text/plain, bytes as they are.

    `replayed` says that this request changed nothing, and gives the answer of an earlier one.
    """

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    replayed: bool = False


NO_CONTENT = Answer(None, 204)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


@dataclass
class Call:
    """What a handler is given: the store (in an open transaction), path values, query, body, and who asks."""

    store: Store
    request: Request
    raw: bytes
    path: Mapping[str, str]
    user: Doc
    kinds: Mapping[str, Resource]
    token: Doc | None = None
    """The OAuth token that asks, where one does."""
    warnings: list[str] = field(default_factory=list)
    _memory: dict[str, Any] = field(default_factory=dict)

    def once(self, name: str, make: Callable[[], T]) -> T:
        """A value made at its first use in this request and kept for the next ones."""
        if name not in self._memory:
            self._memory[name] = make()
        value: T = self._memory[name]
        return value

    @property
    def base(self) -> str:
        """Scheme and host that the client used; every `url` starts with it."""
        return str(self.request.base_url).rstrip("/")

    def id(self, name: str = "id") -> int:
        """A path value that must be an integer."""
        return self.integer(name, self.path[name])

    @staticmethod
    def integer(name: str, value: object) -> int:
        if isinstance(value, bool) or not (
            isinstance(value, int) or (isinstance(value, str) and value.isascii() and value.isdigit())
        ):
            raise errors.invalid_attribute(name)
        return int(value)

    def query(self, name: str) -> str | None:
        return self.request.query_params.get(name)

    def query_list(self, name: str) -> list[str]:
        """Comma-joined or repeated (`name[]`) values of a parameter."""
        params = self.request.query_params
        values = [*params.getlist(name), *params.getlist(f"{name}[]")]
        return [part.strip() for value in values for part in value.split(",") if part.strip()]

    def query_bool(self, name: str) -> bool | None:
        value = self.query(name)
        return None if value is None else value.lower() in ("true", "1")

    def ids(self, name: str = "ids") -> list[Id]:
        """The integers of `?ids=1,2,3`: at least one, at most 100."""
        values = self.query_list(name)
        if not values:
            raise errors.parameter_missing(name)
        if len(values) > MAX_VALUES:
            raise errors.too_many_values(MAX_VALUES)
        return [self.integer(name, value) for value in values]

    @cached_property
    def json(self) -> Any:
        """The parsed body; an empty one is an empty object."""
        if not self.raw.strip():
            return {}
        try:
            return json.loads(self.raw, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise errors.titled(400, "Invalid JSON", "The request body is not valid JSON") from None

    def wrapped(self, key: str) -> Doc:
        """The object under the wrapper key of the body."""
        value = self.json.get(key) if isinstance(self.json, dict) else None
        if not isinstance(value, dict):
            raise errors.parameter_missing(key)
        return value

    def wrapped_list(self, key: str, limit: int = MAX_VALUES) -> list[Doc]:
        """The list of objects under the wrapper key of a bulk body."""
        value = self.json.get(key) if isinstance(self.json, dict) else None
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise errors.parameter_missing(key)
        if len(value) > limit:
            raise errors.too_many_values(limit)
        return value

    def need(self, kind: str, id: object) -> Doc:
        """The record, or 404."""
        doc = self.store.get(kind, self.integer("id", id))
        if doc is None:
            raise errors.not_found()
        return doc


Handler: TypeAlias = Callable[[Call], Answer | Doc]
Routes: TypeAlias = dict[str, Handler]


def anybody(handler: Handler) -> Handler:
    """Mark a handler that answers without credentials."""
    handler.anybody = True  # type: ignore[attr-defined]
    return handler


def writes(handler: Handler) -> Handler:
    """Mark a GET handler that changes the store, so that its transaction is opened for writing."""
    handler.writes = True  # type: ignore[attr-defined]
    return handler
