"""Prometheus metrics. Labels are routes, codes and names of ours: never what a client sent."""

from collections.abc import Iterator
from typing import Any, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from app.workers.peers import Peers
from app.workers.shared_metrics import collect_shared, share_values

SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
ITEMS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


class ServedVersions(Collector):
    """A gauge that is 1 for each version that is served, and no longer there for others."""

    def __init__(self) -> None:
        """Begin without any."""
        self.versions: set[tuple[str, str]] = set()

    def collect(self) -> Iterator[Metric]:
        """Give the gauge."""
        gauge = GaugeMetricFamily("atlas_model_ready", "1 if served.", labels=["model", "version"])
        for labels in sorted(self.versions):
            gauge.add_metric(labels, 1)
        yield gauge


class Metrics:
    """The service's metrics, in a registry of their own."""

    def __init__(self, peers: Peers | None = None) -> None:
        """Declare every metric; with other workers beside this one, they are of all together."""
        registry = self._rendered = CollectorRegistry()
        if peers is None:
            ProcessCollector(registry=registry)
        else:
            share_values(peers)
            registry = CollectorRegistry()  # of this worker's alone, which nobody reads
            collect_shared(self._rendered, peers)
        self._versions = ServedVersions()
        self._rendered.register(self._versions)
        of: dict[str, Any] = {"registry": registry}
        now: dict[str, Any] = {"registry": registry, "multiprocess_mode": "livesum"}
        seconds: dict[str, Any] = {"registry": registry, "buckets": SECONDS}
        items: dict[str, Any] = {"registry": registry, "buckets": ITEMS}
        self._requests = Counter("atlas_requests", "Answered.", ["route", "status"], **of)
        self._seconds = Histogram(
            "atlas_request_seconds", "From the request's head to its answer.", ["route"], **seconds
        )
        self._queue = Histogram("atlas_queue_seconds", "Wait for inference.", **seconds)
        self._encoding = Histogram("atlas_encoding_seconds", "Writing pictures.", **seconds)
        self._batch = Histogram("atlas_batch_items", "Of an inference.", ["signature"], **items)
        self._inference = Histogram(
            "atlas_inference_seconds", "Of an inference.", ["signature"], **seconds
        )
        self._rejected = Counter("atlas_rejected", "Refused when busy, by code.", ["code"], **of)
        self._dropped = Counter("atlas_dropped", "Work never computed.", ["reason"], **of)
        self._reloads = Counter("atlas_reloads", "Versions loaded or refused.", ["outcome"], **of)
        self.waiting = Gauge("atlas_waiting_items", "Items that wait.", **now)
        self.cached = Gauge("atlas_cached_bytes", "Bytes of cached answers.", **now)
        self.in_progress = Gauge("atlas_requests_in_progress", "Now.", **now)
        self._counters: dict[tuple[str, int], Counter] = {}
        self._timers: dict[str, Histogram] = {}

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count an answered request. `route` is the operation's path, not the client's."""
        # Looking a child up by its labels costs more than counting: keep the children.
        counter = self._counters.get((route, status))
        if counter is None:
            counter = self._counters[route, status] = self._requests.labels(route, str(status))
            self._timers[route] = self._seconds.labels(route)
        counter.inc()
        self._timers[route].observe(seconds)

    def rejected(self, code: str) -> None:
        """Count a request that was refused."""
        self._rejected.labels(code).inc()

    def dropped(self, reason: str) -> None:
        """Count work that was not computed."""
        self._dropped.labels(reason).inc()

    def batch(self, signature: str, items: int, seconds: float) -> None:
        """Record one inference."""
        self._batch.labels(signature).observe(items)
        self._inference.labels(signature).observe(seconds)

    def stages(self, queue: float, encoding: float) -> None:
        """Record how long a request waited for inference, and for its picture to be written."""
        self._queue.observe(queue)
        self._encoding.observe(encoding)

    def reload(self, outcome: str) -> None:
        """Count what was loaded, refused or ignored, and looks at a store that is unreachable."""
        self._reloads.labels(outcome).inc()

    def model(self, name: str, version: int, *, ready: bool) -> None:
        """Say whether a version is served."""
        versions = self._versions.versions
        change = versions.add if ready else versions.discard
        change((name, str(version)))

    def render(self) -> bytes:
        """Write all metrics in Prometheus's text format."""
        return generate_latest(self._rendered)
