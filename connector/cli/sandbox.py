"""Serves a sandbox on a port, on this machine alone."""

from __future__ import annotations

import errno
import socket
import sys
from pathlib import Path

from ..catalog import Connector
from ..connections import variable
from ..errors import UsageError
from ..sandbox import sandbox_app

HOST = "127.0.0.1"


def serve(connector: Connector, port: int, data: str | None, reset: bool) -> int:
    """Serve until interrupted; the exit code."""
    try:
        import uvicorn
    except ImportError:
        raise UsageError("A sandbox on a port needs uvicorn: pip install 'connector-runtime[server]'.") from None
    with listen(port) as listener:
        app = sandbox_app(connector, Path(data) if data else None, reset=reset)
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        print(f"A pretend {connector.title} on {url}. Stop it with Ctrl-C. To run operations on it:", file=sys.stderr)
        values = {
            key: value
            for key, value in connector.spec.get("sandbox", {}).items()
            if f"{{{key}}}" not in connector.spec["url"]
        }
        for name, value in {"base_url": url, **values}.items():
            print(f"  export {variable(connector, name)}={value}", file=sys.stderr)
        print(f"  connector run {connector.name} OPERATION --connection env", file=sys.stderr, flush=True)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        server.run(sockets=[listener])
    return 0


def listen(port: int, host: str = HOST) -> socket.socket:
    """A socket that listens there; UsageError where it cannot."""
    if not 0 <= port <= 65535:
        raise UsageError(f"Port {port} is not between 0 and 65535. {FREE}")
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, UnicodeError):
        raise UsageError(f"{host!r} is no address of this machine. Choose another with --host.") from None
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRNOTAVAIL:
            raise UsageError(f"{host!r} is no address of this machine. Choose another with --host.") from None
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be had: {error.strerror}"
        raise UsageError(f"Port {port} {why}. {FREE}") from None
    return listener


FREE = "Choose another with --port; 0 finds a free one."
