"""Images in NumPy's files: an .npz, an .npy, or a folder of .npy files, which stream from disk."""

import functools
import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.preprocess import Scale, stretch
from training.dataset import CHUNK, Dataset, Images, Joined, Split
from training.errors import DataUnreadable
from training.sources.array_keys import Key, Keys, find_keys
from training.sources.array_labels import read_labels
from training.sources.train_test_split import divide, separate
from training.sources.value_range import BYTE, find_range, recognise, say

GREY: Final = 3  # dimensions of images without a channel axis
CHANNELS: Final = (1, 3)


class Pixels:
    """Images of any number type as uint8 (n, height, width, channels), converted when read."""

    def __init__(self, images: Any, scale: Scale) -> None:
        """Take an array (n, height, width[, channels]) and its values for black and white."""
        self.images, self.scale = images, scale
        self.shape = (*images.shape, 1) if images.ndim == GREY else images.shape

    def __getitem__(self, indices: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return those images."""
        chosen = np.asarray(self.images[indices]).reshape(len(indices), *self.shape[1:])
        bytes_already = chosen.dtype == np.uint8 and self.scale == BYTE
        return chosen if bytes_already else stretch(chosen, self.scale)


def holds_arrays(folder: Path) -> bool:
    """Say whether a folder looks like a data set of .npy files."""
    return any(
        (folder / f"{key}.npy").is_file() for key in ("images", "x_train", "train_images", "data")
    )


def load_arrays(path: Path, scale: Scale | None = None) -> Dataset:
    """Read images and labels.

    Images are (n, height, width) or (n, height, width, 1 or 3). `find_keys` says which arrays of
    an .npz, or names of .npy files, are taken; a single .npy holds images. An .npz is read into
    memory; .npy files are mapped, so they may be larger.

    Args:
        path: The file or folder.
        scale: The values for black and white; without, `recognise` finds them.

    Raises:
        DataUnreadable: A file is broken, a key is missing, or a shape or value is no image's.
    """
    arrays = _read(path)
    keys = find_keys(arrays, str(path))
    for key in keys.image_keys():
        _check_shape(arrays[key], f"{path}: {key}")
    said = [_say_keys(keys)]
    scale, note = _scale([arrays[key] for key in keys.image_keys()], f"{path}: images", scale)
    said += [note] if note else []
    split, names = _joined(arrays, keys, scale, str(path))
    if keys.test:
        tested = np.arange(len(split)) >= sum(len(arrays[key.images]) for key in keys.train)
        test = split.subset(tested)
        train, notes = separate(split.subset(~tested), test)
    else:
        train, test, notes = divide(split, _digests(split), names)
    return Dataset(path.resolve().stem, train, test, names, (*said, *notes))


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


def _check_shape(images: Any, where: str) -> None:
    shape = images.shape
    if images.ndim == GREY or (images.ndim == GREY + 1 and shape[-1] in CHANNELS):
        return
    name = where.rpartition(" ")[2]
    message = f"{where} is {shape}; wanted (n, height, width) or (n, height, width, 1 or 3)"
    if remedy := _remedy(shape, name):
        message += f": give {remedy}"
    raise DataUnreadable(message)


def _remedy(shape: Sequence[int], name: str) -> str:
    """Say how an array becomes one of images, where its shape tells."""
    if len(shape) == 2:  # noqa: PLR2004 - each row is an image
        grey, colour = math.isqrt(shape[1]), math.isqrt(shape[1] // 3)
        if grey**2 != shape[1] and 3 * colour**2 == shape[1]:
            return (
                f"{name}.reshape(-1, {colour}, {colour}, 3), or where the channels come first "
                f"{name}.reshape(-1, 3, {colour}, {colour}).transpose(0, 2, 3, 1)"
            )
        side = str(grey) if grey**2 == shape[1] else ""
        return f"{name}.reshape(-1, {side or 'HEIGHT'}, {side or 'WIDTH'})"
    remedies = {
        1: f"{name}.transpose(0, 2, 3, 1), since the channels come first",
        2: f"{name}.transpose(3, 0, 1, 2), since the images come last",
    }
    if len(shape) == GREY + 1 and shape[-1] == max(CHANNELS) + 1:
        return f"{name}[..., :3], without alpha"
    found = [axis for axis in remedies if len(shape) == GREY + 1 and shape[axis] in CHANNELS]
    return remedies[found[0]] if found else ""


def _scale(images: Sequence[Any], where: str, given: Scale | None) -> tuple[Scale, str | None]:
    """Return the values for black and white, having seen all values; and say them."""
    values = find_range((part for array in images for part in _parts(array)), where)
    scale = given or recognise(values, where)
    return scale, say(values, scale)


def _parts(array: Any) -> Iterator[Any]:
    for start in range(0, len(array), CHUNK):
        yield array[start : start + CHUNK]


def _joined(
    arrays: Mapping[str, Any], keys: Keys, scale: Scale, where: str
) -> tuple[Split, tuple[str, ...]]:
    """Return all images with their labels, training images first, and the classes' names."""
    both = (*keys.train, *keys.test)
    parts: list[Images] = [Pixels(arrays[key.images], scale) for key in both]
    if len({part.shape[1:] for part in parts}) > 1:
        shapes = " and ".join(f"{key.images} {arrays[key.images].shape}" for key in both)
        raise DataUnreadable(f"{where}: {shapes} are of images of different shapes")
    named = ", ".join(key.labels for key in both if key.labels)
    labels, names = read_labels(
        [_labels(arrays, key) for key in both],
        [part.shape[0] for part in parts],
        f"{where}: {named}",
    )
    return Split(functools.reduce(Joined, parts), np.concatenate(labels)), names


def _labels(arrays: Mapping[str, Any], key: Key) -> Any:
    return None if key.labels is None else arrays[key.labels]


def _digests(split: Split) -> list[bytes]:
    return [
        hashlib.sha256(image.tobytes()).digest()
        for indices in split.chunks()
        for image in split.images[indices]
    ]


def _say_keys(keys: Keys) -> str:
    def listed(side: Sequence[Key]) -> str:
        return " and ".join(
            f"{key.images}" + (f" with labels {key.labels}" if key.labels else "") for key in side
        )

    said = f"read as images from {listed(keys.train)}"
    if keys.test:
        said = f"read as a split: {listed(keys.train)} to train on, {listed(keys.test)} to test on"
    return said + (f"; not used: {', '.join(keys.unused)}" if keys.unused else "")
