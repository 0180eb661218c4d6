"""Directions from one set of items to another, and what goes along them."""

from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from tests.api.linear_engine import ITEMS, points

DIAGONAL = np.array([1, 2]) / 5**0.5  # on which the tests' items lie


def test_from_low_to_high(client: TestClient) -> None:
    """Items low on the diagonal and items high on it lie along it, and nothing else is needed."""
    body = {"from": {"ids": list(range(8))}, "to": {"where": ["reconstruction>=12"]}}
    found = client.post("/v1/direction", json=body).json()
    assert found["direction"] @ DIAGONAL == pytest.approx(1, abs=0.1)
    assert found["auc"] == 1
    along = points()["z_mean"] @ found["direction"]
    assert found["low"] == pytest.approx(along[:8].mean(), abs=1e-5)
    assert found["high"] == pytest.approx(along[12:].mean(), abs=1e-5)


def test_its_name_and_its_numbers_are_one(client: TestClient) -> None:
    """Traverse and interpolate take either, and go where it leads from the origin."""
    body = {"from": {"ids": [0, 1]}, "to": {"ids": [18, 19]}}
    found = client.post("/v1/direction", json=body).json()
    numbers = ",".join(map(str, found["direction"]))
    z = np.array([0.5, 0]) + np.array([-2, 0, 2])[:, None] * found["direction"]
    wanted = client.post("/v1/decode?columns=3", json={"z": z.tolist()}).content
    for direction in (found["id"], numbers):
        query = {"direction": direction, "steps": 3, "extent": 2}
        row = client.get("/v1/traverse", params={**query, "origin": "0.5,0"})
        strip = client.post("/v1/interpolate", params=query, json={"z": [[0.5, 0]]})
        assert row.content == strip.content == wanted


def test_at_right_angles_to_another(client: TestClient) -> None:
    """What the other direction says already is left out."""
    body = {"from": {"ids": [0]}, "to": {"ids": [9]}, "orthogonal_to": ["1,0"]}
    found = client.post("/v1/direction", json=body).json()
    assert found["direction"] == pytest.approx([0, 1])
    assert found["auc"] is None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"from": {"ids": [1]}, "to": {"ids": [1, 2]}}, "in both"),
        ({"from": {"ids": [1]}, "to": {}}, "to must name"),
        ({"from": {"ids": [1]}, "to": {"ids": [ITEMS]}}, "what to names"),
        ({"from": {"ids": [1]}, "to": {"where": ["size>3"]}}, "reconstruction"),
        ({"from": {"ids": [1]}, "to": {"labels": ["left"]}}, "up, down"),
        ({"from": {"ids": [1]}, "to": {"ids": [2]}, "orthogonal_to": ["1"]}, "vectors of 2"),
        ({"from": {"ids": [1]}}, "to"),
        ({"from": {"ids": ["1e3"]}, "to": {"ids": [2]}}, "ids"),
        ({"from": {"ids": [1]}, "to": {"ids": [2]}, "more": 1}, "more"),
        ([], "body"),
    ],
)
def test_no_two_sets_are_refused(client: TestClient, body: Any, reason: str) -> None:
    """The answer is 422 and says which set is wrong."""
    answer = client.post("/v1/direction", json=body)
    assert answer.status_code == 422
    assert reason in answer.json()["detail"]


@pytest.mark.parametrize("more", ["dims=0", "plane=dims-0-1", "at=0,0"])
def test_a_direction_says_all(client: TestClient, more: str) -> None:
    """Dimensions, a plane or a place beside it are refused; so are several images to start at."""
    assert client.get(f"/v1/traverse?direction=1,0&{more}").status_code == 422
    body = {"z": [[0, 0], [1, 1]]}
    assert client.post("/v1/interpolate?direction=1,0", json=body).status_code == 422
