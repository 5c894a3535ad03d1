"""`connector serve`: the HTTP API on a port, until it is told to stop."""

from __future__ import annotations

import json
import logging
import os
import socket
import ssl
import sys
from argparse import Namespace
from dataclasses import replace
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from ..access import keys
from ..access.embed import is_origin
from ..api.server import Server
from ..api.settings import Settings
from ..clock import SYSTEM
from ..errors import UsageError
from ..network import PORTS, bracketed
from ..store import Store
from .sandbox import listen
from .telling import tell_warnings

STOPPED_AT_ONCE = 130


def serve(given: Namespace) -> int:
    """Serve until SIGINT or SIGTERM, then finish what runs; a second one ends at once. The exit code."""
    if missing := [name for name in ("uvicorn", "prometheus_client", "jwt") if find_spec(name) is None]:
        raise UsageError(f"The API needs {missing[0]}: pip install 'connector-runtime[server]'.")
    settings, tls = _settings(given), _tls(given.certificate, given.private_key)
    with listen(given.port, given.host) as listener:
        address = origin("https" if tls else "http", *listener.getsockname()[:2])
        settings = replace(settings, public_url=given.public_url or address)
        server = Server(settings)
        here = ip_address(listener.getsockname()[0]).is_loopback
        key = _first_key(server.store, here=here)
        if not here and not settings.public_url.startswith("https://"):
            print(f"Warning: {PLAIN}", file=sys.stderr)
        elif not here and given.public_url is None:
            print(f"Warning: A sign-in sends browsers back to {address}. {REACHED}", file=sys.stderr)
        _tell(given, address, settings.public_url, key)
        return _run(server, listener, tls)


PLAIN = (
    "Keys and answers travel unencrypted. Give --certificate and --private-key; or, behind a proxy that ends TLS, say"
    " where it is reached: --public-url https://…"
)
REACHED = "Say where they reach this server: --public-url https://…"


def _settings(given: Namespace) -> Settings:
    for option, url in [("--origin", url) for url in given.origin] + [("--public-url", given.public_url)]:
        if url is not None and not is_origin(url):
            hint = "Write it as browsers do, such as https://app.example: no path, no slash at the end, no usual port."
            raise UsageError(f"{option} {url!r} is no origin. {hint}")
    if given.rate < 1:
        raise UsageError("--rate is at least 1.")
    networks = tuple(map(_network, given.allow_network))
    return Settings(given.public_url or "", tuple(given.origin), networks, given.rate)


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError:
        raise UsageError(f"--allow-network {text!r} is no network. Write it as 10.1.0.0/16 or fd00::/8.") from None


def _tls(certificate: str | None, key: str | None) -> dict[str, Any]:
    """What uvicorn is told of TLS; UsageError where the files do not make a certificate."""
    if certificate is None:
        if key is not None:
            raise UsageError("--private-key needs --certificate.")
        return {}
    password = "none"  # noqa: S105 # without one, OpenSSL asks the terminal
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password)
    except ssl.SSLError as error:
        why = "the key is not the certificate's" if error.reason == "KEY_VALUES_MISMATCH" else "they must be PEM"
        where = "" if key else " A key in a file of its own is named by --private-key."
        raise UsageError(f"The certificate or its key cannot be used: {why}, without a password.{where}") from None
    except OSError as error:
        name = next(file for file in (certificate, key or "") if not os.access(file, os.R_OK))
        raise UsageError(f"{name} cannot be read: {error.strerror}.") from None
    return {"ssl_certfile": certificate, "ssl_keyfile": key, "ssl_keyfile_password": password}


def origin(scheme: str, host: str, port: int) -> str:
    """What is on this address, as browsers write it: without the port that is the scheme's own."""
    if ip_address(host).is_unspecified:
        host = "127.0.0.1"
    return f"{scheme}://{bracketed(host)}{'' if port == PORTS[scheme] else f':{port}'}"


def _first_key(store: Store, *, here: bool) -> str | None:
    """A key that is made where there is none; UsageError where others than this machine may come."""
    if any(key.revoked is None for key in keys.every(store)):
        return None
    if not here:
        raise UsageError("Others can reach this address, and there is no key. Make one: connector keys create")
    return keys.create(store, name="first", now=SYSTEM.now())


def _tell(given: Namespace, address: str, url: str, key: str | None) -> None:
    if given.json:
        print(json.dumps({"address": address, "url": url, "docs": f"{url}/docs", "key": key}), flush=True)
        return
    behind = f", reached as {url}" if url != address else ""
    lines = [f"The API is on {address}{behind}. What it takes is at {url}/docs. Stop it with Ctrl-C."]
    if key:
        lines += ["A first key was made, which may do everything. It is shown this once:", f"  {key}"]
    lines += ["To try it:", f"  curl -H 'Authorization: Bearer {key or 'KEY'}' {address}/v1/connectors"]
    print("\n".join(lines), file=sys.stderr, flush=True)


def _run(server: Server, listener: socket.socket, tls: dict[str, Any]) -> int:
    import uvicorn

    from ..api.app import create_app
    from ..api.protocol import uvicorn_options

    class Program(uvicorn.Server):
        def handle_exit(self, sig: int, frame: Any) -> None:
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # what is cut off says so itself
            self.force_exit = self.should_exit
            self.should_exit = server.closing = True

    tell_warnings()
    os.environ.setdefault("UV_THREADPOOL_SIZE", "64")  # where uvloop looks up names, which may take long
    program = Program(uvicorn.Config(create_app(server), **uvicorn_options(server.settings), **tls))
    program.run(sockets=[listener])
    return STOPPED_AT_ONCE if program.force_exit else 0
