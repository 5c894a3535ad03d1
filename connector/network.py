"""How requests reach a service: how long each wait may last, the largest answer, the proxy, the certificates."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import SplitResult, unquote, urlsplit

from .errors import UsageError
from .steps import NotSent

if TYPE_CHECKING:
    import ssl
    from ipaddress import IPv4Network, IPv6Network

PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Network:
    """The way to a service.

    `connect` seconds for a connection, `read` for each wait for more of an answer, `total` for all of one request.
    `largest` is the largest answer taken, in bytes as unpacked. `proxy` is `http://user:password@host:port`. `verify`
    is the CA that certificates are checked by: True for those that the machine trusts, the path of a file or folder,
    or an ssl.SSLContext. With `public_only`, no connection is made to an address that is not public, unless it is in a
    network of `allow`; a proxy may have any. With `trust_env`, HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY,
    SSL_CERT_FILE and SSL_CERT_DIR stand for what is not given.
    """

    connect: float = 10.0
    read: float = 60.0
    total: float = 300.0
    largest: int = 64 * 2**20
    proxy: str | None = field(default=None, repr=False)  # it may hold a password
    verify: Literal[True] | str | os.PathLike[str] | ssl.SSLContext = True
    trust_env: bool = True
    public_only: bool = False
    allow: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def of(cls, timeout: float | Network) -> Network:
        """A Network of one number of seconds, of each wait; 60 is the default Network."""
        return timeout if isinstance(timeout, Network) else cls(min(10.0, timeout), timeout, 5 * timeout)

    def __post_init__(self) -> None:
        if not min(self.connect, self.read, self.total, self.largest) > 0:
            raise UsageError("A Network's connect, read, total and largest are more than 0.")
        if self.proxy is not None:
            Proxy.parse(self.proxy)
        if isinstance(self.verify, str | os.PathLike):
            if not os.path.exists(self.verify):
                raise UsageError(f"verify names {os.fspath(self.verify)}, which is not there.")
        elif self.verify is not True:
            _check_context(self.verify)

    def proxies(self) -> Proxies:
        """The proxies to go by, the environment's as it is now."""
        if self.proxy is not None:
            return Proxies({"all": self.proxy})
        return Proxies.from_environment() if self.trust_env else Proxies({})

    def check(self, address: str) -> None:
        """NotPublic, an OSError, where an address must not be connected to."""
        if self.public_only:
            from .addresses import check

            check(address, self.allow)

    def context(self) -> ssl.SSLContext:
        """What checks certificates and host names, of TLS 1.2 or later; UsageError where a CA cannot be read."""
        import ssl

        if isinstance(self.verify, ssl.SSLContext):
            return self.verify
        file, folder = self._authority()
        try:
            context = ssl.create_default_context(cafile=file, capath=folder)
        except OSError as error:
            raise UsageError(f"The CA of {file or folder} cannot be read: {reason(error)}.") from None
        if not (file or folder or _trusts_any(context)):
            context.load_verify_locations(_bundle())
        context.set_alpn_protocols(["http/1.1"])
        return context

    def _authority(self) -> tuple[str | None, str | None]:
        """The file or the folder of the CA; neither where it is the machine's own."""
        if isinstance(self.verify, str | os.PathLike):
            path = os.fspath(self.verify)
            return (None, path) if os.path.isdir(path) else (path, None)
        file, folder = os.environ.get("SSL_CERT_FILE") or None, os.environ.get("SSL_CERT_DIR") or None
        if not self.trust_env:  # OpenSSL reads them all the same where nothing is given
            return (_bundle() if file or folder else None), None
        return file, None if file else folder


def _check_context(context: object) -> None:
    import ssl

    if not isinstance(context, ssl.SSLContext):
        raise UsageError("Certificates are always checked. To trust another CA, give verify the path of its file.")
    if context.verify_mode != ssl.CERT_REQUIRED or not context.check_hostname:
        raise UsageError("The SSLContext does not check certificates and host names. Use ssl.create_default_context().")
    if context.minimum_version < ssl.TLSVersion.TLSv1_2:
        raise UsageError("The SSLContext takes TLS below 1.2. Set its minimum_version.")


def _bundle() -> str:
    import certifi

    return certifi.where()


def _trusts_any(context: ssl.SSLContext) -> bool:
    """Whether the machine has a CA at all: a small container has none."""
    import ssl

    folder = ssl.get_default_verify_paths().capath
    return bool(context.cert_store_stats()["x509_ca"] or (folder and os.listdir(folder)))


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy of HTTP. As text it shows no password."""

    host: str
    port: int
    authorization: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, text: str) -> Proxy:
        """From `http://user:password@host:port`; the scheme may be left out. UsageError for any other kind."""
        parts = urlsplit(text if "://" in text else f"http://{text}")
        if parts.scheme != "http":
            what = "SOCKS" if parts.scheme.startswith("socks") else f"{parts.scheme}://"
            raise UsageError(f"The proxy is a {what} one, which is not offered. Give an http:// one.")
        try:
            host, port = parts.hostname, parts.port or 80
        except ValueError:
            host, port = None, 0
        if not host:
            raise UsageError("The proxy is no URL. Write it as http://host:port.")
        if parts.username is None:
            return cls(host, port)
        import base64

        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        return cls(host, port, "Basic " + base64.b64encode(user.encode()).decode())

    def __str__(self) -> str:
        return f"http://{bracketed(self.host)}:{self.port}"


@dataclass(frozen=True, slots=True)
class Proxies:
    """Which proxy a URL goes by: `by_scheme` is keyed http, https, all; `bypass` are the entries of NO_PROXY."""

    by_scheme: Mapping[str, str] = field(repr=False)
    bypass: tuple[str, ...] = ()

    @classmethod
    def from_environment(cls) -> Proxies:
        """As httpx reads it: the environment, and on macOS and Windows the system's settings."""
        if sys.platform not in ("darwin", "win32") and not any(key.lower().endswith("_proxy") for key in os.environ):
            return cls({})
        from urllib.request import getproxies

        found = getproxies()
        bypass = tuple(entry.strip().lower() for entry in found.get("no", "").split(",") if entry.strip())
        return cls({key: found[key] for key in ("http", "https", "all") if found.get(key)}, bypass)

    def of(self, url: SplitResult) -> Proxy | None:
        """The proxy that the URL goes by, if any; UsageError where it is of no kind that is offered."""
        found = self.by_scheme.get(url.scheme) or self.by_scheme.get("all")
        if not found or any(entry == "*" or _covers(entry, url) for entry in self.bypass):
            return None
        return Proxy.parse(found)


def _covers(entry: str, url: SplitResult) -> bool:
    """Whether an entry of NO_PROXY is of this URL: a name with its subdomains, `.name`, an address or network."""
    scheme, _, rest = entry.rpartition("://")
    host, port = url.hostname or "", url.port or PORTS[url.scheme]
    if scheme not in ("", "all", url.scheme):
        return False
    try:
        if "/" in rest:
            import ipaddress

            return ipaddress.ip_address(host) in ipaddress.ip_network(rest, strict=False)
        wanted = urlsplit(f"//{rest if rest.startswith('[') else bracketed(rest)}")
        name = (wanted.hostname or "").removeprefix("*")
        if not name or wanted.port not in (None, port):
            return False
    except ValueError:
        return False
    if scheme and not rest.startswith("*"):  # as httpx: that host alone
        return host == name
    return host == name or host.endswith(name if name.startswith(".") else f".{name}")


def bracketed(host: str) -> str:
    """A host as it stands in a URL: an IPv6 address in brackets."""
    return f"[{host}]" if host.count(":") > 1 else host


TRUST = "Give the CA that signed it: SSL_CERT_FILE, or verify of Network."
_TLS = {
    "WRONG_VERSION_NUMBER": "the server does not speak TLS",
    "RECORD_LAYER_FAILURE": "the server does not speak TLS",
    "HTTP_REQUEST": "the server does not speak TLS",
    "UNSUPPORTED_PROTOCOL": "the server speaks no TLS of 1.2 or later",
    "TLSV1_ALERT_PROTOCOL_VERSION": "the server speaks no TLS of 1.2 or later",
}


def reason(error: BaseException) -> str:
    """What went wrong with a connection, in words, with how to mend it where that is known."""
    import socket
    import ssl

    if isinstance(error, ssl.SSLCertVerificationError):
        said = error.verify_message
        if error.verify_code in (9, 10):
            return f"its certificate is out of date: {said}. The service renews it; look at this machine's clock too."
        if error.verify_code in (62, 64):
            return f"its certificate is of another name: {said.rstrip('.')}. Check the address."
        return f"its certificate is not trusted: {said}. {TRUST}"
    if isinstance(error, ssl.SSLError):
        if error.reason in _TLS:
            return _TLS[error.reason]
    elif isinstance(error, OSError) and error.errno and not isinstance(error, socket.gaierror):
        return os.strerror(error.errno)  # asyncio and aiohttp have words of their own, with addresses and URLs
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return re.sub(r"^\[\w+(: \w+)?\] | \(_ssl\.c:\d+\)$", "", str(said))


def not_sent(error: BaseException) -> NotSent:
    """A connection that could not be made. A refused certificate or address is refused tomorrow too."""
    import ssl

    from .addresses import NotPublic

    return NotSent(reason(error), lasting=isinstance(error, ssl.SSLCertVerificationError | NotPublic))


def refused_by(proxy: object, status: int, phrase: str) -> NotSent:
    """A proxy that makes no way to the service."""
    hint = ". Write its user and password into its URL: http://user:password@host:port" if status == 407 else ""
    return NotSent(f"the proxy {proxy} answered {status} {phrase}{hint}", lasting=status == 407)
