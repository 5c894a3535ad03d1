"""One limit as one process knows it: which answer is the later, what is under way, and when a window ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.message import Request, Response
from connector.rates.bucket import Bucket
from connector.rates.headers import Said
from connector.rates.ledger import Ledger
from connector.store import Store
from connector.testing.clock import HeldClock

from .small_home import connected, shed


def said(remaining: int, resets: float | None = 60.0, total: int | None = 100) -> Said:
    return Said("account", total, remaining, resets)


def first(remaining: int = 50, resets: float | None = 60.0) -> Bucket:
    """A limit, heard at 1000.1 of a request that left at 1000."""
    return Bucket.first(said(remaining, resets), 1000.0, 1000.1, 60.0)


class TestBucket:
    def test_of_answers_under_way_at_once_the_lower_is_so(self) -> None:
        bucket = first(50)
        bucket.hear(said(60), 1000.05, 1000.2)
        assert bucket.truth.remaining == 50
        bucket.hear(said(49), 1000.06, 1000.3)
        assert bucket.truth.remaining == 49

    def test_the_answer_to_a_later_request_is_so_though_it_is_higher(self) -> None:
        bucket = first(50)
        bucket.hear(said(60), 1000.2, 1000.3)
        assert bucket.truth.remaining == 60

    def test_a_window_ends_when_the_earliest_word_says(self) -> None:
        bucket = first(50, 60.0)
        bucket.hear(said(49, 60.0), 1000.2, 1003.0)  # long under way
        assert bucket.truth.resets == pytest.approx(1060.1)

    def test_a_later_window_begins_with_its_first_word(self) -> None:
        bucket = first(0, 2.0)
        bucket.lease = 5
        bucket.hear(said(99, 60.0), 1001.9, 1002.0)
        assert (bucket.truth.remaining, bucket.truth.resets, bucket.lease) == (99, 1062.0, 0)

    def test_a_window_that_is_over_is_whole_again_but_for_what_is_under_way(self) -> None:
        bucket = first(0)
        bucket.out, bucket.lease = 3, 4
        bucket.turn(1060.0)
        assert bucket.truth.remaining == 0
        bucket.turn(1060.2)
        assert (bucket.free, bucket.held) == (97, 3)

    def test_a_window_that_was_only_supposed_ends_when_the_first_answer_says(self) -> None:
        bucket = first(10)
        bucket.turn(1061.0)
        assert bucket.truth.resets == 1061.0 + 60.0 + 5.0
        bucket.hear(said(99, 60.0), 1062.0, 1070.0)
        assert bucket.truth.resets == 1130.0

    def test_an_answer_of_the_window_before_is_late(self) -> None:
        bucket = first(10)
        bucket.turn(1061.0)
        bucket.hear(said(0, 1.0), 1059.0, 1061.5)
        bucket.hear(said(0, None), 1059.0, 1061.6)
        assert bucket.truth.remaining == 100
        bucket.hear(said(98, 60.0), 1059.9, 1061.7)  # sent before, counted after
        assert bucket.truth.remaining == 98

    def test_where_no_answer_says_when_it_ends_a_refill_is_a_new_window(self) -> None:
        bucket = first(50, None)
        assert bucket.truth.resets == pytest.approx(1060.1)
        bucket.hear(said(49, None), 1010.0, 1010.1)
        assert bucket.truth.resets == pytest.approx(1060.1)
        bucket.hear(said(99, None), 1030.0, 1030.1)
        assert bucket.truth.remaining == 99
        assert bucket.truth.resets == pytest.approx(1090.1)

    def test_a_doubt_is_of_the_window_in_which_it_arose(self) -> None:
        bucket = first(1)
        bucket.doubts(1055.0)
        bucket.turn(1060.2)
        assert bucket.free == 100
        bucket = first(1)
        bucket.doubts(1059.9)  # it was under way when the window ended
        bucket.turn(1060.2)
        assert bucket.free == 99
        bucket.turn(1200.0)
        assert bucket.free == 100

    def test_a_doubt_lasts_until_a_later_answer(self) -> None:
        bucket = first(50)
        bucket.doubts(1001.0)
        bucket.hear(said(49), 1000.5, 1001.5)
        assert bucket.free == 48
        bucket.hear(said(47), 1002.0, 1002.1)
        assert bucket.free == 47


class TestLedger:
    @pytest.fixture
    def there(self, tmp_path: Path) -> Iterator[tuple[Ledger, HeldClock, Store]]:
        store, clock = Store(tmp_path / "rates.db"), HeldClock()
        self.connector = shed(tmp_path / "home", rates={"apart": {"each": "path"}, "buckets": "Acme-*"})
        self.operation = self.connector.operation("get_tool")
        yield Ledger(store, connected(self.connector), clock, lambda: 0.0), clock, store
        store.close()

    def answer(self, remaining: int, more: dict[str, str] | None = None, status: int = 200) -> Response:
        headers = {"RateLimit-Limit": "10", "RateLimit-Remaining": str(remaining), "RateLimit-Reset": "60"}
        return Response(status, tuple({**headers, **(more or {})}.items()))

    def test_what_left_before_the_limit_was_known_is_under_way(self, there: tuple[Ledger, HeldClock, Store]) -> None:
        ledger, _, _ = there
        one, two, three = (Request("GET", f"/tools/{number}") for number in range(3))
        assert ledger.wait(self.operation, one) == ledger.wait(self.operation, two) == 0
        ledger.heard(self.operation, one, self.answer(1))
        assert ledger.wait(self.operation, three) > 0
        ledger.heard(self.operation, two, self.answer(1))  # it was counted first
        assert ledger.wait(self.operation, three) == 0

    def test_a_refusal_is_so_whatever_was_heard_before(self, there: tuple[Ledger, HeldClock, Store]) -> None:
        ledger, clock, _ = there
        one, two, three = (Request("GET", f"/tools/{number}") for number in range(3))
        assert ledger.wait(self.operation, one) == ledger.wait(self.operation, two) == 0
        clock.advance(0.1)
        ledger.heard(self.operation, one, self.answer(5))
        clock.advance(0.1)
        refused = self.answer(0, {"Retry-After": "61"}, 429)
        assert ledger.heard(self.operation, two, refused) == 61
        assert ledger.wait(self.operation, three) == pytest.approx(61)

    def test_what_is_over_is_taken_out_of_the_store(self, there: tuple[Ledger, HeldClock, Store]) -> None:
        ledger, clock, store = there
        for number in (1, 1, 2):
            request = Request("GET", f"/tools/{number}")
            assert ledger.wait(self.operation, request) == 0
            ledger.heard(self.operation, request, self.answer(5, {"Acme-each": "total=9; remaining=2; resets=3"}))
        store.flush()
        assert [row[0][:5] for row in store.query("SELECT bucket FROM rates ORDER BY bucket")] == [
            "accou", "each#", "each#",
        ]  # fmt: skip
        assert store.query("SELECT count(*) FROM leases")[0][0] == 3
        clock.advance(120)
        request = Request("GET", "/touch")
        touch = self.connector.operation("touch_tool")
        assert ledger.wait(touch, request) == 0
        ledger.heard(touch, request, self.answer(5))
        store.flush()
        assert [row[0] for row in store.query("SELECT bucket FROM rates")] == ["account"]
        assert [row[0] for row in store.query("SELECT bucket FROM leases")] == ["account"]
        ledger.close()
        store.flush()
        assert store.query("SELECT * FROM leases") == []
