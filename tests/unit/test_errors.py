"""Failures and their statuses."""

from app.errors import AtlasError, Busy
from app.http.problem_details import STATUS, problem


def descendants(kind: type[AtlasError]) -> set[type[AtlasError]]:
    """Return all classes below one."""
    return {kind for child in kind.__subclasses__() for kind in (child, *descendants(child))}


def test_every_failure_has_a_status() -> None:
    """A new error cannot be added without deciding what the client is told."""
    assert descendants(AtlasError) == set(STATUS)


def test_what_nobody_expected_says_nothing_of_the_inside() -> None:
    """A bug is a 500 whose text does not tell what the code looks like."""
    answer = problem({"path": "/v1/decode"}, KeyError("secret"))
    assert answer.status_code == 500
    assert b"secret" not in answer.body


def test_busy_says_when_to_come_back() -> None:
    """429 has Retry-After."""
    answer = problem({"path": "/v1/decode"}, Busy("full"))
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "1"
