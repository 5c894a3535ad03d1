"""A run of more rows than the service lets through in a minute waits, and loses none."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from connector import Client, Connection, catalog
from connector.bulk.checking import Inputs
from connector.bulk.record import Line
from connector.bulk.run import Bulk
from connector.bulk.state import Runs
from connector.store import Store
from connector.testing.clock import HeldClock
from sandbox.zendesk import create_app

from ..serving import served

LIMIT, ROWS = 20, 90


def test_the_limit_of_the_service_is_waited_for(tmp_path: Path) -> None:
    clock = HeldClock()
    app = create_app(rate_limit=LIMIT, clock=lambda: datetime.fromtimestamp(clock.now(), UTC))
    connector = catalog.find("zendesk")
    values = {name: connector.spec["sandbox"][name] for name in ("email", "api_token")}
    store, lines, began = Store(tmp_path / "connector.db"), list[Line](), clock.now()

    async def go(client: Client, inputs: Inputs) -> None:
        runs = Runs(store, clock, "zendesk", "create_ticket", "limited")
        run, _ = runs.begin(inputs.digest, inputs.total)
        await Bulk(client, connector.operation("create_ticket"), runs, run, lines.append).go(inputs, 8)
        await client.aclose()

    with served(app) as url, Inputs() as inputs:
        for number in range(ROWS):
            inputs.add({"subject": f"limited-{number}", "comment": {"body": "Hello"}})
        connection = Connection("limited", connector, url, values)
        with Client(connector, connection, store=store, clock=clock, retry_for=600) as client:
            asyncio.run(go(client, inputs))
    store.close()
    with app.store.transaction(write=False):
        made = Counter(ticket["subject"] for ticket in app.store.list("tickets", **{"subject^": "limited-"}))
    app.close()
    assert Counter(line["outcome"] for line in lines) == {"success": ROWS}
    assert made == {f"limited-{number}": 1 for number in range(ROWS)}
    assert clock.now() - began >= (ROWS // LIMIT) * 60 - 60
