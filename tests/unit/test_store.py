"""The store: which versions there are, publishing whole or not at all, verifying every file."""

import errno
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import (
    DigestMismatch,
    ManifestInvalid,
    ModelNotFound,
    StoreError,
    UnsafePath,
)
from models.manifest import MANIFEST_FILE
from models.store import ModelId, Store
from tests.unit.example_manifests import example_manifest


@pytest.fixture(name="store")
def _store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def publish(store: Store, name: str = "digits") -> ModelId:
    """Publish a version that has a file in its root and one in a folder."""
    with store.stage(name) as stage:
        (stage / "variables").mkdir()
        (stage / "variables" / "data").write_bytes(b"weights")
        (stage / "saved_model.pb").write_bytes(b"graph")
        return store.publish(stage, example_manifest(name=name))


def everything(folder: Path) -> list[str]:
    """List all that a folder holds, hidden or not."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_an_absent_store_holds_no_model(store: Store) -> None:
    """A store's folder need not exist; the message says that there is none."""
    assert store.ids() == []
    assert store.versions("digits") == []
    with pytest.raises(ModelNotFound, match=r"no model 'digits' in .*; there: none"):
        store.resolve("digits")


def test_the_newest_version_is_the_highest_number(store: Store) -> None:
    """Version 10 comes after 9, not between 1 and 2."""
    for version in (9, 10, 1, 2):
        (store.root / "digits" / str(version)).mkdir(parents=True)

    assert store.versions("digits") == [1, 2, 9, 10]
    assert store.resolve("digits") == ModelId("digits", 10)
    assert publish(store) == ("digits", 11)


def test_only_what_is_named_by_a_number_is_a_version(store: Store) -> None:
    """Stages, leading zeros and digits of other scripts are not versions; loading refuses files."""
    folder = store.root / "digits"
    for other in (".stage-x", "01", "0", "-1", "1.0", "v1", "٣", "latest"):
        (folder / other).mkdir(parents=True)
    (folder / "7").write_text("a file")
    (store.root / "No_Model" / "1").mkdir(parents=True)
    (store.root / "readme").write_text("a file")

    assert store.ids() == [("digits", 7)]


def test_a_reference_is_a_name_or_a_name_and_a_version(store: Store) -> None:
    """`name` is its newest version, `name@version` that one; models are listed by name."""
    digits, letters = publish(store), publish(store, "letters")
    newer = publish(store)

    assert store.ids() == [digits, newer, letters]
    assert store.resolve("digits") == newer
    assert store.resolve("digits@1") == digits
    assert str(newer) == "digits@2"


@pytest.mark.parametrize(
    "reference",
    ["", "@", "digits@3", "digits@0", "digits@-1", "digits@one", "digits@1@1", "letters",
     "digits@²", "../store/digits", "/etc", "DIGITS", "digits/1", "digits\0"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(store: Store, reference: str) -> None:
    """A reference to nothing is refused, and the answer lists what there is."""
    publish(store)

    with pytest.raises(ModelNotFound, match="there: digits@1"):
        store.resolve(reference)


@given(st.text())
def test_no_name_leads_out_of_the_store(name: str) -> None:
    """Any text is either refused as a name, or a folder of the store's own."""
    store = Store(Path("/store"))
    try:
        folder = store.folder(ModelId(name, 1))
    except UnsafePath:
        return
    assert folder == Path("/store") / name / "1"
    assert name.isascii()
    assert "/" not in name
    assert "." not in name


def test_publishing_lists_every_file(store: Store) -> None:
    """The published manifest holds the version and the SHA-256 of every file; verify agrees."""
    model = publish(store)

    manifest = store.verify(model)

    assert manifest.version == 1
    assert set(manifest.files) == {"saved_model.pb", "variables/data"}
    assert manifest == store.manifest(model)


def test_a_published_version_can_be_read_by_others(store: Store) -> None:
    """The folder is open to the user that the service runs as."""
    assert store.folder(publish(store)).stat().st_mode & 0o777 == 0o755


def test_a_stage_is_never_listed(store: Store) -> None:
    """While a version is built, the store is as it was before."""
    first = publish(store)
    with store.stage("digits") as stage:
        (stage / "saved_model.pb").write_bytes(b"half")
        assert store.ids() == [first]
        assert store.resolve("digits") == first


def test_a_failed_export_leaves_nothing(store: Store) -> None:
    """An error while staging removes the stage, and the model's folder if it was new."""

    def fail() -> None:
        with store.stage("digits") as stage:
            (stage / "saved_model.pb").write_bytes(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert everything(store.root) == []


@pytest.mark.parametrize(("owner", "call"), [(os, "fsync"), (Path, "rename")])
def test_a_failed_publish_leaves_the_older_version(
    store: Store, owner: object, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fills up at the end takes nothing with it: the store is as it was."""
    publish(store)
    before = everything(store.root)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(owner, call, full)
    with pytest.raises((StoreError, OSError), match="No space left"):
        publish(store)

    assert everything(store.root) == before
    assert store.verify(store.resolve("digits")).version == 1


def test_publishing_at_once_gives_a_version_each(store: Store) -> None:
    """Exports that end at the same moment do not overwrite each other."""
    n = 4
    together = Barrier(n)

    def export(_: int) -> ModelId:
        with store.stage("digits") as stage:
            (stage / "saved_model.pb").write_bytes(b"graph")
            together.wait()
            return store.publish(stage, example_manifest())

    with ThreadPoolExecutor(n) as pool:
        published = list(pool.map(export, range(n)))

    assert sorted(model.version for model in published) == [1, 2, 3, 4]
    assert [store.verify(model).version for model in store.ids()] == [1, 2, 3, 4]
    assert not list(store.root.rglob(".stage-*"))


def damage(folder: Path, how: str) -> None:
    """Do one kind of harm to a version's files."""
    weights = folder / "variables" / "data"
    if how == "truncated":
        weights.write_bytes(b"weigh")
    elif how == "changed":
        weights.write_bytes(b"Weights")
    elif how == "missing":
        weights.unlink()
    else:
        (folder / "variables" / "more").write_bytes(b"?")


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("truncated", r"digits@1: variables/data differs from its SHA-256"),
        ("changed", r"digits@1: variables/data differs from its SHA-256"),
        ("missing", r"digits@1: variables/data is missing; export the model again"),
        ("extra", r"digits@1: variables/more is not listed"),
    ],
)
def test_verify_finds_damage(store: Store, how: str, said: str) -> None:
    """A file that is not the one published is named, with what is wrong with it."""
    model = publish(store)
    damage(store.folder(model), how)

    with pytest.raises(DigestMismatch, match=said):
        store.verify(model)


def test_verify_refuses_a_manifest_of_another_model(store: Store) -> None:
    """A folder that was renamed or copied is not the model that its manifest names."""
    model = publish(store)
    folder = store.folder(model)
    folder.rename(folder.with_name("2"))

    with pytest.raises(ManifestInvalid, match=r"manifest of digits@2 says digits@1"):
        store.verify(ModelId("digits", 2))


def test_verify_refuses_a_missing_manifest(store: Store) -> None:
    """A folder without a manifest is no model."""
    model = publish(store)
    (store.folder(model) / MANIFEST_FILE).unlink()

    with pytest.raises(ManifestInvalid, match="cannot be read"):
        store.verify(model)


def test_a_link_out_of_the_model_is_refused(store: Store, tmp_path: Path) -> None:
    """A file that is really somewhere else is refused, even when its bytes are the right ones."""
    model = publish(store)
    weights = store.folder(model) / "variables" / "data"
    weights.rename(tmp_path / "elsewhere")
    weights.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(UnsafePath, match="leads out"):
        store.verify(model)


@pytest.mark.parametrize("level", ["version", "name"])
def test_a_link_out_of_the_store_is_refused(store: Store, tmp_path: Path, level: str) -> None:
    """A version, or a whole model, that is a link to another place is not read."""
    folder = store.folder(publish(store))
    folder = folder if level == "version" else folder.parent
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(UnsafePath, match="leads out of the store"):
        store.verify(ModelId("digits", 1))


def test_a_listed_path_out_of_the_model_is_not_followed(store: Store, tmp_path: Path) -> None:
    """A manifest that lists `../…` does not make verify read there."""
    model = publish(store)
    path = store.folder(model) / MANIFEST_FILE
    (tmp_path / "store" / "digits" / "secret").write_bytes(b"secret")
    manifest = json.loads(path.read_text())
    manifest["files"]["../secret"] = "0" * 64
    path.write_text(json.dumps(manifest))

    with pytest.raises(DigestMismatch, match=r"\.\./secret is missing"):
        store.verify(model)
