"""`connector serve`: how it begins, what it says, what it refuses to begin with."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest
import trustme

from connector.access import keys
from connector.cli.serve import origin
from connector.store import Store

from ..command_line import CommandLine, refused
from .serving import command, environment, serve


def make_key(*, revoked: bool = False) -> None:
    store = Store()
    text = keys.create(store, name="test", now=1.0)
    if revoked:
        keys.revoke(store, keys.id_of(text), 2.0)
    store.close()


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """A certificate of localhost, and its key."""
    made = trustme.CA().issue_cert("localhost", "127.0.0.1")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    certificate.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
    made.private_key_pem.write_to_path(str(key))
    return str(certificate), str(key)


class TestOnThisMachine:
    def test_it_makes_a_first_key_that_may_do_everything_and_shows_it_once(self) -> None:
        with serve("http://127.0.0.1:9") as program:
            told = program.told
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+", told["address"])
            assert (told["url"], told["docs"]) == (told["address"], f"{told['address']}/docs")
            assert program.get("/v1/calls").status_code == 200
        with serve("http://127.0.0.1:9") as again:
            assert again.told["key"] is None
        store = Store()
        (key,) = keys.every(store)
        store.close()
        assert (key.name, key.tenant) == ("first", "")

    def test_people_are_told_where_it_is_and_what_to_try(self) -> None:
        with subprocess.Popen(command(), env=environment(), stderr=subprocess.PIPE, text=True) as process:
            try:
                assert process.stderr
                where, once, key, how, curl = (process.stderr.readline().strip() for _ in range(5))
            finally:
                process.kill()
        assert "/docs" in where
        assert once.endswith("It is shown this once:")
        assert how == "To try it:"
        assert curl.startswith(f"curl -H 'Authorization: Bearer {key}' http://127.0.0.1:")

    @pytest.mark.parametrize("host", ["::1", "localhost", "127.0.0.2"])
    def test_every_address_of_its_own_will_do(self, host: str) -> None:
        with serve("http://127.0.0.1:9", "--host", host) as program:
            assert program.get("/v1/calls").status_code == 200

    def test_under_tls(self, files: tuple[str, str]) -> None:
        options = ["--certificate", files[0], "--private-key", files[1], "--json"]
        with subprocess.Popen(command(*options), env=environment(), stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout
                url = re.findall(r'"url": "(https://[^"]+)"', process.stdout.readline())[0]
                context = ssl.create_default_context()
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                assert httpx.get(f"{url}/healthz", verify=context, trust_env=False, timeout=30).json() == {
                    "status": "ok"
                }
            finally:
                process.kill()


class TestWhereOthersReachIt:
    def test_it_does_not_begin_without_a_key(self, cli: CommandLine) -> None:
        refused(cli("serve", "--host", "0.0.0.0", "--port", "0"), "Make one: connector keys create")
        make_key(revoked=True)
        refused(cli("serve", "--host", "0.0.0.0", "--port", "0"), "there is no key")

    @pytest.mark.parametrize(
        ("options", "warns"),
        [([], True), (["--public-url", "http://a.example"], True), (["--public-url", "https://a.example"], False)],
    )
    def test_it_warns_where_nothing_is_encrypted(self, options: list[str], warns: bool) -> None:
        make_key()
        with serve("http://127.0.0.1:9", "--host", "0.0.0.0", *options) as program:
            program.process.terminate()
            assert program.process.stderr
            assert ("Warning: Keys and answers travel unencrypted." in program.process.stderr.read()) is warns

    def test_it_warns_where_browsers_would_be_sent_back_to_this_machine(self, files: tuple[str, str]) -> None:
        make_key()
        options = ["--host", "0.0.0.0", "--certificate", files[0], "--private-key", files[1]]
        with subprocess.Popen(command(*options), env=environment(), stderr=subprocess.PIPE, text=True) as process:
            try:
                assert process.stderr
                assert process.stderr.readline().endswith("Say where they reach this server: --public-url https://…\n")
            finally:
                process.kill()


def test_the_usual_port_is_not_in_the_address() -> None:
    """As browsers write the origin of a page, which is compared with it."""
    assert origin("https", "0.0.0.0", 443) == "https://127.0.0.1"
    assert origin("http", "127.0.0.1", 80) == "http://127.0.0.1"
    assert origin("http", "::1", 443) == "http://[::1]:443"


class TestWhatItRefuses:
    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (["--origin", "https://a.example/"], "is no origin"),
            (["--origin", "a.example"], "is no origin"),
            (["--public-url", "https://a.example/api"], "is no origin"),
            (["--allow-network", "10.0.0.1/8"], "is no network"),
            (["--allow-network", "intranet"], "is no network"),
            (["--rate", "0"], "at least 1"),
            (["--host", "nowhere.invalid"], "no address of this machine"),
            (["--host", "192.0.2.1"], "no address of this machine"),
            (["--port", "70000"], "between 0 and 65535"),
            (["--private-key", "key.pem"], "needs --certificate"),
            (["--certificate", "/no/such/file"], "cannot be read"),
        ],
    )
    def test_options_that_do_not_fit(self, cli: CommandLine, options: list[str], said: str) -> None:
        refused(cli("serve", "--port", "0", *options), said)

    def test_a_port_in_use(self, cli: CommandLine) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            refused(cli("serve", "--port", port), f"Port {port} is in use. Choose another")

    def test_a_certificate_that_is_none(self, cli: CommandLine, files: tuple[str, str], tmp_path: Path) -> None:
        other = tmp_path / "other.pem"
        other.write_text("hello")
        refused(cli("serve", "--certificate", str(other)), "must be PEM")
        refused(cli("serve", "--certificate", files[0]), "named by --private-key")
        trustme.CA().issue_cert("localhost").private_key_pem.write_to_path(str(tmp_path / "another.pem"))
        refused(
            cli("serve", "--certificate", files[0], "--private-key", str(tmp_path / "another.pem")),
            "the key is not the certificate's",
        )
        refused(cli("serve", "--certificate", files[0], "--private-key", "/no/such/key"), "/no/such/key cannot be read")
