"""A real service, with the bundled models, that is attacked once for all tests."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from benchmarks.service.harness import ROOT, Served
from tests.hostile.corpus import corpus
from tests.hostile.raw_http import Answer, send

AT_ONCE = 2


@dataclass(frozen=True)
class Attacked:
    """The service after the attack, and what it answered by class and name of the case."""

    served: Served
    answers: dict[tuple[str, str], Answer]
    pid: int
    grown_mib: float


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """Return a service that waits a second for a head, and another for a body."""
    with Served(ROOT / "models" / "exports", body_seconds=1) as service:
        yield service


@pytest.fixture(scope="session")
def attacked(served: Served) -> Attacked:
    """Send it the whole corpus, some cases at once."""
    pid, memory = served.process.pid, served.memory
    cases = list(corpus())
    with ThreadPoolExecutor(AT_ONCE) as pool:
        wires = (case.wire for _, case in cases)
        answers = list(pool.map(send, itertools.repeat(served.port), wires))
    names = ((kind, case.name) for kind, case in cases)
    found = dict(zip(names, answers, strict=True))
    return Attacked(served, found, pid, served.memory - memory)
