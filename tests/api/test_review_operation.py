"""Lists of items to look through."""

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.imaging.png import encode_png
from models.items import Item, write_items
from tests.api.conftest import Serve
from tests.api.linear_engine import ITEMS, points, publish

WRONG = 4
SAME = (6, 17)
STRANGE = 11


def arrays() -> dict[str, Any]:
    """Return the arrays of points.npz: one label is wrong, and one item is reconstructed badly."""
    found = points()
    found["label"] = np.repeat(np.array([0, 1], np.int32), ITEMS // 2)
    found["label"][WRONG] = 1
    found["reconstruction"][STRANGE] += 1000
    found["z_mean"] += np.random.default_rng(1).normal(0, 0.05, (ITEMS, 2)).astype(np.float32)
    return found


@pytest.fixture
def client(tmp_path: Path, serve: Serve) -> TestClient:
    """Return a client of a service whose model has these items, and their images."""
    publish(tmp_path / "store", items=arrays(), more=write_pictures)
    return serve()


def write_pictures(folder: Path) -> None:
    """Write items of noise, of which two are the same."""
    noise = np.random.default_rng(0).integers(0, 256, (ITEMS, 24, 24, 1), np.uint8)
    noise[SAME[1]] = noise[SAME[0]]
    items = [Item(f"{i}.png", "test", 0, 24, 24, 0, 0) for i in range(ITEMS)]
    write_items(folder, items, (), [()] * ITEMS, map(encode_png, noise))


def test_a_wrong_label_comes_first(client: TestClient) -> None:
    """The list names the item, its label and the one that its neighbours have."""
    found = client.get("/v1/review/labels").json()
    first = found["items"][0]
    assert (first["id"], first["label"], first["suggested"]) == (WRONG, 1, 0)
    assert 0 < first["sureness"] <= 1
    assert found["total"] == len(found["items"])


def test_the_same_image_twice_is_a_group(client: TestClient) -> None:
    """Items of a group have its number, and the group of the same images comes first."""
    found = client.get("/v1/review/duplicates").json()
    first = [item["id"] for item in found["items"] if item["group"] == 1]
    assert tuple(first) == SAME
    assert found["items"][0]["similarity"] == pytest.approx(1)
    assert found["items"][0]["path"] == f"{SAME[0]}.png"


def test_strangers_are_all_items(client: TestClient) -> None:
    """Each has its place among all as a share, and the list is in the order of deviations."""
    items = client.get("/v1/review/strangers").json()["items"]
    assert sorted(item["id"] for item in items) == list(range(ITEMS))
    assert [items[0]["rank"], items[-1]["rank"]] == pytest.approx([1 / ITEMS, 1])
    deviations = [item["deviations"] for item in items]
    assert deviations == sorted(deviations, reverse=True)


def test_a_model_without_its_images(store: Path, serve: Serve) -> None:
    """It says so when it is asked for duplicates; its strangers are found all the same."""
    publish(store, items=arrays())
    client = serve()
    answer = client.get("/v1/review/duplicates")
    assert answer.status_code == 422
    assert "without its images" in answer.json()["detail"]
    assert client.get("/v1/review/strangers").json()["items"][0]["id"] == STRANGE


def test_what_is_reconstructed_worst_comes_first(client: TestClient) -> None:
    """The list holds all items, page by page."""
    pages: list[Any] = [
        client.get(f"/v1/review/reconstructions?limit=8&offset={k}").json() for k in (0, 8, 16, 24)
    ]
    ids = [item["id"] for page in pages for item in page["items"]]
    assert ids == [STRANGE, *(i for i in range(ITEMS)[::-1] if i != STRANGE)]
    assert {page["total"] for page in pages} == {ITEMS}
    assert pages[0]["items"][0]["reconstruction"] == STRANGE + 1000


def test_a_list_as_csv(client: TestClient) -> None:
    """It is whole, and has the names of classes."""
    text = client.get("/v1/review/labels?format=csv").content.decode("utf-8-sig")
    first, *rest = csv.DictReader(io.StringIO(text))
    assert (first["id"], first["label"], first["suggested"]) == (str(WRONG), "down", "up")
    assert len(rest) + 1 == client.get("/v1/review/labels?limit=0").json()["total"]


def test_an_unknown_list_is_refused(client: TestClient) -> None:
    """The answer names those there are."""
    answer = client.get("/v1/review/oddities")
    assert answer.status_code == 422
    assert "reconstructions" in answer.json()["detail"]
