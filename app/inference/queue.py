"""What waits for inference, and the rules by which it is put into batches.

Nothing here knows threads, locks or the time: `batcher` holds a lock around each call, and passes
in what it has measured.

There is no timer: a lone request never waits for company, and under load batches grow by
themselves, because a batch is what has arrived while the last ones were computed. A quick batch,
one that takes less time than its requests cost the event loop, is an exception: what arrives
meanwhile for the same engine and signature waits for its end. A second thread would take the
processor from the event loop, and the two would get smaller batches.
"""

import math
from asyncio import Future
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final
from weakref import WeakKeyDictionary

from app.arrays import Array
from app.engines.base import Engine
from app.errors import Abandoned, Busy, Expired

Arrays = dict[str, Array]
QUICK_SECONDS: Final = 0.001  # a request costs the event loop up to as much
BACKLOG_BATCHES: Final = 2  # where as many wait, a second thread helps with quick work, too
LEAST_URGENT_TURN: Final = 8  # every eighth batch is of the least urgent kind: none starves


class Priority(IntEnum):
    """Which entries go first: those of the lowest number."""

    DECODE = 0  # someone drags a point and waits for the picture
    ENCODE = 1
    PICTURE = 2  # grids, samples, interpolations
    TILE = 3


@dataclass(slots=True, eq=False)
class Entry:
    """Items of one request, at most a batch. Times are time.monotonic seconds."""

    engine: Engine
    signature: str
    inputs: Mapping[str, Array]
    items: int
    future: Future[Arrays]
    deadline: float
    is_gone: Callable[[], bool]
    queued: float
    started: float = 0.0
    finished: float = 0.0


class Queue:
    """Entries by priority, each in the order of arrival; bounds are in items, not requests."""

    def __init__(self, max_batch: int, max_waiting: int, threads: int) -> None:
        """Take the most items of a batch and of all that wait, and how many batches run at once."""
        self.waiting = 0  # items
        self._max_batch = max_batch
        self._max_waiting = max_waiting
        self._threads = threads
        self._entries: list[deque[Entry]] = [deque() for _ in Priority]
        self._turn = 0
        self._running_quick: list[Entry] = []  # the first of each quick batch that is computed
        # By signature, of the fastest batch so far.
        self._seconds_per_item: WeakKeyDictionary[Engine, dict[str, float]] = WeakKeyDictionary()

    def check_room(self, items: int = 1) -> None:
        """Refuse items that may not wait. If nothing waits, any number may.

        Raises:
            Busy: More than `max_waiting` would wait.
        """
        if self.waiting and self.waiting + items > self._max_waiting:
            message = f"{self.waiting} items wait and {items} more came; try again soon"
            raise Busy(message)

    def entry_size(self, items: int) -> int:
        """Return how many of a request's items go into an entry, so that all threads end together.

        What fits into a batch is not divided.
        """
        if items <= self._max_batch:
            return items
        rounds = math.ceil(items / self._max_batch / self._threads)
        return math.ceil(items / (rounds * self._threads))

    def append(self, entries: list[Entry], priority: Priority) -> None:
        """Add a request's entries."""
        queue = self._entries[priority]
        for entry in entries:
            queue.append(entry)
            self.waiting += entry.items

    def has_batch(self) -> bool:
        """Tell whether `next_batch` would return one."""
        return bool(self._ready())

    def next_batch(self) -> list[Entry]:
        """Take the oldest entries of one engine and signature; the list is empty if none may go."""
        ready = self._ready()
        if not ready:
            return []
        self._turn += 1
        queue = ready[0 if self._turn % LEAST_URGENT_TURN else -1]
        head = queue.popleft()
        batch, items = [head], head.items
        while queue and items + queue[0].items <= self._max_batch and _same_kind(queue[0], head):
            items += queue[0].items
            batch.append(queue.popleft())
        self.waiting -= items
        if self._is_quick(head):
            self._running_quick.append(head)
        return batch

    def finish(self, batch: list[Entry]) -> None:
        """Note that a batch is no longer computed."""
        if batch[0] in self._running_quick:
            self._running_quick.remove(batch[0])

    def record_pace(self, engine: Engine, signature: str, seconds_per_item: float) -> None:
        """Note what a batch took; the fastest counts, since others may have been interrupted."""
        paces = self._seconds_per_item.setdefault(engine, {})
        paces[signature] = min(paces.get(signature, math.inf), seconds_per_item)

    def _ready(self) -> list[deque[Entry]]:
        """Return the queues whose first entry may be computed now, the most urgent first."""
        return [queue for queue in self._entries if queue and not self._is_held_back(queue[0])]

    def _is_held_back(self, head: Entry) -> bool:
        """Tell whether an entry waits for the end of a quick batch of its kind."""
        return (
            self.waiting < BACKLOG_BATCHES * self._max_batch
            and any(_same_kind(head, other) for other in self._running_quick)
            and self._is_quick(head)
        )

    def _is_quick(self, entry: Entry) -> bool:
        pace = self._seconds_per_item.get(entry.engine, {}).get(entry.signature, math.inf)
        return entry.items * pace < QUICK_SECONDS


def reason_to_drop(entry: Entry, now: float) -> Abandoned | Expired | None:
    """Say why an entry whose turn has come need not be computed; None if it must be."""
    if entry.future.cancelled() or entry.is_gone():
        return Abandoned("the client hung up")
    if now > entry.deadline:
        return Expired("the request's time was over before its turn came; try again soon")
    return None


def _same_kind(a: Entry, b: Entry) -> bool:
    return a.engine is b.engine and a.signature == b.signature
