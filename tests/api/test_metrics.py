"""What is told to whoever watches the server: that it is up, that it is ready, what it counted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from connector.api.app import create_app
from connector.api.server import Server
from connector.api.settings import Settings
from connector.store import Store

from ..serving import served
from .conftest import Api

RUN = "/v1/connectors/zendesk/operations/get_ticket/run"
TEMPLATE = 'method="POST",route="/v1/connectors/{connector}/operations/{operation}/run"'
DURATION = "connector_http_request_duration_seconds"


def counted(api: Api) -> dict[str, float]:
    """Every value, by its name and labels."""
    lines = api.http.get("/metrics").text.splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


def test_requests_are_counted_by_route_and_status(api: Api) -> None:
    for ticket in (12345, 12345, "x"):
        api.call("POST", RUN, {"connection": "sandbox", "input": {"ticket_id": ticket}}, tenant="secretive")
    api.http.get("/nowhere/at/all")
    api.http.request("PROPFIND", "/healthz")
    found = counted(api)
    assert found[f'{DURATION}_count{{{TEMPLATE},status="200"}}'] == 2
    assert found[f'{DURATION}_count{{{TEMPLATE},status="422"}}'] == 1
    assert found[f'{DURATION}_count{{method="-",route="-",status="404"}}'] == 1
    assert found[f'{DURATION}_count{{method="-",route="-",status="405"}}'] == 1
    assert 0 < found[f'{DURATION}_sum{{{TEMPLATE},status="200"}}'] < 60
    assert found["connector_http_requests_in_flight"] == 1  # the one that asks
    assert found["process_resident_memory_bytes"] > 0


def test_nothing_tells_whose_they_are(api: Api) -> None:
    api.call("POST", RUN, {"connection": "sandbox", "input": {"ticket_id": 12345}}, tenant="secretive")
    api.http.get("/nowhere/at/all?secret=1")
    text = api.http.get("/metrics").text
    assert not [word for word in ("secretive", "get_ticket", "sandbox", "12345", "nowhere", "ck_") if word in text]


def test_each_server_has_its_own(api: Api) -> None:
    other = Server(Settings())
    api.http.get("/healthz")
    assert b"/healthz" not in other.metrics.text()
    assert b"/healthz" in api.server.metrics.text()


def test_it_is_up_and_ready(api: Api) -> None:
    for path in ("/healthz", "/readyz"):
        assert api.http.get(path).json() == {"status": "ok"}
    assert api.http.head("/readyz").status_code == 200


def test_a_server_that_stops_is_up_and_not_ready(api: Api) -> None:
    api.server.closing = True
    assert api.http.get("/healthz").status_code == 200
    assert api.http.get("/readyz").status_code == 503
    assert "stopping" in api.http.get("/readyz").json()["detail"]


@pytest.fixture
def without_file(tmp_path: Path) -> Iterator[httpx.Client]:
    """A server whose file is a folder."""
    app = create_app(Server(Settings(), Store(tmp_path)))
    with served(app, lifespan="on") as url, httpx.Client(base_url=url, trust_env=False) as http:
        yield http


def test_a_server_that_cannot_write_is_up_and_not_ready(
    without_file: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    assert without_file.get("/healthz").status_code == 200
    answer = without_file.get("/readyz")
    assert answer.status_code == 503
    assert "cannot be written" in answer.json()["detail"]
    assert "cannot be used: unable to open" in caplog.text


def test_what_is_running_is_counted_while_it_runs(api: Api) -> None:
    """Two that ask at once see each other, or one is over before the other."""
    together = threading.Barrier(8)

    def ask(_: int) -> float:
        together.wait(10)
        return counted(api)["connector_http_requests_in_flight"]

    with ThreadPoolExecutor(8) as pool:
        assert all(1 <= running <= 8 for running in pool.map(ask, range(8)))
    assert counted(api)["connector_http_requests_in_flight"] == 1
