"""`/v2`, the Open Inference Protocol: by the client that others use, and by hand."""

import gzip
import io
import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tritonclient.http as triton
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.errors import InvalidRequest
from app.http.oip_tensors import read_request, write_answer
from models.manifest import Tensor
from tests.api.linear_engine import LinearEngine, publish

Z = np.array([[0.5, -0.25], [1.0, 0.0]], np.float32)
LATENT = {"z": Tensor(np.dtype("<f4"), (2,))}


@pytest.fixture
def remote(live: Any) -> Iterator[triton.InferenceServerClient]:
    """Return Triton's client of a service behind a real socket."""
    with triton.InferenceServerClient(f"127.0.0.1:{live.port}") as client:
        yield client


def tensor(name: str, array: Any, datatype: str, *, binary: bool) -> triton.InferInput:
    """Fill an input as Triton's users do."""
    made = triton.InferInput(name, list(array.shape), datatype)
    made.set_data_from_numpy(array, binary_data=binary)
    return made


def body(**changes: Any) -> dict[str, Any]:
    """Return the JSON of a decode with something else in its one input."""
    z = {"name": "z", "shape": [2, 2], "datatype": "FP32", "data": Z.ravel().tolist(), **changes}
    return {"inputs": [z]}


def test_triton_sees_a_live_server_and_its_models(remote: triton.InferenceServerClient) -> None:
    """Health and metadata are as Triton's client expects them."""
    assert remote.is_server_live()
    assert remote.is_server_ready()
    assert remote.is_model_ready("linear.decode")
    assert remote.is_model_ready("linear.decode", "1")
    assert remote.get_server_metadata()["extensions"] == ["binary_tensor_data"]
    about = remote.get_model_metadata("linear.reconstruct")
    assert about["versions"] == ["1"]
    assert about["inputs"] == [{"name": "image", "datatype": "UINT8", "shape": [-1, 8, 8, 1]}]
    assert [output["name"] for output in about["outputs"]][:2] == ["image", "z_mean"]


@pytest.mark.parametrize("binary_in", [True, False])
@pytest.mark.parametrize("binary_out", [True, False])
def test_triton_decodes(
    remote: triton.InferenceServerClient, live: Any, binary_in: bool, binary_out: bool
) -> None:
    """Bytes or JSON, in and out: the images are those of `/v1`."""
    answer = remote.infer(
        "linear.decode",
        [tensor("z", Z, "FP32", binary=binary_in)],
        model_version="1",
        outputs=[triton.InferRequestedOutput("image", binary_data=binary_out)],
        request_id="seven",
    )

    with urllib.request.urlopen(f"{live.url}/v1/decode?z=0.5,-0.25&z=1,0&format=npy") as npy:
        assert (answer.as_numpy("image") == np.load(io.BytesIO(npy.read()))).all()
    assert answer.get_response()["id"] == "seven"
    assert answer.get_response()["model_version"] == "1"


def test_triton_reconstructs_with_all_outputs(remote: triton.InferenceServerClient) -> None:
    """Without a choice all outputs come, each as it was described."""
    images = np.arange(192, dtype=np.uint8).reshape(3, 8, 8, 1)
    answer = remote.infer("linear.reconstruct", [tensor("image", images, "UINT8", binary=True)])

    for output in remote.get_model_metadata("linear.reconstruct")["outputs"]:
        array = answer.as_numpy(output["name"])
        assert list(array.shape) == [3, *output["shape"][1:]]
        assert np.isfinite(array).all()


def test_triton_is_told_what_is_wrong(remote: triton.InferenceServerClient) -> None:
    """An error of the service is the message of the client's exception."""
    three = tensor("z", np.zeros((1, 3), np.float32), "FP32", binary=True)
    with pytest.raises(triton.InferenceServerException, match=r"FP32 of shape \[-1, 2\]"):
        remote.infer("linear.decode", [three])
    with pytest.raises(triton.InferenceServerException, match=r"there are: linear\.encode"):
        remote.get_model_metadata("linear")


def test_items_of_several_requests_share_a_batch_with_v1(
    client: TestClient, engine: LinearEngine
) -> None:
    """The protocol's requests go through the same queue."""
    answer = client.post("/v2/models/linear.decode/infer", json=body())

    assert answer.status_code == 200
    assert engine.batches == [("decode", 2)]
    assert answer.headers["x-model-version"] == "linear@1"


@pytest.mark.parametrize(
    ("path", "content", "status", "why"),
    [
        ("linear.decode", b"[1]", 422, "dictionary"),
        ("linear.decode", b"{", 422, "not JSON"),
        ("linear.decode", b'{"inputs":[]}', 422, "inputs"),
        ("linear.decode", json.dumps(body(name="x")).encode(), 422, "must be z, but are x"),
        ("linear.decode", json.dumps(body(datatype="FP64")).encode(), 422, "FP32 of shape"),
        ("linear.decode", json.dumps(body(shape=[0, 2], data=[])).encode(), 422, "1 to"),
        ("linear.decode", json.dumps(body(shape=[-1, 2])).encode(), 422, "shape"),
        ("linear.decode", json.dumps(body(data=[1, 2, 3])).encode(), 422, "4 FP32 values"),
        ("linear.decode", json.dumps(body(data=["1"] * 4)).encode(), 422, "4 FP32 values"),
        ("linear.decode", json.dumps(body(data=[[1], [2, 3]])).encode(), 422, "not a tensor"),
        ("linear.decode", json.dumps(body(data=[1e39, 0, 0, 0])).encode(), 422, "finite"),
        ("linear.decode", b'{"inputs":' + b"[" * 9000, 422, "JSON"),
        ("linear.decode", b"," * 1_000_000, 422, "more values"),
        ("linear.encode", json.dumps(body()).encode(), 422, "must be image"),
        ("linear.walk", json.dumps(body()).encode(), 404, "linear.decode"),
        ("other.decode", json.dumps(body()).encode(), 404, "no model"),
        ("linear@1.decode", json.dumps(body()).encode(), 404, "no model"),
    ],
)
def test_a_bad_request_is_the_senders_error(
    client: TestClient, path: str, content: bytes, status: int, why: str
) -> None:
    """Each is refused with the protocol's error, which says what was wrong."""
    answer = client.post(f"/v2/models/{path}/infer", content=content)

    assert answer.status_code == status
    assert why in answer.json()["error"]


def test_null_is_absent(client: TestClient) -> None:
    """KServe's client writes null for whatever it does not set."""
    sent = body(parameters=None)
    sent |= {"id": None, "parameters": None, "outputs": None}
    sent["inputs"][0]["parameters"] = {"binary_data_size": None}
    answer = client.post("/v2/models/linear.decode/infer", json=sent)
    assert answer.status_code == 200
    assert "id" not in answer.json()


@pytest.mark.parametrize("length", ["-1", "x", "9" * 99, "1000000", "3"])
def test_a_wrong_length_of_the_json_is_refused(client: TestClient, length: str) -> None:
    """The header must be the length of JSON within the body."""
    headers = {"inference-header-content-length": length}
    content = json.dumps(body()).encode()
    answer = client.post("/v2/models/linear.decode/infer", content=content, headers=headers)

    assert answer.status_code == 422
    assert answer.json()["error"]


def test_a_body_in_gzip_is_read(client: TestClient) -> None:
    """As Triton's client can send it; another encoding is told by its name."""
    path, packed = "/v2/models/linear.decode/infer", gzip.compress(json.dumps(body()).encode())
    plain = client.post(path, json=body())
    answer = client.post(path, content=packed, headers={"content-encoding": "gzip"})
    other = client.post(path, content=packed, headers={"content-encoding": "br"})

    assert answer.status_code == 200
    assert answer.json() == plain.json()
    assert other.status_code == 415
    assert "Content-Encoding" in other.json()["error"]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/v2/nothing", {}, 404),
        ("GET", "/v2/models/linear.decode/infer", {}, 405),
        ("POST", "/v2/models/linear.decode/infer", {"content-length": "9" * 12}, 413),
    ],
)
def test_what_reaches_no_endpoint_is_refused_in_the_protocols_way(
    client: TestClient, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    """Unknown paths, wrong methods and bodies that are too large have the protocol's error."""
    answer = client.request(method, path, headers=headers)

    assert answer.status_code == status
    assert list(answer.json()) == ["error"]


def test_a_failure_of_ours_is_told_in_the_protocols_way(
    client: TestClient, engine: LinearEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of the reason leaves the service."""

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(engine, "run", fail)
    answer = client.post("/v2/models/linear.decode/infer", json=body())

    assert answer.status_code == 500
    assert answer.json() == {"error": "The service failed; the log has the reason."}


def test_the_key_is_asked_for_but_not_by_probes(serve: Callable[..., TestClient]) -> None:
    """Without the key there is health alone."""
    client = serve(api_key="a long secret")

    assert client.get("/v2/health/ready").json() == {"ready": True}
    assert client.get("/v2/models/linear.decode").status_code == 401
    assert client.post("/v2/models/linear.decode/infer", json=body()).status_code == 401
    key = {"x-api-key": "a long secret"}
    assert (
        client.post("/v2/models/linear.decode/infer", json=body(), headers=key).status_code == 200
    )


def test_a_service_without_models_is_not_ready(
    serve_live: Callable[..., Any], tmp_path: Path
) -> None:
    """An empty store is live and not ready."""
    (tmp_path / "empty").mkdir()
    port = serve_live(store=tmp_path / "empty").port
    with triton.InferenceServerClient(f"127.0.0.1:{port}") as remote:
        assert remote.is_server_live()
        assert not remote.is_server_ready()
        assert not remote.is_model_ready("linear.decode")


def test_a_conditional_model_takes_labels(serve: Callable[..., TestClient], store: Path) -> None:
    """A label an item, INT32, within the model's classes."""
    publish(store, name="classes", conditional=True, labels=("a", "b"))
    client = serve()
    z = body()["inputs"][0]
    label = {"name": "label", "shape": [2], "datatype": "INT32", "data": [0, 1]}
    path = "/v2/models/classes.decode/infer"

    assert client.post(path, json={"inputs": [z, label]}).status_code == 200
    assert client.post(path, json={"inputs": [z]}).status_code == 422
    for data in ([0, 2], [-1, 0], [0.5, 0], [1 << 40, 0]):
        answer = client.post(path, json={"inputs": [z, {**label, "data": data}]})
        assert (answer.status_code, "label" in answer.json()["error"]) == (422, True)


@given(
    st.lists(st.lists(st.floats(-9, 9, width=32), min_size=2, max_size=2), min_size=1, max_size=9),
    st.booleans(),
)
def test_tensors_survive_the_way(rows: list[list[float]], binary: bool) -> None:
    """What one side writes the other reads: the same bits, as JSON or as bytes."""
    array = np.array(rows, np.float32)
    content, size = write_answer({}, {"z": array}, {"z": binary})
    answered = json.loads(content[:size])
    asked = json.dumps({"inputs": answered["outputs"]}).encode()
    rest = content[size:] if size else b""

    _, found = read_request(asked + rest, len(asked), LATENT, 9)

    assert found["z"].tobytes() == array.tobytes()


@given(st.binary(max_size=300), st.integers(0, 300))
def test_any_bytes_are_read_or_refused(content: bytes, size: int) -> None:
    """No bytes raise anything but a refusal."""
    with pytest.raises(InvalidRequest):
        read_request(content, min(size, len(content)), LATENT, 9)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=9,
)


@given(data=JSON, shape=JSON, parameters=JSON, outputs=JSON)
def test_any_json_is_read_or_refused(data: Any, shape: Any, parameters: Any, outputs: Any) -> None:
    """Whatever stands in a field, it is a tensor of the right shape or refused."""
    asked = {**body(data=data, shape=shape, parameters=parameters), "outputs": outputs}
    content = json.dumps(asked).encode()
    try:
        request, found = read_request(content, len(content), LATENT, 9)
        request.wanted(["image"])
    except InvalidRequest:
        return
    assert found["z"].shape[1:] == (2,)
