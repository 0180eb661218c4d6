"""Images in: every form of body, how they are fitted, and what is refused."""

import base64
import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from tests.api.linear_engine import LinearEngine

PIXELS = np.random.default_rng(3).integers(0, 256, (8, 8), np.uint8)


def file_of(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    """Write pixels losslessly."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **({"lossless": True} if kind == "WEBP" else {}))
    return file.getvalue()


def npy_of(array: np.ndarray) -> bytes:
    """Write an array as npy."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def wanted(pixels: np.ndarray) -> dict[str, list[list[float]]]:
    """Return what the model encodes the pixels to."""
    found = LinearEngine().encode({"image": pixels.reshape(1, 8, 8, 1)})
    kl = 0.5 * (np.exp(found["z_log_var"]) + found["z_mean"] ** 2 - 1 - found["z_log_var"])
    return {**{k: v.tolist() for k, v in found.items()}, "kl": kl.tolist()}


def test_every_form_of_body_is_the_same_image(client: TestClient) -> None:
    """Raw PNG and WebP, multipart, JSON and npy of one image have one answer."""
    png = file_of(PIXELS)
    text = base64.b64encode(png).decode()
    answers = [
        client.post("/v1/encode", content=png, headers={"content-type": "image/png"}),
        client.post(
            "/v1/encode", content=file_of(PIXELS, "WEBP"), headers={"content-type": "image/webp"}
        ),
        client.post("/v1/encode", files={"any": ("a.png", png)}),
        client.post("/v1/encode", json={"images": [text]}),
        client.post(
            "/v1/encode",
            content=npy_of(PIXELS[None]),
            headers={"content-type": "application/x-npy"},
        ),
    ]
    for answer in answers:
        assert answer.status_code == 200
        for name, rows in wanted(PIXELS).items():
            assert np.allclose(answer.json()[name], rows, atol=1e-6)


def test_several_files_in_one_request(client: TestClient) -> None:
    """Each file part is an image, in order; fields without a file name are not."""
    files = [("a", ("a.png", file_of(PIXELS))), ("b", ("b.png", file_of(PIXELS.T)))]
    rows = client.post("/v1/encode", files=files, data={"note": "hello"}).json()["z_mean"]
    assert np.allclose(rows, wanted(PIXELS)["z_mean"] + wanted(PIXELS.T.copy())["z_mean"])


def test_encode_as_npy_and_as_a_picture(client: TestClient) -> None:
    """Npy holds z_mean; PNG draws the posterior, nine pixels a dimension."""
    headers = {"content-type": "image/png"}
    npy = client.post("/v1/encode?format=npy", content=file_of(PIXELS), headers=headers)
    assert np.allclose(np.load(io.BytesIO(npy.content)), wanted(PIXELS)["z_mean"])
    png = client.post("/v1/encode?format=png", content=file_of(PIXELS), headers=headers)
    assert Image.open(io.BytesIO(png.content)).size == (18, 65)


def test_reconstruct_compares_side_by_side(client: TestClient) -> None:
    """layout=compare shows the input as the model saw it, the reconstruction and the error."""
    headers = {"content-type": "image/png"}
    plain, both = (
        client.post(f"/v1/reconstruct?layout={layout}", content=file_of(PIXELS), headers=headers)
        for layout in ("plain", "compare")
    )
    rebuilt = np.asarray(Image.open(io.BytesIO(plain.content)))
    compared = np.asarray(Image.open(io.BytesIO(both.content)))
    error = np.abs(PIXELS.astype(int) - rebuilt).astype(np.uint8)
    assert (compared == np.hstack([PIXELS, rebuilt, error])).all()


def test_reconstruct_and_score_in_nats(client: TestClient) -> None:
    """JSON has the model's reconstruction and KL; score is their sum."""
    headers = {"content-type": "image/png"}
    made = client.post("/v1/reconstruct?format=json", content=file_of(PIXELS), headers=headers)
    scored = client.post("/v1/score", content=file_of(PIXELS), headers=headers).json()
    nats = sum(wanted(PIXELS)["z_mean"][0])
    kl = sum(wanted(PIXELS)["kl"][0])
    assert made.json()["kl"] == pytest.approx([kl], rel=1e-5)
    assert scored["reconstruction"] == pytest.approx([nats])
    assert scored["score"] == pytest.approx([nats + kl], rel=1e-5)


def test_a_drawing_on_paper_is_inverted_and_says_so(client: TestClient) -> None:
    """A larger dark-on-light drawing is resized and inverted; `invert=false` keeps it."""
    drawing = np.full((80, 80), 255, np.uint8)
    drawing[20:60, 36:44] = 0
    headers = {"content-type": "image/png"}
    auto, kept = (
        client.post(f"/v1/encode?invert={invert}", content=file_of(drawing), headers=headers)
        for invert in ("auto", "false")
    )
    assert auto.headers["x-image-fit"] == "inverted, resized"
    assert kept.headers["x-image-fit"] == "resized"
    assert np.mean(auto.json()["z_mean"]) < 0.2
    assert np.mean(kept.json()["z_mean"]) > 0.8


def test_an_image_of_the_models_shape_is_taken_as_it_is(client: TestClient) -> None:
    """Nothing is done to a light image that has the model's size already."""
    light = np.full((8, 8), 250, np.uint8)
    headers = {"content-type": "image/png"}
    answer = client.post("/v1/encode", content=file_of(light), headers=headers)
    assert answer.headers["x-image-fit"] == "none"
    assert np.allclose(answer.json()["z_mean"], 250 / 255)


def bomb(side: int) -> bytes:
    """Return a PNG that claims side × side pixels and has none."""
    head = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part))
        for part in (head, b"IDAT" + zlib.compress(b""), b"IEND")
    )


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (file_of(PIXELS)[:60], "image/png", 422),
        (b"\x89PNG\r\n\x1a\n" + b"\xff" * 50, "image/png", 422),
        (bomb(65_000), "image/png", 422),
        (bomb(2_147_483_647), "image/png", 422),
        (b"GIF89a" + bytes(40), "image/png", 415),
        (b"SIMPLE  =                    T" + bytes(99), "image/png", 415),
        (b"", "image/png", 415),
        (file_of(PIXELS), "text/plain", 415),
        (file_of(PIXELS), "application/x-www-form-urlencoded", 415),
        (b'{"images": ["????"]}', "application/json", 422),
        (b'{"images": ["data:image/png,AA"]}', "application/json", 422),
        (b'{"images": []}', "application/json", 422),
        (b'{"images": [7]}', "application/json", 422),
        (b'{"images": ["AAAA"]}', "application/json", 415),
        (b"--x\r\n", "multipart/form-data", 400),
        (b"garbage", "multipart/form-data; boundary=x", 400),
        (b"\x93NUMPY\x01\x00", "application/x-npy", 415),
        (npy_of(PIXELS[None])[:-1], "application/x-npy", 422),
        (npy_of(PIXELS[None].astype(float)), "application/x-npy", 422),
        (npy_of(PIXELS[None, :4]), "application/x-npy", 422),
        (npy_of(np.zeros((0, 8, 8), np.uint8)), "application/x-npy", 422),
        (npy_of(np.array(5, np.uint8)), "application/x-npy", 422),
    ],
)
def test_hostile_bodies_are_the_callers_error(
    client: TestClient, body: bytes, kind: str, status: int
) -> None:
    """Broken, lying and foreign bodies are 415 or 422 with a problem document."""
    answer = client.post("/v1/encode", content=body, headers={"content-type": kind})
    assert answer.status_code == status, answer.text
    assert answer.json()["status"] == status
    assert answer.json()["detail"]


def test_a_body_too_large_is_413(serve: Callable[..., TestClient]) -> None:
    """A body over the bound is refused by its length, before it is read."""
    client = serve(max_body_bytes=2048)
    answer = client.post("/v1/encode", content=bytes(4096), headers={"content-type": "image/png"})
    assert answer.status_code == 413
    assert answer.json()["code"] == "BodyTooLarge"
