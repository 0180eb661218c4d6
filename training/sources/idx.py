"""IDX files, MNIST's own format: a magic number, the sizes (big-endian), then the bytes."""

import gzip
import math
import zlib
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.dataset import Dataset, Split
from training.errors import DataUnreadable
from training.sources.train_test_split import count_shared, separate

UNSIGNED_BYTE: Final = 0x08
PUBLISHED: Final = ("mnist", "fashion-mnist")  # their splits stay as everybody measures on them
FILES: Final = {
    ("train", "images"): "train-images-idx3-ubyte",
    ("train", "labels"): "train-labels-idx1-ubyte",
    ("test", "images"): "t10k-images-idx3-ubyte",
    ("test", "labels"): "t10k-labels-idx1-ubyte",
}


def holds_idx(folder: Path) -> bool:
    """Say whether a folder looks like a data set of IDX files."""
    return any(folder.glob("*-ubyte*"))


def load_idx(folder: Path, name: str) -> Dataset:
    """Read a folder of the four files that MNIST and its kin consist of, gzipped or plain.

    Copies of test images are left out of the training images, but for published data sets.

    Raises:
        DataUnreadable: A file is missing, broken, or disagrees with another.
    """
    arrays = {key: read_idx(_find(folder, file)) for key, file in FILES.items()}
    splits = {}
    for split in ("train", "test"):
        images, labels = arrays[split, "images"], arrays[split, "labels"]
        if images.ndim != 3 or labels.shape != images.shape[:1]:  # noqa: PLR2004 - n, height, width
            message = f"{folder}: {split} has images {images.shape} but labels {labels.shape}"
            raise DataUnreadable(message)
        splits[split] = Split(images[..., None], labels.astype(np.int32))
    classes = int(max(split.labels.max(initial=-1) for split in splits.values())) + 1
    train, test = splits["train"], splits["test"]
    if name in PUBLISHED:
        notes = count_shared(train, test)
    else:
        train, notes = separate(train, test)
    read = f"read as IDX files: {len(train):,} training and {len(test):,} test images"
    return Dataset(name, train, test, tuple(map(str, range(classes))), (read, *notes))


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read one IDX file of unsigned bytes.

    Raises:
        DataUnreadable: It is not such a file, or is shorter than it says.
    """
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise DataUnreadable(f"{path}: cannot be read: {error}") from error
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] != UNSIGNED_BYTE:  # noqa: PLR2004
        raise DataUnreadable(f"{path}: not an IDX file of unsigned bytes")
    header = 4 + 4 * content[3]
    if len(content) < header:
        raise DataUnreadable(f"{path}: ends within its header")
    shape = tuple(int(size) for size in np.frombuffer(content[4:header], ">u4"))
    if 0 in shape:
        raise DataUnreadable(f"{path}: holds no pixel, its sizes are {shape}")
    if len(content) - header != math.prod(shape):
        message = (
            f"{path}: {math.prod(shape)} bytes expected for {shape}, {len(content) - header} found"
        )
        raise DataUnreadable(message)
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def _find(folder: Path, file: str) -> Path:
    for candidate in (folder / file, folder / f"{file}.gz"):
        if candidate.is_file():
            return candidate
    raise DataUnreadable(f"{folder}: {file} (or {file}.gz) is missing")
