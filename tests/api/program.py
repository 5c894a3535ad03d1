"""A server as a program that tests kill: `python -m tests.api.program`; it prints its port.

Its data folder is in the environment. It takes another for dead after a second.
"""

from __future__ import annotations

import socket

import uvicorn

from connector.api import answers
from connector.api.app import create_app
from connector.api.server import Server
from connector.api.settings import Settings

from .desk import LOOPBACK


def main() -> None:
    answers.LEASE = 1.0
    server = Server(Settings(allow_networks=LOOPBACK), retry_for=0)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(create_app(server), log_config=None)).run(sockets=[listener])


if __name__ == "__main__":
    main()
