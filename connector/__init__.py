"""An open runtime for connectors: operations as data, run by one engine.

    import connector
    connector.run("acme", "get_ticket", {"ticket_id": 1})

These are the public names; each is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .attachments import decode
    from .catalog import Connector, connectors, find
    from .client import Client, arun, options, plan, run, stream
    from .connections import Connection
    from .errors import (
        APIError,
        AuthError,
        ConnectorError,
        DeclarationError,
        HandlerError,
        InputError,
        OutcomeUnknown,
        OutputError,
        OutputWarning,
        Problem,
        RateLimitError,
        ServiceError,
        TimeoutError,
        UnreachableError,
        UsageError,
    )
    from .message import Request, Response
    from .operation import Flow, Operation

_HOMES = {
    "attachments": ("decode",),
    "catalog": ("Connector", "connectors", "find"),
    "client": ("Client", "arun", "options", "plan", "run", "stream"),
    "connections": ("Connection",),
    "errors": (
        "APIError",
        "AuthError",
        "ConnectorError",
        "DeclarationError",
        "HandlerError",
        "InputError",
        "OutcomeUnknown",
        "OutputError",
        "OutputWarning",
        "Problem",
        "RateLimitError",
        "ServiceError",
        "TimeoutError",
        "UnreachableError",
        "UsageError",
    ),
    "message": ("Request", "Response"),
    "operation": ("Flow", "Operation"),
}
_WHERE = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted(_WHERE)


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _WHERE:
        raise AttributeError(f"module 'connector' has no attribute {name!r}")
    return getattr(import_module(f"connector.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return __all__
