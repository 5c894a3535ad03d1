"""The engine's raw HTTP request, for Harbor."""

from connector.http_request import handle

__all__ = ["handle"]
