"""NumPy's files as data sets."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.config import TrainConfig
from training.dataset import Dataset
from training.errors import DataUnreadable
from training.load_dataset import load_dataset

IMAGES = np.random.default_rng(0).integers(0, 256, (60, 6, 5), dtype=np.uint8)
LABELS = np.arange(60) % 3


def load(path: Path, **settings: object) -> Dataset:
    """Load as `fit --data` does."""
    return load_dataset(TrainConfig(name="arrays", dataset="arrays", beta=1.0, **settings), path)


def everything(dataset: Dataset) -> np.ndarray:
    """Return the images of both splits."""
    parts = [split.images[np.arange(len(split))] for split in (dataset.train, dataset.test)]
    return np.concatenate(parts)


def test_an_npz_with_a_split_is_taken_at_its_word(tmp_path: Path) -> None:
    """Keras's keys: the order and the labels stay."""
    np.savez(
        tmp_path / "mine.npz",
        x_train=IMAGES[:50],
        y_train=LABELS[:50, None],
        x_test=IMAGES[50:],
        y_test=LABELS[50:, None],
    )

    dataset = load(tmp_path / "mine.npz")

    assert dataset.name == "mine"
    assert dataset.labels == ("0", "1", "2")
    np.testing.assert_array_equal(dataset.test.images[np.arange(10)][..., 0], IMAGES[50:])
    np.testing.assert_array_equal(dataset.train.labels, LABELS[:50])


def test_one_array_is_split_by_content(tmp_path: Path) -> None:
    """Images come once, on one side, every class on both, and labels stay with their images."""
    np.savez(tmp_path / "mine.npz", images=IMAGES, labels=LABELS)

    dataset = load(tmp_path / "mine.npz")

    assert sorted(map(bytes, everything(dataset))) == sorted(map(bytes, IMAGES))
    assert set(dataset.test.labels) == {0, 1, 2}
    known = {image.tobytes(): label for image, label in zip(IMAGES, LABELS, strict=True)}
    for image, label in zip(dataset.test.images[np.arange(3)], dataset.test.labels, strict=False):
        assert known[image.tobytes()] == label


def test_names_can_be_labels(tmp_path: Path) -> None:
    """Text labels become the classes' names, sorted."""
    np.savez(tmp_path / "mine.npz", images=IMAGES, labels=np.array(["cat", "ant", "bee"])[LABELS])

    dataset = load(tmp_path / "mine.npz")

    assert dataset.labels == ("ant", "bee", "cat")
    assert sum(int((s.labels == 2).sum()) for s in (dataset.train, dataset.test)) == 20


@pytest.mark.parametrize("as_folder", [True, False])
def test_npy_files_are_mapped_not_read(tmp_path: Path, *, as_folder: bool) -> None:
    """An .npy larger than memory streams: what is held is a memory map."""
    np.save(tmp_path / "images.npy", IMAGES[..., None].repeat(3, axis=-1))

    dataset = load(tmp_path if as_folder else tmp_path / "images.npy")

    images: Any = dataset.train.images
    assert isinstance(images.images.images, np.memmap)
    assert dataset.image_shape == (6, 5, 3)
    assert set(dataset.train.labels) == {-1}


@pytest.mark.parametrize(
    "images", [IMAGES / np.float32(255), IMAGES / 255, IMAGES.astype(np.int64), IMAGES * 1.0]
)
def test_floats_in_0_to_1_and_wide_numbers_are_pixels(tmp_path: Path, images: np.ndarray) -> None:
    """They come back as the uint8 that they stand for."""
    np.save(tmp_path / "images.npy", images)

    dataset = load(tmp_path / "images.npy")

    assert everything(dataset).dtype == np.uint8
    assert sorted(map(bytes, everything(dataset))) == sorted(map(bytes, IMAGES))


def test_booleans_are_black_and_white(tmp_path: Path) -> None:
    """True is 255."""
    np.save(tmp_path / "images.npy", IMAGES > 127)

    assert set(np.unique(everything(load(tmp_path / "images.npy")))) == {0, 255}


@pytest.mark.parametrize(
    ("images", "said"),
    [
        ((IMAGES - 128.0) / 64, r"values from -2 to 1.98.*likelihood bernoulli.*standardis"),
        (IMAGES / 2, r"values from 0 to 127.5"),
        (IMAGES.astype(np.uint16) * 257, r"values from 0 to 65535"),
        (np.where(IMAGES > 3, 0.5, np.nan), r"not finite"),
        (IMAGES.astype("U3"), r"pixels are numbers"),
        (IMAGES[0], r"is \(6, 5\); wanted"),
        (IMAGES[..., None].repeat(4, axis=-1), r"is \(60, 6, 5, 4\); wanted"),
    ],
)
def test_what_is_no_pixel_is_refused(tmp_path: Path, images: np.ndarray, said: str) -> None:
    """One line says what came and what was wanted."""
    np.save(tmp_path / "images.npy", images)

    with pytest.raises(DataUnreadable, match=said):
        load(tmp_path / "images.npy")


def test_arrays_that_disagree_are_refused(tmp_path: Path) -> None:
    """Labels of another length, splits of other sizes, and unknown keys are named."""
    np.savez(tmp_path / "short.npz", images=IMAGES, labels=LABELS[:7])
    np.savez(tmp_path / "sizes.npz", x_train=IMAGES, x_test=IMAGES[:, 1:])
    np.savez(tmp_path / "keys.npz", pictures=IMAGES)

    with pytest.raises(DataUnreadable, match=r"labels is \(7,\) for 60 images"):
        load(tmp_path / "short.npz")
    with pytest.raises(DataUnreadable, match=r"different shapes"):
        load(tmp_path / "sizes.npz")
    with pytest.raises(DataUnreadable, match=r"holds pictures; wanted x_train and x_test"):
        load(tmp_path / "keys.npz")


def test_broken_and_other_files_are_refused(tmp_path: Path) -> None:
    """A file that is no array, pickled objects and a missing path each get one line."""
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 no zip")
    np.save(tmp_path / "objects.npy", np.array([{}, {}]), allow_pickle=True)
    (tmp_path / "table.csv").write_text("1,2")

    for name in ("broken.npz", "objects.npy", "table.csv", "missing.npz"):
        with pytest.raises(DataUnreadable, match=name) as caught:
            load(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_arrays_are_not_fitted(tmp_path: Path) -> None:
    """An image_size that the arrays do not have is refused, not ignored."""
    np.save(tmp_path / "images.npy", IMAGES)

    assert load(tmp_path / "images.npy", image_size=(6, 5)).image_shape == (6, 5, 1)
    with pytest.raises(DataUnreadable, match=r"6 × 5 × 1, but .* image_size \(8, 8\)"):
        load(tmp_path / "images.npy", image_size=(8, 8))
