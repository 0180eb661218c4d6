"""What all requests share."""

from collections.abc import Callable
from dataclasses import dataclass

from app.errors import Busy
from app.inference.batcher import Batcher
from app.inference.cache import Cache
from app.inference.registry import Model, Registry
from app.metrics import Metrics
from app.settings import Settings
from app.workers.peers import Peers


@dataclass
class Service:
    """The service's parts, made once by `main.create_app`."""

    settings: Settings
    metrics: Metrics
    registry: Registry
    batcher: Batcher
    cache: Cache
    trace: Callable[..., None] | None = None  # `tracing.Tracer`, if spans are wanted
    peers: Peers | None = None  # if this is one of several workers
    in_progress: int = 0  # requests that have been admitted and not answered
    draining: bool = False

    def admit(self, model: Model) -> None:
        """Count a request in; `leave` counts it out again.

        Raises:
            Busy: As many as allowed are in progress.
        """
        if self.in_progress >= self.settings.max_requests:
            raise Busy(f"{self.in_progress} requests are in progress; try again soon")
        self.in_progress += 1
        model.in_use += 1

    def leave(self, model: Model) -> None:
        """Count a request out."""
        self.in_progress -= 1
        model.in_use -= 1

    def note_load(self) -> None:
        """Set the gauges of what waits, is in progress and is kept."""
        self.metrics.waiting.set(self.batcher.waiting)
        self.metrics.cached.set(self.cache.bytes)
        self.metrics.in_progress.set(self.in_progress)

    async def tell(self) -> None:
        """Tell the other workers what this one has to do, and the supervisor that it goes on."""
        self.note_load()
        if self.peers is not None:
            self.peers.beat()

    def why_not_ready(self) -> str:
        """Say why requests cannot be served now; nothing if they can."""
        if self.draining:
            return "the service is shutting down"
        if not self.registry.served or not self.registry.settled:
            return self.registry.why_empty()
        return ""
