"""Lists of items to look through."""

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from tests.api.conftest import Serve
from tests.api.linear_engine import ITEMS, points, publish

WRONG = 4


@pytest.fixture
def client(tmp_path: Path, serve: Serve) -> TestClient:
    """Return a client of a service whose items have one label that is wrong."""
    label = np.repeat(np.array([0, 1], np.int32), ITEMS // 2)
    label[WRONG] = 1
    publish(tmp_path / "store", items={**points(), "label": label})
    return serve()


def test_a_wrong_label_comes_first(client: TestClient) -> None:
    """The list names the item, its label and the one that its neighbours have."""
    found = client.get("/v1/review/labels").json()
    first = found["items"][0]
    assert (first["id"], first["label"], first["suggested"]) == (WRONG, 1, 0)
    assert 0 < first["sureness"] <= 1
    assert found["total"] == len(found["items"])


def test_what_is_reconstructed_worst_comes_first(client: TestClient) -> None:
    """The list holds all items, page by page."""
    pages: list[Any] = [
        client.get(f"/v1/review/reconstructions?limit=8&offset={k}").json() for k in (0, 8, 16, 24)
    ]
    ids = [item["id"] for page in pages for item in page["items"]]
    assert ids == list(range(ITEMS))[::-1]
    assert {page["total"] for page in pages} == {ITEMS}
    assert pages[0]["items"][0]["reconstruction"] == ITEMS - 1


def test_a_list_as_csv(client: TestClient) -> None:
    """It is whole, and has the names of classes."""
    text = client.get("/v1/review/labels?format=csv").text
    first, *rest = csv.DictReader(io.StringIO(text))
    assert (first["id"], first["label"], first["suggested"]) == (str(WRONG), "down", "up")
    assert len(rest) + 1 == client.get("/v1/review/labels?limit=0").json()["total"]


def test_an_unknown_list_is_refused(client: TestClient) -> None:
    """The answer names those there are."""
    answer = client.get("/v1/review/oddities")
    assert answer.status_code == 422
    assert "reconstructions" in answer.json()["detail"]
