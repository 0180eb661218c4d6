"""What all requests share."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.errors import Busy, Unauthorised
from app.inference.batcher import Batcher
from app.inference.cache import Cache
from app.inference.registry import Model, Registry
from app.metrics import Metrics
from app.settings import Settings


@dataclass
class Service:
    """The service's parts, made once by `main.create_app`."""

    settings: Settings
    metrics: Metrics
    registry: Registry
    batcher: Batcher
    cache: Cache
    trace: Callable[..., None] | None = None  # `tracing.Tracer`, if spans are wanted
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

    def check_key(self, headers: Mapping[str, str]) -> None:
        """Let a request in, or not.

        Raises:
            Unauthorised: A key is set, and the request does not carry it.
        """
        key = self.settings.api_key
        if key is None:
            return
        bearer = headers.get("authorization", "")
        given = bearer[7:] if bearer[:7].lower() == "bearer " else headers.get("x-api-key", "")
        if not hmac.compare_digest(given.strip().encode(), key.encode()):
            raise Unauthorised("send the API key as `Authorization: Bearer …` or `X-API-Key: …`")
