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
        ((IMAGES - 128.0) / 64, r"values from -2 to 1.98.*--set scale=\[-2,1.98.*standardised"),
        (IMAGES / 100, r"values from 0 to 2.55.*--set scale=\[0,2.55\]"),
        (IMAGES.astype(np.int16) - 99, r"--set scale=\[-99,156\]"),
        (np.where(IMAGES > 3, 0.5, np.nan), r"not finite.*nan_to_num"),
        (IMAGES.astype("U3"), r"pixels are numbers"),
        (IMAGES[0], r"is \(6, 5\); wanted"),
        (IMAGES[..., None].repeat(4, axis=-1), r"give images\[..., :3\], without alpha"),
        (IMAGES[:, None].repeat(3, axis=1), r"give images.transpose\(0, 2, 3, 1\)"),
        (IMAGES.transpose(1, 2, 0)[:, :, None], r"give images.transpose\(3, 0, 1, 2\)"),
        (IMAGES[:, :5].reshape(60, -1), r"give images.reshape\(-1, 5, 5\)"),
        (IMAGES[:48, :4, :4].reshape(-1, 48), r"reshape\(-1, 4, 4, 3\), or where"),
        (IMAGES.reshape(60, -1), r"reshape\(-1, HEIGHT, WIDTH\)"),
    ],
)
def test_what_is_no_image_is_refused(tmp_path: Path, images: np.ndarray, said: str) -> None:
    """One line says what came, what was wanted, and how to get there."""
    np.save(tmp_path / "images.npy", images)

    with pytest.raises(DataUnreadable, match=said):
        load(tmp_path / "images.npy")


def test_a_scale_that_is_given_is_taken(tmp_path: Path) -> None:
    """Values beyond black and white become black and white."""
    np.save(tmp_path / "images.npy", IMAGES * 10.0 - 100)

    dataset = load(tmp_path / "images.npy", scale=(0.0, 510.0))

    wanted = np.rint(np.clip((IMAGES * 10.0 - 100) / 2, 0, 255)).astype(np.uint8)
    assert sorted(map(bytes, everything(dataset))) == sorted(map(bytes, wanted))


@pytest.mark.parametrize(
    ("keys", "train", "test"),
    [
        ("X_train Y_train X_test Y_test", 40, 20),
        ("train_images train_labels test_images test_labels", 40, 20),
        ("x_train y_train x_val y_val", 40, 20),
        ("Training Training_labels Testing Testing_labels", 40, 20),
    ],
)
def test_the_split_of_other_names_is_known(
    tmp_path: Path, keys: str, train: int, test: int
) -> None:
    """As people and other programs spell it, in any case."""
    values = (IMAGES[:40], LABELS[:40], IMAGES[40:], LABELS[40:])
    arrays: dict[str, Any] = dict(zip(keys.split(), values, strict=True))
    np.savez(tmp_path / "mine.npz", **arrays)

    dataset = load(tmp_path / "mine.npz")

    assert (len(dataset.train), len(dataset.test)) == (train, test)
    np.testing.assert_array_equal(dataset.test.labels, LABELS[40:])


def test_validation_images_beside_a_test_are_trained_on(tmp_path: Path) -> None:
    """As MedMNIST has them; `validation_items` holds back others."""
    np.savez(
        tmp_path / "mine.npz",
        train_images=IMAGES[:30],
        val_images=IMAGES[30:40],
        test_images=IMAGES[40:],
        train_labels=LABELS[:30, None],
        val_labels=LABELS[30:40, None],
        test_labels=LABELS[40:, None],
    )

    dataset = load(tmp_path / "mine.npz")

    assert (len(dataset.train), len(dataset.test)) == (40, 20)
    np.testing.assert_array_equal(dataset.train.labels, LABELS[:40])
    np.testing.assert_array_equal(dataset.train.images[np.array([35])][0, ..., 0], IMAGES[35])


@pytest.mark.parametrize("keys", ["images labels", "X Y", "data target", "arr_0 arr_1", "cats y"])
def test_arrays_of_other_names_are_known(tmp_path: Path, keys: str) -> None:
    """Images and labels under the names that people give them."""
    arrays: dict[str, Any] = dict(zip(keys.split(), (IMAGES, LABELS), strict=True))
    np.savez(tmp_path / "mine.npz", **arrays)

    dataset = load(tmp_path / "mine.npz")

    assert len(everything(dataset)) == 60
    assert dataset.labels == ("0", "1", "2")


def test_what_is_not_used_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """So that labels under an unknown name are missed."""
    np.savez(tmp_path / "mine.npz", images=IMAGES, kinds=LABELS)

    assert load(tmp_path / "mine.npz").labels == ()
    assert "read as images from images; not used: kinds" in caplog.text


@pytest.mark.parametrize(
    ("labels", "names", "tenth"),
    [
        (LABELS.astype(np.float32), ("0", "1", "2"), 1),
        (LABELS == 1, ("False", "True"), 1),
        (LABELS * 1000003 + 5, ("5", "1000008", "2000011"), 1),
        (LABELS * 0.5, ("0.0", "0.5", "1.0"), 1),
        (np.eye(3, dtype=np.uint8)[LABELS], ("0", "1", "2"), 1),
        (np.array([b"cat", b"ant", b"bee"])[LABELS], ("ant", "bee", "cat"), 0),
        (np.array(["", "ant", "bee"])[LABELS], ("ant", "bee"), 0),
        (LABELS - 1, ("0", "1"), 0),
        (np.where(LABELS == 0, np.nan, LABELS), ("0", "1", "2"), 1),
        (LABELS * 2, ("0", "1", "2", "3", "4"), 2),
    ],
)
def test_labels_become_classes(
    tmp_path: Path, labels: np.ndarray, names: tuple[str, ...], tenth: int
) -> None:
    """Numbers, booleans and texts, as names; the tenth image is of class 1."""
    np.savez(tmp_path / "mine.npz", x_train=IMAGES, y_train=labels, x_test=255 - IMAGES)

    dataset = load(tmp_path / "mine.npz")

    assert dataset.labels == names
    assert dataset.train.labels[10] == tenth
    assert set(dataset.test.labels) == {-1}


def test_labels_that_are_no_classes_are_refused(tmp_path: Path) -> None:
    """A quantity, several labels for each image, and another number of labels."""
    many = np.random.default_rng(0).integers(0, 256, (1500, 4, 4), dtype=np.uint8)
    np.savez(tmp_path / "quantity.npz", images=many, labels=np.linspace(0, 1, 1500))
    np.savez(tmp_path / "several.npz", images=IMAGES, labels=np.ones((60, 5)))
    np.savez(tmp_path / "short.npz", images=IMAGES, labels=LABELS[:7])

    with pytest.raises(DataUnreadable, match=r"labels has 1,500 different values"):
        load(tmp_path / "quantity.npz")
    with pytest.raises(DataUnreadable, match=r"labels is \(60, 5\): several for each"):
        load(tmp_path / "several.npz")
    with pytest.raises(DataUnreadable, match=r"labels is \(7,\) for 60 images"):
        load(tmp_path / "short.npz")


def test_training_images_that_are_tested_on_are_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The test images of a given split stay; how many training images are left out is said."""
    np.savez(tmp_path / "leak.npz", x_train=IMAGES[:50], x_test=IMAGES[40:])

    dataset = load(tmp_path / "leak.npz")

    assert (len(dataset.train), len(dataset.test)) == (40, 20)
    assert "left out 10 training images: 10 have the pixels of a test image" in caplog.text


def test_arrays_that_disagree_are_refused(tmp_path: Path) -> None:
    """Splits of other sizes, and keys of which none or several are images, are named."""
    np.savez(tmp_path / "sizes.npz", x_train=IMAGES, x_test=IMAGES[:, 1:])
    np.savez(tmp_path / "none.npz", table=LABELS)
    np.savez(tmp_path / "several.npz", cats=IMAGES, dogs=IMAGES)

    with pytest.raises(DataUnreadable, match=r"different shapes"):
        load(tmp_path / "sizes.npz")
    with pytest.raises(DataUnreadable, match=r"holds table \(60,\); none is.*rename the keys"):
        load(tmp_path / "none.npz")
    with pytest.raises(DataUnreadable, match=r"cats and dogs could all be the images"):
        load(tmp_path / "several.npz")


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
