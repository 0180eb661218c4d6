"""What a model is called: two sets of images do not become versions of one model."""

from pathlib import Path

import pytest

from models.manifest import MANIFEST_FILE
from models.store import Store
from tests.unit.example_manifests import example_manifest, fields
from training.errors import ConfigInvalid
from training.model_name import Images, check_name, check_writable, free_name, model_name, origin

MINE = Images("a" * 64, "mine")
YOURS = Images("b" * 64, "yours")


@pytest.fixture(name="store")
def _store(tmp_path: Path) -> Store:
    """Return a store with `cats` of mine, and `old` as it was before manifests had an origin."""
    for name, place in (("cats", "mine"), ("old", None)):
        folder = tmp_path / name / "1"
        folder.mkdir(parents=True)
        dataset = fields()["dataset"] | {"sha256": MINE.sha256, "origin": place}
        manifest = example_manifest(name=name, dataset=dataset)
        (folder / MANIFEST_FILE).write_text(manifest.model_dump_json())
    return Store(tmp_path)


@pytest.mark.parametrize(
    ("images", "wanted", "name"),
    [
        (MINE, "cats", "cats"),
        (Images("c" * 64, "mine"), "cats", "cats"),  # the folder has grown
        (Images(MINE.sha256, "moved"), "cats", "cats"),
        (YOURS, "cats", "cats-2"),
        (YOURS, "dogs", "dogs"),
        (Images(MINE.sha256, "x"), "old", "old"),
        (Images("c" * 64, "digits"), "old", "old"),  # a data set known by its name
        (YOURS, "old", "old-2"),
    ],
)
def test_other_images_get_another_name(
    images: Images, wanted: str, name: str, store: Store
) -> None:
    """Equal images, or images from the same place, are a new version; others get a number."""
    assert free_name(store, wanted, images) == name


def test_a_name_that_is_taken_is_refused(store: Store) -> None:
    """The message says of what images the model is, and what to do."""
    check_name(store, "cats", MINE, "")

    with pytest.raises(ConfigInvalid, match=r"a model cats of other images \(digits: 7.*; do so"):
        check_name(store, "cats", YOURS, "do so")


def test_what_cannot_be_read_is_in_nobodys_way(store: Store) -> None:
    """A version with a broken manifest takes no name."""
    (store.root / "cats" / "1" / MANIFEST_FILE).write_text("{")

    assert free_name(store, "cats", YOURS) == "cats"


def test_a_store_that_takes_no_model(tmp_path: Path) -> None:
    """It is refused before a training; one that does is left as it was."""
    (tmp_path / "file").write_text("no folder")
    check_writable(Store(tmp_path / "new"), "cats")

    assert not (tmp_path / "new" / "cats").exists()
    with pytest.raises(ConfigInvalid, match=r"cannot be written .*; name another with --store"):
        check_writable(Store(tmp_path / "file"), "cats")


def test_places_are_told_apart_by_their_whole_path(tmp_path: Path) -> None:
    """Not by the folder's name; a data set without a path is told by its own."""
    assert origin(tmp_path / "a" / "cats", "cats") != origin(tmp_path / "b" / "cats", "cats")
    assert origin(tmp_path / "a" / ".." / "b", "b") == origin(tmp_path / "b", "b")
    assert origin(None, "digits") == "digits"


@pytest.mark.parametrize(
    ("words", "name"),
    [("My Photos!", "my-photos"), ("2026_birds", "images-2026-birds"), ("写真", "images")],
)
def test_any_words_make_a_name(words: str, name: str) -> None:
    """A folder's name becomes a name that the store accepts."""
    assert model_name(words) == name
    assert len(model_name("long " * 40)) <= 63
