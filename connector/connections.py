"""Who we are to a service: the base URL, the values of a connection, and how a request is signed with them.

A connection is named. `sandbox` is built in; `env` is read from environment variables, `<CONNECTOR>_<VALUE>`.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlsplit

from .catalog import Connector
from .errors import InputError, Problem, UsageError
from .message import ABSENT, Request
from .schema import Schema, Validator
from .template import Expression, wire

MASK = "***"


@dataclass(frozen=True, slots=True)
class Wire:
    """A request as it leaves: an absolute URL, every header in order, the bytes; and the request it was made from."""

    request: Request
    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    content: bytes | None = field(repr=False)


@dataclass(frozen=True)
class Connection:
    """A base URL and the values that sign requests to it. Its repr shows no value.

    `allowed_hosts` are further hosts that a raw request may name; they are never sent the credentials. With `inside`,
    the service is the connector's sandbox, inside this process.
    """

    name: str
    connector: Connector = field(repr=False)
    base_url: str
    values: Mapping[str, Any] = field(repr=False)
    allowed_hosts: frozenset[str] = frozenset()
    inside: bool = False

    def wire(self, request: Request, *, masked: bool = False) -> Wire:
        """The request as it leaves, signed; with `masked`, every credential is `***`."""
        if _NOT_OF_A_URL.search(request.url):
            hint = "Percent-encode it."
            raise InputError([Problem("", "url", "string", f"{request.url[:80]!r} cannot stand in a URL.", hint)])
        url, own = self._url(request)
        signature = _sign(self.connector.spec["auth"], self.values, masked=True) if masked else self._signature
        headers = dict(self.connector.spec.get("headers", {})) if own else {}
        if request.json is not ABSENT:
            headers["Content-Type"] = "application/json"
        given = request.header_pairs()
        _check_headers(given)
        if own:
            given = [*(pair for pair in given if pair[0].lower() not in signature.names), *signature.headers]
            if signature.query:
                url += ("&" if "?" in url else "?") + signature.query
        taken = {name.lower() for name, _ in given}
        pairs = [(name, value) for name, value in headers.items() if name.lower() not in taken]
        return Wire(request, url, (*pairs, *given), request.body())

    @cached_property
    def _signature(self) -> Signature:
        signature = _sign(self.connector.spec["auth"], self.values)
        _check_headers(signature.headers)
        return signature

    def _url(self, request: Request) -> tuple[str, bool]:
        """The absolute URL, and whether it is the connection's own origin, which alone is sent the credentials."""
        if request.url.startswith("/") and not request.url.startswith("//"):
            return self.base_url + request.url, True
        there, here = urlsplit(request.url), urlsplit(self.base_url)
        if (there.scheme, there.netloc.lower()) == (here.scheme, here.netloc.lower()):
            return request.url, True
        if there.scheme in ("http", "https") and there.hostname in self.allowed_hosts and "@" not in there.netloc:
            return request.url, False
        where = f"{there.scheme}://{there.netloc.rpartition('@')[2]}" if there.netloc else request.url[:80]
        hint = f"Use {here.scheme}://{here.netloc}, or allow the host on the connection."
        raise InputError([Problem("", "host", "string", f"{where} is not a host of this connection.", hint)])


_NOT_OF_A_URL = re.compile(r"[^!-~]")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def _check_headers(pairs: Iterable[tuple[str, str]]) -> None:
    for name, value in pairs:
        if not _HEADER_NAME.fullmatch(name):
            raise InputError([Problem("", "header", "string", f"{name!r} is no name of a header.", "Use letters.")])
        if any(char in value for char in "\r\n\0"):
            raise InputError(
                [Problem("", "header", "string", f"the header {name!r} has a line break.", "Take it out.")]
            )


@dataclass(frozen=True, slots=True)
class Signature:
    """What signs a request: headers, or a query parameter."""

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    query: str = field(default="", repr=False)

    @property
    def names(self) -> set[str]:
        """The headers that it owns, in lower case."""
        return {name.lower() for name, _ in self.headers}


_SECRETS = ("username", "password", "token", "value")


def _sign(auth: Mapping[str, Mapping[str, Any]], values: Mapping[str, Any], *, masked: bool = False) -> Signature:
    """The signature of the first way in `auth` whose values are all given; an empty one where there is none."""
    scheme = _scheme(auth, values)
    if scheme is None:
        return Signature()
    found = {key: wire(Expression(scheme[key])(dict(values))) for key in _SECRETS if key in scheme}
    if masked:
        found = dict.fromkeys(found, MASK)
    if scheme["type"] == "basic":
        pair = f"{found['username']}:{found.get('password') or ''}".encode()
        return Signature((("Authorization", f"Basic {MASK if masked else base64.b64encode(pair).decode()}"),))
    if scheme["type"] == "bearer":
        return Signature((("Authorization", f"Bearer {found['token']}"),))
    if scheme["place"] == "header":
        return Signature(((scheme["name"], found["value"]),))
    return Signature(query=f"{quote(scheme['name'])}={quote(found['value'], safe='*')}")


def _scheme(auth: Mapping[str, Mapping[str, Any]], values: Mapping[str, Any]) -> Mapping[str, Any] | None:
    for scheme in auth.values():
        reads = [Expression(scheme[key]).reads or frozenset() for key in _SECRETS if key in scheme]
        if all(values.get(name) for names in reads for name in names):
            return scheme
    return None


def connect(connector: Connector, name: str) -> Connection:
    """The connection of that name; UsageError that says what to set where it cannot be made."""
    if name == "sandbox":
        connector.sandbox_folder()  # says so where there is none
        values = connector.spec.get("sandbox", {})
        return Connection(name, connector, _base_url(connector, values), values, inside=True)
    if name == "env":
        return _from_environment(connector)
    raise UsageError(f"There is no connection {name!r}. Known: env, sandbox.")


def variable(connector: Connector, value: str) -> str:
    """The environment variable of one value of a connection: `ACME_API_KEY`."""
    return f"{connector.name}_{value}".upper().replace("-", "_")


def _from_environment(connector: Connector) -> Connection:
    schema: Schema = connector.spec["connection"]
    names = schema.get("properties", {})
    given = {name: os.environ[key] for name in names if (key := variable(connector, name)) in os.environ}
    base_url = os.environ.get(variable(connector, "base_url"), "")
    hosts = os.environ.get(variable(connector, "allowed_hosts"), "")
    if base_url:
        schema = {key: value for key, value in schema.items() if key != "required"}
    missing = [variable(connector, name) for name in schema.get("required", ()) if not given.get(name)]
    signed = _scheme(connector.spec["auth"], given) is not None or not connector.spec["auth"]
    if missing or not signed:
        raise UsageError(_what_to_set(connector, missing, signed))
    validator = Validator(schema)
    if not validator.accepts(given):
        problem = validator.problems(given)[0]
        raise UsageError(f"{variable(connector, problem.pointer.strip('/'))} {problem.message} {problem.hint}".strip())
    url = _checked_url(base_url, variable(connector, "base_url")) if base_url else _base_url(connector, given)
    allowed = frozenset(host.strip().lower() for host in hosts.split(",") if host.strip())
    return Connection("env", connector, url, given, allowed)


def _what_to_set(connector: Connector, missing: list[str], signed: bool) -> str:
    if signed:
        return f"The connection to {connector.title} is not whole. Set {', '.join(missing)}."
    ways = []
    for scheme in connector.spec["auth"].values():
        names = sorted({name for key in _SECRETS if key in scheme for name in Expression(scheme[key]).reads or ()})
        ways.append(" and ".join(variable(connector, name) for name in names) + f" ({scheme['title']})")
    first = f"Set {', '.join(missing)}, and " if missing else "Set "
    return f"There are no credentials for {connector.title}. {first}{'; or '.join(ways)}."


def _base_url(connector: Connector, values: Mapping[str, Any]) -> str:
    def fill(match: re.Match[str]) -> str:
        return quote(str(values[match[1]]), safe="")

    return re.sub(r"\{(\w+)\}", fill, connector.spec["url"]).rstrip("/")


def _checked_url(url: str, name: str) -> str:
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        whole = whole and not re.search(r"[^!-~]|[?#]|\.\.", url) and "@" not in parts.netloc
    except ValueError:  # a port past 65535, half of an IPv6 address
        whole = False
    if not whole:
        raise UsageError(f"{name} must be a URL such as https://example.com, without a query or a user name.")
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise UsageError(f"{name} must start with https://, so that credentials are not sent in the clear.")
    return url.rstrip("/")
