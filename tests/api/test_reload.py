"""Models come and go while the service runs."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from models.manifest import Manifest
from models.store import Store
from tests.api.linear_engine import LinearEngine, Loader, publish

Serve = Callable[..., TestClient]
Until = Callable[[Callable[[], bool]], None]
Z = {"z": [[0.0, 0.0]]}


def version(client: TestClient, path: str = "/v1/decode") -> str:
    """Return which version answers."""
    return client.post(path, json=Z).headers["x-model-version"]


def test_an_empty_store_is_no_failure(tmp_path: Path, loader: Loader, until: Until) -> None:
    """Without a model the service says what to run, and takes up the first that appears."""
    from app.main import create_app
    from app.settings import Settings

    app = create_app(Settings(store=tmp_path, reload_seconds=0.05), [loader])
    with TestClient(app) as client:
        assert client.get("/health/live").status_code == 200
        waiting = client.get("/health/ready")
        assert waiting.status_code == 503
        assert "make train" in waiting.json()["detail"]
        assert client.post("/v1/decode", json=Z).status_code == 503
        listing = client.get("/v1/models").json()
        assert listing["default"] is None
        assert listing["models"] == []
        publish(tmp_path)
        until(lambda: client.get("/health/ready").status_code == 200)
        assert version(client) == "linear@1"


def test_it_is_ready_when_all_models_are(store: Path, loader: Loader, until: Until) -> None:
    """A model that is still being loaded keeps the service from being ready: 503, not 404."""
    from app.main import create_app
    from app.settings import Settings

    publish(store, name="other")
    free, loaded = threading.Event(), threading.Event()

    def slowly(folder: Path, manifest: Manifest) -> LinearEngine:
        if manifest.name == "other":
            loaded.set()
            free.wait(20)
        return loader(folder, manifest)

    app = create_app(Settings(store=store, reload_seconds=0.05, default_model="other"), [slowly])
    with TestClient(app) as client:
        until(loaded.is_set)
        for path in ("/health/ready", "/v1/latent-grid", "/v1/models/other/latent-grid"):
            answer = client.get(path)
            assert answer.status_code == 503
            assert "being loaded" in answer.json()["detail"]
        free.set()
        until(lambda: client.get("/health/ready").status_code == 200)
        assert version(client) == "other@1"


def test_a_model_goes_to_the_first_engine_that_is_exact(
    store: Path, loader: Loader, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    """An engine that misses the golden pair is closed again, and the next one serves."""
    from app.main import create_app
    from app.settings import Settings

    inexact: list[LinearEngine] = []

    def load_inexactly(_: Path, __: Manifest) -> LinearEngine:
        inexact.append(LinearEngine(level=40))
        return inexact[-1]

    app = create_app(Settings(store=store), [load_inexactly, loader])
    with TestClient(app) as client:
        until(lambda: client.get("/health/ready").status_code == 200)
        assert version(client) == "linear@1"
        assert len(loader.engines) == len(inexact) == 1
        assert inexact[0].closed
        assert not loader.engines[0].closed
    assert "goes to another engine" in caplog.text


def test_a_new_version_takes_over_and_the_old_is_freed(
    client: TestClient, store: Path, loader: Loader, until: Until
) -> None:
    """The name means the new version; the old one's engine is closed."""
    before = client.post("/v1/decode?format=npy", json=Z).content
    publish(store, level=5)
    until(lambda: version(client) == "linear@2")
    after = client.post("/v1/decode?format=npy", json=Z).content
    assert after[-1] == before[-1] + 5
    until(lambda: loader.engines[0].closed)
    assert not loader.engines[1].closed
    assert client.get("/v1/models/linear@1").status_code == 404


def test_the_answers_of_a_version_go_with_it(client: TestClient, store: Path, until: Until) -> None:
    """A service that reloads for days does not fill its memory with what nobody can ask for."""

    def cached() -> str:
        return next(
            line
            for line in client.get("/metrics").text.splitlines()
            if line.startswith("atlas_cached_bytes ")
        )

    assert client.get("/v1/latent-grid?rows=2&columns=3").status_code == 200
    assert cached() != "atlas_cached_bytes 0.0"
    publish(store)
    until(lambda: cached() == "atlas_cached_bytes 0.0")


def test_several_versions_are_kept_when_asked(serve: Serve, store: Path, until: Until) -> None:
    """With keep_versions=2 the last two answer by number."""
    client = serve(keep_versions=2)
    publish(store, level=1)
    publish(store, level=2)
    until(lambda: version(client) == "linear@3")
    assert version(client, "/v1/models/linear@2/decode") == "linear@2"
    until(lambda: client.get("/v1/models/linear@1").status_code == 404)


def test_models_of_several_names(client: TestClient, store: Path, until: Until) -> None:
    """A second model is served beside the first, under its own name."""
    publish(store, name="other", level=9)
    until(lambda: len(client.get("/v1/models").json()["models"]) == 2)
    until(lambda: client.get("/v1/models/other").status_code == 200)
    assert version(client, "/v1/models/other/decode") == "other@1"
    assert version(client) == "linear@1"


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("saved_model.pb", b"9", "SHA-256"),
        ("golden.npz", b"", "SHA-256"),
        ("extra.txt", b"", "not listed"),
        ("manifest.json", b"{}", "manifest"),
    ],
)
def test_a_broken_version_is_refused_and_the_old_stays(
    client: TestClient, store: Path, until: Until, *, file: str, content: bytes, reason: str
) -> None:
    """Whatever is broken is told in /v1/models and in a metric; requests go on as before."""
    with Store(store).stage("linear") as stage:  # as if copied by hand: broken when it appears
        for source in (store / "linear" / "1").iterdir():
            text = source.read_bytes().replace(b'"version": 1', b'"version": 2')
            (stage / source.name).write_bytes(text)
        (stage / file).write_bytes(content)
        stage.rename(store / "linear" / "2")

    def refused() -> list[dict[str, object]]:
        history = client.get("/v1/models").json()["models"][0]["history"]
        return [entry for entry in history if entry["state"] == "refused"]

    until(lambda: bool(refused()))
    assert reason in str(refused()[0]["reason"])
    assert version(client) == "linear@1"
    assert 'atlas_reloads_total{outcome="refused"} 1.0' in client.get("/metrics").text


def test_a_model_that_computes_something_else_is_refused(
    client: TestClient, store: Path, until: Until
) -> None:
    """The golden pair decides: right hashes do not help a model whose results differ."""
    import numpy as np

    from models.golden import write_golden
    from models.manifest import CHART_FILE, POINTS_FILE
    from tests.api.linear_engine import LinearEngine, chart, points

    source = Store(store)
    manifest = source.manifest(source.ids()[0])
    with source.stage("linear") as stage:
        (stage / "saved_model.pb").write_text("7")
        write_golden(stage, manifest, LinearEngine(0).run)
        np.savez(stage / POINTS_FILE, **points())
        np.savez(stage / CHART_FILE, **chart())
        source.publish(stage, manifest)
    until(lambda: "refused" in client.get("/v1/models").text)
    assert "golden" in client.get("/v1/models").text
    assert version(client) == "linear@1"


def test_a_model_that_is_taken_away_is_gone(client: TestClient, store: Path, until: Until) -> None:
    """A removed version is no longer served, and the service is not ready without any."""
    (store / "linear").rename(store.parent / "aside")
    until(lambda: client.get("/health/ready").status_code == 503)
    (store.parent / "aside").rename(store / "linear")
    until(lambda: client.get("/health/ready").status_code == 200)


def test_a_conditional_model_takes_a_label(client: TestClient, store: Path, until: Until) -> None:
    """Its operations need a label, by index or by name; others refuse one."""
    publish(store, name="tagged", conditional=True)
    until(lambda: client.get("/v1/models/tagged").status_code == 200)
    path = "/v1/models/tagged/decode?format=npy"
    by_name = client.post(f"{path}&label=down", json=Z)
    by_index = client.post(f"{path}&label=1", json=Z)
    assert by_name.content == by_index.content
    assert by_name.content != client.post(f"{path}&label=up", json=Z).content
    for wrong in ("", "&label=2", "&label=left", "&label=-1"):
        assert client.post(path + wrong, json=Z).status_code == 422
    assert client.post("/v1/decode?label=up", json=Z).status_code == 422
    assert client.get("/v1/models/tagged/items/1").status_code == 200
