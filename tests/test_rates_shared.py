"""The rate ledger of several clients: what is left is shared, through the store."""

from __future__ import annotations

import logging

import pytest

from .limited import Limited, Shed, counting, refused


class TestSeveralProcesses:
    def test_they_share_what_is_left(self, there: Shed) -> None:
        service = Limited(counting(40))
        clients = [there.client(service) for _ in range(3)]
        for client in clients:
            client.run("get_tool", {"id": 1})
        for store in there.opened[3:]:
            store.flush()
        for turn in range(37):
            clients[turn % 3].run("get_tool", {"id": 1})
        assert len(service.paths) == 40
        for client in clients:
            refused(client)

    def test_the_next_one_knows_the_limit_and_what_it_counts(self, there: Shed) -> None:
        says = counting(2, lambda request: "tools")
        first = there.client(Limited(says))
        for _ in range(2):
            first.run("get_tool", {"id": 1})
        first.close()
        there.opened[-1].close()
        assert 60 <= refused(there.client(Limited(says))) <= 61

    def test_one_that_died_loses_its_share_until_the_window_ends(self, there: Shed) -> None:
        says = counting(60)
        dies = there.client(Limited(says))
        for _ in range(11):
            dies.run("get_tool", {"id": 1})
        there.opened[-1].flush()
        held = there.opened[-1].query("SELECT sum(held) FROM leases")[0][0]
        assert held > 0
        other = there.client(Limited(says))
        for _ in range(60 - 11 - held):
            other.run("get_tool", {"id": 1})
        refused(other)
        there.clock.advance(70)
        next_window = there.client(Limited(counting(60)))
        for _ in range(60):
            next_window.run("get_tool", {"id": 1})

    def test_who_closes_gives_its_share_back(self, there: Shed) -> None:
        says = counting(60)
        for _ in range(4):
            with there.client(Limited(says)) as client:
                for _ in range(15):
                    client.run("get_tool", {"id": 1})
            there.opened[-1].close()

    def test_without_a_store_it_goes_alone(self, there: Shed, caplog: pytest.LogCaptureFixture) -> None:
        there.file.write_bytes(b"This is no database. " * 100)
        with caplog.at_level(logging.WARNING, "connector"):
            client = there.client(Limited(counting(3)))
            for _ in range(3):
                client.run("get_tool", {"id": 1})
            refused(client)
        assert caplog.text.count("The limits are not shared with other processes") == 1

    def test_nothing_is_opened_where_no_limit_is_told(self, there: Shed) -> None:
        client = there.client(Limited(lambda _: {}))
        for _ in range(3):
            client.run("get_tool", {"id": 1})
        client.close()
        assert not there.file.exists()
