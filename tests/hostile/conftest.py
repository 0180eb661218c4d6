"""A real service, with the bundled models, that is attacked once for all tests."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.hostile.corpus import corpus
from tests.hostile.raw_http import Answer, send
from tests.service_process import BUNDLED_MODELS, ServiceProcess

AT_ONCE = 2


@dataclass(frozen=True)
class Attacked:
    """The service after the attack, and what it answered by class and name of the case."""

    served: ServiceProcess
    answers: dict[tuple[str, str], Answer]
    pid: int
    grown_mib: float


@pytest.fixture(scope="session")
def served() -> Iterator[ServiceProcess]:
    """Return a service that waits a second for a head, and another for a body."""
    with ServiceProcess(BUNDLED_MODELS, body_seconds=1) as service:
        yield service


@pytest.fixture(scope="session")
def attacked(served: ServiceProcess) -> Attacked:
    """Send it the whole corpus, some cases at once."""
    pid, memory = served.process.pid, served.memory
    cases = list(corpus())
    with ThreadPoolExecutor(AT_ONCE) as pool:
        wires = (case.wire for _, case in cases)
        answers = list(pool.map(send, itertools.repeat(served.port), wires))
    names = ((kind, case.name) for kind, case in cases)
    found = dict(zip(names, answers, strict=True))
    return Attacked(served, found, pid, served.memory - memory)
