"""Images in: every form of body, how they are fitted, and what is refused."""

import base64
import gzip
import io
import struct
import tempfile
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from tests.api.linear_engine import LinearEngine
from tests.hostile.bad_images import chunk

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


@pytest.mark.parametrize(
    "write",
    [
        lambda png: base64.encodebytes(png).decode(),
        lambda png: base64.urlsafe_b64encode(png).decode().rstrip("="),
        lambda png: "data:image/png;base64," + base64.b64encode(png).decode(),
        lambda png: "data:image/png;base64," + quote(base64.b64encode(png).decode(), safe=""),
    ],
)
def test_base64_is_read_as_senders_write_it(
    client: TestClient, write: Callable[[bytes], str]
) -> None:
    """Wrapped, for URLs and without padding, or in a data: URL."""
    answer = client.post("/v1/encode", json={"images": [write(file_of(PIXELS))]})

    assert answer.status_code == 200, answer.text
    assert np.allclose(answer.json()["z_mean"], wanted(PIXELS)["z_mean"], atol=1e-6)


def test_the_one_bad_image_of_a_batch_is_named(client: TestClient) -> None:
    """By its index, and in a form by its file's name as well."""
    png = file_of(PIXELS)
    text = base64.b64encode(png).decode()
    files = [("a", ("good.png", png)), ("a", ("bad.png", png[:60])), ("a", ("c.png", png))]
    answers = [
        client.post("/v1/encode", files=files),
        client.post("/v1/encode", json={"images": [text, text[:80]]}),
        client.post("/v1/encode", json={"images": [text, "?"]}),
        client.post("/v1/encode", json={"images": [text, "https://example.org/a.png"]}),
    ]

    assert [answer.status_code for answer in answers] == [422] * 4
    assert answers[0].json()["detail"].startswith("files[1] 'bad.png': the image is broken")
    for answer in answers[1:]:
        assert answer.json()["detail"].startswith("images[1]")


def test_a_part_without_a_file_name_is_read_or_told_by_its_name(client: TestClient) -> None:
    """An image counts as one; a form of fields alone says which they are."""
    head = b'--b\r\ncontent-disposition: form-data; name="picture"\r\n\r\n'
    headers = {"content-type": "multipart/form-data; boundary=b"}
    read, told = (
        client.post("/v1/encode", content=head + body + b"\r\n--b--\r\n", headers=headers)
        for body in (file_of(PIXELS), b"my cat")
    )

    assert np.allclose(read.json()["z_mean"], wanted(PIXELS)["z_mean"], atol=1e-6)
    assert told.status_code == 422
    assert "'picture'" in told.json()["detail"]


def test_a_form_that_is_cut_off_is_refused(client: TestClient) -> None:
    """No image is lost in silence."""
    part = b'--b\r\ncontent-disposition: form-data; name="a"; filename="a"\r\n\r\n'
    body = (part + file_of(PIXELS) + b"\r\n") * 2
    headers = {"content-type": "multipart/form-data; boundary=b"}

    assert client.post("/v1/encode", content=body, headers=headers).status_code == 400


@pytest.mark.parametrize(
    ("pack", "encoding"), [(gzip.compress, "gzip"), (zlib.compress, "deflate")]
)
def test_a_packed_body_is_unpacked(
    client: TestClient, pack: Callable[[bytes], bytes], encoding: str
) -> None:
    """In each of its forms; other encodings are told by their name."""
    text = base64.b64encode(file_of(PIXELS)).decode()
    for body, kind in (
        (file_of(PIXELS), "image/png"),
        (b'{"images": ["%b"]}' % text.encode(), "application/json"),
    ):
        headers = {"content-type": kind, "content-encoding": encoding}
        answer = client.post("/v1/encode", content=pack(body), headers=headers)
        assert np.allclose(answer.json()["z_mean"], wanted(PIXELS)["z_mean"], atol=1e-6)
    headers["content-encoding"] = "br"
    refused = client.post("/v1/encode", content=pack(body), headers=headers)
    assert refused.status_code == 415
    assert "'br'" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (gzip.compress(bytes(100_000_000)), 413),
        (gzip.compress(bytes(100))[:-9], 422),
        (gzip.compress(b"") * 2, 422),
        (b"no gzip", 422),
    ],
)
def test_a_body_that_is_packed_wrongly_is_the_callers_error(
    client: TestClient, body: bytes, status: int
) -> None:
    """It grows beyond the bound, breaks off, goes on, or is something else."""
    headers = {"content-type": "image/png", "content-encoding": "gzip"}

    assert client.post("/v1/encode", content=body, headers=headers).status_code == status


def test_large_forms_need_no_temporary_folder(
    serve_live: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixteen forms of 7 MB at once are answered where nothing can be written."""
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere/at/all")
    url = f"{serve_live().url}/v1/encode"
    good = file_of(PIXELS)
    padded = good[:33] + chunk(b"prVt", bytes(7_000_000)) + good[33:]

    def send(_: int) -> httpx.Response:
        return httpx.post(url, files={"a": ("a.png", padded)}, timeout=60)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(send, range(16)))

    assert {answer.status_code for answer in answers} == {200}
    for answer in answers:
        assert np.allclose(answer.json()["z_mean"], wanted(PIXELS)["z_mean"], atol=1e-6)


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


def test_a_body_too_large_is_413(serve: object) -> None:
    """A body over the bound is refused by its length, before it is read."""
    client = serve(max_body_bytes=2048)  # type: ignore[operator]
    answer = client.post("/v1/encode", content=bytes(4096), headers={"content-type": "image/png"})
    assert answer.status_code == 413
    assert answer.json()["code"] == "BodyTooLarge"
