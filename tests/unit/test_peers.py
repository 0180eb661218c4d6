"""Workers of one service, and what they know of each other."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, values

from app.workers.peers import Peers, forget
from app.workers.shared_metrics import collect_shared, share_values

OLD, NEW = "digits@1 a", "digits@2 b"


@pytest.fixture
def two(tmp_path: Path) -> tuple[Peers, Peers]:
    """Return two workers that serve the old version."""
    found = Peers(tmp_path, 0), Peers(tmp_path, 1)
    for peers in found:
        peers.serve([OLD])
    return found


async def is_waiting(task: "asyncio.Task[None]") -> bool:
    """Tell whether a task has not ended after another look at the others."""
    done, _ = await asyncio.wait([task], timeout=0.2)
    return not done


def test_nobody_answers_with_a_version_before_all_have_it(two: tuple[Peers, Peers]) -> None:
    """The first to have loaded it waits for the other; the other need not wait for the first."""

    async def agree() -> None:
        first = asyncio.create_task(two[0].agree([NEW]))
        assert await is_waiting(first)
        await two[1].agree([NEW])
        await first

    asyncio.run(agree())


def test_a_dead_worker_is_not_waited_for(tmp_path: Path, two: tuple[Peers, Peers]) -> None:
    """What it had loaded is forgotten, and so is its process."""

    async def agree() -> None:
        waiting = asyncio.create_task(two[0].agree([NEW]))
        assert await is_waiting(waiting)
        assert forget(tmp_path, 1)
        await waiting

    asyncio.run(agree())
    assert [*two[0].processes()] == [0]
    assert not forget(tmp_path, 1)


def test_a_worker_that_starts_waits_and_is_not_waited_for(
    tmp_path: Path, two: tuple[Peers, Peers]
) -> None:
    """It begins with the version to which the others are about to change, once they have."""

    async def agree() -> None:
        starting = asyncio.create_task(Peers(tmp_path, 2).agree([NEW]))
        assert await is_waiting(starting)
        await asyncio.gather(*(peers.agree([NEW]) for peers in two))
        await starting

    asyncio.run(agree())


def test_a_version_that_was_withdrawn_is_waited_for_again(two: tuple[Peers, Peers]) -> None:
    """A worker that has freed a version has to load it again before the others answer with it."""

    async def agree() -> None:
        two[1].serve([NEW])
        two[1].serve([OLD])
        assert await is_waiting(asyncio.create_task(two[0].agree([NEW])))

    asyncio.run(agree())


def test_one_at_a_time_has_its_turn(two: tuple[Peers, Peers]) -> None:
    """The second turn begins when the first one ends."""

    async def take() -> None:
        async with two[1].turn():
            pass

    async def turns() -> None:
        async with two[0].turn():
            second = asyncio.create_task(take())
            assert await is_waiting(second)
        await second

    asyncio.run(turns())


@pytest.fixture
def _own_values(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give prometheus_client's kind of values back at the end."""
    monkeypatch.setattr(values, "ValueClass", values.ValueClass)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    yield
    values._multi_process_cleanups.pop()()  # closes the files


def start(peers: Peers) -> tuple[Counter, Gauge, CollectorRegistry]:
    """Declare the metrics of a worker, and those of all workers."""
    share_values(peers)
    own, of_all = CollectorRegistry(), CollectorRegistry()
    gauge = Gauge("waiting", "Now.", registry=own, multiprocess_mode="livesum")
    collect_shared(of_all, peers)
    return Counter("answered", "So far.", registry=own), gauge, of_all


@pytest.mark.usefixtures("_own_values")
def test_metrics_are_of_all_workers_and_survive_one(two: tuple[Peers, Peers]) -> None:
    """Who replaces a dead worker counts on; what was only true then is gone; no file is added."""
    for peers in two:
        answered, waiting, of_all = start(peers)
        answered.inc(2)
        waiting.set(5)
    files = sorted(two[0].folder.iterdir())
    assert of_all.get_sample_value("answered_total") == 4
    assert of_all.get_sample_value("waiting") == 10

    answered, _, of_all = start(two[1])
    answered.inc()

    assert of_all.get_sample_value("answered_total") == 5
    assert of_all.get_sample_value("waiting") == 5
    assert sorted(two[0].folder.iterdir()) == files
    for number in ("0", "1"):
        name = "process_resident_memory_bytes"
        assert of_all.get_sample_value(name, {"worker": number})
