"""Images in NumPy's files: an .npz, an .npy, or a folder of .npy files, which stream from disk."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from training.dataset import CHUNK, Dataset, Split
from training.errors import DataUnreadable
from training.sources.train_test_split import held_out

SPLIT: Final = ("x_train", "x_test")
WHITE: Final = 255


class Pixels:
    """Images of any number type as uint8 (n, height, width, channels), converted when read."""

    def __init__(self, images: Any, factor: int) -> None:
        """Take an array (n, height, width[, channels]) and what makes 255 of its white."""
        self.images, self.factor = images, factor
        self.shape = images.shape if images.ndim == 4 else (*images.shape, 1)  # noqa: PLR2004

    def __getitem__(self, indices: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return those images."""
        chosen = np.asarray(self.images[indices]).reshape(len(indices), *self.shape[1:])
        if chosen.dtype == np.uint8:
            return chosen
        return np.rint(chosen * np.float32(self.factor)).astype(np.uint8)


def holds_arrays(folder: Path) -> bool:
    """Say whether a folder looks like a data set of .npy files."""
    return any((folder / f"{key}.npy").is_file() for key in ("images", SPLIT[0]))


def load_arrays(path: Path, likelihood: str) -> Dataset:
    """Read images and labels.

    Keys (of an .npz, or names of .npy files): x_train, x_test and perhaps y_train, y_test; or
    images and perhaps labels, which are split by content. A single .npy holds images. They are
    (n, height, width) or (n, height, width, 1 or 3): whole numbers in 0…255, floats in 0…1, or
    booleans. An .npz is read into memory; .npy files are mapped, so they may be larger.

    Args:
        path: The file or folder.
        likelihood: For the message, where the values are not pixels.

    Raises:
        DataUnreadable: A file is broken, a key is missing, or a shape or value is no image's.
    """
    arrays = _read(path)
    names = {str(name) for key, array in arrays.items() if _is_text(key, array) for name in array}
    classes = tuple(sorted(names))
    if set(SPLIT) <= arrays.keys():
        train = _split(path, arrays, ("x_train", "y_train"), classes, likelihood)
        test = _split(path, arrays, ("x_test", "y_test"), classes, likelihood)
        if train.images.shape[1:] != test.images.shape[1:]:
            message = f"{path}: x_train and x_test are of images of different shapes"
            raise DataUnreadable(message)
    elif "images" in arrays:
        everything = _split(path, arrays, ("images", "labels"), classes, likelihood)
        train, test = _halves(everything, classes, str(path))
    else:
        there = ", ".join(arrays) or "nothing"
        message = f"{path}: holds {there}; wanted x_train and x_test, or images (labels optional)"
        raise DataUnreadable(message)
    if not classes:
        highest = max(int(split.labels.max(initial=-1)) for split in (train, test))
        classes = tuple(map(str, range(highest + 1)))
    return Dataset(path.resolve().stem, train, test, classes)


def _read(path: Path) -> Mapping[str, Any]:
    try:
        if path.is_dir():
            return {file.stem: np.load(file, mmap_mode="r") for file in sorted(path.glob("*.npy"))}
        if path.suffix == ".npy":
            return {"images": np.load(path, mmap_mode="r")}
        with path.open("rb") as opened, np.load(opened) as file:
            return dict(file)
    except Exception as error:  # a broken zip raises what it likes
        raise DataUnreadable(f"{path}: cannot be read as arrays: {error}") from error


def _split(
    path: Path,
    arrays: Mapping[str, Any],
    keys: tuple[str, str],
    classes: tuple[str, ...],
    likelihood: str,
) -> Split:
    images, labels = arrays[keys[0]], arrays.get(keys[1])
    where = f"{path}: {keys[0]}"
    rows = 3
    if images.ndim not in (rows, rows + 1) or (
        images.ndim > rows and images.shape[-1] not in (1, 3)
    ):
        message = f"{where} is {images.shape}; wanted (n, height, width) or (…, 1 or 3)"
        raise DataUnreadable(message)
    pixels = Pixels(images, _factor(images, where, likelihood))
    if labels is None:
        return Split(pixels, np.full(len(images), -1, np.int32))
    if len(labels) != len(images) or labels.size != len(labels):
        message = f"{path}: {keys[1]} is {labels.shape} for {len(images)} images"
        raise DataUnreadable(message)
    labels = labels.reshape(-1)
    if _is_text(keys[1], labels):
        return Split(pixels, np.searchsorted(classes, labels.astype(str)).astype(np.int32))
    if not np.issubdtype(labels.dtype, np.integer):
        message = f"{path}: {keys[1]} is {labels.dtype}; labels are integers or names"
        raise DataUnreadable(message)
    return Split(pixels, labels.astype(np.int32))


def _is_text(key: str, array: Any) -> bool:
    return key in ("labels", "y_train", "y_test") and array.dtype.kind in "US"


def _factor(images: Any, where: str, likelihood: str) -> int:
    """Return what makes pixels of the values, having seen all of them."""
    if images.dtype == np.uint8:
        return 1
    if images.dtype.kind not in "biuf":
        raise DataUnreadable(f"{where} is {images.dtype}; pixels are numbers")
    low, high, whole = np.inf, -np.inf, True
    for start in range(0, len(images), CHUNK):
        chunk = images[start : start + CHUNK]
        if not np.isfinite(chunk).all():
            raise DataUnreadable(f"{where} holds values that are not finite numbers")
        low, high = min(low, chunk.min()), max(high, chunk.max())
        whole = whole and bool((chunk == np.rint(chunk)).all())
    bytes_as_numbers = whole and (high > 1 or images.dtype.kind in "iu")
    if low >= 0 and high <= (WHITE if bytes_as_numbers else 1):
        return 1 if bytes_as_numbers else WHITE
    message = (
        f"{where} has values from {low:.6g} to {high:.6g}; the likelihood {likelihood} is of "
        "pixels: 0…255, or floats in 0…1; give the images as they were before standardisation"
    )
    raise DataUnreadable(message)


def _halves(everything: Split, classes: tuple[str, ...], where: str) -> tuple[Split, Split]:
    digests = [
        hashlib.sha256(image.tobytes()).digest()
        for indices in everything.chunks()
        for image in everything.images[indices]
    ]
    names = classes or [str(n) for n in range(everything.labels.max(initial=-1) + 1)]
    tested = held_out(digests, everything.labels, names, where)
    return everything.subset(~tested), everything.subset(tested)
