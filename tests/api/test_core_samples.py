"""Every published sample is called through Tray's API: the request it says is sent, its output is answered."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

import connector
from connector.api.app import create_app
from connector.api.server import Server
from connector.api.settings import Settings
from connector.catalog import connectors
from connector.testing.playing import Player
from connector.testing.samples import Sample, connection_for, load

from ..serving import served
from .conftest import Api

ZENDESK = connector.find("zendesk")
CALL = "/core/v1/connectors/zendesk/versions/1.0/call"


class Stage(httpx.AsyncBaseTransport):
    """A transport that hands over to a player, which each test puts in its place."""

    player: Player

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self.player.handle_async_request(request)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Api, Stage]]:
    stage = Stage()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONNECTOR_DATA", str(tmp_path_factory.mktemp("samples")))
        server = Server(Settings(), transport=stage, strict=True, retry_for=0, account_fields=False)
        with (
            served(create_app(server), lifespan="on") as url,
            httpx.Client(base_url=url, trust_env=False) as http,
        ):
            yield Api(server, http), stage


def published(name: str) -> Sample:
    found = load(ZENDESK, ZENDESK.samples(name)[0])
    assert isinstance(found, Sample)
    return found


def test_there_are_as_many_samples_as_were_published() -> None:
    assert len(ZENDESK.names) == 107
    assert all(ZENDESK.samples(name)[0].name == f"{name}.json" for name in ZENDESK.names)
    assert list(connectors()) == ["zendesk"]


@pytest.mark.parametrize("name", ZENDESK.names)
def test_a_published_sample_is_what_a_call_sends_and_answers(name: str, stage: tuple[Api, Stage]) -> None:
    api, transport = stage
    sample = published(name)
    player = transport.player = Player(sample, connection_for(ZENDESK).base_url)
    answer = api.call("POST", CALL, {"operation": name, "authId": "sandbox", "input": sample.data["input"]})
    assert player.findings == []
    assert player.count == len(sample.calls)
    assert answer.status_code == 200
    body = answer.json()
    assert body["outcome"] == "success"
    if name.endswith("_ddl"):
        told = dict(sample.data["options"])
        assert body["output"] == {"result": told.pop("result")}
        assert body.get("options", {"complete": True, "next": None, "skipped": 0}) | {"missing": []} == told
        assert all(option.keys() == {"text", "value"} for option in body["output"]["result"])
    else:
        assert body["output"] == sample.data["output"]
