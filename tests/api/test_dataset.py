"""points, items, neighbours, and the plane that separates them."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from tests.api.conftest import Serve
from tests.api.linear_engine import ITEMS, LinearEngine, points, publish
from tests.service_process import wait_until


def unpack(content: bytes) -> dict[str, np.ndarray]:
    """Read the binary form as docs/api.md describes it."""
    size = int.from_bytes(content[:4], "little")
    head = json.loads(content[4 : 4 + size])
    assert (4 + size) % 4 == 0
    offset, columns = 4 + size, {}
    for column in head["columns"]:
        values = np.frombuffer(content, column["dtype"], head["n"], offset)
        offset += values.nbytes
        if "min" in column:
            values = column["min"] + values / 65535 * (column["max"] - column["min"])
        columns[column["name"]] = values
    assert offset == len(content)
    return columns


def test_points_in_sixteen_bits(client: TestClient) -> None:
    """The binary columns are the data set's to within half a level; 255 is no label."""
    names = "x,y,label,reconstruction,kl,norm"
    found = unpack(client.get(f"/v1/points?columns={names}").content)
    table = points()
    assert np.allclose(found["x"], table["z_mean"][:, 0], atol=2 / 65535)
    assert np.allclose(found["y"], table["z_mean"][:, 1], atol=4 / 65535)
    assert found["label"].tolist() == [0, 1] * 9 + [0, 255]
    assert np.allclose(found["norm"], np.linalg.norm(table["z_mean"], axis=1), atol=1e-4)
    assert np.allclose(found["kl"], (table["z_mean"] ** 2).sum(1) / 2, atol=1e-4)


def test_points_as_json_on_principal_components(client: TestClient) -> None:
    """On pca-0-1, x and y are the projections on the components around the mean."""
    found = client.get("/v1/points?plane=pca-0-1&format=json").json()
    z = points()["z_mean"]
    assert found["n"] == found["total"] == ITEMS
    assert np.allclose(found["x"], (z - 0.5) @ [0.6, 0.8], atol=1e-6)
    assert np.allclose(found["y"], (z - 0.5) @ [-0.8, 0.6], atol=1e-6)


def test_an_item_without_its_image_is_its_reconstruction(client: TestClient) -> None:
    """A model that ships no images shows the decode of z_mean, and says so."""
    answer = client.get("/v1/items/3")
    z = points()["z_mean"][3:4]
    image = np.asarray(Image.open(io.BytesIO(answer.content)))
    assert (image == LinearEngine().decode({"z": z})["image"][0, :, :, 0]).all()
    assert answer.headers["x-item-source"] == "reconstruction"


def test_what_is_known_of_an_item(client: TestClient) -> None:
    """JSON has its position, its label and its losses; no label is null."""
    item = client.get("/v1/items/3?format=json").json()
    assert item["id"] == 3
    assert item["label"] == 1
    assert item["reconstruction"] == 3.0
    assert np.allclose(item["z_mean"], points()["z_mean"][3])
    assert client.get(f"/v1/items/{ITEMS - 1}?format=json").json()["label"] is None


@pytest.mark.parametrize("name", [str(ITEMS), "999999999"])
def test_an_unknown_item_is_404(client: TestClient, name: str) -> None:
    """An item that is not there is told with how many there are."""
    answer = client.get(f"/v1/items/{name}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "UnknownItem"
    assert str(ITEMS - 1) in answer.json()["detail"]


@pytest.mark.parametrize("name", ["-1", "x", "1e3", "9" * 30, "٣"])
def test_what_is_no_number_is_no_item(client: TestClient, name: str) -> None:
    """An item's name is a whole number."""
    assert client.get(f"/v1/items/{name}").status_code == 422


def test_the_nearest_items(client: TestClient) -> None:
    """Neighbours come by distance, at most as many as there are."""
    z = points()["z_mean"]
    found = client.get("/v1/neighbours?z=0.1,0.2&k=3").json()["items"]
    distances = np.linalg.norm(z - [0.1, 0.2], axis=1)
    assert [n["id"] for n in found] == np.argsort(distances)[:3].tolist()
    assert np.allclose([n["distance"] for n in found], np.sort(distances)[:3], atol=1e-6)
    assert len(client.get("/v1/neighbours?z=0,0&k=100").json()["items"]) == ITEMS


def test_a_plane_separates_classes_wherever_a_plane_is_taken(client: TestClient) -> None:
    """Its name is the same for all classes, for their indices and names; points are around 0."""
    answers = [client.get(f"/v1/planes/lda{q}") for q in ("", "?labels=0,1", "?labels=down,up")]
    [plane] = {answer.json()["plane"] for answer in answers}
    found = client.get(f"/v1/points?plane={plane}&columns=x,y,label&format=json").json()
    labelled = np.array(found["label"]) >= 0
    for axis in ("x", "y"):
        assert np.array(found[axis])[labelled].mean() == pytest.approx(0, abs=1e-6)
    assert client.get(f"/v1/tiles/{plane}/0/0/0").status_code == 200


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("labels=up", "here are 1; show or name more of the 2"),
        ("labels=", "here are 0"),
        ("labels=0,up,0", "here are 1"),
        ("labels=0,2", "label is '2'; the model knows up, down"),
        ("labels=0,", "label is ''"),
        ("label=up", "takes no label"),
        ("classes=0,1", "classes"),
    ],
)
def test_what_cannot_be_separated_is_refused(client: TestClient, query: str, detail: str) -> None:
    """Fewer than two classes with items, or classes that do not exist, are 422 and told."""
    answer = client.get(f"/v1/planes/lda?{query}")
    assert answer.status_code == 422
    assert detail in answer.json()["detail"]


def test_items_without_classes_cannot_be_separated(store: Path, serve: Serve) -> None:
    """A model of unlabelled data says that another plane shows it."""
    publish(store, "bare", labels=(), items={**points(), "label": np.full(ITEMS, -1, np.int32)})
    client = serve()
    wait_until(lambda: client.get("/v1/models/bare").status_code == 200)
    answer = client.get("/v1/models/bare/planes/lda")
    assert answer.status_code == 422
    assert "bare@1 has no classes to separate; show another plane" in answer.json()["detail"]
