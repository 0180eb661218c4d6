"""One request to a model on its way through the service."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal, NamedTuple, get_args

import numpy as np
from fastapi import Depends, Request

from app.batching import Priority, outputs_of
from app.catalogue import Model
from app.engine import Array
from app.errors import InvalidRequest
from app.service import Service

CALL = "atlas.call"
LONGEST_TIMEOUT = 9  # digits
StageName = Literal["queue", "infer", "encode"]
STAGES: Final[tuple[StageName, ...]] = get_args(StageName)


class Stage(NamedTuple):
    """A part of a request's time; time.monotonic seconds."""

    name: StageName
    started: float
    finished: float


@dataclass(slots=True)
class Call:
    """A request: what it asks, of whom, until when, and how long its parts took."""

    service: Service
    model: Model
    request: Request
    format: str
    deadline: float  # time.monotonic seconds
    gone: Callable[[], bool]
    stages: list[Stage] = field(default_factory=list)
    fit: str = ""

    def seconds(self, name: StageName) -> float:
        """Return the time that a stage took, all its parts together."""
        return sum(stage.finished - stage.started for stage in self.stages if stage.name == name)

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
            self.model.engine, signature, inputs, priority, self.deadline, self.gone
        )
        outputs = await outputs_of(works)
        self.stages += (
            Stage("queue", works[0].queued, works[0].started),
            Stage("infer", works[0].started, works[-1].finished),
        )
        return outputs

    def check_items(self, n: int) -> None:
        """Refuse more items than a request may have, or none.

        Raises:
            InvalidRequest: n is 0 or above `ATLAS_MAX_ITEMS`.
        """
        most = self.service.settings.max_items
        if not 1 <= n <= most:
            raise InvalidRequest(f"a request has 1 to {most} images, vectors or cells, not {n}")

    def _labels(self, n: int) -> Array:
        label = self.request.query_params.get("label")
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
    call: Call = request.scope[CALL]
    return call


CurrentCall = Annotated[Call, Depends(current_call)]


def deadline_of(request: Request, seconds: float) -> float:
    """Return when a request is given up: after `X-Request-Timeout-Ms`, at most `seconds`.

    Raises:
        InvalidRequest: The header is not a positive number.
    """
    value = request.headers.get("x-request-timeout-ms")
    if value is not None:
        if not value.isdecimal() or len(value) > LONGEST_TIMEOUT or not int(value):
            raise InvalidRequest("X-Request-Timeout-Ms must be a whole number of milliseconds")
        seconds = min(seconds, int(value) / 1000)
    return time.monotonic() + seconds
