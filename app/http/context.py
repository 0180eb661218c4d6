"""One request to a model on its way through the service."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, NamedTuple, get_args

import numpy as np
from fastapi import Depends, Request
from starlette.datastructures import QueryParams

from app.arrays import Array
from app.errors import InvalidRequest
from app.inference.batcher import Priority, outputs_of
from app.inference.registry import Model
from app.inference.service import Service
from app.latent.vectors import vectors

EXCHANGE: Final = "atlas.exchange"
NOT_ROUTED: Final = "none"  # the metrics' label of paths that are not ours
LONGEST_TIMEOUT = 9  # digits
StageName = Literal["queue", "infer", "encode"]
STAGES: Final[tuple[StageName, ...]] = get_args(StageName)


class Stage(NamedTuple):
    """A part of a request's time; time.monotonic seconds."""

    name: StageName
    started: float
    finished: float


@dataclass(slots=True)
class Exchange:
    """What the edge and the routes tell each other of a request."""

    request_id: bytes
    headers: Mapping[str, str]  # by name in lower case; of one that came twice, the first
    cycle: Any  # uvicorn's, which knows of the connection; None with other servers
    route: str = NOT_ROUTED
    call: "Call | None" = None
    status: int = 0
    size: int = 0

    def gone(self) -> bool:
        """Tell whether the client has hung up.

        Asking uvicorn's request cycle costs nothing, where a task that waits for the disconnect
        message costs more than the rest of a small request. Other servers cancel the request's
        task, which cancels its futures.
        """
        cycle = self.cycle  # the edge may take it away while an owner of inference asks
        return cycle is not None and bool(cycle.disconnected)

    def is_whole(self) -> bool:
        """Tell whether the whole body is known to be here."""
        return self.cycle is not None and not self.cycle.more_body


@dataclass(slots=True)
class Call:
    """A request: what it asks, of whom, until when, and how long its parts took."""

    service: Service
    model: Model
    request: Request
    exchange: Exchange
    query: QueryParams
    format: str
    deadline: float  # time.monotonic seconds
    stages: list[Stage] = field(default_factory=list)
    fit: str = ""

    def seconds(self) -> dict[str, float]:
        """Return the time that each stage took, all its parts together."""
        spent: dict[str, float] = dict.fromkeys(STAGES, 0.0)
        for name, started, finished in self.stages:
            spent[name] += finished - started
        return spent

    async def infer(
        self, signature: str, array: Array, priority: Priority, labels: Array | None = None
    ) -> dict[str, Array]:
        """Run a signature on images or latent vectors (n, …) with others' items beside them.

        `labels` int32 (n,) are for a conditional model; by default all are the query's.
        """
        inputs: dict[str, Array] = {"z" if signature.startswith("decode") else "image": array}
        if self.model.manifest.conditional:
            inputs["label"] = self._labels(len(array)) if labels is None else labels
        works = self.service.batcher.submit(
            self.model.engine, signature, inputs, priority, self.deadline, self.exchange.gone
        )
        outputs = await outputs_of(works)
        self.stages += (
            Stage("queue", works[0].queued, works[0].started),
            Stage("infer", works[0].started, works[-1].finished),
        )
        return outputs

    async def decode(self, z: Array, priority: Priority) -> Array:
        """Check latent vectors and decode them: uint8 (n, height, width, channels)."""
        z = vectors(z, self.model.manifest.latent_dim)
        return (await self.infer("decode", z, priority))["image"]

    def check_items(self, n: int) -> None:
        """Refuse more items than a request may have, or none.

        Raises:
            InvalidRequest: n is 0 or above `ATLAS_MAX_ITEMS`.
        """
        most = self.service.settings.max_items
        if not 1 <= n <= most:
            raise InvalidRequest(f"a request has 1 to {most} images, vectors or cells, not {n}")

    def _labels(self, n: int) -> Array:
        label = self.query.get("label")
        names = self.model.manifest.labels
        if label is None:
            raise InvalidRequest(f"{self.model.id} is conditional: give label=0…{len(names) - 1}")
        if label in names:
            return np.full(n, names.index(label), np.int32)
        if label.isdecimal() and int(label) < max(len(names), 1):
            return np.full(n, int(label), np.int32)
        raise InvalidRequest(f"label is {label[:40]!r}; the model knows {', '.join(names)}")


async def current_call(request: Request) -> Call:
    """Return the call that `routes.ModelRoute` opened."""
    call: Call = request.scope[EXCHANGE].call
    return call


CurrentCall = Annotated[Call, Depends(current_call)]


def deadline_of(headers: Mapping[str, str], seconds: float) -> float:
    """Return when a request is given up: after `X-Request-Timeout-Ms`, at most `seconds`.

    Raises:
        InvalidRequest: The header is not a positive number.
    """
    value = headers.get("x-request-timeout-ms")
    if value is not None:
        if not value.isdecimal() or len(value) > LONGEST_TIMEOUT or not int(value):
            raise InvalidRequest("X-Request-Timeout-Ms must be a whole number of milliseconds")
        seconds = min(seconds, int(value) / 1000)
    return time.monotonic() + seconds
