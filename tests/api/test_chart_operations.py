"""The chart over HTTP. That of the tests' model is z = u, with land where u[0] is at least 0."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from models.manifest import CHART_FILE
from tests.api.conftest import Serve
from tests.api.linear_engine import chart, publish
from tests.service_process import wait_until


def states(client: TestClient) -> dict[str, list[str]]:
    """Return the state of every version, by model."""
    models = client.get("/v1/models").json()["models"]
    return {m["name"]: [version["state"] for version in m["history"]] for m in models}


def test_a_place_is_a_latent_vector(client: TestClient) -> None:
    """A place between nodes has the vector between theirs, and says on which side of the coast."""
    found = client.get("/v1/chart", params={"u": "1.25,-0.5"}).json()
    assert found["z"] == pytest.approx([1.25, -0.5])
    assert found["land"] == 1
    assert client.get("/v1/chart?u=-1.25,0").json()["land"] == 0


def test_far_out_the_border_goes_on(client: TestClient) -> None:
    """Beyond the lattice there is sea, and the vector of its border."""
    found = client.get("/v1/chart?u=-1000,7").json()
    assert found["z"] == pytest.approx([-5, 5])
    assert found["land"] == 0


@pytest.mark.parametrize("u", ["nan,0", "inf,0", "1e300,0", "1", "1,2,3", "a,b", ""])
def test_no_place_is_refused(client: TestClient, u: str) -> None:
    """What is no pair of finite numbers is 422, and the detail names the parameter."""
    answer = client.get("/v1/chart", params={"u": u})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("u")


@pytest.mark.parametrize(
    ("path", "other"),
    [
        ("tiles/chart/2/-1/1", "tiles/dims-0-1/2/-1/1"),
        ("latent-grid?plane=chart&rows=3&columns=2", "latent-grid?rows=3&columns=2"),
        ("latent-grid?plane=pca-0-1&rows=1&columns=1", "decode?z=0.5,0.5"),
        ("traverse?plane=chart&steps=5", "traverse?steps=5"),
        (
            "traverse?plane=chart&steps=5&at=1,2&extent=1",
            "traverse?plane=dims-0-1&steps=5&at=1,2&extent=1",
        ),
    ],
)
def test_it_is_drawn_wherever_a_plane_is(client: TestClient, path: str, other: str) -> None:
    """Tiles, grids and traversals of the chart z = u are those of the plane z = u."""
    drawn, wanted = client.get(f"/v1/{path}"), client.get(f"/v1/{other}")
    assert drawn.status_code == wanted.status_code == 200
    assert drawn.content == wanted.content


def test_items_are_where_the_layout_put_them(client: TestClient, store: Path) -> None:
    """The points of the chart are its places, not projections."""
    with np.load(store / "linear/1" / CHART_FILE) as file:
        place = file["place"]
    found = client.get("/v1/points?plane=chart&columns=x,y&format=json").json()
    assert np.allclose(np.stack([found["x"], found["y"]], axis=1), place)


def test_vectors_are_located_on_land(client: TestClient) -> None:
    """A vector over land is found where it is; one over the sea at the nearest land."""
    body = {"z": [[1.5, -2.25], [-3, 1]]}
    found = client.post("/v1/locate", json=body).json()
    assert found["items"][0] == {
        "u": pytest.approx([1.5, -2.25]),
        "distance": pytest.approx(0, abs=1e-6),
        "land": 1,
    }
    assert found["items"][1]["u"] == pytest.approx([0, 1], abs=1)
    assert found["usual_distance"] == pytest.approx(0, abs=1e-6)


def test_images_are_located_by_their_codes(client: TestClient) -> None:
    """An image's place is that of its z_mean."""
    file = io.BytesIO()
    Image.fromarray(np.repeat(np.array([0, 255], np.uint8), 32).reshape(8, 8)).save(file, "PNG")
    headers = {"content-type": "image/png"}
    z = client.post("/v1/encode", content=file.getvalue(), headers=headers).json()["z_mean"]
    found = client.post("/v1/locate", content=file.getvalue(), headers=headers).json()
    assert found["items"][0]["u"] == pytest.approx(z[0], abs=1e-5)


def test_land_is_a_picture_with_north_up(client: TestClient) -> None:
    """It has a pixel for each node, white on land."""
    answer = client.get("/v1/chart/land")
    pixels = np.asarray(Image.open(io.BytesIO(answer.content)))
    assert (pixels == chart()["land"][::-1]).all()


def test_the_sheet_is_read_as_documented(client: TestClient) -> None:
    """A header, then offset, step, sheet and land."""
    body = client.get("/v1/chart/sheet").content
    length = int.from_bytes(body[:4], "little")
    arrays = chart()
    names = ("offset", "step", "sheet", "land")
    assert body[4 + length :] == b"".join(arrays[name].tobytes() for name in names)


@pytest.mark.parametrize("path", ["chart?u=0,0", "chart/land", "chart/sheet", "tiles/chart/0/0/0"])
def test_a_model_without_one_says_so(store: Path, serve: Serve, path: str) -> None:
    """An older export works as before; asked for a chart, it says what shows it instead."""
    publish(store, "old", chart=None)
    client = serve()
    wait_until(lambda: states(client).get("old") == ["ready"])
    assert client.get("/v1/models/old/tiles/dims-0-1/0/0/0").status_code == 200
    answer = client.get(f"/v1/models/old/{path}")
    assert answer.status_code == 422
    assert "no chart" in answer.json()["detail"]
    assert "dims-0-1" in answer.json()["detail"]


def test_a_plane_says_all(client: TestClient) -> None:
    """A plane beside dimensions, or a place without a plane, is refused."""
    assert client.get("/v1/latent-grid?plane=chart&dims=0,1").status_code == 422
    assert client.get("/v1/traverse?at=0,0").status_code == 422


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"sheet": np.zeros((11, 11, 3), np.uint8)}, "another model"),
        ({"place": np.zeros((3, 2), np.float32)}, "another model"),
        ({"offset": np.array([0, np.nan], np.float32)}, "not finite"),
        ({"land": np.zeros((11, 11), np.uint8)}, "near an item"),
        ({"more": np.zeros(1)}, "cannot be read"),
    ],
)
def test_a_chart_that_does_not_fit_refuses_the_version(
    store: Path, serve: Serve, changed: dict[str, Any], reason: str
) -> None:
    """The version's state says why, and the version before is served on."""
    publish(store, arrays=chart() | changed)
    client = serve()
    wait_until(lambda: states(client)["linear"] == ["ready", "refused"])
    (model,) = client.get("/v1/models").json()["models"]
    assert model["version"] == 1
    assert reason in model["history"][-1]["reason"]
