"""The rules of batching as a table: what waits and what runs, and the batch that follows."""

from types import SimpleNamespace
from typing import Any

import pytest

from app.errors import Abandoned, Busy, Expired
from app.inference.queue import Entry, Priority, Queue, reason_to_drop

MAX_BATCH = 8
QUICK = {"decode": 1e-6, "encode": 1e-6}  # seconds an item
SLOW = {"decode": 1.0, "encode": 1.0}


class Engine:
    """Stands for an engine; it is never run."""


ENGINE: Any = Engine()
OTHER_ENGINE: Any = Engine()


def entry(what: str, **changes: Any) -> Entry:
    """Return an entry written as its priority and number of items: `decode 3`.

    `decode 3 other` is one of another engine.
    """
    priority, items, *other = what.split()
    fields: dict[str, Any] = {
        "engine": OTHER_ENGINE if other else ENGINE,
        "signature": "encode" if priority == "encode" else "decode",
        "inputs": {},
        "items": int(items),
        "future": SimpleNamespace(cancelled=bool),
        "deadline": 10.0,
        "is_gone": bool,
        "queued": 0.0,
    }
    return Entry(**(fields | changes))


def queue_of(whats: list[str], pace: dict[str, float], turn: int = 0) -> Queue:
    """Return a queue in which these entries have arrived one after another."""
    queue = Queue(MAX_BATCH, max_waiting=100, threads=2)
    queue._turn = turn
    for signature, seconds in pace.items():
        queue.record_pace(ENGINE, signature, seconds)
    add(queue, whats)
    return queue


def add(queue: Queue, whats: list[str]) -> None:
    """Let entries arrive."""
    for what in whats:
        queue.append([entry(what)], Priority[what.split()[0].upper()])


def sizes(batch: list[Entry]) -> str:
    """Write a batch as its signature and its entries' items."""
    return " ".join([batch[0].signature, *(str(e.items) for e in batch)]) if batch else "none"


@pytest.mark.parametrize(
    ("waiting", "turn", "batch"),
    [
        ([], 0, "none"),
        (["decode 1"], 0, "decode 1"),
        (["decode 1", "decode 2", "decode 3"], 0, "decode 1 2 3"),
        (["decode 4", "decode 4", "decode 1"], 0, "decode 4 4"),
        (["decode 4", "decode 5", "decode 1"], 0, "decode 4"),
        (["decode 1", "decode 2 other", "decode 3"], 0, "decode 1"),
        (["tile 8", "picture 7", "encode 6", "decode 5"], 0, "decode 5"),
        (["tile 8", "picture 7", "encode 6"], 0, "encode 6"),
        (["tile 8", "picture 7"], 0, "decode 7"),
        (["decode 5", "picture 7", "tile 8"], 7, "decode 8"),
        (["decode 5", "picture 7", "tile 8"], 8, "decode 5"),
    ],
    ids=[
        "nothing waits",
        "a lone entry does not wait for company",
        "what has arrived is one batch",
        "as many as fit",
        "in the order of arrival",
        "of one engine",
        "decodes first",
        "then encodes",
        "then pictures, then tiles",
        "each eighth batch is the least urgent",
        "and only the eighth",
    ],
)
def test_the_next_batch(waiting: list[str], turn: int, batch: str) -> None:
    """Entries of one kind, the most urgent first, in the order of arrival."""
    queue = queue_of(waiting, QUICK, turn)
    before = queue.waiting
    assert queue.has_batch() == bool(waiting)
    found = queue.next_batch()
    assert sizes(found) == batch
    assert queue.waiting == before - sum(e.items for e in found)


@pytest.mark.parametrize(
    ("pace", "running", "waiting", "batch"),
    [
        (QUICK, "decode 1", ["decode 1", "decode 2"], "none"),
        (QUICK, "decode 1", ["decode 1", "encode 3"], "encode 3"),
        (QUICK, "decode 1", ["decode 1 other"], "decode 1"),
        (QUICK, "decode 1", ["decode 8", "decode 7"], "none"),
        (QUICK, "decode 1", ["decode 8", "decode 8"], "decode 8"),
        (SLOW, "decode 1", ["decode 1"], "decode 1"),
        ({}, "decode 1", ["decode 1"], "decode 1"),
        ({"decode": 0.0005}, "decode 1", ["decode 2"], "decode 2"),
        ({"decode": 0.0005}, "decode 2", ["decode 1"], "decode 1"),
    ],
    ids=[
        "quick work of the kind that runs is held back",
        "other signatures are not",
        "nor other engines",
        "less than two full batches wait",
        "two full batches get a second thread",
        "slow work gets one",
        "and work of a pace not yet known",
        "and more items than are quick",
        "and quick work behind more items than are quick",
    ],
)
def test_what_waits_for_the_batch_that_runs(
    pace: dict[str, float], running: str, waiting: list[str], batch: str
) -> None:
    """Quick work keeps to one thread, until it piles up or the running batch ends."""
    queue = queue_of([running], pace)
    computed = queue.next_batch()
    add(queue, waiting)
    found = queue.next_batch()
    assert sizes(found) == batch
    queue.finish(computed)
    assert found or queue.has_batch()


def test_the_fastest_batch_is_the_pace() -> None:
    """A batch during which the thread was interrupted does not make work slow."""
    queue = queue_of(["decode 1"], QUICK)
    queue.record_pace(ENGINE, "decode", 60.0)
    queue.next_batch()
    add(queue, ["decode 1"])
    assert not queue.has_batch()


@pytest.mark.parametrize(
    ("waiting", "items", "fits"),
    [(0, 1, True), (0, 500, True), (90, 10, True), (90, 11, False), (100, 1, False)],
)
def test_how_many_items_may_wait(waiting: int, items: int, fits: bool) -> None:
    """At most 100 here; a larger request goes when nothing waits."""
    queue = queue_of([f"decode {waiting}"] if waiting else [], {})
    if fits:
        queue.check_room(items)
    else:
        with pytest.raises(Busy, match=f"{waiting} items wait and {items} more came"):
            queue.check_room(items)


@pytest.mark.parametrize(
    ("items", "size"), [(1, 1), (8, 8), (9, 5), (16, 8), (17, 5), (32, 8), (33, 6)]
)
def test_a_large_request_is_divided_for_all_threads(items: int, size: int) -> None:
    """Two threads get as many entries each, none larger than a batch of 8."""
    assert Queue(MAX_BATCH, max_waiting=100, threads=2).entry_size(items) == size


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"future": SimpleNamespace(cancelled=lambda: True)}, Abandoned),
        ({"is_gone": lambda: True}, Abandoned),
        ({"deadline": 4.9}, Expired),
    ],
)
def test_what_nobody_wants_is_dropped(changes: dict[str, Any], reason: type | None) -> None:
    """An entry whose client has gone or whose time is over is not computed."""
    found = reason_to_drop(entry("decode 1", **changes), now=5.0)
    assert type(found) is (reason or type(None))
