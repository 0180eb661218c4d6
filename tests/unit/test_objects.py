"""A store behind a URL, against a real S3 server: what a folder promises, it promises too."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import DigestMismatch, ManifestInvalid, StoreError, StoreUnreachable, UnsafePath
from models.manifest import MANIFEST_FILE
from models.objects import ObjectStore
from models.open_store import open_store
from models.store import ModelId, Store
from tests.s3_server import Bucket
from tests.unit.example_manifests import example_manifest

FIRST = ModelId("digits", 1)


@pytest.fixture(name="store")
def _store(bucket: Bucket) -> Store:
    return open_store(bucket.url)


def publish(store: Store, weights: bytes = b"weights") -> ModelId:
    """Publish a version that has a file in its root and one in a folder."""
    with store.stage("digits") as stage:
        (stage / "variables").mkdir()
        (stage / "variables" / "data").write_bytes(weights)
        (stage / "saved_model.pb").write_bytes(b"graph")
        return store.publish(stage, example_manifest())


def filesystem(store: Store) -> Any:
    """Return what the store reads and writes through."""
    assert isinstance(store, ObjectStore)
    return store._filesystem


def everything(folder: Path) -> list[str]:
    """List all files below a folder."""
    return [path.as_posix() for path in folder.rglob("*") if path.is_file()]


def test_what_is_published_is_read_by_others(store: Store, bucket: Bucket, tmp_path: Path) -> None:
    """Another machine lists the version and gets the same files; its address is a URL."""
    assert store.ids() == []
    assert publish(store) == FIRST
    assert everything(store.root) == [], "the publisher keeps nothing"

    other = open_store(bucket.url, tmp_path / "elsewhere")

    assert other.ids() == [FIRST]
    assert other.resolve("digits") == FIRST
    assert other.address(FIRST) == f"{bucket.url}/digits/1"
    assert set(other.verify(FIRST).files) == {"saved_model.pb", "variables/data"}
    assert (other.folder(FIRST) / "variables" / "data").read_bytes() == b"weights"
    assert Store(other.root).verify(FIRST) == other.verify(FIRST)


def test_the_manifest_is_written_last(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number is claimed, the files follow, and the manifest ends it."""
    assert isinstance(store, ObjectStore)
    written: list[str] = []

    def noting(call: str, position: int) -> None:
        original = getattr(store._filesystem, call)

        def note(*arguments: Any, **options: Any) -> Any:
            written.append(arguments[position].partition("/models/")[2])
            return original(*arguments, **options)

        monkeypatch.setattr(store._filesystem, call, note)

    noting("pipe_file", 0)
    noting("put_file", 1)
    publish(store)

    assert written == [
        "digits/.claim-1",
        "digits/1/saved_model.pb",
        "digits/1/variables/data",
        "digits/1/manifest.json",
    ]


def test_half_a_version_is_none(store: Store, bucket: Bucket) -> None:
    """Without a manifest there is no version, and its number is not used again."""
    bucket.put("digits/1/saved_model.pb", b"half")

    assert store.ids() == []
    assert publish(store) == ("digits", 2)
    assert store.ids() == [("digits", 2)]


def test_an_upload_that_fails_leaves_the_older_version(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of a failed publish is seen; the next one takes another number."""
    publish(store)
    with monkeypatch.context() as patched:

        def fail(*_: object) -> None:
            raise ConnectionResetError("reset by peer")

        patched.setattr(filesystem(store), "put_file", fail)
        with pytest.raises(StoreUnreachable, match="reset by peer"):
            publish(store)

    assert store.ids() == [FIRST]
    assert store.verify(FIRST).version == 1
    assert publish(store) == ("digits", 3)


def test_publishing_at_once_gives_a_version_each(
    store: Store, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who counted before another claimed the number takes the next, and overwrites nothing."""
    other = open_store(bucket.url, tmp_path / "elsewhere")
    numbers = iter([1, 2])
    monkeypatch.setattr(other, "_next", lambda _: next(numbers))

    assert publish(store, b"mine") == ("digits", 1)
    assert publish(other, b"theirs") == ("digits", 2)

    assert bucket.get("digits/1/variables/data") == b"mine"
    assert [store.verify(model).version for model in store.ids()] == [1, 2]


def test_a_number_is_used_once(store: Store, bucket: Bucket) -> None:
    """A version that was removed does not come back with other bytes."""
    publish(store)
    for key in bucket.listed():
        if key.startswith("digits/1/"):
            bucket.delete(key)

    assert publish(store) == ("digits", 2)


def test_a_copy_goes_with_its_version(store: Store, bucket: Bucket) -> None:
    """What has no manifest any more is neither listed nor kept."""
    store.verify(publish(store))
    assert store.copies() == [FIRST]

    bucket.delete("digits/1/manifest.json")

    assert store.ids() == store.copies() == []
    assert everything(store.root) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"weigh", "variables/data differs from its SHA-256"),
        (b"Weights", "variables/data differs from its SHA-256"),
        (None, "variables/data is missing"),
    ],
)
def test_a_corrupt_object_is_refused(
    store: Store, bucket: Bucket, content: bytes | None, said: str
) -> None:
    """The file is named and no copy is kept; repaired, the version is another revision."""
    publish(store)
    if content is None:
        bucket.delete("digits/1/variables/data")
    else:
        bucket.put("digits/1/variables/data", content)
    store.ids()
    before = store.revision(FIRST)

    with pytest.raises(DigestMismatch, match=said):
        store.verify(FIRST)

    assert everything(store.root) == []
    store.ids()
    assert store.revision(FIRST) == before
    bucket.put("digits/1/variables/data", b"weights")
    store.ids()
    assert store.revision(FIRST) != before
    assert store.verify(FIRST).version == 1


def test_a_manifest_of_another_model_is_refused(store: Store, bucket: Bucket) -> None:
    """A version that was copied to another number is not the one its manifest names."""
    publish(store)
    bucket.put("digits/2/manifest.json", bucket.get("digits/1/manifest.json"))

    with pytest.raises(ManifestInvalid, match=r"manifest of digits@2 says digits@1"):
        store.verify(ModelId("digits", 2))


@pytest.mark.parametrize("path", ["../../secret", "/secret"])
def test_a_listed_path_out_of_the_model_is_not_written(
    store: Store, bucket: Bucket, path: str, tmp_path: Path
) -> None:
    """A manifest that lists a path elsewhere does not make its copy go there."""
    publish(store)
    manifest = json.loads(bucket.get("digits/1/manifest.json"))
    listed = str(tmp_path) + path if path.startswith("/") else path
    manifest["files"] = {listed: "0" * 64}
    bucket.put("digits/1/manifest.json", json.dumps(manifest).encode())

    with pytest.raises(UnsafePath, match="leads out"):
        store.verify(FIRST)

    assert everything(tmp_path) == []


def test_a_damaged_copy_is_made_again(store: Store) -> None:
    """A copy is checked each time, and replaced when its bytes are not those promised."""
    publish(store)
    store.verify(FIRST)
    (store.folder(FIRST) / "saved_model.pb").write_bytes(b"Graph")

    store.verify(FIRST)

    assert (store.folder(FIRST) / "saved_model.pb").read_bytes() == b"graph"


def test_a_copy_of_another_manifest_is_made_again(store: Store, bucket: Bucket) -> None:
    """If a store was emptied and filled anew, the old copy does not stand for the new version."""
    publish(store, b"old")
    store.verify(FIRST)
    for key in bucket.listed():
        bucket.delete(key)
    publish(store, b"new")

    store.verify(FIRST)

    assert (store.folder(FIRST) / "variables" / "data").read_bytes() == b"new"


def test_an_interrupted_copy_is_not_seen(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that breaks leaves no copy, and the next try makes it."""
    publish(store)
    with monkeypatch.context() as patched:

        def fail(_: str, path: str) -> None:
            Path(path).write_bytes(b"gra")
            raise ConnectionResetError("reset by peer")

        patched.setattr(filesystem(store), "get_file", fail)
        with pytest.raises(StoreUnreachable, match="reset by peer"):
            store.verify(FIRST)

    assert everything(store.root) == []
    assert store.verify(FIRST).version == 1


def test_a_copy_that_another_process_made_meanwhile_stays(
    store: Store, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be reading it: its files are not taken away while it does."""
    publish(store)
    other, inner = open_store(bucket.url), filesystem(store)
    get = inner.get_file

    def get_after_the_other(*args: Any) -> None:
        monkeypatch.setattr(inner, "get_file", get)
        other.verify(FIRST)
        get(*args)

    monkeypatch.setattr(inner, "get_file", get_after_the_other)
    store.verify(FIRST)

    read = (other.folder(FIRST) / MANIFEST_FILE).stat()
    other.verify(FIRST)
    assert (store.folder(FIRST) / MANIFEST_FILE).stat().st_ino == read.st_ino
    assert len(everything(store.root)) == len(bucket.listed()) - 1  # without the claim


def test_a_store_that_is_down(store: Store, bucket: Bucket, tmp_path: Path) -> None:
    """It cannot be listed nor published to; a copy can be read still, and without one nothing."""
    publish(store)
    store.verify(FIRST)
    bucket.s3.stop()
    try:
        for call in (store.ids, lambda: publish(store)):
            with pytest.raises(StoreUnreachable, match=r"s3://.*Could not connect") as caught:
                call()
            assert "secret" not in str(caught.value)
        assert store.copies() == [FIRST]
        assert store.verify(FIRST).version == 1
        with pytest.raises(StoreUnreachable, match="Could not connect"):
            open_store(bucket.url, tmp_path / "elsewhere").verify(FIRST)
    finally:
        bucket.s3.start()
    assert store.ids() == [FIRST]


def test_a_bucket_that_is_not_there(bucket: Bucket) -> None:
    """A misspelt bucket is told, and is not an empty store."""
    with pytest.raises(StoreUnreachable, match="bucket does not exist"):
        open_store(f"{bucket.url}x".replace("/models", "")).ids()


def test_a_bucket_without_a_prefix(bucket: Bucket) -> None:
    """A whole bucket can be the store, with a slash at its end or without."""
    publish(open_store(f"s3://{bucket.name}/"))

    assert open_store(f"s3://{bucket.name}").ids() == [FIRST]


PATHS = st.from_regex(r"[a-z ü%+#?=-]{1,9}(/[a-z.]{1,9}){0,2}", fullmatch=True).filter(
    lambda path: not {".", ".."} & set(path.split("/"))
)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.dictionaries(PATHS, st.binary(max_size=99), min_size=1, max_size=4))
def test_any_files_come_back(store: Store, files: dict[str, bytes]) -> None:
    """Whatever the names and bytes: what is copied is what was staged."""
    names = sorted(files)
    kept = {n: files[n] for n in names if not any(o.startswith(f"{n}/") for o in names)}
    with store.stage("digits") as stage:
        for name, content in kept.items():
            (stage / name).parent.mkdir(parents=True, exist_ok=True)
            (stage / name).write_bytes(content)
        model = store.publish(stage, example_manifest())

    store.verify(model)

    folder = store.folder(model)
    assert {name: (folder / name).read_bytes() for name in kept} == kept
    assert len(everything(folder)) == len(kept) + 1
    assert (folder / MANIFEST_FILE).is_file()
    shutil.rmtree(folder)


def test_a_folder_may_be_named_by_a_url(tmp_path: Path) -> None:
    """`file://` is the folder itself, without a copy, with spaces and all."""
    folder = tmp_path / "my models"
    store = open_store(folder.as_uri())

    assert store.root == folder
    assert publish(store) == FIRST
    assert open_store(str(folder)).verify(FIRST).version == 1


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("http://example.org/models", "not 'http://example.org/models"),
        ("sftp://me:hidden@example.org/models", "not 'sftp://example.org/models"),
        ("s3://me:hidden@bucket/models", "leave them to the environment"),
        ("s3://", "s3://bucket/prefix"),
        ("file://models/exports", "file:///path"),
    ],
)
def test_what_is_no_place_of_a_store(place: str, said: str) -> None:
    """The message says what a place is, and repeats no password."""
    with pytest.raises(StoreError, match=said) as caught:
        open_store(place)
    assert "hidden" not in str(caught.value)


@given(st.text() | st.text().map("s3://{}".format) | st.text().map("file://{}".format))
def test_any_text_is_a_place_or_refused(place: str) -> None:
    """Whatever a setting holds, the store opens or one line says why not."""
    said = ""
    try:
        open_store(place, Path("copies"))
    except StoreError as error:
        said = str(error)
    assert "\n" not in said


@pytest.mark.parametrize(("scheme", "extra"), [("s3", "objects"), ("gs", "objects-gs")])
def test_a_library_that_is_not_installed(
    scheme: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who names a URL without the extra is told how to install it."""
    monkeypatch.setitem(sys.modules, "fsspec", None)

    with pytest.raises(StoreError, match=f"EXTRAS={extra} to make"):
        open_store(f"{scheme}://bucket/models")
