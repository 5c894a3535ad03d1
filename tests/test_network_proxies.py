"""Proxies: which URL goes by which, as httpx has it; and over real sockets, what each side is told."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.errors import UsageError
from connector.message import Response
from connector.network import Network, Proxies, Proxy
from connector.steps import NotSent

from .authority import serving, trusting
from .carriers import attempt, each_kind, wire
from .raw_server import RawServer, Reply, answer, refused_url

OK = b'{"a": 1}'
SECRET = ("Authorization", "Bearer s3cret")
MADE = Reply(b"HTTP/1.1 200 Connection established\r\n\r\n", "tls")
BASIC = "Basic YW5uOnAgdw=="  # ann:p w


def by(server: RawServer, user: str = "") -> str:
    return f"http://{user}127.0.0.1:{server.port}"


# -- over sockets ---------------------------------------------------------------------------------------------------


@each_kind
def test_http_by_a_proxy_names_the_whole_url(kind: str) -> None:
    asked = wire("http://service.invalid/a%2Fb?x=%5B1%5D", "POST", SECRET, content=b"{}")
    with RawServer(Reply(answer(OK))) as server:
        found = attempt(kind, Network(proxy=by(server, "ann:p%20w@")), asked, asked)
    assert [one.content for one in found if isinstance(one, Response)] == [OK, OK]
    assert server.connections == 1
    for one in server.received:
        assert one.line == "POST http://service.invalid/a%2Fb?x=%5B1%5D HTTP/1.1"
        assert (one.header("host"), one.body) == ("service.invalid", b"{}")
        assert one.header("proxy-authorization") == BASIC
        assert one.header("authorization") == "Bearer s3cret"


@each_kind
def test_https_by_a_proxy_tells_it_the_host_alone(kind: str) -> None:
    with RawServer(MADE, Reply(answer(OK)), tls=serving("service.invalid")) as server:
        network = Network(proxy=by(server, "ann:p%20w@"), verify=trusting())
        asked = wire("https://service.invalid/a?x=1", "POST", SECRET, content=b"{}")
        found = attempt(kind, network, asked, asked)
    assert [one.content for one in found if isinstance(one, Response)] == [OK, OK]
    tunnel, *told = server.received
    assert tunnel.line == "CONNECT service.invalid:443 HTTP/1.1"
    assert tunnel.header("proxy-authorization") == BASIC
    assert "s3cret" not in repr(tunnel)
    assert [one.line for one in told] == ["POST /a?x=1 HTTP/1.1"] * 2
    assert {(one.header("host"), one.header("proxy-authorization")) for one in told} == {("service.invalid", None)}
    assert server.connections == 1


@each_kind
def test_the_certificate_behind_a_proxy_is_checked(kind: str) -> None:
    with RawServer(MADE, Reply(answer(OK)), tls=serving("elsewhere.invalid")) as server:
        network = Network(proxy=by(server), verify=trusting())
        (found,) = attempt(kind, network, wire("https://service.invalid/", "POST", SECRET, content=b"{}"))
    assert str(found).startswith("its certificate is of another name: ")
    assert [one.line.split()[0] for one in server.received] == ["CONNECT"]


REFUSALS = {
    "407": (Reply(answer(b"who?", status="407 Proxy Authentication Required")),
            "answered 407 Proxy Authentication Required. Write its user and password into its URL"),
    "502": (Reply(answer(b"no way", status="502 Bad Gateway")), "answered 502 Bad Gateway"),
    "closes": (Reply(b"", "close"), "gave no answer of HTTP"),
    "resets": (Reply(b"", "reset"), "gave no answer"),
    "no HTTP": (Reply(b"220 mail.example ESMTP\r\n", "close"), "gave no answer of HTTP"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS)
@each_kind
def test_a_proxy_that_refuses_is_named_without_its_password(case: str, kind: str) -> None:
    reply, said = REFUSALS[case]
    with RawServer(reply) as server:
        asked = wire("https://service.invalid/", "POST", SECRET, content=b"{}")
        (found,) = attempt(kind, Network(proxy=by(server, "ann:pa55@")), asked)
    assert isinstance(found, NotSent)
    assert str(found).startswith(f"the proxy http://127.0.0.1:{server.port} {said}")
    assert "pa55" not in repr(found)
    assert found.lasting == (case == "407")


@each_kind
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there_is_named(scheme: str, kind: str) -> None:
    for proxy in (refused_url(), "http://nowhere.invalid:3128"):
        network = Network(proxy=proxy.replace("//", "//ann:pa55@"))
        (found,) = attempt(kind, network, wire(f"{scheme}://service.invalid/", "POST", content=b"{}"))
        assert isinstance(found, NotSent)
        assert str(found).startswith(f"the proxy {proxy} cannot be reached: ")


@each_kind
def test_a_proxy_that_says_nothing_runs_out_of_time(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        network = Network(connect=0.2, proxy=f"http://127.0.0.1:{silent.getsockname()[1]}")
        (found,) = attempt(kind, network, wire("https://service.invalid/"))
    assert isinstance(found, NotSent)
    assert str(found) == "no connection within 0.2 seconds"


@each_kind
def test_the_environment_names_a_proxy_and_what_goes_past_it(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(Reply(answer(b"proxy"))) as proxy, RawServer(Reply(answer(b"service"))) as server:
        monkeypatch.setenv("http_proxy", by(proxy))
        monkeypatch.setenv("NO_PROXY", "service.invalid,127.0.0.1")
        asked = wire("http://other.invalid/"), wire(server.url)
        found = attempt(kind, Network(), *asked)
        untrusted = attempt(kind, Network(trust_env=False), asked[1])
    assert [one.content for one in [*found, *untrusted] if isinstance(one, Response)] == [
        b"proxy", b"service", b"service",
    ]  # fmt: skip


@each_kind
def test_socks_in_the_environment_is_not_sent_and_says_so(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://ann:pa55@127.0.0.1:1080")
    (found,) = attempt(kind, Network(), wire("https://service.invalid/"))
    assert isinstance(found, NotSent)
    assert found.lasting
    assert str(found) == "The proxy is a SOCKS one, which is not offered. Give an http:// one."


# -- as values ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "host", "port", "shown"),
    [("http://proxy.example:3128", "proxy.example", 3128, "http://proxy.example:3128"),
     ("proxy.example", "proxy.example", 80, "http://proxy.example:80"),
     ("http://ann:pa55@[::1]:8080/", "::1", 8080, "http://[::1]:8080")],
)  # fmt: skip
def test_a_proxy_is_read(text: str, host: str, port: int, shown: str) -> None:
    found = Proxy.parse(text)
    assert (found.host, found.port, str(found)) == (host, port, shown)
    assert "pa55" not in repr(found)


@pytest.mark.parametrize(
    ("text", "said"),
    [("socks5://127.0.0.1:1080", "SOCKS"), ("https://127.0.0.1", "https://"), ("http://:3128", "no URL"),
     ("http://a:b", "no URL"), ("http://ann:pa55@", "no URL")],
)  # fmt: skip
def test_what_is_no_proxy_of_http_is_refused_at_once(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as error:
        Network(proxy=text)
    assert "pa55" not in str(error.value)


@pytest.mark.parametrize(
    ("entry", "url", "past"),
    [("*", "http://a.example", True), ("a.example", "http://a.example", True),
     ("a.example", "http://b.a.example", True),
     ("a.example", "http://ba.example", False), (".a.example", "http://a.example", False),
     (".a.example", "http://b.a.example", True), ("*.a.example", "http://b.a.example", True),
     ("A.Example", "http://a.example", True), ("a.example:8080", "http://a.example", False),
     ("a.example:80", "http://a.example", True), ("a.example:443", "https://a.example", True),
     ("https://a.example", "http://a.example", False), ("all://a.example", "http://a.example", True),
     ("http://a.example", "http://b.a.example", False), ("http://*.a.example", "http://b.a.example", True),
     ("10.0.0.0/8", "http://10.1.2.3:80", True), ("10.0.0.0/8", "http://11.1.2.3", False),
     ("10.0.0.0/8", "http://a.example", False), ("::1", "http://[::1]:80", True), ("[::1]:81", "http://[::1]", False),
     ("a.example:x", "http://a.example", False), (" , b.example", "http://a.example", False)],
)  # fmt: skip
def test_what_goes_past_the_proxy(entry: str, url: str, past: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "proxy.example")
    monkeypatch.setenv("NO_PROXY", entry)
    assert (Network().proxies().of(urlsplit(url)) is None) == past


HOSTS = ["example.com", "www.example.com", "example.org", "wwwexample.com", "localhost", "10.0.0.1", "[::1]"]
ENTRIES = [
    "*",
    *HOSTS[:-1],
    ".example.com",
    "::1",
    "com",
    "http://example.com",
    "https://example.org",
    "example.com:8080",
]


@given(
    scheme=st.sampled_from(["http", "https"]),
    host=st.sampled_from(HOSTS),
    port=st.sampled_from(["", ":8080"]),
    proxies=st.dictionaries(st.sampled_from(["http", "https", "all"]), st.sampled_from(["http://p.test", "q.test"])),
    bypass=st.lists(st.sampled_from(ENTRIES), max_size=3),
)  # fmt: skip
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_url_goes_by_the_proxy_that_httpx_takes(
    scheme: str, host: str, port: str, proxies: dict[str, str], bypass: list[str]
) -> None:
    url = f"{scheme}://{host}{port}/"
    with pytest.MonkeyPatch.context() as patch:
        for name, proxy in proxies.items():
            patch.setenv(f"{name}_proxy", proxy)
        if bypass:
            patch.setenv("no_proxy", ",".join(bypass))
        ours = Proxies.from_environment().of(urlsplit(url))
        with httpx.Client(verify=TRUSTING) as client:
            taken = client._transport_for_url(httpx.URL(url))
            theirs = None if taken is client._transport else taken._pool._proxy_url  # type: ignore[attr-defined]
    assert (ours and ours.host) == (theirs and theirs.host.decode())


TRUSTING = trusting()  # to read the machine's anew takes each client 20 ms
