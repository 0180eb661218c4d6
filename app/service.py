"""What all requests share."""

from dataclasses import dataclass

from app.batching import Batcher
from app.caching import Cache
from app.catalogue import Catalogue
from app.operations import Operation
from app.settings import Settings
from app.telemetry import Metrics


@dataclass
class Service:
    """The service's parts, made once by `main.create_app`."""

    settings: Settings
    metrics: Metrics
    catalogue: Catalogue
    batcher: Batcher
    cache: Cache
    operations: list[Operation]
    in_progress: int = 0  # requests that have been admitted and not answered
    draining: bool = False
