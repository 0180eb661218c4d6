"""The fast path to an operation and the way through FastAPI's router answer alike."""

import gc
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.http.context import CONTEXT, RequestContext
from app.http.fast_path import FastPath

Serve = Callable[..., TestClient]
ASKED = [
    ("POST", "/v1/decode", {"z": [[0.5, -1]]}),
    ("POST", "/v1/decode?format=npy&dtype=float32", {"z": [[0.5, -1], [0, 0]]}),
    ("POST", "/v1/models/linear/decode?columns=1", {"z": [[0.5, -1], [0, 0]]}),
    ("POST", "/v1/models/linear@1/interpolate?steps=3", {"z": [[0, 0], [1, 1]]}),
    ("GET", "/v1/decode?z=0.5,1&z=0,0", None),
    ("GET", "/v1/sample?n=3&seed=5&seed=6", None),
    ("GET", "/v1/latent-grid?rows=2&columns=3&dims=1,0&origin=0.5,0.5", None),
    ("GET", "/v1/traverse?dims=1&dims=0&steps=3", None),
    ("GET", "/v1/points?columns=x,y&format=json", None),
    ("GET", "/v1/neighbours?z=0,0&k=3", None),
    ("GET", "/v1/neighbours?item=3&item=4,5", None),
    ("GET", "/v1/items?labels=up&labels=down&where=kl<1&where=kl>0.1&split=test,new", None),
    ("GET", "/v1/items?where=nothing", None),
    ("POST", "/v1/items?sort=-kl&limit=2&format=csv", {"ids": [3, 1, 4]}),
    ("POST", "/v1/direction", {"from": {"ids": [0]}, "to": {"ids": [9]}}),
    ("HEAD", "/v1/sample", None),
    ("HEAD", "/v1/items?format=npz", None),
    ("POST", "/v1/sample", {"z": [[0, 0]]}),
    ("GET", "/v1/score", None),
    ("GET", "/v1/nothing", None),
    ("GET", "/v1/models/linear/nothing", None),
    ("GET", "/v1/models//sample", None),
    ("GET", "/v1/models/other/sample", None),
    ("GET", "/v1/sample?n=many", None),
    ("GET", "/v1/sample?unknown=1", None),
    ("GET", "/v1/neighbours", None),
    ("POST", "/v1/decode?format=gif", {"z": [[0, 0]]}),
    ("POST", "/v1/decode", {"z": [[0]]}),
]


@pytest.fixture(name="ways")
def _ways(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> tuple[TestClient, TestClient]:
    """Return a service that takes the fast path, and one that never finds it."""
    fast = serve()
    slow = serve()
    monkeypatch.setattr(fast_path_of(slow), "_find", lambda _: None)
    return fast, slow


def fast_path_of(client: TestClient) -> FastPath:
    """Return a service's fast path, which is below the middleware."""
    app: Any = client.app
    layer = app.middleware_stack
    while not isinstance(layer, FastPath):
        layer = layer._app
    return layer


@pytest.mark.parametrize(("method", "path", "body"), ASKED)
def test_both_ways_answer_the_same(
    ways: tuple[TestClient, TestClient], method: str, path: str, body: object
) -> None:
    """Status, body and headers do not tell which way a request went."""
    short, long = (client.request(method, path, json=body) for client in ways)

    assert short.status_code == long.status_code
    assert short.content == long.content
    differing = {"server-timing", "x-request-id"}
    kept = [{k: v for k, v in a.headers.items() if k not in differing} for a in (short, long)]
    assert kept[0] == kept[1]


def test_a_body_of_unknown_length_is_bounded_all_the_same(serve: Serve) -> None:
    """A body that comes in pieces, without a length, is counted by Starlette."""
    client = serve(max_body_bytes=1024)
    kind = {"content-type": "application/json"}

    small = client.post("/v1/decode", content=iter([b'{"z": ', b"[[0, 0]]}"]), headers=kind)
    large = client.post("/v1/decode", content=iter([b" " * 600] * 3), headers=kind)

    assert small.status_code == 200
    assert large.status_code == 413


def test_busy_operations_take_the_fast_path(client: TestClient) -> None:
    """What needs no more of its path than the model is found in one look-up."""
    layer = fast_path_of(client)
    app: Any = client.app
    context = RequestContext(app.state.service, "POST", {"content-length": "2"}, b"", None, 0)
    scope = {"root_path": "/at", CONTEXT: context}
    for method, path in (("POST", "/at/v1/decode"), ("GET", "/at/v1/models/m@2/latent-grid")):
        assert layer._find({**scope, "method": method, "path": path}) is not None
    assert layer._find({**scope, "method": "GET", "path": "/v1/tiles/dims-0-1/0/0/0"}) is None


def test_an_answered_request_leaves_nothing_to_the_collector(client: TestClient) -> None:
    """What belongs to a request is freed with its answer, though its parts know one another."""
    client.post("/v1/decode", json={"z": [[0, 0]]})
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            client.post("/v1/decode", json={"z": [[0, 0]]})
        kept = [thing for thing in gc.get_objects() if isinstance(thing, RequestContext)]
        assert len(kept) < 2, "one: the thread that owns inference keeps its last batch"
    finally:
        gc.enable()
