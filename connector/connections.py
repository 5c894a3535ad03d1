"""Who we are to a service: the base URL, the values of a connection, and how a request is signed with them.

A connection is named. `sandbox` is built in; `env` is read from environment variables, `<CONNECTOR>_<VALUE>`; all
others are kept in the store (`accounts`). A tenant's connections are named `tenant/name`, so that whatever is kept by
the name of a connection (its calls, its limits, its sandbox) is that tenant's.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlsplit

from .catalog import Connector
from .errors import InputError, Problem, UnknownNameError, UsageError
from .message import ABSENT, Request
from .schema import Schema, Validator
from .ways import Signature, reads, ready, sign, signs_in


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
    the service is the connector's sandbox, inside this process. `scheme` is the way of the connector's `auth` that
    signs; where it is None, the first whose values are all given. `mend` says how to make it anew, for the error of one
    that is no longer accepted.
    """

    name: str
    connector: Connector = field(repr=False)
    base_url: str
    values: Mapping[str, Any] = field(repr=False)
    allowed_hosts: frozenset[str] = frozenset()
    inside: bool = False
    scheme: str | None = None
    mend: str = field(default="", repr=False, compare=False)

    @cached_property
    def way(self) -> Mapping[str, Any] | None:
        """The way that signs, as connector.yaml declares it; None where nothing signs."""
        auth: Mapping[str, Mapping[str, Any]] = self.connector.spec["auth"]
        return auth[self.scheme] if self.scheme else ready(auth, self.values)

    @cached_property
    def secrets(self) -> frozenset[str]:
        """Every text of the connection that nobody may see: its secret values, and the header they make."""
        names = {*secret_names(self.connector), "access_token", "refresh_token"}
        values = {str(self.values[name]) for name in names if self.values.get(name)}
        sent = {value.removeprefix("Basic ").removeprefix("Bearer ") for _, value in self._signature.headers}
        return frozenset(values | sent - {""})

    def wire(self, request: Request, *, masked: bool = False) -> Wire:
        """The request as it leaves, signed; with `masked`, every credential is `***`."""
        if len(request.url) > LONGEST_URL:
            hint = "Ask for less at a time."
            raise InputError([Problem("", "url", "string", f"the URL is longer than {LONGEST_URL} characters.", hint)])
        if _NOT_OF_A_URL.search(request.url):
            hint = "Percent-encode it."
            raise InputError([Problem("", "url", "string", f"{request.url[:80]!r} cannot stand in a URL.", hint)])
        url, own = self._url(request)
        signature = sign(self.way, self.values, masked=True) if masked else self._signature
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
        signature = sign(self.way, self.values)
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


LONGEST_URL = 2**15  # no service takes so long a one
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


# -- connections by name -----------------------------------------------------------------------------------------------


def secret_names(connector: Connector) -> list[str]:
    """The values of a connection that nobody may see."""
    properties = connector.spec["connection"].get("properties", {})
    return [name for name, schema in properties.items() if schema.get("writeOnly")]


RESERVED = ("sandbox", "env")


def split(name: str) -> tuple[str, str]:
    """The tenant of a connection, empty where it has none, and what it is called there."""
    tenant, _, own = name.rpartition("/")
    return tenant, own


def connect(connector: Connector, name: str) -> Connection:
    """A connection `sandbox`, or `env`; UsageError that says what to set where it cannot be made."""
    if split(name)[1] == "sandbox":
        connector.sandbox_folder()  # says so where there is none
        values = connector.spec.get("sandbox", {})
        return Connection(name, connector, filled(connector.spec["url"], values), values, inside=True)
    if name == "env":
        return _from_environment(connector)
    raise UnknownNameError(f"There is no connection {name!r}. Known: env, sandbox.")


def variable(connector: Connector, value: str) -> str:
    """The environment variable of one value of a connection: `ACME_API_KEY`."""
    return f"{connector.name}_{value}".upper().replace("-", "_")


def _from_environment(connector: Connector) -> Connection:
    schema: Schema = connector.spec["connection"]
    names = [*schema.get("properties", {}), "base_url", "allowed_hosts"]
    given = {name: os.environ[key] for name in names if (key := variable(connector, name)) in os.environ}
    hosts = given.pop("allowed_hosts", "").split(",")
    missing = [variable(connector, name) for name in missing_values(connector, given)]
    signed = not connector.spec["auth"] or ready(connector.spec["auth"], given) is not None
    if missing or not signed:
        raise UsageError(_what_to_set(connector, missing, signed))
    return made("env", connector, given, hosts, called=lambda name: variable(connector, name))


def _what_to_set(connector: Connector, missing: list[str], signed: bool) -> str:
    if signed:
        return f"The connection to {connector.title} is not whole. Set {', '.join(missing)}."
    ways = [
        " and ".join(variable(connector, name) for name in reads(way)) + f" ({way['title']})"
        for way in connector.spec["auth"].values()
        if not signs_in(way)
    ]
    if not ways:
        return f"{connector.title} is signed in to by a person. Make a connection: connector connect {connector.name}."
    first = f"Set {', '.join(missing)}, and " if missing else "Set "
    return f"There are no credentials for {connector.title}. {first}{'; or '.join(ways)}."


def missing_values(connector: Connector, given: Mapping[str, Any]) -> list[str]:
    """The values that every connection has and that are not given; `base_url` stands for those of the URL."""
    names = connector.spec["connection"].get("required", ())
    spared = in_url(connector) if given.get("base_url") else ()
    return [name for name in names if not given.get(name) and name not in spared]


def in_url(connector: Connector) -> list[str]:
    """The values that the connector's URL is made of."""
    return _NAMED.findall(connector.spec["url"])


def made(
    name: str,
    connector: Connector,
    given: Mapping[str, Any],
    hosts: Iterable[str] = (),
    scheme: str | None = None,
    called: Callable[[str], str] = str,
) -> Connection:
    """A connection of these values, checked by the connector's schema; UsageError says which one does not do.

    `base_url` among them takes the place of the connector's URL. `called` is what a value is called in an error.
    """
    values = {key: value for key, value in given.items() if key != "base_url"}
    validator = Validator({key: rule for key, rule in connector.spec["connection"].items() if key != "required"})
    if not validator.accepts(values):
        problem = validator.problems(values)[0]
        raise UsageError(f"{called(problem.pointer.strip('/'))} {problem.message} {problem.hint}".strip())
    if own := given.get("base_url"):
        url = _checked_url(own, called("base_url"))
    else:
        url = _checked_url(filled(connector.spec["url"], values, called), f"The URL of {connector.title}")
    allowed = frozenset(host.strip().lower() for host in hosts if host.strip())
    return Connection(name, connector, url, values, allowed, scheme=scheme)


# -- addresses ---------------------------------------------------------------------------------------------------------

_NAMED = re.compile(r"\{(\w+)\}")
_AUTHORITY = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:[0-9]+)?")


def filled(template: str, values: Mapping[str, Any], called: Callable[[str], str] = str) -> str:
    """A URL with each `{name}` replaced; UsageError where a value would not stay in its place in the host."""
    url = _NAMED.sub(lambda match: quote(str(values.get(match[1], "")), safe=""), template)
    host, fixed = urlsplit(url).netloc, urlsplit(template).netloc.rpartition("}")[2]
    if not _AUTHORITY.fullmatch(host) or not host.endswith(fixed):
        names = " and ".join(called(name) for name in _NAMED.findall(urlsplit(template).netloc))
        raise UsageError(f"{names or template} cannot stand in a host name: use letters, digits and hyphens.")
    return url.rstrip("/")


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
