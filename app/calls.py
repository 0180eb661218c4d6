"""One request on its way through the service."""

import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import numpy as np

from app.answers import Headers
from app.batching import Priority, outputs_of
from app.catalogue import Model
from app.engine import Array
from app.errors import InvalidRequest
from app.operations import Operation
from app.queries import ModelQuery, Query
from app.service import Service

Message = MutableMapping[str, Any]
QueryType = TypeVar("QueryType", bound=Query)


@dataclass(slots=True)
class Call:
    """A request: what it asks, of whom, and what its answer will carry."""

    service: Service
    operation: Operation
    path: dict[str, str]
    headers: dict[bytes, bytes]
    receive: Callable[[], Awaitable[Message]]
    query: Query
    deadline: float  # time.monotonic seconds
    format: str = ""
    served: Model | None = None
    answer_headers: Headers = field(default_factory=list)
    queue_seconds: float = 0.0
    infer_seconds: float = 0.0
    encode_seconds: float = 0.0

    @property
    def model(self) -> Model:
        """The model that is asked."""
        assert self.served is not None
        return self.served

    def asks(self, kind: type[QueryType]) -> QueryType:
        """Return the query as its declared type."""
        assert isinstance(self.query, kind)
        return self.query

    async def infer(
        self,
        signature: str,
        array: Array,
        priority: Priority,
        labels: Array | None = None,
    ) -> dict[str, Array]:
        """Run a signature on images or latent vectors (n, …) with others' items beside them.

        `labels` int32 (n,) are for a conditional model; by default all are the query's.
        """
        inputs: dict[str, Array] = {"z" if signature.startswith("decode") else "image": array}
        if self.model.manifest.conditional:
            inputs["label"] = self._labels(len(array)) if labels is None else labels
        works = self.service.batcher.submit(
            self.model.engine, signature, inputs, priority, self.deadline, self._gone()
        )
        outputs = await outputs_of(works)
        self.queue_seconds += works[0].started - works[0].queued
        self.infer_seconds += works[-1].finished - works[0].started
        return outputs

    def check_items(self, n: int) -> None:
        """Refuse more items than a request may have, or none.

        Raises:
            InvalidRequest: n is 0 or above `ATLAS_MAX_ITEMS`.
        """
        most = self.service.settings.max_items
        if not 1 <= n <= most:
            raise InvalidRequest(f"a request has 1 to {most} images, vectors or cells, not {n}")

    def _gone(self) -> Callable[[], bool]:
        """Return how the owner thread can tell that the client has hung up.

        uvicorn's request cycle knows; asking it costs nothing, where a task that waits for the
        disconnect message costs more than the rest of a small request. Other servers cancel the
        request's task, which cancels its futures.
        """
        cycle = getattr(self.receive, "__self__", None)
        if not hasattr(cycle, "disconnected"):
            return _never
        return lambda: bool(cast("Any", cycle).disconnected)

    def _labels(self, n: int) -> Array:
        label = self.asks(ModelQuery).label
        names = self.model.manifest.labels
        if label is None:
            raise InvalidRequest(f"{self.model.id} is conditional: give label=0…{len(names) - 1}")
        if label in names:
            return np.full(n, names.index(label), np.int32)
        if label.isdecimal() and int(label) < max(len(names), 1):
            return np.full(n, int(label), np.int32)
        raise InvalidRequest(f"label is {label[:40]!r}; the model knows {', '.join(names)}")


def _never() -> bool:
    return False


def deadline_of(headers: Mapping[bytes, bytes], seconds: float) -> float:
    """Return when a request is given up: after `X-Request-Timeout-Ms`, at most `seconds`.

    Raises:
        InvalidRequest: The header is not a positive number.
    """
    value = headers.get(b"x-request-timeout-ms")
    if value is not None:
        if not value.isdigit() or len(value) > 9 or not int(value):  # noqa: PLR2004
            raise InvalidRequest("X-Request-Timeout-Ms must be a whole number of milliseconds")
        seconds = min(seconds, int(value) / 1000)
    return time.monotonic() + seconds
