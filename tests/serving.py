"""Serves an application on a port, in a thread."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import uvicorn


@contextmanager
def served(
    app: Any, lifespan: Literal["on", "off"] = "off", listener: socket.socket | None = None, **options: Any
) -> Iterator[str]:
    """The URL of an application on a free port, or on a socket that listens already. `options` are uvicorn's."""
    listener = listener or socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, **{"log_config": None, "lifespan": lifespan, **options}))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
