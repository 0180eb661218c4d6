"""Which values are taken as black and white."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from training.config import TrainConfig
from training.dataset import Dataset
from training.errors import DataUnreadable
from training.load_dataset import load_dataset

SHADES = np.random.default_rng(0).random((20, 8, 8))
SHADES[:, 0, 0], SHADES[:, 0, 1] = 0, 1


def load(path: Path, **settings: object) -> Dataset:
    """Load as `fit --data` does."""
    config = TrainConfig(name="shades", dataset="shades", beta=1.0, **settings)
    return load_dataset(config, path)


def read(dataset: Dataset) -> NDArray[np.uint8]:
    """Return all images of a data set, sorted."""
    parts = [split.images[np.arange(len(split))] for split in (dataset.train, dataset.test)]
    images = np.concatenate(parts)
    return images[np.lexsort(images.reshape(len(images), -1).T[::-1])]


def wanted(values: NDArray[np.float64], black: float, white: float) -> NDArray[np.uint8]:
    """Return what images of such values become."""
    images = np.rint((values - black) / (white - black) * 255).astype(np.uint8)[..., None]
    return images[np.lexsort(images.reshape(len(images), -1).T[::-1])]


@pytest.mark.parametrize(
    ("values", "black", "white"),
    [
        (SHADES, 0, 1),
        (SHADES * 2 - 1, -1, 1),
        (SHADES * 255, 0, 255),
        (np.rint(SHADES), 0, 1),
        (np.rint(SHADES * 16), 0, 16),
        (np.rint(SHADES * 20).astype(np.uint8), 0, 20),
        (np.rint(SHADES * 255).astype(np.int16), 0, 255),
        (np.rint(SHADES * 1000).astype(np.uint16), 0, 1023),
        (np.rint(SHADES * 4095).astype(np.uint16), 0, 4095),
        (np.rint(SHADES * 9000).astype(np.int32), 0, 16383),
        (np.rint(SHADES * 65535).astype(np.uint16), 0, 65535),
    ],
)
def test_the_range_of_an_array_tells(
    tmp_path: Path, values: NDArray[np.float64], black: float, white: float
) -> None:
    """What stands for white becomes 255, whatever it was."""
    np.save(tmp_path / "images.npy", values)

    np.testing.assert_array_equal(
        read(load(tmp_path / "images.npy")), wanted(values.astype(float), black, white)
    )


@pytest.mark.parametrize(
    ("values", "white", "suffix"),
    [
        (np.rint(SHADES).astype(np.uint8), 1, "png"),
        (np.rint(SHADES * 5).astype(np.uint8), 5, "png"),
        (np.rint(SHADES * 4095).astype(np.uint16), 4095, "png"),
        (np.rint(SHADES * 1000).astype(np.uint16), 1023, "tiff"),
        (np.rint(SHADES * 255).astype(np.uint16), 255, "png"),
        (SHADES.astype(np.float32), 1, "tiff"),
    ],
)
def test_the_range_of_files_tells(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    values: NDArray[np.float64],
    white: float,
    suffix: str,
) -> None:
    """Masks, few levels, 12-bit values in files of 16 bits, fractions: scaled, and said."""
    for number, image in enumerate(values):
        Image.fromarray(image).save(tmp_path / f"{number}.{suffix}")

    dataset = load(tmp_path)

    np.testing.assert_array_equal(read(dataset), wanted(values.astype(float), 0, white))
    assert white == 255 or f"0 is taken as black and {white} as white" in caplog.text


def test_scale_has_the_last_word(tmp_path: Path) -> None:
    """Levels of 0 to 5 that are of 10."""
    values = np.rint(SHADES * 5).astype(np.uint8)
    for number, image in enumerate(values):
        Image.fromarray(image).save(tmp_path / f"{number}.png")

    np.testing.assert_array_equal(
        read(load(tmp_path, scale=(0.0, 10.0))), wanted(values.astype(float), 0, 10)
    )


def test_masks_are_scaled_before_they_are_fitted(tmp_path: Path) -> None:
    """Half of a white and a black pixel is grey, and not black."""
    for number in range(8):
        mask = np.zeros((8, 8), np.uint8)
        mask[:, number:] = 1
        Image.fromarray(mask).save(tmp_path / f"{number}.png")

    images = read(load(tmp_path, image_size=(4, 4)))

    assert images.max() == 255
    assert ((images > 50) & (images < 200)).any()


def test_black_drawings_on_nothing_are_no_dark_images(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Icons whose form is in their transparency lie on white."""
    for number, shades in enumerate(SHADES):
        icon = np.zeros((8, 8, 4), np.uint8)
        icon[..., 3] = np.rint(255 * shades)
        Image.fromarray(icon).save(tmp_path / f"{number}.png")

    np.testing.assert_array_equal(read(load(tmp_path)), wanted(1 - SHADES, 0, 1))
    assert "taken as black" not in caplog.text
    assert "nearly black" not in caplog.text


def test_nearly_black_images_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One bright pixel hides nothing."""
    values = np.rint(SHADES.repeat(40, axis=1) * 12).astype(np.uint8)
    values[0, 0, 0] = 255
    np.save(tmp_path / "images.npy", values)

    load(tmp_path / "images.npy")

    assert "nearly black" in caplog.text
    assert "--set scale=" in caplog.text


def test_mixed_depths_are_asked_about(tmp_path: Path) -> None:
    """12-bit values and bytes have no white in common; full 16 bits and bytes do."""
    for number, shades in enumerate(SHADES):
        Image.fromarray(np.rint(shades * 255).astype(np.uint8)).save(tmp_path / f"{number}.png")
    deep = np.rint(SHADES[0].T * 4095).astype(np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")

    with pytest.raises(DataUnreadable, match=r"highest value is 4095: no scale is right for both"):
        load(tmp_path)

    Image.fromarray(deep * 16).save(tmp_path / "deep.png")
    assert len(read(load(tmp_path))) == 21


def test_a_scale_must_rise() -> None:
    """White is the higher value; inverted images are inverted by their owner."""
    with pytest.raises(ValueError, match="white is the higher value"):
        TrainConfig(name="shades", dataset="shades", beta=1.0, scale=(1.0, 0.0))
