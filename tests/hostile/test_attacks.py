"""Several hundred hostile requests over real sockets: each is the sender's error alone."""

import json
from collections import Counter

import pytest

from tests.hostile.attack import CLOSED, Case
from tests.hostile.conftest import Attacked
from tests.hostile.corpus import corpus

CASES = list(corpus())
MOST_GROWN_MIB = 100


@pytest.mark.parametrize(
    ("kind", "case"), CASES, ids=[f"{kind}: {case.name}" for kind, case in CASES]
)
def test_an_attack_is_the_senders_error(attacked: Attacked, kind: str, case: Case) -> None:
    """A 4xx with a problem document, or the 200 that the case gives a reason for."""
    answer = attacked.answers[kind, case.name]

    assert answer.status in case.statuses, answer.body[:300]
    if answer.status in {CLOSED, 100, 200} or (case.raw and answer.status == 400):
        return
    problem = json.loads(answer.body)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == answer.status
    assert problem["code"]
    assert 0 < len(problem["detail"]) < 1000


def test_the_service_is_none_the_worse(attacked: Attacked) -> None:
    """The same process, no 5xx, at most 100 MB more, and good requests have their old bytes."""
    served = attacked.served
    metrics = served.get("/metrics").decode()

    assert served.process.poll() is None
    assert served.process.pid == attacked.pid
    failed = {line.split("}")[0] for line in metrics.splitlines() if 'status="5' in line}
    assert failed <= {
        f'atlas_requests_{x}{{route="ready",status="503"' for x in ("total", "created")
    }  # before the attack
    assert not [a for a in attacked.answers.values() if a.status >= 500]
    assert attacked.grown_mib < MOST_GROWN_MIB
    assert served.metric("atlas_requests_in_progress") == 0
    path = "/v1/models/mnist-z2/sample?n=4&format=npy&seed="
    assert served.get(path + "1") == served.get(path + "1") != served.get(path + "2")


def test_the_corpus_is_as_large_as_it_says() -> None:
    """At least 120 cases, at least fifteen of each class, no name twice."""
    counts = Counter(kind for kind, _ in CASES)

    assert sum(counts.values()) >= 120
    assert min(counts.values()) >= 15
    assert len({(kind, case.name) for kind, case in CASES}) == len(CASES)
