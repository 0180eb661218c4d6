"""Under load: bounds, deadlines, order, and requests that must not harm each other."""

import base64
import json
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from app.imaging.png import encode_png
from app.logs import JsonLines
from tests.api.linear_engine import POISON, LinearEngine, Loader

Serve = Callable[..., TestClient]
Until = Callable[[Callable[[], bool]], None]
PICTURE = base64.b64encode(encode_png(np.zeros((8, 8, 1), np.uint8))).decode()


def decode(client: TestClient, value: float, **headers: str) -> Future[Response]:
    """Decode one vector in a thread of its own."""
    future: Future[Response] = Future()

    def ask() -> None:
        try:
            body = {"z": [[value, 0.0]]}
            future.set_result(client.post("/v1/decode?format=npy", json=body, headers=headers))
        except BaseException as error:  # noqa: BLE001
            future.set_exception(error)

    threading.Thread(target=ask, daemon=True).start()
    return future


def waiting(client: TestClient) -> int:
    """Return how many items wait for inference."""
    app: Any = client.app
    items: int = app.state.service.batcher.waiting
    return items


def test_what_arrives_together_is_computed_together(
    client: TestClient, engine: LinearEngine, until: Until
) -> None:
    """While one batch runs the next one gathers; each caller gets its own rows."""
    engine.hold()
    first = decode(client, 0)
    until(engine.entered.is_set)
    others = [decode(client, i / 10) for i in range(1, 9)]
    until(lambda: waiting(client) == 8)
    engine.release()
    assert first.result(20).status_code == 200
    for i, other in enumerate(others, 1):
        wanted = LinearEngine().decode({"z": np.array([[i / 10, 0]], np.float32)})["image"]
        assert other.result(20).content.endswith(wanted.tobytes())
    assert engine.batches == [("decode", 1), ("decode", 8)]


def test_quick_work_keeps_to_one_thread(
    serve: Serve, loader: Loader, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decodes gather behind the one that runs; the other thread is for work of another kind."""
    monkeypatch.setattr("app.inference.queue.QUICK_SECONDS", 60)
    client = serve(engine_threads=2)
    [engine] = loader.engines
    client.post("/v1/decode", json={"z": [[0, 0]]})  # how long it takes is known from now on
    engine.batches.clear()
    engine.hold()
    held = [decode(client, 0)]
    until(engine.entered.is_set)
    held += [decode(client, i / 10) for i in range(1, 5)]
    until(lambda: waiting(client) == 4)
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(client.post, "/v1/encode", json={"images": [PICTURE]})
        until(lambda: len(engine.batches) == 2)
        engine.release()
        assert other.result(20).status_code == 200
    assert {h.result(20).status_code for h in held} == {200}
    assert engine.batches == [("decode", 1), ("encode", 1), ("decode", 4)]


def test_items_that_wait_are_bounded(serve: Serve, loader: Loader, until: Until) -> None:
    """What does not fit gets a 429; when the queue is full, before its body is read."""
    client = serve(max_waiting=10)
    [engine] = loader.engines
    engine.hold()
    held = [decode(client, 0)]
    until(engine.entered.is_set)
    with ThreadPoolExecutor(1) as pool:
        grid = pool.submit(client.get, "/v1/latent-grid?rows=3&columns=3")
        until(lambda: waiting(client) == 9)
        too_many = client.get("/v1/latent-grid?rows=1&columns=2")
        held.append(decode(client, 1))
        until(lambda: waiting(client) == 10)
        unread = client.post("/v1/decode", json={"z": "not a vector"})
        listed = client.get("/v1/points"), client.post("/v1/items", json={"ids": [0]})
        engine.release()
        assert grid.result(20).status_code == 200
    for refused, said in ((too_many, "9 items wait"), (unread, "10 items wait")):
        assert refused.status_code == 429
        assert said in refused.json()["detail"]
    assert [answer.status_code for answer in listed] == [200, 200]
    assert {h.result(20).status_code for h in held} == {200}


@pytest.mark.parametrize(
    ("before", "piece", "after"),
    [
        (b'{"z": [', b"[],", b"[]]}"),
        (b'{"z": [[', b"0,", b"0]]}"),
        (b"{", b'"a":1,', b'"z": [[0, 0]]}'),
    ],
)
def test_a_million_values_are_refused_unread(
    client: TestClient, before: bytes, piece: bytes, after: bytes
) -> None:
    """More lists, numbers or keys than any good body has hold nobody up: they are not parsed."""
    body = before + piece * 1_000_000 + after
    kind = {"content-type": "application/json"}

    for verb, why in (("decode", "bytes, for at most"), ("interpolate", "more values")):
        answer = client.post(f"/v1/{verb}", content=body, headers=kind)
        assert answer.status_code == 422
        assert why in answer.json()["detail"]


def test_vectors_that_claim_too_many_bytes_are_not_waited_for(
    live: Any, client: TestClient
) -> None:
    """The length that a head claims is enough for a refusal; in pieces, it is counted."""
    head = "POST /v1/decode HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", live.port), timeout=20) as connection:
        connection.sendall(f"{head}content-length: 8000000\r\n\r\n".encode())
        answer = connection.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 422")
    assert b"the body has 8000000 bytes" in answer
    pieces = (b" " * 65_536 for _ in range(20))
    kind = {"content-type": "application/json"}
    counted = client.post("/v1/decode", content=pieces, headers=kind)
    assert counted.status_code == 422
    assert "the body has 1310720 bytes" in counted.json()["detail"]


def test_a_poisoned_item_fails_alone(
    client: TestClient, engine: LinearEngine, until: Until
) -> None:
    """A batch that fails is computed again one by one: only the poisoned request gets a 500."""
    engine.hold()
    first = decode(client, 0)
    until(engine.entered.is_set)
    values = [0.1, POISON, 0.2]
    others = [decode(client, value) for value in values]
    until(lambda: waiting(client) == 3)
    engine.release()
    first.result(20)
    statuses = [other.result(20).status_code for other in others]
    assert statuses == [200, 500, 200]


def test_a_full_house_answers_429_at_once(serve: Serve, loader: Loader, until: Until) -> None:
    """Over the bound of requests a 429 comes without waiting; probes still answer."""
    client = serve(max_requests=2)
    [engine] = loader.engines
    engine.hold()
    held = [decode(client, 0), decode(client, 1)]
    app: Any = client.app
    until(lambda: app.state.service.in_progress == 2)
    refused = client.post("/v1/decode", json={"z": [[0, 0]]})
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["code"] == "Busy"
    assert client.get("/health/ready").status_code == 200
    engine.release()
    assert {h.result(20).status_code for h in held} == {200}


def test_a_request_whose_time_is_over_is_not_computed(
    client: TestClient, engine: LinearEngine, until: Until
) -> None:
    """A deadline that passes in the queue gives 429, and the engine never sees the work."""
    engine.hold()
    first = decode(client, 0)
    until(engine.entered.is_set)
    late = decode(client, 1, **{"x-request-timeout-ms": "1"})
    until(lambda: waiting(client) == 1)
    threading.Timer(0.05, engine.release).start()
    assert late.result(20).status_code == 429
    assert late.result(20).json()["code"] == "Expired"
    first.result(20)
    assert engine.batches == [("decode", 1)]
    assert 'atlas_dropped_total{reason="expired"} 1.0' in client.get("/metrics").text


@pytest.mark.parametrize("value", ["0", "-1", "soon", "1.5", "9" * 5000])
def test_a_timeout_that_is_no_time_is_422(client: TestClient, value: str) -> None:
    """The header is milliseconds."""
    headers = {"x-request-timeout-ms": value}
    answer = client.post("/v1/decode", json={"z": [[0, 0]]}, headers=headers)
    assert answer.status_code == 422


def test_decode_goes_before_tiles(client: TestClient, engine: LinearEngine, until: Until) -> None:
    """Whoever drags a point does not wait for the map that loads behind it."""
    engine.hold()
    first = decode(client, 0)
    until(engine.entered.is_set)
    with ThreadPoolExecutor(1) as pool:
        tile = pool.submit(client.get, "/v1/tiles/dims-0-1/0/0/0")
        until(lambda: waiting(client) == 64)
        dragged = decode(client, 1)
        until(lambda: waiting(client) == 65)
        engine.release()
        assert tile.result(20).status_code == 200
    first.result(20)
    dragged.result(20)
    assert [size for _, size in engine.batches] == [1, 1, 32, 32]


def test_the_log_says_which_request_it_was(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """With access_log each request is a line of its own; a failure is logged under its id."""
    client = serve(access_log=True)
    with caplog.at_level("INFO", "app.http"):
        body = {"z": [[POISON, 0.0]]}
        assert (
            client.post("/v1/decode", json=body, headers={"x-request-id": "r1"}).status_code == 500
        )
        client.head("/v1/sample")
    failure, access, head = caplog.records
    assert failure.exc_info
    assert failure.__dict__["fields"] == {"request_id": "r1"}
    assert access.__dict__["fields"]["route"] == "decode"
    assert access.__dict__["fields"]["status"] == 500
    assert head.__dict__["fields"]["method"] == "HEAD"
    line = json.loads(JsonLines().format(failure))
    assert line["request_id"] == "r1"
    assert "poison" in line["traceback"]


def test_timings_and_metrics_say_what_happened(client: TestClient) -> None:
    """Server-Timing has the stages; metrics count by route and status, never by what came."""
    answer = client.post("/v1/decode", json={"z": [[0, 0]]})
    stages = [part.partition(";")[0].strip() for part in answer.headers["server-timing"].split(",")]
    assert stages == ["queue", "infer", "encode", "total"]
    client.get("/v1/some/path/that/is/not/there")
    text = client.get("/metrics").text
    assert 'atlas_requests_total{route="decode",status="200"} 1.0' in text
    assert 'atlas_requests_total{route="none",status="404"} 1.0' in text
    assert "some/path" not in text
    assert 'atlas_model_ready{model="linear",version="1"} 1.0' in text
