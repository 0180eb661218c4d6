"""The threads that compute batches and hand the results to the event loop.

Each takes the next batch when it has finished one; `queue` has the rules of what that is.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping

import numpy as np

from app.arrays import Array
from app.engines.base import Engine
from app.errors import NotReady
from app.inference.queue import Arrays, Entry, Priority, Queue, reason_to_drop
from app.metrics import Metrics

Outcome = Arrays | Exception


class Batcher:
    """The inference threads and their queue. Start and stop it within one event loop."""

    def __init__(self, threads: int, max_batch: int, max_waiting: int, metrics: Metrics) -> None:
        """Take the number of threads, and bounds in items; `max_waiting` is of all that waits."""
        self._queue = Queue(max_batch, max_waiting, threads)
        self._metrics = metrics
        self._stopping = False
        self._changed = threading.Condition()  # its lock guards the queue
        self._threads = [
            threading.Thread(target=self._compute_batches, name=f"inference-{i}", daemon=True)
            for i in range(threads)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    async def stop(self) -> None:
        """Compute what was accepted, then end the threads."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    @property
    def waiting(self) -> int:
        """Items that wait."""
        return self._queue.waiting

    def check_room(self) -> None:
        """Refuse a request before its body is read if not even one item may wait.

        Raises:
            Busy: As many items wait as may.
        """
        self._queue.check_room()

    def submit(  # noqa: PLR0917  the fields of an entry
        self,
        engine: Engine,
        signature: str,
        inputs: Mapping[str, Array],
        priority: Priority,
        deadline: float,
        is_gone: Callable[[], bool],
    ) -> list[Entry]:
        """Queue the items of a request, divided into entries; `outputs_of` waits for them.

        Raises:
            Busy: More items would wait than may.
            NotReady: The service is shutting down.
        """
        items = len(next(iter(inputs.values())))
        size = self._queue.entry_size(items)
        loop = asyncio.get_running_loop()
        now = time.monotonic()
        entries = []
        for first in range(0, items, size):
            part, n = inputs, items
            if size < items:
                part = {name: array[first : first + size] for name, array in inputs.items()}
                n = min(size, items - first)
            future = loop.create_future()
            entries.append(Entry(engine, signature, part, n, future, deadline, is_gone, now))
        with self._changed:
            if self._stopping:
                raise NotReady("the service is shutting down")
            self._queue.check_room(items)
            self._queue.append(entries, priority)
            self._wake_a_thread()
        return entries

    def _wake_a_thread(self) -> None:
        """Let an idle thread compute, if there is anything to; the lock is held."""
        if self._queue.has_batch():
            self._changed.notify()

    def _compute_batches(self) -> None:
        while batch := self._next_batch():
            now = time.monotonic()
            wanted = [entry for entry in batch if not self._drop(entry, now)]
            if wanted:
                self._compute(wanted)
            with self._changed:
                self._queue.finish(batch)

    def _next_batch(self) -> list[Entry]:
        """Wait for a batch; the list is empty when the service has stopped."""
        with self._changed:
            while not (batch := self._queue.next_batch()):
                if self._stopping:  # what is held back is for the thread that computes its kind
                    return []
                self._changed.wait()
            self._wake_a_thread()
            return batch

    def _drop(self, entry: Entry, now: float) -> bool:
        """Answer an entry that nobody wants computed, and tell whether it was one."""
        reason = reason_to_drop(entry, now)
        if reason is None:
            return False
        self._metrics.dropped(type(reason).__name__.lower())
        _deliver([(entry, reason)])
        return True

    def _compute(self, batch: list[Entry]) -> None:
        started = time.monotonic()
        outcomes = _outcomes(batch)
        finished = time.monotonic()
        items = 0
        for entry in batch:
            entry.started, entry.finished = started, finished
            items += entry.items
        head, seconds = batch[0], finished - started
        if not isinstance(outcomes[0], Exception):  # to fail takes no time
            with self._changed:
                self._queue.record_pace(head.engine, head.signature, seconds / items)
        self._metrics.batch(head.signature, items, seconds)
        _deliver(list(zip(batch, outcomes, strict=True)))


async def outputs_of(entries: list[Entry]) -> Arrays:
    """Wait for a request's entries and join their outputs. If one fails, the others are dropped."""
    if len(entries) == 1:
        return await entries[0].future
    try:
        parts = await asyncio.gather(*(entry.future for entry in entries))
    finally:
        for entry in entries:
            if not entry.future.done():
                entry.future.cancel()
            elif not entry.future.cancelled():
                entry.future.exception()  # seen: only the first failure is told
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _outcomes(batch: list[Entry]) -> list[Outcome]:
    """Run entries as one batch, and if that fails one by one: only the poisoned one fails."""
    try:
        return _run(batch)
    except Exception as error:  # noqa: BLE001  it is the outcome of an entry
        if len(batch) == 1:
            return [error]
        return [outcome for entry in batch for outcome in _outcomes([entry])]


def _run(batch: list[Entry]) -> list[Outcome]:
    """Run entries as one batch and divide the outputs again."""
    head = batch[0]
    if len(batch) == 1:
        return [head.engine.run(head.signature, head.inputs)]
    joined = {name: np.concatenate([e.inputs[name] for e in batch]) for name in head.inputs}
    outputs = head.engine.run(head.signature, joined)
    outcomes: list[Outcome] = []
    first = 0
    for entry in batch:
        outcomes.append({k: v[first : first + entry.items] for k, v in outputs.items()})
        first += entry.items
    return outcomes


def _deliver(outcomes: list[tuple[Entry, Outcome]]) -> None:
    """Hand results to the event loop: one wake-up for the whole batch."""
    loop = outcomes[0][0].future.get_loop()
    try:
        loop.call_soon_threadsafe(_resolve, outcomes)
    except RuntimeError:  # the loop has closed: nobody awaits these any more
        return


def _resolve(outcomes: list[tuple[Entry, Outcome]]) -> None:
    for entry, outcome in outcomes:
        if entry.future.done():
            continue
        if isinstance(outcome, Exception):
            entry.future.set_exception(outcome)
        else:
            entry.future.set_result(outcome)
