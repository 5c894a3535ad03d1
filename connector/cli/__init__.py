"""The command line. The output goes to stdout alone; all that is said about it goes to stderr."""

# PYTHON_ARGCOMPLETE_OK
from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

EXITS = """\
exit codes:
  0  success
  1  a check failed
  2  the input or the command is wrong; nothing was sent
  3  the service refused, or could not be reached
  4  the outcome is unknown: a write was sent and may have happened
  5  a defect of the connector
"""


CONNECTION = "sandbox (when left out), one that connect made, or env: environment variables"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        from ..errors import nearest

        if message.startswith("argument COMMAND: invalid choice: '"):
            given = message.split("invalid choice: '")[1].split("'")[0]
            message = f"there is no command {given!r}. {nearest(given, COMMANDS)}"
        self.exit(2, f"Error: {message}\nSee {self.prog} --help.\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="connector",
        description="Run the operations of connectors: as JSON, checked before anything is sent.",
        epilog=EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    log: dict[str, Any] = {"choices": ["text", "json"], "help": "tell of calls, requests and waits on stderr"}
    parser.add_argument("--log", **log)
    commands = parser.add_subparsers(metavar="COMMAND", required=True, dest="command")

    def command(name: str, help: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help, description=help[:1].upper() + help[1:] + ".")
        made.add_argument("--json", action="store_true", help="print JSON, errors too")
        made.add_argument("--log", default=argparse.SUPPRESS, **log)
        return made

    def operation(name: str, help: str) -> argparse.ArgumentParser:
        made = command(name, help)
        _complete(made.add_argument("connector", metavar="CONNECTOR"), _connector_names)
        _complete(made.add_argument("operation", metavar="OPERATION"), _operation_names)
        return made

    def call(name: str, help: str) -> argparse.ArgumentParser:
        made = operation(name, help)
        _complete(made.add_argument("--connection", metavar="NAME", help=CONNECTION), _connection_names)
        made.add_argument("--input", metavar="JSON", default="{}", help="the input: JSON, @FILE, or - for stdin")
        return made

    made = command("list", "list connectors, or the operations of one")
    _complete(made.add_argument("connector", metavar="CONNECTOR", nargs="?"), _connector_names)
    made = operation("show", "show what an operation takes and answers")
    help = "with the fields that the account of this connection has of its own"
    _complete(made.add_argument("--connection", metavar="NAME", help=help), _connection_names)
    operation("sample", "print a sample input of an operation")
    made = call("run", "run an operation and print its output")
    made.add_argument("--all", action="store_true", help="follow a list to its end, a record a line")
    made.add_argument("--select", metavar="JMESPATH", help="only this part of the output")
    made.add_argument("--retry-for", metavar="SECONDS", type=float, default=60.0, help="60 when left out; 0 tries once")
    made = call("plan", "show the request that run would send, and send nothing")
    made.add_argument("--curl", action="store_true", help="as a curl command")
    made = call("options", "print the choices of a dropdown")
    made.add_argument("--field", metavar="POINTER", help="of the dropdown of this input, such as /section_id")
    made.add_argument("--search", metavar="TEXT", help="only the choices with this text")
    made.add_argument("--page", metavar="NEXT", help="the next of an earlier answer")
    made.add_argument("--inactive", action="store_true", help="also those that are no longer in use, marked")
    made = command("connect", "make a connection to an account of yours")
    _complete(made.add_argument("connector", metavar="CONNECTOR"), _connector_names)
    made.add_argument(
        "--name", metavar="NAME", help="what the connection is called; the connector's name when left out"
    )
    made.add_argument("--with", metavar="WAY", dest="way", help="which way to sign in, where there are several")
    made.add_argument("--input", metavar="JSON", help="the values, not asked for: JSON, @FILE, or - for stdin")
    made.add_argument("--replace", action="store_true", help="take the place of a connection of that name")
    made.add_argument("--no-browser", action="store_true", help="print the address to open, and take the answer here")
    made = command("connections", "list, show, test, rename and remove connections")
    made.add_argument(
        "action", nargs="?", default="list", choices=["list", "show", "test", "rename", "remove", "rekey"]
    )
    _complete(made.add_argument("name", metavar="NAME", nargs="?"), _connection_names)
    made.add_argument("new", metavar="NEW_NAME", nargs="?", help="for rename")
    made = command("limits", "show what a service still lets a connection do, and when it lets more")
    _complete(made.add_argument("connection", metavar="CONNECTION"), _connection_names)
    made = command("calls", "list the calls that were made; show or export one")
    made.add_argument("action", nargs="?", default="list", choices=["list", "show", "export"])
    made.add_argument("id", metavar="CALL", nargs="?")
    made.add_argument("--connection", metavar="NAME", help="only calls on this connection")
    made.add_argument("--operation", metavar="OPERATION", help="only calls of this operation")
    made.add_argument("--outcome", choices=["success", "error", "unknown", "sent"], help="only calls that ended so")
    made.add_argument("--last", metavar="N", type=int, default=20, help="how many; 20 when left out")
    made = command("replay", "play an exported call, offline")
    made.add_argument("file", metavar="FILE")
    made = command("reconcile", "find out what became of a call whose outcome is unknown")
    made.add_argument("call", metavar="CALL")
    made.add_argument("--finish", action="store_true", help="send it again under its idempotency key")
    made = call("bulk", "run an operation once for each row of a file")
    made.add_argument("--rows", metavar="FILE", required=True, help="CSV with a header, or JSON lines; - for stdin")
    made.add_argument(
        "--map", metavar="INPUT=COLUMN", action="append", default=[], help="where names differ; repeatable"
    )
    made.add_argument("--ignore-columns", action="store_true", help="leave out the columns that are no input")
    made.add_argument("--select", metavar="JMESPATH", help="only this part of each output")
    made.add_argument("--results", metavar="FILE", help="where the result lines go; stdout when left out")
    made.add_argument("--at-once", metavar="N", type=int, default=8, help="how many calls at once; 8 when left out")
    made.add_argument("--retry-for", metavar="SECONDS", type=float, default=600.0, help="600 when left out; 0: once")
    made.add_argument("--dry-run", action="store_true", help="check every row, and send nothing")
    made.add_argument("--resume", action="store_true", help="go on with the run of these rows")
    made.add_argument("--retry-errors", action="store_true", help="go on, and repeat the rows that failed")
    made.add_argument("--anew", action="store_true", help="begin again although a run of these rows is there")
    made = command("check", "check declarations and samples")
    made.add_argument("target", metavar="CONNECTOR|PATH", nargs="?", help="all connectors when left out")
    made.add_argument("operations", metavar="OPERATION", nargs="*", help="only these operations")
    made.add_argument("--strength", action="store_true", help="also change declarations and see that samples notice")
    made = command("sandbox", "serve a pretend service on a port")
    _complete(made.add_argument("connector", metavar="CONNECTOR"), _connector_names)
    made.add_argument("--port", type=int, default=8080, help="8080 when left out; 0 finds a free one")
    made.add_argument("--data", metavar="FILE", help="where it keeps its state; the sandbox connection's when left out")
    made.add_argument("--reset", action="store_true", help="begin anew")
    made = command("serve", "serve the HTTP API")
    made.add_argument("--host", default="127.0.0.1", help="the address to listen on; this machine alone when left out")
    made.add_argument("--port", type=int, default=8400, help="8400 when left out; 0 finds a free one")
    made.add_argument("--public-url", metavar="URL", help="where browsers reach it, behind a proxy say")
    made.add_argument(
        "--origin", metavar="URL", action="append", default=[], help="pages of this origin may call it; repeatable"
    )
    made.add_argument(
        "--allow-network", metavar="CIDR", action="append", default=[], help="a private network it may call; repeatable"
    )
    made.add_argument("--rate", metavar="N", type=int, default=6000, help="requests a key may make in a minute; 6000")
    made.add_argument("--certificate", metavar="FILE", help="for TLS: the certificate and its chain, as PEM")
    made.add_argument("--private-key", metavar="FILE", help="for TLS: its private key, as PEM")
    made = command("keys", "make, list and revoke keys of the HTTP API")
    made.add_argument("action", nargs="?", default="list", choices=["list", "create", "revoke", "embed"])
    made.add_argument("id", metavar="KEY", nargs="?", help="for revoke and embed: its id, or the beginning of it")
    made.add_argument("--name", metavar="TEXT", default="", help="what it is for")
    made.add_argument("--tenant", metavar="TENANT", default="", help="whose it is; this machine's own when left out")
    scopes = "by commas: read, write, destroy, options, manage; all when left out. Of an embed token: options"
    made.add_argument("--scopes", metavar="SCOPES", help=scopes)
    embed = made.add_argument_group("embed", "A token for a page in a browser, made by a key of yours.")
    _complete(embed.add_argument("--connector", metavar="CONNECTOR"), _connector_names)
    embed.add_argument("--connection", metavar="NAME", help="with the scope connect, the one to be made")
    embed.add_argument("--operations", metavar="OPERATIONS", default="", help="by commas: those whose forms it shows")
    embed.add_argument("--origin", metavar="URL", help="where the page comes from, such as https://app.example.com")
    embed.add_argument("--seconds", metavar="N", type=int, default=600, help="how long it lasts; 600 when left out")
    made = command("completion", "print what makes a shell complete names")
    made.add_argument("shell", choices=["bash", "zsh", "fish"])
    return parser


COMMANDS = """
    list show sample run plan options connect connections limits calls replay reconcile bulk check sandbox serve
    keys completion
""".split()


class _Version(argparse.Action):
    """Found only when it is asked for: reading a distribution's metadata is slow."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        from importlib.metadata import version

        print(version("connector-runtime"))
        parser.exit()


def _complete(argument: argparse.Action, names: Any) -> None:
    argument.completer = names  # type: ignore[attr-defined] # argcomplete's convention


def _connector_names(**_: Any) -> list[str]:
    from ..catalog import connectors

    return list(connectors())


def _connection_names(**_: Any) -> list[str]:
    from ..accounts.saved import names
    from ..store import Store

    return ["sandbox", "env", *names(Store())]


def _operation_names(parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    from ..catalog import connectors

    found = connectors().get(parsed_args.connector)
    return found.names if found else []


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; its exit code."""
    parser = _parser()
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete

        argcomplete.autocomplete(parser)
    given = parser.parse_args(arguments)
    if arguments is None:  # a process of its own: to look for garbage while it imports is a tenth of a short command
        import gc

        gc.set_threshold(50_000, 20, 20)
    from . import commands

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # JSON is UTF-8; half of a surrogate pair is not, but its escape is JSON
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        code = commands.run(given)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
