"""A folder as the store, as people keep one: slow copies, overwriting, and what is no model."""

import ctypes
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.api.linear_engine import publish

Serve = Callable[..., TestClient]
Until = Callable[[Callable[[], bool]], None]
Z = {"z": [[0.0, 0.0]]}
LINUX_CAPABILITY_VERSION_3 = 0x20080522


@pytest.fixture
def obeys_permissions() -> Iterator[None]:
    """Take root's right to read everything from this thread, and those it starts, for a test."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(LINUX_CAPABILITY_VERSION_3, 0)
    before = (ctypes.c_uint32 * 6)()
    assert libc.capget(header, before) == 0
    without = (ctypes.c_uint32 * 6)(*before)
    without[0] &= ~0b110  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    assert libc.capset(header, without) == 0
    yield
    assert libc.capset(header, before) == 0


@pytest.fixture
def forbid(obeys_permissions: None) -> Iterator[Callable[[Path], None]]:  # noqa: ARG001
    """Return what makes a folder unreadable; it can be read again after the test."""
    forbidden: list[Path] = []

    def to_nobody(path: Path) -> None:
        forbidden.append(path)
        path.chmod(0)

    yield to_nobody
    for path in forbidden:
        path.chmod(0o755)


def listing(client: TestClient) -> dict[str, Any]:
    """Return what `GET /v1/models` answers."""
    answer: dict[str, Any] = client.get("/v1/models").json()
    return answer


def listed(client: TestClient, name: str) -> dict[str, Any]:
    """Return what is listed of a model; nothing if it is not."""
    return next((model for model in listing(client)["models"] if model["name"] == name), {})


def reasons(client: TestClient, name: str = "linear") -> dict[int, str]:
    """Return what is said of a model's versions, by number."""
    history = listed(client, name).get("history", [])
    return {entry["version"]: entry["reason"] or "" for entry in history}


def counted(client: TestClient, outcome: str) -> float:
    """Return how often an outcome was counted."""
    start = f'atlas_reloads_total{{outcome="{outcome}"}} '
    lines = client.get("/metrics").text.splitlines()
    return sum(float(line.removeprefix(start)) for line in lines if line.startswith(start))


def looks(client: TestClient, store: Path, until: Until) -> None:
    """Wait until the store was looked at once more: a model that is added is served."""
    name = f"look-{len(list(store.iterdir()))}"
    publish(store, name=name)
    until(lambda: client.get(f"/v1/models/{name}").status_code == 200)


def pixel(client: TestClient) -> int:
    """Return the level that the served model adds to its pixels."""
    return client.post("/v1/models/linear/decode?format=npy", json=Z).content[-1] - 125


@pytest.fixture
def second(store: Path, tmp_path: Path) -> Path:
    """Return a sound `linear@2`, beside the store."""
    publish(store, level=5)
    return (store / "linear" / "2").rename(tmp_path / "second")


def test_an_unreadable_folder_is_its_models_own(
    serve: Serve, store: Path, until: Until, forbid: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """It is refused with the reason, once in the log and in a metric; others come and go."""
    publish(store, name="secret")
    forbid(store / "secret")
    client = serve()
    until(lambda: listed(client, "secret").get("state") == "refused")
    assert "Permission denied" in listed(client, "secret")["reason"]
    looks(client, store, until)
    assert client.get("/health/ready").status_code == 200
    missing = client.get("/v1/models/secret")
    assert missing.status_code == 404
    assert "secret was refused: it cannot be read: Permission denied" in missing.json()["detail"]
    assert caplog.text.count("secret is refused") == 1
    assert counted(client, "refused") == 1
    (store / "secret").chmod(0o755)
    until(lambda: client.get("/v1/models/secret").status_code == 200)
    assert listed(client, "secret")["reason"] is None


@pytest.mark.parametrize("below", ["", "1"])
def test_what_is_served_outlives_its_permissions(
    serve: Serve, store: Path, until: Until, forbid: Any, below: str
) -> None:
    """A model that is served stays so when its folder, or its version's, is closed to us."""
    client = serve()
    forbid(store / "linear" / below)
    until(lambda: "Permission denied" in client.get("/v1/models").text)
    looks(client, store, until)
    assert pixel(client) == 0
    assert listed(client, "linear")["state"] == "ready"


def test_an_unreadable_part_of_a_version_is_named(
    serve: Serve, store: Path, until: Until, forbid: Any, second: Path
) -> None:
    """A folder in a version that may not be read is told as that, not as missing files."""
    (second / "variables").mkdir()
    forbid(second / "variables")
    client = serve()
    second.rename(store / "linear" / "2")
    until(lambda: "Permission denied" in reasons(client).get(2, ""))
    assert pixel(client) == 0
    (store / "linear" / "2").rename(second)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.write_text("a file"), "Not a directory"),
        (lambda path: path.symlink_to("nowhere"), "No such file or directory"),
        (lambda path: path.symlink_to(path), "leads out of the store"),
        (lambda path: path.mkdir(), "manifest.json cannot be read"),
        (
            lambda path: (
                shutil.copytree(path.with_name("1"), path).joinpath("manifest.json").unlink()
            ),
            "manifest.json cannot be read (No such file or directory); export the model again",
        ),
        (
            lambda path: Path(
                os.fsdecode(os.fsencode(shutil.copytree(path.with_name("1"), path)) + b"/caf\xe9")
            ).touch(),
            "linear@1",
        ),
    ],
    ids=["file", "broken-link", "loop", "empty", "no-manifest", "not-utf-8"],
)
def test_what_is_no_version_is_refused_with_the_reason(
    serve: Serve, store: Path, until: Until, make: Callable[[Path], None], reason: str
) -> None:
    """Whatever stands in a version's place: the listing and the 404 say what it is."""
    client = serve()
    make(store / "linear" / "2")
    until(lambda: reason in reasons(client).get(2, ""))
    missing = client.get("/v1/models/linear@2")
    assert missing.status_code == 404
    assert "linear@2 was refused" in missing.json()["detail"]
    assert reason in missing.json()["detail"]
    assert pixel(client) == 0


@pytest.mark.parametrize(
    ("path", "ignored", "reason"),
    [
        ("Keras_Model/1", "Keras_Model", "not a model's name: lower-case"),
        ("other/0001", "other/0001", "does not begin with 0"),
        ("other/v0.1", "other/v0.1", "does not begin with 0"),
        ("1/variables", "1", "the folder above a model's"),
        (os.fsdecode(b"caf\xe9/1"), r"caf\udce9", "not a model's name"),
    ],
    ids=["name", "zeros", "dotted", "too-deep", "not-utf-8"],
)
def test_a_folder_that_is_no_model_is_named(
    serve: Serve,
    store: Path,
    until: Until,
    caplog: pytest.LogCaptureFixture,
    *,
    path: str,
    ignored: str,
    reason: str,
) -> None:
    """It is listed with the reason and logged once; a 404 says it too."""
    client = serve()
    (store / path).mkdir(parents=True)
    until(lambda: bool(listing(client)["ignored"]))
    [entry] = listing(client)["ignored"]
    assert entry["path"] == ignored
    assert reason in entry["reason"]
    looks(client, store, until)
    assert caplog.text.count(f"{ignored} is ignored") == 1
    assert counted(client, "ignored") == 1
    if ignored.isascii() and "\\" not in ignored:
        missing = client.get(f"/v1/models/{ignored.partition('/')[0]}")
        assert missing.status_code == 404
        assert reason in missing.json()["detail"]


@pytest.mark.parametrize("how", ["file", "broken-link", "no-version"])
def test_what_is_no_folder_of_a_model_is_refused(
    serve: Serve, store: Path, until: Until, how: str
) -> None:
    """A file, a dead link or a SavedModel without a version's folder has a model's name."""
    client = serve()
    if how == "file":
        (store / "other").write_text("a file")
    elif how == "broken-link":
        (store / "other").symlink_to("nowhere")
    else:
        shutil.copytree(store / "linear" / "1", store / "other")
    said = {"file": "Not a directory", "broken-link": "No such file", "no-version": "other/1"}
    until(lambda: said[how] in listed(client, "other").get("reason", ""))
    assert listed(client, "other")["state"] == "refused"
    assert said[how] in client.get("/v1/models/other").json()["detail"]


def test_clutter_does_no_harm(serve: Serve, store: Path, until: Until) -> None:
    """What file managers leave is neither named nor a reason to refuse, anywhere."""
    client = serve()
    publish(store, level=5)
    for folder in (store, store / "linear", store / "linear" / "1", store / "linear" / "2"):
        for name in (".DS_Store", "Thumbs.db", "._1", "desktop.ini"):
            (folder / name).write_bytes(b"clutter")
        (folder / "lost+found").mkdir()
    until(lambda: pixel(client) == 5)
    looks(client, store, until)
    assert listing(client)["ignored"] == []
    assert counted(client, "refused") == 0


def test_a_slow_copy_is_taken_when_it_is_whole(
    serve: Serve, store: Path, until: Until, second: Path
) -> None:
    """The manifest comes first, files grow below one another: none is served before the last."""
    client = serve()
    folder = store / "linear" / "2"
    folder.mkdir()
    shutil.copy2(second / "manifest.json", folder)
    until(lambda: "is missing" in reasons(client).get(2, ""))
    for name in ("points.npz", "chart.npz", "golden.npz", "saved_model.pb"):
        content = (second / name).read_bytes()
        with (folder / name).open("wb", buffering=0) as file:
            file.write(content[: len(content) // 2])
            until(lambda: bool(reasons(client)[2]))
            assert pixel(client) == 0
            file.write(content[len(content) // 2 :])
        shutil.copystat(second / name, folder / name)
    until(lambda: pixel(client) == 5)
    assert not reasons(client)[2]


def test_a_file_that_changes_deep_in_a_refused_version_is_seen(
    serve: Serve, store: Path, until: Until, tmp_path: Path
) -> None:
    """A file below a folder of the version, of the same size and time of writing, is looked at."""
    from models.store import Store

    model = publish(tmp_path / "other", level=5)
    source = Store(tmp_path / "other")
    manifest = source.manifest(model)
    with Store(store).stage("linear") as stage:
        shutil.copytree(source.folder(model), stage, dirs_exist_ok=True)
        (stage / "variables").mkdir()
        weights = stage / "variables" / "data"
        weights.write_bytes(b"sound")
        Store(store).publish(stage, manifest)
    weights = store / "linear" / "2" / "variables" / "data"
    weights.write_bytes(b"wrong")
    written = weights.stat().st_mtime_ns
    client = serve(reload_seconds=0.05)
    until(lambda: "variables/data differs" in reasons(client).get(2, ""))
    weights.write_bytes(b"sound")
    os.utime(weights, ns=(written, written))
    until(lambda: pixel(client) == 5)


def test_a_refusal_is_tried_again(
    serve: Serve, store: Path, until: Until, loader: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What failed for another reason than the files is taken later; it is logged once till then."""
    client = serve()
    failures = iter(range(3))
    load = type(loader).__call__

    def fail(self: Any, *of: Any) -> Any:
        if next(failures, None) is not None:
            raise MemoryError("no memory now")
        return load(self, *of)

    monkeypatch.setattr(type(loader), "__call__", fail)
    publish(store, level=5)
    until(lambda: pixel(client) == 5)
    assert next(failures, None) is None
    assert counted(client, "refused") == 1


def test_overwriting_in_place_is_noticed(
    serve: Serve, store: Path, until: Until, second: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What is served stays until the new files are those of their manifest; both are told."""
    caplog.set_level(logging.INFO)
    client = serve()
    folder = store / "linear" / "1"
    (folder / "saved_model.pb").write_bytes((second / "saved_model.pb").read_bytes())
    until(lambda: "what was loaded before is served" in reasons(client)[1])
    assert "saved_model.pb differs from its SHA-256" in reasons(client)[1]
    assert listed(client, "linear")["state"] == "ready"
    assert pixel(client) == 0
    assert caplog.text.count("linear@1 is refused") == 1
    for name in ("golden.npz", "points.npz", "chart.npz"):
        shutil.copy(second / name, folder)
    manifest = (second / "manifest.json").read_bytes()
    (folder / "manifest.json").write_bytes(manifest.replace(b'"version": 2', b'"version": 1'))
    until(lambda: pixel(client) == 5)
    until(lambda: not reasons(client)[1])
    assert "linear@1 was overwritten" in caplog.text


def test_the_same_files_again_change_nothing(
    serve: Serve, store: Path, until: Until, loader: Any
) -> None:
    """Damage that is undone is forgotten, and the version is not loaded again."""
    client = serve()
    graph = store / "linear" / "1" / "saved_model.pb"
    graph.write_text("9")
    until(lambda: bool(reasons(client)[1]))
    graph.write_text("0")
    until(lambda: not reasons(client)[1])
    assert len(loader.engines) == 1
    assert pixel(client) == 0


def test_an_unreadable_root_is_told_once(
    serve: Serve, store: Path, until: Until, forbid: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """What is served stays, the listing and the metric say why, the log says it once."""
    client = serve()
    forbid(store)
    until(lambda: counted(client, "unreachable") > 2)
    assert "cannot be read: Permission denied" in listing(client)["detail"]
    assert pixel(client) == 0
    store.chmod(0o755)
    until(lambda: "detail" not in listing(client))
    assert caplog.text.count("Permission denied") == 1
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("how", ["empty", "absent", "file", "broken-link"])
def test_a_store_without_models_is_told_once(
    tmp_path: Path, loader: Any, until: Until, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    """The log has one line, and the first model is taken up when the store is one."""
    place = tmp_path / "place"
    if how == "empty":
        place.mkdir()
    elif how == "file":
        place.write_text("a file")
    elif how == "broken-link":
        place.symlink_to(tmp_path / "elsewhere")
    with TestClient(create_app(Settings(store=place, reload_seconds=0.05), [loader])) as client:
        until(lambda: str(place) in caplog.text)
        if how in {"file", "broken-link"}:
            until(lambda: counted(client, "unreachable") > 2)
            assert "it is tried again" in client.get("/health/ready").json()["detail"]
            place.unlink()
        publish(place)
        until(lambda: client.get("/health/ready").status_code == 200)
    told = [r.getMessage() for r in caplog.records if str(place) in r.getMessage()]
    assert len(told) == len(set(told))
