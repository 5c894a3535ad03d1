"""The rate ledger of one client: it waits before it is refused, for the limits that count a request."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector import Client, RateLimitError
from connector.rates.rows import known

from .limited import TOOL, Limited, Shed, counting, limited_shed, refused
from .small_home import connected, shed


class TestOneProcess:
    def test_it_waits_until_the_window_ends(self, there: Shed) -> None:
        client = there.client(Limited(counting(3)))
        for _ in range(3):
            client.run("get_tool", {"id": 1})
        assert 60 <= refused(client) <= 61
        there.clock.advance(59)
        assert 1 <= refused(client) <= 2

    def test_a_patient_call_goes_on_when_it_opens(self, there: Shed) -> None:
        left = iter([1, 0, 1])
        service = Limited(lambda _: {"RateLimit-Remaining": str(next(left)), "RateLimit-Reset": "30"})
        client = there.client(service, retry_for=40)
        for _ in range(3):
            assert client.run("get_tool", {"id": 1}) == TOOL
        assert [30 <= seconds <= 31 for seconds in there.clock.waits] == [True]

    def test_a_429_stops_the_others_too(self, there: Shed) -> None:
        service = Limited(lambda _: httpx.Response(429, headers={"Retry-After": "20"}))
        client = there.client(service)
        with pytest.raises(RateLimitError) as error:
            client.run("get_tool", {"id": 1})
        assert (error.value.attempts, error.value.retry_after) == (1, 20)
        assert 20 <= refused(client, "list_tools", {}) <= 21
        assert len(service.paths) == 1

    def test_a_429_of_a_limit_that_it_does_not_show_stops_only_its_kind(self, there: Shed) -> None:
        headers = {"RateLimit-Limit": "100", "RateLimit-Remaining": "90", "RateLimit-Reset": "60", "Retry-After": "20"}
        service = Limited(
            lambda request: httpx.Response(429 if "tools/1" in str(request.url) else 200, headers=headers, json=TOOL)
        )
        client = there.client(service)
        with pytest.raises(RateLimitError):
            client.run("get_tool", {"id": 1})
        assert 20 <= refused(client) <= 21
        client.run("list_tools")
        there.clock.advance(21)
        client.run("get_tool", {"id": 2})  # nothing is known of that limit but that it was closed

    def test_a_429_that_shows_which_limit_says_when_it_opens(self, there: Shed) -> None:
        said = {"RateLimit-Remaining": "90", "Shed-Limit-tools": "total=5; remaining=0; resets=7"}
        client = there.client(Limited(lambda _: httpx.Response(429, headers=said)))
        with pytest.raises(RateLimitError) as error:
            client.run("get_tool", {"id": 1})
        assert error.value.retry_after == 7
        assert 7 <= refused(client) <= 8

    def test_a_request_that_never_left_is_not_counted(self, there: Shed) -> None:
        says, broken = counting(3), iter([False, True, True, False, False])

        def fails(request: httpx.Request) -> Any:
            if next(broken):
                raise httpx.ConnectError("refused")
            return says(request)

        client = there.client(Limited(fails))
        for fine in (True, False, False, True, True):
            if fine:
                client.run("get_tool", {"id": 1})
            else:
                with pytest.raises(Exception, match="refused"):
                    client.run("get_tool", {"id": 1})
        refused(client)

    def test_a_request_without_an_answer_is_counted(self, there: Shed) -> None:
        says, broken = counting(3), iter([False, True, True])

        def fails(request: httpx.Request) -> Any:
            said = says(request)
            if next(broken):
                raise httpx.ReadError("lost")
            return said

        client = there.client(Limited(fails))
        client.run("get_tool", {"id": 1})
        for _ in range(2):
            with pytest.raises(Exception, match="lost"):
                client.run("get_tool", {"id": 1})
        refused(client)

    def test_who_goes_away_leaves_nothing_under_way(self, there: Shed) -> None:
        class Slow(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                if request.url.path.endswith("9"):
                    await asyncio.sleep(60)
                return httpx.Response(200, json=TOOL, headers={"RateLimit-Remaining": "5", "RateLimit-Reset": "60"})

        async def go() -> None:
            client = there.client(Slow())  # type: ignore[arg-type]
            await client.arun("get_tool", {"id": 1})
            for _ in range(3):
                with pytest.raises(asyncio.TimeoutError):
                    await asyncio.wait_for(client.arun("get_tool", {"id": 9}), 0.01)
            for _ in range(20):  # each answer says that five are left
                await client.arun("get_tool", {"id": 1})
            await client.aclose()

        asyncio.run(go())


class TestWhichLimit:
    def test_a_prefix_is_counted_apart_from_the_account(self, there: Shed) -> None:
        service = Limited(counting(2, lambda request: ""))
        client = there.client(service)
        client.run("raw", {"requests": [["GET", "/tools/1"], ["GET", "/tools/2"]]})
        service.says = counting(2)
        client.run("raw", {"requests": [["GET", "/garden/1"]]})
        assert [one["limit"] for one in self.known(there)] == ["account", "garden"]
        refused(client)
        client.run("raw", {"requests": [["GET", "/garden/1"]]})

    def test_which_limits_count_an_operation_is_learned(self, there: Shed) -> None:
        service = Limited(counting(2, lambda request: "tools" if "tools" in request.url.path else "touch"))
        client = there.client(service)
        for _ in range(2):
            client.run("get_tool", {"id": 1})
        client.run("touch_tool")
        refused(client)
        client.run("touch_tool")

    def test_each_thing_for_itself(self, there: Shed) -> None:
        client = there.client(Limited(counting(2, lambda request: "per-tool " + request.url.path)))
        for number in (1, 1, 2, 2, 3):
            client.run("get_tool", {"id": number})
        refused(client)
        client.run("get_tool", {"id": 3})

    def test_each_thing_by_the_body(self, there: Shed) -> None:
        client = there.client(Limited(counting(1, lambda request: "per-name " + request.content.decode())))
        for tool in ("saw", "axe"):
            client.run("make_tool", {"tool": tool})
        assert refused(client, "make_tool", {"tool": "saw"}) >= 60

    def test_what_cannot_be_told_apart_is_one(self, there: Shed) -> None:
        client = there.client(Limited(counting(2, lambda request: "broken")))
        for number in (1, 2):
            client.run("get_tool", {"id": number})
        refused(client, given={"id": 3})

    def test_of_a_handler_each_request_for_itself(self, there: Shed) -> None:
        client = there.client(Limited(counting(2, lambda request: "tools" if "tools" in request.url.path else "else")))
        client.run("raw", {"requests": [["GET", "/tools/1"], ["GET", "/other"], ["GET", "/tools/2"]]})
        client.run("raw", {"requests": [["GET", "/other"]]})
        refused(client, "raw", {"requests": [["GET", "/tools/3"]]})

    @staticmethod
    def known(there: Shed) -> list[dict[str, Any]]:
        store = there.opened[-1]
        store.flush()
        return known(store, "test", there.clock.now())


def test_another_host_is_not_the_account(tmp_path: Path) -> None:
    connector = limited_shed(tmp_path)
    connection = connected(connector)
    object.__setattr__(connection, "allowed_hosts", frozenset({"other.example"}))
    said = {"RateLimit-Remaining": "0", "RateLimit-Reset": "60"}
    with Client(connector, connection, transport=Limited(lambda _: said), retry_for=0) as client:
        for _ in range(3):
            client.run("raw", {"requests": [["GET", "https://other.example/v1/x"]]})
        client.run("raw", {"requests": [["GET", connection.base_url + "/tools/1"]]})
        refused(client, "raw", {"requests": [["GET", "/tools/1"]]})


@pytest.mark.parametrize("rates", [{"buckets": "*-Limit"}, {"window": 0}, {"apart": {"a": ""}}, {"limit": 5}])
def test_what_is_no_declaration_of_rates(tmp_path: Path, rates: Any) -> None:
    with pytest.raises(Exception, match="rates"):
        shed(tmp_path, rates=rates).spec  # noqa: B018
