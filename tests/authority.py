"""A certificate authority of the tests' own, and servers that it vouches for."""

from __future__ import annotations

import datetime
import functools
import ssl
from pathlib import Path

import trustme


@functools.cache
def authority() -> trustme.CA:
    return trustme.CA()


def serving(*names: str, expired: bool = False, ca: trustme.CA | None = None) -> ssl.SSLContext:
    """What a server under TLS serves with: a certificate of these names, of 127.0.0.1 where none is given."""
    until = datetime.datetime(2020, 1, 1) if expired else None
    begun = datetime.datetime(2019, 1, 1) if expired else None
    certificate = (ca or authority()).issue_cert(*(names or ("127.0.0.1",)), not_after=until, not_before=begun)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def written(folder: Path) -> str:
    """The authority's certificate in a file: its path."""
    authority().cert_pem.write_to_path(str(folder / "ca.pem"))
    return str(folder / "ca.pem")


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority().configure_trust(context)
    return context
