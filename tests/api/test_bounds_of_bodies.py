"""A body that is too large, too deep or too slow is refused, on either parser of HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.api.reading import depth

from .line import ALIVE, PROTOCOLS, Base, opened

CALL = {"connection": "sandbox", "input": {"ticket_id": 12345}}
CHUNKED = "Transfer-Encoding: chunked"


@pytest.mark.parametrize("protocol", PROTOCOLS)
class TestBodies:
    def test_one_that_never_comes(self, protocol: Base) -> None:
        with opened(protocol, body_seconds=0.2) as line:
            slow = line()
            slow.post(b'{"inp', told=100)
            slow.refused(408, "within 0.2 seconds")

    def test_one_that_drips(self, protocol: Base) -> None:
        with opened(protocol, body_seconds=0.3) as line:
            slow = line()
            slow.post(b"{", told=10_000)
            slow.socket.settimeout(0.02)
            came = b""
            while not came:
                try:
                    slow.socket.sendall(b" ")
                    came = slow.socket.recv(4096)
                except TimeoutError:
                    continue
            assert came.startswith(b"HTTP/1.1 408")

    def test_one_that_is_told_to_be_too_large_is_not_waited_for(self, protocol: Base) -> None:
        with opened(protocol, largest_body=1000) as line:
            large = line()
            large.post(b"", told=1001)
            large.refused(413, "larger than 1000 bytes")

    def test_one_that_turns_out_too_large(self, protocol: Base) -> None:
        with opened(protocol, largest_body=1000) as line:
            large = line()
            large.post(b"258\r\n" + b" " * 600 + b"\r\n" + b"258\r\n" + b" " * 600 + b"\r\n", CHUNKED, told=-1)
            large.refused(413, "larger than 1000 bytes")

    def test_chunks_that_are_no_chunks(self, protocol: Base) -> None:
        with opened(protocol) as line:
            broken = line()
            broken.post(b"xyz\r\n", CHUNKED, told=-1)
            broken.refused(400, "no request of HTTP/1.1")

    def test_one_in_chunks(self, protocol: Base) -> None:
        with opened(protocol) as line:
            chunks, body = line(), json.dumps(CALL).encode()
            chunks.post(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body), CHUNKED, told=-1)
            assert chunks.answer()[0] == 200

    @pytest.mark.parametrize(
        ("body", "kind", "status", "said"),
        [
            (b"", "application/json", 400, "Name the connection"),
            (b"{}", "text/plain", 415, "must be JSON"),
            (b"{", "application/json", 400, "not JSON"),
            (b'{"input": NaN}', "application/json", 400, "not JSON"),
            ("{}".encode("utf-16"), "application/json", 400, "not JSON"),
            (b"[" * 65 + b"]" * 65, "application/json", 400, "deeper than 64"),
            (b"[" * 1_000_000, "application/json", 400, "deeper than 64"),
            (b"[" * 64 + b"]" * 64, "application/json", 422, ""),
            (b'{"input": {"ticket_id": ' + b"9" * 5000 + b"}}", "application/json", 400, "not JSON"),
        ],
    )
    def test_one_that_is_refused(self, protocol: Base, body: bytes, kind: str, status: int, said: str) -> None:
        with opened(protocol) as line:
            one = line()
            one.post(body, kind=kind)
            found, _, problem = one.answer()
            assert found == status
            assert said in problem["detail"]
            one.socket.sendall(ALIVE)  # whoever was refused may go on
            assert one.answer()[0] == 200

    def test_one_that_is_packed(self, protocol: Base) -> None:
        with opened(protocol) as line:
            packed = line()
            packed.post(b"\x1f\x8b", "Content-Encoding: gzip")
            assert packed.refused(415, "must not be packed")["accept-encoding"] == "identity"

    def test_who_asks_whether_to_send_it_is_told(self, protocol: Base) -> None:
        with opened(protocol) as line:
            polite, body = line(), json.dumps(CALL).encode()
            polite.post(b"", "Expect: 100-continue", told=len(body))
            assert polite.socket.recv(100).startswith(b"HTTP/1.1 100 ")
            polite.socket.sendall(body)
            assert polite.answer()[0] == 200
            polite.key = "wrong"
            polite.post(b"", "Expect: 100-continue", told=len(body))
            assert polite.answer()[0] == 401

    def test_whoever_is_refused_before_is_not_read_for_ever(self, protocol: Base) -> None:
        with opened(protocol, head_seconds=0.2, largest_body=10_000) as line:
            rude = line()
            rude.key = "wrong"
            rude.post(b" " * 100, told=10**9)
            assert rude.answer()[0] == 401
            assert rude.closed()


JSON = st.recursive(st.none() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one), max_leaves=20)


@given(JSON, st.booleans())
def test_how_deep_it_is_does_not_depend_on_what_the_texts_say(value: Any, ascii: bool) -> None:
    def deep(value: Any) -> int:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
        return 0 if inner is None else 1 + max(map(deep, inner), default=0)

    assert depth(json.dumps(value, ensure_ascii=ascii).encode()) == deep(value)
