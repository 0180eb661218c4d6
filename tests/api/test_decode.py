"""decode: latent vectors in every form, images in every form."""

import base64
import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from tests.api.linear_engine import LinearEngine, Loader

Serve = Callable[..., TestClient]
Z = [[0.5, -1.0], [1.5, 2.0], [0.0, 0.0]]


def expected(z: list[list[float]]) -> np.ndarray:
    """Return what the model decodes z to."""
    return LinearEngine().decode({"z": np.array(z, np.float32)})["image"]


def pixels(content: bytes) -> np.ndarray:
    """Read a picture."""
    return np.asarray(Image.open(io.BytesIO(content)))


def test_one_vector_is_one_png(client: TestClient) -> None:
    """A single vector comes back as a PNG of the model's own size, pixel for pixel."""
    answer = client.post("/v1/decode", json={"z": Z[:1]})
    assert answer.headers["content-type"] == "image/png"
    assert (pixels(answer.content) == expected(Z[:1])[0, :, :, 0]).all()


def test_several_vectors_are_a_contact_sheet(client: TestClient) -> None:
    """Three vectors make a sheet of two columns; `columns` makes it any other."""
    square = client.post("/v1/decode", json={"z": Z})
    row = client.post("/v1/decode?columns=3", json={"z": Z})
    assert pixels(square.content).shape == (16, 16)
    assert (pixels(row.content) == np.hstack(list(expected(Z)[..., 0]))).all()


@pytest.mark.parametrize(("kind", "magic"), [("webp", b"RIFF"), ("jpeg", b"\xff\xd8")])
def test_other_pictures_by_accept_and_by_format(
    client: TestClient, kind: str, magic: bytes
) -> None:
    """WebP and JPEG come by `Accept` or by `format`, the same bytes."""
    accepted = client.post("/v1/decode", json={"z": Z}, headers={"accept": f"image/{kind}"})
    asked = client.post(f"/v1/decode?format={kind}", json={"z": Z})
    assert accepted.content == asked.content
    assert accepted.content.startswith(magic)
    assert accepted.headers["content-type"] == f"image/{kind}"


def test_json_holds_base64_pngs(client: TestClient) -> None:
    """JSON has one PNG for each vector."""
    images = client.post("/v1/decode?format=json", json={"z": Z}).json()["images"]
    found = np.stack([pixels(base64.b64decode(image)) for image in images])
    assert (found == expected(Z)[..., 0]).all()


def test_npy_in_and_out(client: TestClient) -> None:
    """float32 npy in; uint8 npy out, or the likelihood's mean as float32."""
    file = io.BytesIO()
    np.save(file, np.array(Z, np.float32))
    headers = {"content-type": "application/x-npy", "accept": "application/x-npy"}
    whole = client.post("/v1/decode", content=file.getvalue(), headers=headers)
    mean = client.post("/v1/decode?dtype=float32", content=file.getvalue(), headers=headers)
    assert (np.load(io.BytesIO(whole.content)) == expected(Z)).all()
    wanted = LinearEngine().decode_mean({"z": np.array(Z, np.float32)})["mean"]
    assert (np.load(io.BytesIO(mean.content)) == wanted).all()


def test_get_is_post(client: TestClient) -> None:
    """The query's vectors give the body's bytes."""
    posted = client.post("/v1/decode", json={"z": Z[:2]})
    got = client.get("/v1/decode?z=0.5,-1&z=1.5,2")
    assert got.content == posted.content


def test_both_paths_and_a_version(client: TestClient) -> None:
    """The default model, a name and a name with its version answer alike."""
    paths = ["/v1/decode", "/v1/models/linear/decode", "/v1/models/linear@1/decode"]
    answers = [client.post(path, json={"z": Z}) for path in paths]
    assert len({answer.content for answer in answers}) == 1
    assert {answer.headers["x-model-version"] for answer in answers} == {"linear@1"}


@pytest.mark.parametrize(
    ("body", "code", "hint"),
    [
        ('{"z": [[0, 0, 0]]}', "InvalidLatent", "2 values"),
        ('{"z": [[0, 0], [0]]}', "InvalidLatent", "one length"),
        ('{"z": []}', "InvalidLatent", "[[0.1, -0.2]]"),
        ('{"z": [0, 0]}', "InvalidLatent", "[[0.1, -0.2]]"),
        ('{"z": [["0", 1]]}', "InvalidLatent", "numbers"),
        ('{"z": [[true, 1]]}', "InvalidLatent", "numbers"),
        ('{"z": [[null, 1]]}', "InvalidLatent", "numbers"),
        ('{"z": [[1e300, 1]]}', "InvalidLatent", "finite"),
        ('{"z": [[1e999, 1]]}', "Invalid", ""),
        ('{"z": [[NaN, 1]]}', "InvalidRequest", "JSON"),
        ('{"z": [[0, 0]], "more": 1}', "InvalidRequest", "nothing else"),
        ("[[0, 0]]", "InvalidRequest", '"z"'),
        ("", "InvalidRequest", "JSON"),
        ("[" * 50_000, "InvalidRequest", "JSON"),
        ("\ud800".encode("utf-16-le", "surrogatepass").decode("latin-1"), "InvalidRequest", "JSON"),
    ],
)
def test_a_wrong_body_is_told_what_was_wanted(
    client: TestClient, body: str, code: str, hint: str
) -> None:
    """Whatever is wrong with the vectors is a 422 with a code and a hint."""
    headers = {"content-type": "application/json"}
    answer = client.post("/v1/decode", content=body.encode("latin-1"), headers=headers)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"].startswith(code)
    assert hint in answer.json()["detail"]


@pytest.mark.parametrize(
    "query", ["z=", "z=1", "z=1,nan", "z=1,inf", "z=a,b", "z=1,2&z=1", "", "x=1"]
)
def test_a_wrong_query_is_a_422(client: TestClient, query: str) -> None:
    """Whatever is wrong with the query is told as a problem."""
    answer = client.get(f"/v1/decode?{query}")
    assert answer.status_code == 422
    assert answer.json()["status"] == 422


def test_too_many_vectors(client: TestClient) -> None:
    """More vectors than a request may have are refused before anything is computed."""
    answer = client.post("/v1/decode", json={"z": [[0, 0]] * 1025})
    assert answer.status_code == 422
    assert "1024" in answer.json()["detail"]


def test_more_vectors_than_a_batch(serve: Serve, loader: Loader) -> None:
    """A large request is shared out evenly, at most 32 in a batch, and comes back whole."""
    client = serve(engine_threads=2)
    [engine] = loader.engines
    engine.batches.clear()
    z = [[i / 100, -i / 100] for i in range(100)]
    answer = client.post("/v1/decode?format=npy", json={"z": z})
    assert (np.load(io.BytesIO(answer.content)) == expected(z)).all()
    assert [size for _, size in engine.batches] == [25, 25, 25, 25]
