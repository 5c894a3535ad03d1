"""One operation as a flow of requests: it yields requests, is sent responses, and returns the output. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from functools import cached_property
from typing import Any, TypeAlias

from .errors import DeclarationError, InputError, OutputError, Problem, nearest
from .message import ABSENT, Request, Response
from .pagination import Paging
from .schema import Schema, Validator, bundle, closed, declared, defaults, misfit
from .template import Body, Expression, RequestLine, query_pairs, wire

Flow: TypeAlias = Generator[Request, Response, Any]
Handler: TypeAlias = Callable[[dict[str, Any]], Flow]

EFFECTS = {"GET": "read", "HEAD": "read", "OPTIONS": "read", "POST": "create", "PUT": "replace"} | {
    "PATCH": "change", "DELETE": "destroy"}  # fmt: skip


class Operation:
    """A declaration, compiled. `name` is the file's; schemas are bundled, the input's closed to unknown names."""

    def __init__(
        self,
        name: str,
        spec: Mapping[str, Any],
        *,
        file: object,
        load_schema: Callable[[str], Schema],
        styles: Mapping[str, Any],
        handler: Handler | None = None,
    ) -> None:
        spec = {key: value for key, value in spec.items() if value is not None}  # a key without a value is absent
        self.name, self.spec, self.file, self.handler = name, spec, file, handler
        self.title: str = spec["title"]
        self.description: str = spec["description"]
        self.records: str | None = spec.get("records")
        self.options: Mapping[str, Any] | None = spec.get("options")
        self.idempotency: str | None = spec.get("idempotency")
        self._load_schema = load_schema
        if bool(handler) == ("request" in spec):
            wrong = "has both a request and a handler" if handler else "has neither a request nor a handler"
            raise DeclarationError(file, "request", wrong + ".", f"Keep the request, or {name}.py beside the file.")
        self.paging = self._paging(styles)
        lines = spec.get("request", [])
        lines = [lines] if isinstance(lines, str) else lines
        self.lines = [self._compiled("request", RequestLine, line) for line in lines]
        self._path = self._expressions("path")
        self._query = self._expressions("query")
        self._headers = self._expressions("headers")
        self._body = self._compiled("body", Body, spec["body"]) if "body" in spec else None
        self._result = self._compiled("result", Expression, spec["result"]) if "result" in spec else None
        self._records = self._compiled("records", Expression, self.records) if self.records else None
        for key in ("text", "value", "active", "hint"):
            if self.options and self.options.get(key):
                self._compiled(f"options/{key}", Expression, self.options[key])
        if "effect" not in spec and handler:
            raise DeclarationError(file, "effect", "is missing.", "An operation with a handler states its effect.")
        self.effect: str = spec.get("effect") or EFFECTS[self.lines[0].method]

    def _paging(self, styles: Mapping[str, Any]) -> Paging | None:
        given = self.spec.get("pagination")
        if given is None:
            return None
        style, rename = (given, {}) if isinstance(given, str) else next(iter(given.items()))
        if style not in styles:
            known = ", ".join(styles) or "none"
            raise DeclarationError(
                self.file, "pagination", f"{style!r} is no paging style.", f"connector.yaml has: {known}."
            )
        if unknown := rename.keys() - styles[style]["input"].keys():
            hint = f"It has: {', '.join(styles[style]['input'])}."
            raise DeclarationError(self.file, f"pagination/{style}", f"the style has no input {min(unknown)!r}.", hint)
        paging: Paging = self._compiled(f"pagination/{style}", lambda source: Paging(source, rename), styles[style])
        return paging

    def _expressions(self, key: str) -> dict[str, Expression]:
        return {
            name: self._compiled(f"{key}/{name}", Expression, source) for name, source in self.spec.get(key, {}).items()
        }

    def _compiled(self, key: str, kind: Callable[[Any], Any], source: Any) -> Any:
        try:
            return kind(source)
        except ValueError as error:
            raise DeclarationError(self.file, key, f"{error}.") from None

    def variant(self, spec: Mapping[str, Any], styles: Mapping[str, Any]) -> Operation:
        """The same operation under another declaration."""
        load, handler = self._load_schema, self.handler
        return Operation(self.name, spec, file=self.file, load_schema=load, styles=styles, handler=handler)

    def beside(self, name: str, spec: Mapping[str, Any], styles: Mapping[str, Any]) -> Operation:
        """Another operation that stands in the same file, without a handler."""
        return Operation(f"{self.name}.{name}", spec, file=self.file, load_schema=self._load_schema, styles=styles)

    def effect_of(self, given: Mapping[str, Any]) -> str:
        """What a call with this input does: the declared effect, unless the handler judges by the input."""
        judge = getattr(self.handler, "effect", None)
        return judge(given) if judge else self.effect

    @property
    def has_more_requests(self) -> bool:
        """Whether requests may follow the first: where a handler yields more than once, in a loop, or from another."""
        if not self.handler:
            return False
        import ast
        import inspect

        tree = ast.parse(inspect.getsource(self.handler))
        loops = [node for node in ast.walk(tree) if isinstance(node, ast.For | ast.While)]
        inside = [node for part in (tree, *loops) for node in ast.walk(part)]  # what a loop yields counts twice
        count = sum(isinstance(node, ast.Yield) for node in inside)
        return count > 1 or any(isinstance(node, ast.YieldFrom) for node in inside)

    # -- schemas ---------------------------------------------------------------------------------------------------

    def _bundle(self, key: str, schema: Schema) -> Schema:
        try:
            bundled = bundle(schema, self._load_schema)
        except KeyError as error:
            raise DeclarationError(self.file, key, f"$ref leads nowhere: {error.args[0]}.") from None
        if wrong := misfit(bundled):
            raise DeclarationError(self.file, key + wrong.pointer, f"is no JSON Schema: {wrong.message}", wrong.hint)
        return bundled

    @cached_property
    def input_schema(self) -> Schema:
        """What the operation takes: a self-contained JSON Schema of an object, closed to unknown names."""
        own = self.spec.get("input", {})
        properties = own.get("properties", {})
        if self.paging and isinstance(properties, dict):
            properties = {**self.paging.input, **properties}
        schema = closed(self._bundle("input", {"type": "object", **own, "properties": properties}))
        known = declared(schema, schema)
        for name in sorted((self.reads | self.body_reads()) - known.keys()):
            hint = nearest(name, list(known))
            raise DeclarationError(self.file, "request", f"{name} is read, and is no input.", hint)
        return schema

    @cached_property
    def output_schema(self) -> Schema:
        """What the operation answers: a self-contained JSON Schema, open to what a service may add."""
        own = self.spec.get("output", {})
        return self._bundle("output", {"type": "object", **own} if "properties" in own else own)

    @cached_property
    def input_validator(self) -> Validator:
        return Validator(self.input_schema)

    @cached_property
    def output_validator(self) -> Validator:
        return Validator(self.output_schema)

    @cached_property
    def _defaults(self) -> dict[str, Any]:
        return defaults(self.input_schema)

    def check_input(self, given: Any) -> dict[str, Any]:
        """The input with defaults filled in; InputError with every problem otherwise."""
        self.input_validator.check(given)
        return self.with_defaults(given)

    def with_defaults(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The input with defaults filled in."""
        return {**self._defaults, **given}

    # -- the flow --------------------------------------------------------------------------------------------------

    @cached_property
    def reads(self) -> frozenset[str]:
        """The inputs that paths, queries, headers and paging read: what `"*"` in the body leaves out."""
        found: set[str] = set(self.paging.names.values() if self.paging else ())
        mapped = [*self._path.values(), *self._query.values(), *self._headers.values()]
        for expression in mapped:
            found |= expression.reads or set()
        for line in self.lines:
            found |= {name.split(".")[0] for name in line.names if name not in self._path}
        return frozenset(found)

    def body_reads(self) -> frozenset[str]:
        """The inputs that the body names itself."""
        return (self._body.reads or frozenset()) if self._body else frozenset()

    @property
    def sends_rest(self) -> bool:
        """Whether the body takes every input that nothing else reads (`"*"`)."""
        return bool(self._body and self._body.takes_rest)

    def flow(self, given: dict[str, Any]) -> Flow:
        """Run on a checked input: yields requests, is sent responses, returns the output."""
        if self.handler:
            return (yield from self.handler(given))
        return self.output((yield self.request(given)))

    def request(self, given: dict[str, Any]) -> Request:
        """The one request of an operation without a handler."""
        line, values = self._line(given)
        url = line.expand(values)
        pairs = [pair for name, found in self._query.items() for pair in query_pairs(name, found(given))]
        if self.paging:
            pairs += self.paging.query(given)
        if pairs:
            url += ("&" if "?" in url else "?") + "&".join(pairs)
        headers = {name: text for name, found in self._headers.items() if (text := _header(name, found(given)))}
        body = ABSENT if self._body is None else self._body.build(given, self.reads)
        return Request(line.method, url, json=body, headers=headers)

    def _line(self, given: dict[str, Any]) -> tuple[RequestLine, dict[str, Any]]:
        for line in self.lines:
            values = {name: self._path[name](given) if name in self._path else _dig(given, name) for name in line.names}
            if line.fits(values):
                return line, values
        names = " or ".join(dict.fromkeys(name for line in self.lines for name in line.path_names))
        raise InputError([Problem("", "required", "absent", f"{names} is required.", "Give it a value.")])

    def output(self, response: Response) -> Any:
        """The output of an answer: the answer itself, or what `result` finds in it."""
        answer = response.json()
        if self._result is None:
            return answer
        try:
            found = self._result(answer)
        except ValueError as error:
            raise OutputError(f"The answer is not as expected: {error}.") from None
        if found is not None:
            return found
        if answer in ({}, None):
            return {}
        raise OutputError(f"The answer has no {self._result.source}.")

    # -- lists -----------------------------------------------------------------------------------------------------

    def rows(self, output: Any) -> list[Any]:
        """The records in the output of a list; empty where there are none."""
        found = self._records(output) if self._records else None
        return found if isinstance(found, list) else []

    def next_input(self, given: dict[str, Any], response: Response, output: Any) -> dict[str, Any] | None:
        """The input of the next page, or None."""
        try:
            return self.paging.following(given, response, len(self.rows(output))) if self.paging else None
        except ValueError as error:
            raise OutputError(f"The next page cannot be found: {error}.") from None


def _dig(given: Any, name: str) -> Any:
    for part in name.split("."):
        given = given.get(part) if isinstance(given, dict) else None
    return given


def _header(name: str, value: Any) -> str | None:
    text = wire(value)
    text = ", ".join(text) if isinstance(text, list) else text
    if text is not None and any(char in text for char in "\r\n\0"):
        problem = Problem("", "header", "string", f"the value of the header {name} has a line break.", "Take it out.")
        raise InputError([problem])
    return text


def known_inputs(operation: Operation) -> dict[str, Schema]:
    """Every input by name, with its schema as declared."""
    return declared(operation.input_schema, operation.input_schema)
