"""Bodies as senders write them: base64, forms and packed ones, and how a bad image is named."""

import base64
import gzip
import tempfile
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
import pytest
from starlette.testclient import TestClient

from tests.api.test_images import PIXELS, file_of, wanted
from tests.hostile.bad_images import chunk


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
        (gzip.compress(bytes(100_000_000), mtime=0), 413),
        (gzip.compress(bytes(100), mtime=0)[:-9], 422),
        (gzip.compress(b"", mtime=0) * 2, 422),
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
