"""What is known of one request, from its first byte to the log line about it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal, NamedTuple, get_args

import numpy as np
from fastapi import Depends, Request
from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope

from app.arrays import Array
from app.errors import InvalidRequest
from app.inference.batcher import outputs_of
from app.inference.queue import Priority
from app.inference.registry import Model
from app.inference.service import Service
from app.latent.vectors import vectors
from app.server.connection import Connection
from models.class_names import class_index

CONTEXT: Final = "atlas.context"
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
class RequestContext:
    """A request: who asks, and once it is routed, what of which model, and until when.

    The fields without a value are set by `routing.open_model` and exist only from there on.
    """

    service: Service
    method: str
    headers: Mapping[str, str]  # by name in lower case; of one that came twice, the first
    request_id: bytes
    connection: Connection | None  # None with servers other than uvicorn
    started: float  # time.monotonic seconds
    route: str = NOT_ROUTED
    status: int = 0
    size: int = 0  # bytes of the answer's body
    format: str = ""  # of the answer; empty until a model was found
    stages: list[Stage] = field(default_factory=list)
    spent: dict[str, float] = field(default_factory=dict)  # seconds by stage, once it is answered
    fit: str = ""  # what was done to images to fit them
    model: Model = field(init=False)
    query: QueryParams = field(init=False)
    receive: Receive = field(init=False)
    deadline: float = field(init=False)  # time.monotonic seconds

    def is_gone(self) -> bool:
        """Tell whether the client has hung up.

        Servers other than uvicorn cancel the request's task, which cancels its futures.
        """
        return self.connection is not None and self.connection.is_gone()

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
        entries = self.service.batcher.submit(
            self.model.engine, signature, inputs, priority, self.deadline, self.is_gone
        )
        outputs = await outputs_of(entries)
        self.stages += (
            Stage("queue", entries[0].queued, entries[0].started),
            Stage("infer", entries[0].started, entries[-1].finished),
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
            raise InvalidRequest(
                f"a request has 1 to {most} images, vectors or cells (ATLAS_MAX_ITEMS), not {n}"
            )

    def class_index(self, label: str) -> int:
        """Return the index of the class that has this name or, if none has, this index.

        Raises:
            InvalidRequest: There is no such class.
        """
        names = self.model.manifest.labels
        if (index := class_index(names, label)) is not None:
            return index
        raise InvalidRequest(f"label is {label[:40]!r}; the model knows {', '.join(names)}")

    def _labels(self, n: int) -> Array:
        label = self.query.get("label")
        if label is None:
            last = len(self.model.manifest.labels) - 1
            raise InvalidRequest(f"{self.model.id} is conditional: give label=0…{last}")
        return np.full(n, self.class_index(label), np.int32)


def context_of(scope: Scope) -> RequestContext:
    """Return the context that `middleware.RequestMiddleware` put into a request's scope."""
    context: RequestContext = scope[CONTEXT]
    return context


async def current_context(request: Request) -> RequestContext:
    """Return the request's context; a FastAPI dependency."""
    return context_of(request.scope)


CurrentContext = Annotated[RequestContext, Depends(current_context)]


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
