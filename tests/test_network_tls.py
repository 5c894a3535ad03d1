"""TLS is always checked, over real sockets: what is refused is said with how to mend it, and nothing is sent."""

from __future__ import annotations

import hashlib
import socket
import ssl
import subprocess
import threading
import warnings
from pathlib import Path

import pytest

from connector.errors import UsageError
from connector.message import Response
from connector.network import Network
from connector.steps import NotSent

from .authority import serving, trusting, written
from .carriers import attempt, each_kind, wire
from .raw_server import RawServer, Reply, answer

OK = b'{"a": 1}'


def refusal(kind: str, network: Network, url: str) -> NotSent:
    (found,) = attempt(kind, network, wire(url, "POST", ("Authorization", "s3cret"), content=b"{}"))
    assert isinstance(found, NotSent)
    return found


@each_kind
def test_an_unknown_authority_is_refused(kind: str) -> None:
    with RawServer(Reply(answer(OK)), tls=serving()) as server:
        found = refusal(kind, Network(), server.url)
    assert "its certificate is not trusted: " in str(found)
    assert "SSL_CERT_FILE" in str(found)
    assert "verify" in str(found)
    assert found.lasting
    assert server.received == []


@each_kind
def test_a_certificate_of_another_name_is_refused(kind: str) -> None:
    with RawServer(Reply(answer(OK)), tls=serving("elsewhere.example")) as server:
        found = refusal(kind, Network(verify=trusting()), server.url)
    assert str(found).startswith("its certificate is of another name: ")
    assert str(found).endswith("'127.0.0.1'. Check the address.")
    assert server.received == []


@each_kind
def test_an_expired_certificate_is_refused(kind: str) -> None:
    with RawServer(Reply(answer(OK)), tls=serving(expired=True)) as server:
        found = refusal(kind, Network(verify=trusting()), server.url)
    assert str(found).startswith("its certificate is out of date: certificate has expired.")
    assert server.received == []


@each_kind
def test_tls_below_1_2_is_refused(kind: str) -> None:
    old = serving()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
    with RawServer(Reply(answer(OK)), tls=old) as server:
        assert str(refusal(kind, Network(verify=trusting()), server.url)) == "the server speaks no TLS of 1.2 or later"


@each_kind
def test_a_server_without_tls_is_told(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:
        threading.Thread(target=greet, args=(plain,), daemon=True).start()
        url = f"https://127.0.0.1:{plain.getsockname()[1]}"
        assert str(refusal(kind, Network(), url)) == "the server does not speak TLS"


def greet(listening: socket.socket) -> None:
    with listening.accept()[0] as connection:
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        connection.recv(4096)


@each_kind
def test_a_reset_inside_the_handshake_is_not_sent(kind: str) -> None:
    with RawServer(reset_at_once=True) as server:
        refusal(kind, Network(), server.url.replace("http:", "https:"))


@each_kind
def test_a_handshake_that_is_not_answered_runs_out_of_time(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        assert str(refusal(kind, Network(connect=0.2), url)) == "no connection within 0.2 seconds"


def hashed(folder: Path) -> str:
    """The authority's certificate in a folder as OpenSSL looks it up."""
    made = folder / "certificates"
    made.mkdir()
    path = written(made)
    name = subprocess.run(
        ["openssl", "x509", "-noout", "-subject_hash", "-in", path], capture_output=True, text=True, check=True
    ).stdout.strip()
    (made / f"{name}.0").write_bytes(Path(path).read_bytes())
    return str(made)


@pytest.mark.parametrize("way", ["file", "Path", "folder", "context", "SSL_CERT_FILE", "SSL_CERT_DIR"])
@each_kind
def test_an_authority_of_ones_own_is_given(
    way: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = Network()
    if way == "file":
        network = Network(verify=written(tmp_path))
    elif way == "Path":
        network = Network(verify=Path(written(tmp_path)))
    elif way == "folder":
        network = Network(verify=hashed(tmp_path))
    elif way == "context":
        network = Network(verify=trusting())
    else:
        monkeypatch.setenv(way, written(tmp_path) if way == "SSL_CERT_FILE" else hashed(tmp_path))
    with RawServer(Reply(answer(OK)), tls=serving()) as server:
        found = attempt(kind, network, wire(server.url), wire(server.url))
    assert [one.content for one in found if isinstance(one, Response)] == [OK, OK]
    assert server.connections == 1


@each_kind
def test_the_environment_is_not_read_where_it_is_not_trusted(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", written(tmp_path))
    with RawServer(Reply(answer(OK)), tls=serving()) as server:
        assert refusal(kind, Network(trust_env=False), server.url).lasting


@each_kind
def test_an_authority_that_cannot_be_read_is_told(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty.pem").write_text("nothing\n")
    for name in ("missing.pem", "empty.pem"):
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / name))
        found = refusal(kind, Network(), "https://127.0.0.1:1")
        assert str(found).startswith(f"The CA of {tmp_path / name} cannot be read: ")
        assert found.lasting


def test_a_bundle_stands_in_where_the_machine_trusts_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", lambda self, purpose: None)
    monkeypatch.setattr("os.listdir", lambda folder: [])
    assert Network(trust_env=False).context().cert_store_stats()["x509_ca"] > 50


def unchecked() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    return context


def lenient() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    return context


@pytest.mark.parametrize(
    ("verify", "said"),
    [(False, "always checked"), (None, "always checked"), (unchecked(), "host names"), (lenient(), "minimum_version"),
     ("/nowhere/ca.pem", "not there")],
)  # fmt: skip
def test_a_check_cannot_be_left_out(verify: object, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Network(verify=verify)  # type: ignore[arg-type]


@each_kind
def test_a_pool_under_tls_notices_a_closed_connection(kind: str) -> None:
    with RawServer(Reply(answer(OK), "close"), tls=serving()) as server:
        found = attempt(kind, Network(verify=trusting()), wire(server.url), wire(server.url, "POST", content=b"{}"))
    assert [one.content if isinstance(one, Response) else one for one in found] == [OK, OK]
    assert server.connections == 2


@each_kind
def test_a_large_body_goes_both_ways_under_tls(kind: str) -> None:
    large = hashlib.sha256(b"seed").digest() * 100_000
    with RawServer(Reply(answer(large)), tls=serving()) as server:
        (found,) = attempt(kind, Network(verify=trusting()), wire(server.url, "POST", content=large))
    assert isinstance(found, Response)
    assert found.content == large
    assert server.received[0].body == large
