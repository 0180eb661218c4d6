"""Copies and near copies, and the sides of a split that they fall on."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from training.config import TrainConfig
from training.dataset import Dataset, Split
from training.load_dataset import load_dataset
from training.sources.copies import find_copies
from training.sources.train_test_split import FEWEST, separate

RANDOM = np.random.default_rng(0)


def draw(count: int) -> NDArray[np.uint8]:
    """Return smooth colour pictures, (n, 48, 48, 3)."""
    small = RANDOM.integers(0, 256, (count, 5, 5, 3), dtype=np.uint8)
    images = [Image.fromarray(one).resize((48, 48), Image.Resampling.BICUBIC) for one in small]
    return np.stack([np.asarray(image) for image in images])


PICTURES = draw(60)


def split(images: NDArray[np.uint8]) -> Split:
    """Return images without labels."""
    return Split(images, np.full(len(images), -1, np.int32))


def save_idx(path: Path, values: NDArray[np.uint8]) -> None:
    """Write one of the files of MNIST's format."""
    sizes = struct.pack(f">{values.ndim}I", *values.shape)
    path.write_bytes(gzip.compress(bytes([0, 0, 8, values.ndim]) + sizes + values.tobytes()))


def load_idx(folder: Path, name: str) -> Dataset:
    """Load as `fit --config … --data` does."""
    return load_dataset(TrainConfig(name="idx", dataset=name, beta=1.0), folder)


def test_pictures_are_unlike() -> None:
    """Different pictures are in groups of their own, be they smooth or sparse."""
    strokes = np.where(draw(40) > 160, 255, 0).astype(np.uint8)[..., :1]

    assert len(np.unique(find_copies(PICTURES).alike)) == 60
    assert len(np.unique(find_copies(strokes).alike)) == 40


def test_equal_pixels_are_copies() -> None:
    """Found wherever they lie, and counted."""
    copies = find_copies(np.concatenate([PICTURES, PICTURES[5:9], PICTURES[5:6]]))

    assert copies.extra() == 5
    assert copies.same[5] == copies.same[60] == copies.same[64]
    assert len(np.unique(copies.same)) == 60


@pytest.mark.parametrize("grey", [True, False])
def test_changed_a_little_is_a_near_copy(*, grey: bool) -> None:
    """Lighter, darker, noisy, or scaled by a pixel; a shift or another hue is another picture."""
    pictures = PICTURES[..., :1] if grey else PICTURES
    noise = RANDOM.normal(0, 3, pictures.shape)
    smaller = [Image.fromarray(one.squeeze()).resize((47, 47)).resize((48, 48)) for one in pictures]
    changed = [
        np.clip(pictures * 1.03, 0, 255),
        pictures * 0.97,
        np.clip(pictures + noise, 0, 255),
        np.stack([np.asarray(one) for one in smaller]).reshape(pictures.shape),
    ]
    far = [np.roll(pictures, 4, axis=2), 255 - pictures]

    images = np.concatenate([pictures, *changed, *far]).astype(np.uint8)
    copies = find_copies(images).alike.reshape(-1, 60)

    for near in range(1, 5):
        assert (copies[near] == copies[0]).mean() > 0.98
    for other in (5, 6):
        assert not np.isin(copies[other], copies[0]).any()


def test_flat_images_are_copies_only_if_equal() -> None:
    """Nothing can be said of how a plain image is like another."""
    greys = np.arange(0, 200, 10, dtype=np.uint8)[:, None, None, None]
    plain = np.broadcast_to(greys, (20, 8, 8, 1))

    assert len(np.unique(find_copies(np.concatenate([plain, plain[:3]])).alike)) == 20


def test_one_scene_is_not_one_group() -> None:
    """Of a camera that stands still, pictures differ little; only equal pixels count."""
    scene = PICTURES[:1] + RANDOM.normal(0, 1, (40, 48, 48, 3))
    images = np.concatenate([np.clip(scene, 0, 255).astype(np.uint8), PICTURES[:3]])

    copies = find_copies(images)

    assert len(np.unique(copies.alike)) > 20


def test_near_copies_of_test_images_are_not_trained_on() -> None:
    """The test images stay; how many were left out for what is said."""
    darker = (PICTURES[:4] * 0.97).astype(np.uint8)

    train, notes = separate(split(np.concatenate([PICTURES[4:], darker])), split(PICTURES[:10]))

    np.testing.assert_array_equal(train.images[np.arange(len(train))], PICTURES[10:])
    assert notes == ("left out 10 training images: 6 have the pixels of a test image, 4 nearly so",)


def test_more_than_half_is_not_left_out_for_a_likeness() -> None:
    """What remains would be no training set; that the figures tell little is said."""
    darker = (PICTURES * 0.97).astype(np.uint8)

    train, notes = separate(split(darker), split(PICTURES))

    assert len(train) == 60
    assert "60 of 60 training images are nearly the same as a test image" in notes[0]


@pytest.mark.parametrize(("name", "left"), [("mine", 50), ("mnist", 60)])
def test_published_splits_stay(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, left: int
) -> None:
    """Figures on MNIST stay comparable; of other IDX files copies are left out."""
    images = PICTURES[..., 0]
    for word, part in (("train", images), ("t10k", images[50:])):
        save_idx(tmp_path / f"{word}-images-idx3-ubyte.gz", part)
        save_idx(tmp_path / f"{word}-labels-idx1-ubyte.gz", np.zeros(len(part), np.uint8))

    dataset = load_idx(tmp_path, name)

    assert (len(dataset.train), len(dataset.test)) == (left, 10)
    assert "10 training images" in caplog.text or "10 have the pixels" in caplog.text
    assert len(dataset.test) >= FEWEST
