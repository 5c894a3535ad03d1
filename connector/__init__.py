"""An open runtime for connectors: operations as data, run by one engine.

    import connector
    connector.run("acme", "get_ticket", {"ticket_id": 1})

These are the public names; each is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the same names, for type checkers
    from .attachments import decode as decode
    from .catalog import Connector as Connector
    from .catalog import connectors as connectors
    from .catalog import find as find
    from .client import Client as Client
    from .client import arun as arun
    from .client import options as options
    from .client import plan as plan
    from .client import run as run
    from .client import stream as stream
    from .connections import Connection as Connection
    from .errors import APIError as APIError
    from .errors import AuthError as AuthError
    from .errors import ConnectorError as ConnectorError
    from .errors import DeclarationError as DeclarationError
    from .errors import HandlerError as HandlerError
    from .errors import InputError as InputError
    from .errors import OutcomeUnknown as OutcomeUnknown
    from .errors import OutputError as OutputError
    from .errors import OutputWarning as OutputWarning
    from .errors import Problem as Problem
    from .errors import RateLimitError as RateLimitError
    from .errors import ServiceError as ServiceError
    from .errors import TimeoutError as TimeoutError
    from .errors import UnreachableError as UnreachableError
    from .errors import UsageError as UsageError
    from .message import Request as Request
    from .message import Response as Response
    from .network import Network as Network
    from .operation import Flow as Flow
    from .operation import Operation as Operation

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
    "network": ("Network",),
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
