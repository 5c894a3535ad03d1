"""What the server counts, as Prometheus reads it: requests by route, nothing of whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import Histogram

MEDIA = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Metrics:
    """The counts of one server."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Gauge, Histogram, ProcessCollector

        self.registry = CollectorRegistry()
        self.running = 0
        self._seconds = Histogram(
            "connector_http_request_duration_seconds",
            "How long requests took, by the path of their route and the status of the answer",
            ("method", "route", "status"),
            buckets=BUCKETS,
            registry=self.registry,
        )
        running = Gauge("connector_http_requests_in_flight", "Requests that are being answered", registry=self.registry)
        running.set_function(lambda: self.running)
        ProcessCollector(registry=self.registry)
        self._of: dict[tuple[str, str, int], Histogram] = {}

    def ended(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        key = method, route, status
        if (found := self._of.get(key)) is None:
            found = self._of[key] = self._seconds.labels(*map(str, key))
        found.observe(seconds)

    def text(self) -> bytes:
        """All that was counted, in Prometheus's text format."""
        from prometheus_client import generate_latest

        return generate_latest(self.registry)
