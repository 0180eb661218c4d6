"""Metrics of all workers together, whichever is asked: prometheus_client's multiprocess mode.

Each worker writes its values into files of its own in the folder that all share. The files have the
worker's number for a name where prometheus_client has the process id: who replaces a dead worker
counts on from where that ended, so no counter falls and no file is left behind.
"""

import os
from collections.abc import Iterator
from functools import partial

from prometheus_client import CollectorRegistry, Metric, ProcessCollector, values
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from app.workers.peers import Peers


def share_values(peers: Peers) -> None:
    """Keep the values of metrics that are declared from now on in the shared folder."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(peers.folder)
    mark_process_dead(peers.number, str(peers.folder))  # type: ignore[no-untyped-call]
    values.ValueClass = values.MultiProcessValue(lambda: peers.number)  # type: ignore[no-untyped-call]


def collect_shared(registry: CollectorRegistry, peers: Peers) -> None:
    """Let a registry give the values of all workers, and describe each one's process."""
    MultiProcessCollector(registry, str(peers.folder))  # type: ignore[no-untyped-call]
    registry.register(Processes(peers))


class Processes(Collector):
    """Memory, processor time and files of each worker, by the label `worker`."""

    def __init__(self, peers: Peers) -> None:
        """Take what knows their process ids."""
        self._peers = peers

    def collect(self) -> Iterator[Metric]:
        """Give the metrics of prometheus_client's collector for a process, of each worker."""
        families: dict[str, Metric] = {}
        for number, process in self._peers.processes().items():
            for family in ProcessCollector(registry=None, pid=partial(int, process)).collect():
                samples = [s._replace(labels={"worker": str(number)}) for s in family.samples]
                family.samples = []
                families.setdefault(family.name, family).samples += samples
        yield from families.values()
