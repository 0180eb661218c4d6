"""Pictures of the latent space: grid, sample, interpolate, traverse, tiles."""

import base64
import io

import numpy as np
import pytest
from PIL import Image, ImageSequence
from starlette.testclient import TestClient

from tests.api.linear_engine import LinearEngine


def decoded(z: np.ndarray) -> np.ndarray:
    """Return the model's decodes, uint8 (n, 8, 8)."""
    return LinearEngine().decode({"z": np.asarray(z, np.float32)})["image"][..., 0]


def cells(content: bytes) -> np.ndarray:
    """Cut a picture into its cells: (rows, columns, 8, 8)."""
    whole = np.asarray(Image.open(io.BytesIO(content)))
    rows, columns = whole.shape[0] // 8, whole.shape[1] // 8
    return whole.reshape(rows, 8, columns, 8).swapaxes(1, 2)


def test_the_grids_corners(client: TestClient) -> None:
    """Columns grow to the right and rows upwards: the top left is (-extent, extent)."""
    grid = cells(client.get("/v1/latent-grid?rows=3&columns=5&extent=2").content)
    assert grid.shape[:2] == (3, 5)
    corners = [grid[0, 0], grid[0, -1], grid[-1, 0], grid[-1, -1], grid[1, 2]]
    z = np.array([[-2, 2], [2, 2], [-2, -2], [2, -2], [0, 0]])
    assert (np.stack(corners) == decoded(z)).all()


def test_the_grids_dims_and_origin(client: TestClient) -> None:
    """`dims` says which go across and up; one alone leaves the other at the origin."""
    turned = cells(client.get("/v1/latent-grid?rows=2&columns=2&dims=1,0&extent=1").content)
    assert (turned[0, 0] == decoded(np.array([[1, -1]]))[0]).all()
    line = cells(client.get("/v1/latent-grid?rows=1&columns=3&dims=0&origin=0,2").content)
    assert (line[0] == decoded(np.array([[-3, 2], [0, 2], [3, 2]]))).all()


def test_quantile_spacing_is_denser_in_the_middle(client: TestClient) -> None:
    """Even steps of probability end at the extent and are symmetric around 0."""
    grid = cells(client.get("/v1/latent-grid?rows=1&columns=5&dims=0&spacing=quantile").content)
    quarter = 0.6716  # the normal's quantile a quarter of the way from Φ(-3) to Φ(3)
    z = np.array([[-3, 0], [-quarter, 0], [0, 0], [quarter, 0], [3, 0]])
    assert (grid[0] == decoded(z)).all()


def test_a_strip_is_enlarged(client: TestClient) -> None:
    """`scale` turns pixels into squares, `smooth` blends them; numbers stay as they are."""
    body = {"z": [[-2, 0], [2, 0]]}

    def strip(query: str) -> np.ndarray:
        content = client.post(f"/v1/interpolate?steps=3{query}", json=body).content
        return np.asarray(Image.open(io.BytesIO(content)))

    assert (strip("&scale=4") == strip("").repeat(4, 0).repeat(4, 1)).all()
    smooth = strip("&scale=4&smooth=true")
    assert smooth.shape == strip("&scale=4").shape
    assert not (smooth == strip("&scale=4")).all()
    numbers = [client.post(f"/v1/interpolate?format=npy{q}", json=body) for q in ("", "&scale=4")]
    assert numbers[0].content == numbers[1].content


def test_too_large_a_strip_is_refused(client: TestClient) -> None:
    """The message has the number of pixels, and what to do."""
    answer = client.post("/v1/interpolate?steps=200&scale=64", json={"z": [[0, 0], [1, 1]]})
    assert answer.status_code == 422
    assert "ask for a smaller scale" in answer.json()["detail"]


def test_a_sample_is_its_seeds(client: TestClient) -> None:
    """The same seed gives the same bytes, another seed others; temperature 0 is the mean."""
    first, again, other = (
        client.get(f"/v1/sample?n=4&seed={seed}", headers={"cache-control": "no-cache"}).content
        for seed in (1, 1, 2)
    )
    assert first == again != other
    still = cells(client.get("/v1/sample?n=4&temperature=0").content)
    assert (still == decoded(np.zeros((1, 2)))[0]).all()


def test_a_sample_says_where_it_was_drawn(client: TestClient) -> None:
    """JSON has the vectors beside the images, and decoding them gives the images."""
    drawn = client.get("/v1/sample?n=3&format=json").json()
    images = [np.asarray(Image.open(io.BytesIO(base64.b64decode(i)))) for i in drawn["images"]]
    assert (np.stack(images) == decoded(drawn["z"])).all()


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_interpolation_in_frames(client: TestClient, kind: str) -> None:
    """A GIF or WebP has one frame a step, from the first vector to the last."""
    body = {"z": [[-2, 0], [2, 0]]}
    answer = client.post(f"/v1/interpolate?steps=5&format={kind}", json=body)
    frames = [
        np.asarray(f.convert("L"))
        for f in ImageSequence.Iterator(Image.open(io.BytesIO(answer.content)))
    ]
    assert (np.stack(frames) == decoded(np.stack([np.linspace(-2, 2, 5), np.zeros(5)], 1))).all()


def test_interpolation_through_three_is_one_strip(client: TestClient) -> None:
    """Each anchor comes once; the strip is one row."""
    body = {"z": [[0, 0], [1, 0], [1, 1]]}
    strip = cells(client.post("/v1/interpolate?steps=3", json=body).content)
    z = np.array([[0, 0], [0.5, 0], [1, 0], [1, 0.5], [1, 1]])
    assert (strip == decoded(z)[None]).all()


def test_slerp_keeps_to_the_arc(client: TestClient) -> None:
    """Between vectors of one length, slerp keeps the length."""
    body = {"z": [[2, 0], [0, 2]]}
    z = client.post("/v1/interpolate?method=slerp&steps=7&format=json", json=body).json()["z"]
    assert np.allclose(np.linalg.norm(z, axis=1), 2, atol=1e-6)


def test_interpolation_between_images(client: TestClient) -> None:
    """Images are encoded first; the ends are the decodes of their means."""
    dark, light = np.zeros((1, 8, 8), np.uint8), np.full((1, 8, 8), 255, np.uint8)
    file = io.BytesIO()
    np.save(file, np.concatenate([dark, light]))
    headers = {"content-type": "application/x-npy"}
    strip = client.post("/v1/interpolate?steps=2", content=file.getvalue(), headers=headers)
    assert (cells(strip.content) == decoded(np.array([[0, 0], [1, 1]]))[None]).all()


def test_one_anchor_is_too_few(client: TestClient) -> None:
    """There is nothing between one vector."""
    answer = client.post("/v1/interpolate", json={"z": [[0, 0]]})
    assert answer.status_code == 422
    assert "two" in answer.json()["detail"]


def test_traverse_has_a_row_for_each_dimension(client: TestClient) -> None:
    """Row i walks dimension i from -extent to extent around the origin."""
    walk = cells(client.get("/v1/traverse?steps=3&extent=1&origin=2,0").content)
    z = np.array([[-1, 0], [0, 0], [1, 0], [2, -1], [2, 0], [2, 1]])
    assert (walk.reshape(6, 8, 8) == decoded(z)).all()


def test_a_tile_counts_from_the_bottom_left(client: TestClient) -> None:
    """Cell (i, j) of tile (x, y) is a = (8x + i) / 2^zoom, b = (8y + j) / 2^zoom."""
    tile = cells(client.get("/v1/tiles/dims-0-1/3/-1/0").content)
    assert tile.shape[:2] == (8, 8)
    assert (tile[7, 0] == decoded(np.array([[-1, 0]]))[0]).all()
    assert (tile[0, 0] == decoded(np.array([[-1, 7 / 8]]))[0]).all()
    assert (tile[7, 7] == decoded(np.array([[-1 / 8, 0]]))[0]).all()


def test_a_lattice_point_has_the_same_pixels_at_every_zoom(client: TestClient) -> None:
    """Cell (1, 1) of tile (0, 0) at zoom 2 is cell (2, 2) at zoom 3."""
    coarse = cells(client.get("/v1/tiles/dims-0-1/2/0/0").content)
    fine = cells(client.get("/v1/tiles/dims-0-1/3/0/0").content)
    assert (coarse[6, 1] == fine[5, 2]).all()


def test_a_plane_of_principal_components_and_one_of_ones_own(client: TestClient) -> None:
    """pca-0-1 goes through the means; v-… through any three vectors, here the same ones."""
    basis = np.array([0.5, 0.5, 0.6, 0.8, -0.8, 0.6], "<f4")
    own = "v-" + base64.urlsafe_b64encode(basis.tobytes()).decode().rstrip("=")
    pca = cells(client.get("/v1/tiles/pca-0-1/2/0/0").content)
    free = cells(client.get(f"/v1/tiles/{own}/2/0/0").content)
    assert np.abs(pca.astype(int) - free).max() <= 1  # the link's float32 rounds the basis
    assert (pca[7, 0] == decoded(np.array([[0.5, 0.5]]))[0]).all()


@pytest.mark.parametrize(
    "path",
    [
        "tiles/dims-0-2/0/0/0",
        "tiles/dims-1-1/0/0/0",
        "tiles/pca-0-2/0/0/0",
        "tiles/v-AAAA/0/0/0",
        "tiles/v-!/0/0/0",
        "tiles/else/0/0/0",
        "tiles/dims-0-1/25/0/0",
        "tiles/dims-0-1/-1/0/0",
        "tiles/dims-0-1/0/x/0",
        "tiles/dims-0-1/0/0/999999999",
        "tiles/dims-0-1/0/٣/0",
        "latent-grid?rows=0",
        "latent-grid?rows=1000&columns=1000",
        "latent-grid?extent=nan",
        "latent-grid?dims=0,9",
        "latent-grid?origin=1",
        "latent-grid?spacing=cubic",
        "sample?n=1000000000",
        "sample?seed=-1",
        "sample?temperature=inf",
        "traverse?steps=1",
        "traverse?dims=0,0",
        "traverse?dims=",
        "traverse?label=up",
    ],
)
def test_values_out_of_bounds_are_422(client: TestClient, path: str) -> None:
    """Whatever a picture cannot be drawn of is refused with a reason."""
    answer = client.get(f"/v1/{path}")
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"]
