"""A few threads own inference. They pull: a batch is what has arrived while the last ones ran.

No timer: a lone request never waits for company, and under load batches grow by themselves.
What takes less time than its request costs the event loop keeps to one thread at a time: a second
one would take the loop's core, and the two would get smaller batches.
Items are counted, not requests. Work whose client has gone, or whose time is over, is dropped
when its turn comes, before it is computed.
"""

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np

from app.arrays import Array
from app.engines.base import Engine
from app.errors import Abandoned, Busy, Expired, NotReady
from app.metrics import Metrics

Arrays = dict[str, Array]
Outcome = Arrays | Exception
QUICK: Final = 0.001  # seconds; a request costs the loop up to as much
BACKLOG: Final = 2  # batches of quick work that may wait behind one that is computed
FAIRNESS: Final = 8  # every eighth batch is of the least urgent kind, so that none starves


class Priority(IntEnum):
    """Which work goes first; the lowest number."""

    DECODE = 0  # someone drags a point and waits for the picture
    ENCODE = 1
    PICTURE = 2  # grids, samples, walks
    TILE = 3


@dataclass(slots=True)
class Work:
    """Some items of one request, at most a batch."""

    engine: Engine
    signature: str
    inputs: Mapping[str, Array]
    items: int
    future: "asyncio.Future[Arrays]"
    deadline: float  # time.monotonic seconds
    gone: Callable[[], bool]
    queued: float = field(default_factory=time.monotonic)
    started: float = 0.0
    finished: float = 0.0


class Batcher:
    """The owner threads and their queues. Start and stop it within one event loop."""

    def __init__(self, threads: int, max_batch: int, max_waiting: int, metrics: Metrics) -> None:
        """Take bounds in items; `max_waiting` is of all queues together."""
        self._max_batch = max_batch
        self._max_waiting = max_waiting
        self._metrics = metrics
        self._queues: dict[Priority, deque[Work]] = {priority: deque() for priority in Priority}
        self._waiting = 0
        self._turn = 0
        # Seconds an item by signature, of the best batch.
        self._pace: WeakKeyDictionary[Engine, dict[str, float]] = WeakKeyDictionary()
        self._quick: list[Work] = []  # the first of each batch of quick work that is computed
        self._stopping = False
        self._wake = threading.Condition()
        self._threads = [
            threading.Thread(target=self._own, name=f"inference-{i}", daemon=True)
            for i in range(threads)
        ]

    def start(self) -> None:
        """Start the owner threads."""
        for thread in self._threads:
            thread.start()

    async def stop(self) -> None:
        """Compute what was accepted, then end the threads."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    @property
    def waiting(self) -> int:
        """Items that wait."""
        return self._waiting

    def check_room(self) -> None:
        """Refuse what would be refused once its body is read.

        Raises:
            Busy: As many items wait as may.
        """
        if self._waiting >= self._max_waiting:
            raise Busy(f"{self._waiting} items wait for inference; try again soon")

    def submit(  # noqa: PLR0917  the parts of one work
        self,
        engine: Engine,
        signature: str,
        inputs: Mapping[str, Array],
        priority: Priority,
        deadline: float,
        gone: Callable[[], bool],
    ) -> list[Work]:
        """Queue the items of a request, cut into batches; await each work's future.

        Raises:
            Busy: They do not fit into what may wait. A request larger than that still goes
                when nothing waits.
            NotReady: The service is shutting down.
        """
        items = len(next(iter(inputs.values())))
        loop = asyncio.get_running_loop()
        works = []
        most = self._part(items)
        for first in range(0, items, most):
            part = inputs
            if items > most:
                part = {k: v[first : first + most] for k, v in inputs.items()}
            n = min(most, items - first)
            future = loop.create_future()
            works.append(Work(engine, signature, part, n, future, deadline, gone))
        with self._wake:
            if self._stopping:
                raise NotReady("the service is shutting down")
            if self._waiting and self._waiting + items > self._max_waiting:
                message = f"{self._waiting} items wait and {items} more came; try again soon"
                raise Busy(message)
            self._waiting += items
            self._queues[priority].extend(works)
            self._call_for_help()
        return works

    def _part(self, items: int) -> int:
        """Return how many items go into a batch, so that all threads end together."""
        if items <= self._max_batch:
            return items
        rounds = math.ceil(items / self._max_batch / len(self._threads))
        return math.ceil(items / (rounds * len(self._threads)))

    def _own(self) -> None:
        while batch := self._take():
            live = [work for work in batch if self._wanted(work)]
            if live:
                self._compute(live)
            with self._wake:
                self._quick = [work for work in self._quick if work is not batch[0]]

    def _take(self) -> list[Work]:
        """Wait for work, and take the next batch: same engine and signature, oldest first."""
        with self._wake:
            while not (filled := self._ready()):
                if self._stopping:  # what gathers is for the thread that computes
                    return []
                self._wake.wait()
            self._turn += 1
            queue = filled[0 if self._turn % FAIRNESS else -1]
            head = queue.popleft()
            batch, room = [head], self._max_batch - head.items
            while queue and queue[0].items <= room and _alike(queue[0], head):
                room -= queue[0].items
                batch.append(queue.popleft())
            self._waiting -= sum(work.items for work in batch)
            if self._is_quick(head):
                self._quick.append(head)
            self._call_for_help()
            return batch

    def _call_for_help(self) -> None:
        """Wake a thread if there is something for it. The lock is held."""
        if self._ready():
            self._wake.notify()

    def _ready(self) -> list[deque[Work]]:
        """Return the queues to take from, the most urgent first. The lock is held."""
        return [queue for queue in self._queues.values() if queue and not self._gathers(queue[0])]

    def _gathers(self, head: Work) -> bool:
        """Tell whether work is to wait for the batch of its kind that is computed."""
        return (
            self._waiting < BACKLOG * self._max_batch
            and self._is_quick(head)
            and any(_alike(head, other) for other in self._quick)
        )

    def _is_quick(self, work: Work) -> bool:
        pace = self._pace.get(work.engine, {}).get(work.signature, math.inf)
        return work.items * pace < QUICK

    def _wanted(self, work: Work) -> bool:
        """Tell whether anyone waits for this, and say why not if nobody does."""
        if work.future.cancelled() or work.gone():
            self._drop(work, "abandoned", Abandoned("the client hung up"))
            return False
        if time.monotonic() > work.deadline:
            message = "the request's time was over before its turn came; try again soon"
            self._drop(work, "expired", Expired(message))
            return False
        return True

    def _drop(self, work: Work, reason: str, error: Exception) -> None:
        self._metrics.dropped(reason)
        _deliver([(work, error)])

    def _compute(self, batch: list[Work]) -> None:
        started = time.monotonic()
        outcomes: list[Outcome]
        try:
            outcomes = _run(batch)
        except Exception as error:  # noqa: BLE001  one poisoned item must not fail its neighbours
            outcomes = [error] if len(batch) == 1 else [_run_alone(work) for work in batch]
        finished = time.monotonic()
        items = 0
        for work in batch:
            work.started, work.finished = started, finished
            items += work.items
        if not isinstance(outcomes[0], Exception):  # to fail takes no time
            paces = self._pace.setdefault(batch[0].engine, {})
            pace = (finished - started) / items
            paces[batch[0].signature] = min(paces.get(batch[0].signature, math.inf), pace)
        self._metrics.batch(batch[0].signature, items, finished - started)
        _deliver(list(zip(batch, outcomes, strict=True)))


async def outputs_of(works: list[Work]) -> Arrays:
    """Wait for a request's works and join their outputs. If one fails, the others are dropped."""
    if len(works) == 1:
        return await works[0].future
    try:
        parts = await asyncio.gather(*(work.future for work in works))
    finally:
        for work in works:
            if not work.future.done():
                work.future.cancel()
            elif not work.future.cancelled():
                work.future.exception()  # seen: only the first failure is told
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _alike(a: Work, b: Work) -> bool:
    return a.engine is b.engine and a.signature == b.signature


def _run(batch: list[Work]) -> list[Outcome]:
    """Run works as one batch and cut the result up again."""
    head = batch[0]
    if len(batch) == 1:
        return [head.engine.run(head.signature, head.inputs)]
    joined = {name: np.concatenate([w.inputs[name] for w in batch]) for name in head.inputs}
    outputs = head.engine.run(head.signature, joined)
    outcomes: list[Outcome] = []
    first = 0
    for work in batch:
        outcomes.append({k: v[first : first + work.items] for k, v in outputs.items()})
        first += work.items
    return outcomes


def _run_alone(work: Work) -> Outcome:
    try:
        return work.engine.run(work.signature, work.inputs)
    except Exception as error:  # noqa: BLE001  it is handed to the one whose work this was
        return error


def _deliver(outcomes: list[tuple[Work, Outcome]]) -> None:
    """Hand results to the event loop: one wake-up for the whole batch."""
    loop = outcomes[0][0].future.get_loop()
    try:
        loop.call_soon_threadsafe(_resolve, outcomes)
    except RuntimeError:  # the loop has closed: nobody awaits these any more
        return


def _resolve(outcomes: list[tuple[Work, Outcome]]) -> None:
    for work, outcome in outcomes:
        if work.future.done():
            continue
        if isinstance(outcome, Exception):
            work.future.set_exception(outcome)
        else:
            work.future.set_result(outcome)
