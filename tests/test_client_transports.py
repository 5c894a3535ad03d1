"""A client on transports of every kind, on the network, by name, and in programs: what it opens it closes."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

import connector
from connector import Client, Connection, UsageError

from .raw_server import RawServer, Reply, answer
from .small_home import KEY, Answer, client, connected, home, shed
from .small_service import PAGES, AsyncService, Service, on

# -- transports -----------------------------------------------------------------------------------------------------


def test_an_async_transport_serves_the_sync_methods_from_a_thread_of_its_own(tmp_path: Path) -> None:
    service = AsyncService()
    with on(tmp_path, service) as one:
        assert [row["id"] for row in one.stream("list_tools")] == [1, 2, 3]
        assert len(service.threads) == 1
        assert threading.get_ident() not in service.threads


def test_sync_methods_run_inside_a_running_event_loop(tmp_path: Path) -> None:
    async def inside() -> list[int]:
        with on(tmp_path, AsyncService()) as one:
            return [row["id"] for row in one.stream("list_tools")]

    assert asyncio.run(inside()) == [1, 2, 3]


def test_a_sync_transport_serves_no_async_method(tmp_path: Path) -> None:
    class Sync(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, json=PAGES[None])

    one = on(tmp_path, Sync())
    assert one.run("list_tools")
    with pytest.raises(UsageError, match="sync"):
        asyncio.run(one.arun("list_tools"))


def test_a_client_closes_what_it_opened_and_opens_it_again(tmp_path: Path) -> None:
    service = Service()
    one = on(tmp_path, service)
    one.close()
    assert service.closed == 0
    with one:
        one.run("list_tools")
    assert service.closed == 1
    one.run("list_tools")
    one.close()
    one.close()
    assert service.closed == 2


def test_an_async_client_closes_both_sides(tmp_path: Path) -> None:
    service = Service()

    async def inside() -> None:
        async with on(tmp_path, service) as one:
            one.run("list_tools")
            await one.arun("list_tools")

    asyncio.run(inside())
    assert service.closed == 2


def test_many_async_calls_at_once_keep_their_answers_apart(tmp_path: Path) -> None:
    async def echo(request: httpx.Request) -> httpx.Response:
        number = int(request.url.path.rpartition("/")[2])
        await asyncio.sleep(0.001 * (number % 7))
        return httpx.Response(200, json={"tool": str(number)})

    async def inside() -> list[Any]:
        async with on(tmp_path, httpx.MockTransport(echo)) as one:
            return await asyncio.gather(*(one.arun("get_tool", {"id": number}) for number in range(100)))

    assert asyncio.run(inside()) == [{"tool": str(number)} for number in range(100)]


def test_one_client_serves_one_event_loop_after_another_when_it_is_closed_between(tmp_path: Path) -> None:
    found = shed(tmp_path)

    async def inside() -> Any:
        async with one:
            return await one.arun("get_tool", {"id": 1})

    async def left_open() -> None:
        await one.arun("get_tool", {"id": 1})
        error = await asyncio.to_thread(asyncio.run, refused())
        assert "another event loop" in error.message
        await one.aclose()

    async def refused() -> UsageError:
        with pytest.raises(UsageError) as error:
            await one.arun("get_tool", {"id": 1})
        return error.value

    with RawServer(Reply(answer(b'{"tool": "saw"}'))) as server:
        one = Client(found, connected(found, server.url))
        assert [asyncio.run(inside()), asyncio.run(inside())] == [{"tool": "saw"}] * 2
        asyncio.run(left_open())


@pytest.mark.parametrize("happened", [httpx.Response(500), httpx.ReadError("cut"), httpx.Response(200, text="{")])
def test_a_client_goes_on_after_an_error(happened: Answer, tmp_path: Path) -> None:
    one = client(tmp_path, happened, httpx.Response(200, json={"tool": "saw"}))
    with pytest.raises(connector.ConnectorError):
        one.run("get_tool", {"id": 1})
    assert one.run("get_tool", {"id": 1}) == {"tool": "saw"}


# -- by name --------------------------------------------------------------------------------------------------------


def test_a_connection_is_named_or_given(tmp_path: Path) -> None:
    found = shed(tmp_path)
    assert isinstance(connected(found), Connection)
    with pytest.raises(UsageError, match="no connection 'prod'"):
        Client(found, "prod")
    with pytest.raises(UsageError, match="no sandbox"):
        Client(found)


def test_the_functions_of_the_package_run_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_PATH", str(home(tmp_path)))
    monkeypatch.setenv("SHED_KEY", KEY)
    pages = [Reply(answer(json.dumps(page).encode())) for page in (PAGES[None], PAGES["c"])]
    with RawServer(*pages, pages[0], pages[0], pages[0]) as server:
        monkeypatch.setenv("SHED_BASE_URL", server.url)
        assert [row["id"] for row in connector.stream("shed", "list_tools", connection="env")] == [1, 2, 3]
        assert connector.run("shed", "list_tools", connection="env") == PAGES[None]
        assert asyncio.run(connector.arun("shed", "list_tools", connection="env")) == PAGES[None]
        assert connector.options("shed", "list_tools", connection="env")["result"][0]["text"] == "Saw"
        planned = connector.plan("shed", "list_tools", connection="env")
    assert planned["requests"][0]["url"] == f"{server.url}/tools"
    assert len(server.received) == 5
    assert {one.header("authorization") for one in server.received} == {f"Bearer {KEY}"}


def test_a_program_that_forgets_to_close_still_ends(tmp_path: Path) -> None:
    program = (
        "import connector\n"
        "connector.Client('zendesk').run('get_ticket', {'ticket_id': 1})\n"
        "async def main():\n"
        "    one = connector.Client('zendesk')\n"
        "    await one.arun('get_ticket', {'ticket_id': 1})\n"
        "    one.run('get_ticket', {'ticket_id': 1})\n"
        "import asyncio; asyncio.run(main())\n"
        "print('end')\n"
    )
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, env={"CONNECTOR_DATA": str(tmp_path)}, capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.stdout, done.returncode) == ("end\n", 0), done.stderr
