"""The service before an object store: what is served outlives whatever happens to the store."""

import logging
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.__main__ import main
from app.main import create_app
from app.settings import Settings
from models.errors import StoreUnreachable
from tests.api.linear_engine import Loader, publish
from tests.s3_server import Bucket

Start = Callable[[], TestClient]
Until = Callable[[Callable[[], bool]], None]
Z = {"z": [[0.0, 0.0]]}


@pytest.fixture
def start(bucket: Bucket, loader: Loader, tmp_path: Path) -> Iterator[Start]:
    """Return what starts a service of the bucket's models, each time with the same copies."""
    with ExitStack() as stack:

        def enter() -> TestClient:
            copies = tmp_path / "copies"
            settings = Settings(store=bucket.url, store_cache=copies, reload_seconds=0.05)
            client = TestClient(create_app(settings, [loader]), raise_server_exceptions=False)
            return stack.enter_context(client)

        yield enter


@pytest.fixture
def client(bucket: Bucket, start: Start, until: Until) -> TestClient:
    """Return a client of a service that serves `linear@1` of the bucket."""
    publish(bucket.url)
    client = start()
    until(lambda: ready(client))
    return client


@pytest.fixture
def outage(bucket: Bucket) -> Iterator[Callable[[], None]]:
    """Return what ends the outage that begins here."""
    with ExitStack() as stack:
        bucket.s3.stop()
        stack.callback(bucket.s3.start)
        yield stack.close


def ready(client: TestClient) -> bool:
    """Tell whether the service is ready."""
    return bool(client.get("/health/ready").status_code == 200)


def version(client: TestClient) -> str:
    """Return which version answers."""
    return client.post("/v1/decode", json=Z).headers["x-model-version"]


def looks_in_vain(client: TestClient) -> float:
    """Return how often the store was found to be unreachable."""
    counted = re.search(r'outcome="unreachable"} (\S+)', client.get("/metrics").text)
    return float(counted[1]) if counted else 0


def refused(client: TestClient) -> str:
    """Return why a version is refused."""
    [model] = client.get("/v1/models").json()["models"]
    return "".join(entry["reason"] for entry in model["history"] if entry["state"] == "refused")


def test_a_new_version_takes_over(client: TestClient, bucket: Bucket, until: Until) -> None:
    """What is published is served at one of the next looks; half of a version never is."""
    assert version(client) == "linear@1"
    publish(bucket.url, level=5)
    until(lambda: version(client) == "linear@2")
    bucket.put("linear/3/saved_model.pb", b"7")
    publish(bucket.url, level=9)
    until(lambda: version(client) == "linear@4")
    history = client.get("/v1/models").json()["models"][0]["history"]
    assert [entry["version"] for entry in history] == [4]


def test_a_version_that_is_taken_away_is_gone(
    client: TestClient, bucket: Bucket, until: Until
) -> None:
    """The one before it is served again; without any, the service is not ready."""
    publish(bucket.url, level=5)
    until(lambda: version(client) == "linear@2")
    bucket.delete("linear/2/manifest.json")
    until(lambda: version(client) == "linear@1")
    bucket.delete("linear/1/manifest.json")
    until(lambda: not ready(client))
    assert bucket.url in client.get("/health/ready").json()["detail"]


def test_a_corrupt_object_is_refused_and_the_old_stays(
    client: TestClient, bucket: Bucket, until: Until
) -> None:
    """Which file it is is told as of a folder; it is not fetched again until it changes."""
    publish(bucket.url, level=5)
    until(lambda: version(client) == "linear@2")
    sound = bucket.get("linear/2/saved_model.pb")
    manifest = bucket.get("linear/2/manifest.json").replace(b'"version": 2', b'"version": 3')
    for file in ("golden.npz", "points.npz", "chart.npz"):
        bucket.put(f"linear/3/{file}", bucket.get(f"linear/2/{file}"))
    bucket.put("linear/3/saved_model.pb", b"6")
    bucket.put("linear/3/manifest.json", manifest)

    until(lambda: "linear@3: saved_model.pb differs from its SHA-256" in refused(client))
    assert version(client) == "linear@2"
    assert 'outcome="refused"} 1.0' in client.get("/metrics").text

    bucket.put("linear/3/saved_model.pb", sound)
    until(lambda: version(client) == "linear@3")
    assert not refused(client)


def test_an_outage_changes_nothing_that_is_served(
    client: TestClient, bucket: Bucket, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    """Requests go on, /v1/models, a metric and one line of the log tell; then new versions come."""
    caplog.set_level(logging.INFO)
    bucket.s3.stop()
    try:
        until(lambda: "detail" in client.get("/v1/models").json())
        until(lambda: looks_in_vain(client) > 1)
        assert "Could not connect" in client.get("/v1/models").json()["detail"]
        assert ready(client)
        assert version(client) == "linear@1"
    finally:
        bucket.s3.start()
    publish(bucket.url, level=5)
    until(lambda: version(client) == "linear@2")
    assert "detail" not in client.get("/v1/models").json()
    assert caplog.text.count("what is served stays") == 1
    assert caplog.text.count("can be reached again") == 1


def test_an_outage_at_the_start(
    start: Start, bucket: Bucket, until: Until, outage: Callable[[], None]
) -> None:
    """The service runs, is not ready and says why, and serves as soon as the store is back."""
    client = start()
    until(lambda: "Could not connect" in client.get("/health/ready").json()["detail"])
    assert client.get("/health/live").status_code == 200
    assert client.post("/v1/decode", json=Z).status_code == 503
    outage()
    publish(bucket.url)
    until(lambda: ready(client))
    assert version(client) == "linear@1"


def test_a_restart_during_an_outage(
    client: TestClient, start: Start, until: Until, request: pytest.FixtureRequest
) -> None:
    """What was copied before is served, checked as ever, without the store."""
    assert version(client) == "linear@1"
    request.getfixturevalue("outage")
    again = start()
    until(lambda: ready(again))
    assert version(again) == "linear@1"


def test_a_copy_that_failed_is_tried_again(
    client: TestClient, bucket: Bucket, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version that could be listed and not fetched is reported, and fetched at a later look."""
    app: Any = client.app
    store = app.state.service.registry.store
    with monkeypatch.context() as patched:

        def fail(*_: object) -> None:
            raise StoreUnreachable("the line is bad")

        patched.setattr(store, "_copy", fail)
        publish(bucket.url, level=5)
        until(lambda: refused(client) == "the line is bad")
        assert version(client) == "linear@1"
    until(lambda: version(client) == "linear@2")


def test_credentials_are_told_to_nobody(
    client: TestClient, bucket: Bucket, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither an answer nor the log has them, whatever fails."""
    caplog.set_level(logging.INFO)
    bucket.s3.stop()
    try:
        until(lambda: "detail" in client.get("/v1/models").json())
    finally:
        bucket.s3.start()
    for text in (client.get("/v1/models").text, client.get("/metrics").text, caplog.text):
        assert "-of-a-test" not in text


def test_a_folder_may_be_named_by_a_url(store: Path, loader: Loader, until: Until) -> None:
    """`file://` is followed as a path is."""
    settings = Settings(store=store.as_uri(), reload_seconds=0.05)
    with TestClient(create_app(settings, [loader])) as client:
        until(lambda: ready(client))
        publish(store.as_uri(), level=5)
        until(lambda: version(client) == "linear@2")


@pytest.mark.parametrize(
    ("place", "said"), [("s3://bucket/models", "EXTRAS=objects"), ("ftp://host", "a store is")]
)
def test_a_store_that_cannot_be_used_is_told_at_the_start(
    place: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says what to install or to write, and nothing is served."""
    monkeypatch.setenv("ATLAS_STORE", place)
    monkeypatch.setitem(sys.modules, "fsspec", None)
    assert main() == 2
    message = capsys.readouterr().err
    assert said in message
    assert message.count("\n") == 1
