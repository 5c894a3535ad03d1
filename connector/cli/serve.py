"""Serves a sandbox on a port, on this machine alone."""

from __future__ import annotations

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
    with _listen(port) as listener:
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


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        taken = getattr(error, "errno", 0) in (48, 98, 10048)
        why = "is in use" if taken else "is not between 0 and 65535" if isinstance(error, OverflowError) else str(error)
        raise UsageError(f"Port {port} {why}. Choose another with --port; 0 finds a free one.") from None
    return listener
