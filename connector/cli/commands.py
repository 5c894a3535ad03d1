"""What each command does: reads its input, calls the public names, prints."""

from __future__ import annotations

import json
import sys
import warnings
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from ..attachments import expand_at_files
from ..catalog import Connector, connectors, find
from ..client import Client
from ..errors import ConnectorError, DeclarationError, HandlerError, InputError, OutcomeUnknown, UsageError
from ..template import Expression
from . import text
from .telling import telling


def run(given: Namespace) -> int:
    """Run the command of parsed arguments; its exit code."""
    warnings.showwarning = _show_warning
    try:
        with telling(given):
            return COMMANDS[given.command](given)
    except ConnectorError as error:
        if given.json:
            print(json.dumps(error.as_dict(), ensure_ascii=False), file=sys.stderr)
        else:
            print(text.error(error), file=sys.stderr)
        return exit_code(error)


def exit_code(error: ConnectorError) -> int:
    """The exit code of an error: 2 the caller's, 3 the service's, 4 unknown, 5 the connector's."""
    if isinstance(error, UsageError | InputError):
        return 2
    if isinstance(error, OutcomeUnknown):
        return 4
    return 5 if isinstance(error, DeclarationError | HandlerError) else 3


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    print(f"Warning: {message}", file=sys.stderr)


def _print(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def _list(given: Namespace) -> int:
    if given.connector is None:
        found: list[dict[str, Any]] = [
            {"name": one.name, "title": one.title, "operations": len(one.names)} for one in connectors().values()
        ]
        _print(found) if given.json else print(
            text.table([[row["name"], row["operations"], row["title"]] for row in found])
        )
        return 0
    found = [
        {"name": one.name, "title": one.title, "effect": one.effect, "description": one.description}
        | ({"options": True} if one.options else {})
        for one in find(given.connector).operations()
    ]
    _print(found) if given.json else print(text.table([[row["name"], row["effect"], row["title"]] for row in found]))
    return 0


def _show(given: Namespace) -> int:
    operation = find(given.connector).operation(given.operation)
    schema = operation.input_schema
    if given.connection:
        with Client(given.connector, given.connection) as client:
            schema = client.input_schema(given.operation)
    _print(text.as_json(operation, schema)) if given.json else print(text.operation(operation, schema))
    return 0


def _sample(given: Namespace) -> int:
    connector = find(given.connector)
    connector.operation(given.operation)
    samples = connector.samples(given.operation)
    if not samples:
        raise UsageError(f"{given.operation} has no sample.")
    _print(json.loads(samples[0].read_bytes()).get("input", {}))
    return 0


def client_of(given: Namespace) -> Client:
    """The client on the connection of parsed arguments; says so where that is the sandbox."""
    connector = find(given.connector)
    connector.operation(given.operation)
    if given.connection is None and not given.json:
        print(f"On the sandbox, a pretend {connector.title}. Name another with --connection.", file=sys.stderr)
    return Client(connector, given.connection or "sandbox", retry_for=getattr(given, "retry_for", 60.0))


def read_input(given: Namespace, client: Client) -> dict[str, Any]:
    """The input named on the command line, with `@file` read wherever the operation takes a file."""
    schema = client.connector.operation(given.operation).input_schema
    taken: dict[str, Any] = expand_at_files(read_object(given.input), schema)
    return taken


def read_object(source: str) -> dict[str, Any]:
    """A JSON object given on the command line: as it is, `@FILE`, or `-` for stdin."""
    try:
        if source == "-":
            source = sys.stdin.read()
        elif source.startswith("@"):
            source = Path(source[1:]).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError("The input is not JSON: it is not text in UTF-8.") from None
    try:
        value = json.loads(source)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise UsageError(f"The input is not JSON: {error.msg} at {place}.") from None
    except ValueError:
        raise UsageError("The input has a number of more digits than can be read.") from None
    except RecursionError:
        raise UsageError("The input is nested too deeply.") from None
    if not isinstance(value, dict):
        raise UsageError('The input is not a JSON object, such as {"id": 1}.')
    return value


def _run(given: Namespace) -> int:
    with client_of(given) as client:
        taken = read_input(given, client)
        select = selector(given.select, _unselected)
        if not given.all:
            _print(select(client.run(given.operation, taken)))
            return 0
        for record in _with_progress(client.stream(given.operation, taken)):
            print(json.dumps(select(record), ensure_ascii=False))
    return 0


def selector(source: str | None, failed: Callable[[Any, ValueError], Any]) -> Callable[[Any], Any]:
    """What `--select` makes of an output; `failed` is asked where it cannot be computed."""
    if source is None:
        return lambda value: value
    try:
        expression = Expression(source)
    except ValueError as error:
        raise UsageError(f"--select: {error}.") from None

    def select(value: Any) -> Any:
        try:
            return expression(value)
        except ValueError as error:
            return failed(value, error)

    return select


def _unselected(value: Any, error: ValueError) -> NoReturn:
    _print(value)
    raise UsageError(f"--select: {error}. The operation was carried out; its whole output is printed.") from None


def _with_progress(records: Iterator[Any]) -> Iterator[Any]:
    """The records, with a count of them on stderr where it is a terminal."""
    if not sys.stderr.isatty():
        return records
    try:
        from tqdm import tqdm
    except ImportError:
        return records
    return iter(tqdm(records, unit=" records", file=sys.stderr))


def _plan(given: Namespace) -> int:
    with client_of(given) as client:
        planned = client.plan(given.operation, read_input(given, client))
    if given.json:
        _print(planned)
    else:
        print(text.curl(planned) if given.curl else text.plan(planned))
    return 0


def _options(given: Namespace) -> int:
    with client_of(given) as client:
        taken = read_input(given, client)
        asked = {name: getattr(given, name) for name in ("field", "search", "page", "inactive")}
        _print(client.options(given.operation, taken, **asked))
    return 0


def _check(given: Namespace) -> int:
    from .. import testing

    found = []
    for connector in _targets(given.target):
        for name in given.operations:
            connector.operation(name)
        for finding in testing.check(connector, given.operations, strength=given.strength, progress=_progress):
            found.append(finding)
            _progress("")
            if not given.json:
                print(finding)
        _progress("")
        if not given.json:
            samples = sum(len(connector.samples(name)) for name in given.operations or connector.names)
            count = len(given.operations or connector.names)
            print(f"{connector.name}: {count} operations, {samples} samples.", file=sys.stderr)
    if given.json:
        _print([{"file": str(f.file), "place": f.place, "message": f.message, "hint": f.hint} for f in found])
    else:
        told = "1 finding." if len(found) == 1 else f"{len(found)} findings."
        print(told if found else "Nothing is wrong.", file=sys.stderr)
    return 1 if found else 0


def _progress(name: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{name}", end="", file=sys.stderr, flush=True)


def _targets(target: str | None) -> list[Connector]:
    """The connectors to check: all, the one of that name, or those of a folder (a home, or one's operations)."""
    if target is None:
        return list(connectors().values())
    path = Path(target)
    if not path.is_dir() or target in connectors():
        return [find(target)]
    path = path.resolve()
    if (path / "connector.yaml").is_file() and path.parent.name == "operations":
        return [Connector(path.name, path.parent.parent)]
    found = [Connector(file.parent.name, path) for file in sorted((path / "operations").glob("*/connector.yaml"))]
    if not found:
        raise UsageError(f"{target} holds no operations/<connector>/connector.yaml.")
    return found


def _sandbox(given: Namespace) -> int:
    from .sandbox import serve

    return serve(find(given.connector), given.port, given.data, given.reset)


def _completion(given: Namespace) -> int:
    try:
        from argcomplete.shell_integration import shellcode
    except ImportError:
        raise UsageError("Completion needs argcomplete: pip install 'connector-runtime[cli]'.") from None
    print(shellcode(["connector"], shell=given.shell))
    return 0


def _elsewhere(module: str, name: str) -> Callable[[Namespace], int]:
    """A command of another module, which is imported when the command is given."""

    def command(given: Namespace) -> int:
        from importlib import import_module

        return int(getattr(import_module(f"{__package__}.{module}"), name)(given))

    return command


COMMANDS = {
    "list": _list,
    "show": _show,
    "sample": _sample,
    "run": _run,
    "plan": _plan,
    "options": _options,
    "connect": _elsewhere("connect", "connect"),
    "connections": _elsewhere("connections", "connections"),
    "limits": _elsewhere("limits", "limits"),
    "calls": _elsewhere("history", "calls"),
    "replay": _elsewhere("history", "replay"),
    "reconcile": _elsewhere("reconcile", "reconcile"),
    "bulk": _elsewhere("bulk", "bulk"),
    "check": _check,
    "sandbox": _sandbox,
    "serve": _elsewhere("serve", "serve"),
    "keys": _elsewhere("keys", "keys"),
    "completion": _completion,
}
