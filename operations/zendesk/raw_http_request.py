"""The engine's raw HTTP request, exposed; a handler because its method, path and body are the caller's."""

from connector.http_request import handle as handle
