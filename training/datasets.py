"""Data sets: uint8 images with labels, split once into training and test images.

`images[indices]` reads a batch, so that a source need not fit in memory. Each kind of source has a
file of its own in `training/sources/`.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from training.config import TrainConfig
from training.errors import DataUnreadable
from training.networks import ImageShape

CHUNK: Final = 1024  # images at a time, where all are passed over


class Images(Protocol):
    """Images that can be read by index."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Number, height, width, channels."""

    def __getitem__(self, indices: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return those images, uint8 (n, height, width, channels)."""


@dataclass(frozen=True)
class Split:
    """Images and their labels, int32 (n,); −1 where there is none."""

    images: Images
    labels: NDArray[np.int32]

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.labels)

    def chunks(self, size: int = CHUNK) -> Iterator[NDArray[np.int64]]:
        """Yield the indices of all images in order, `size` at a time."""
        for start in range(0, len(self), size):
            yield np.arange(start, min(start + size, len(self)))

    def head(self, n: int) -> "Split":
        """Return the first n images."""
        return Split(self.images[np.arange(min(n, len(self)))], self.labels[:n])


@dataclass(frozen=True)
class Dataset:
    """What a model is trained and measured on; no image is in both splits."""

    name: str
    train: Split
    test: Split
    labels: tuple[str, ...]

    @property
    def image_shape(self) -> ImageShape:
        """Height, width, channels."""
        _, height, width, channels = self.train.images.shape
        return height, width, channels

    def sha256(self) -> str:
        """Digest the images and labels as read, train then test."""
        digest = hashlib.sha256()
        for split in (self.train, self.test):
            for indices in split.chunks():
                digest.update(np.ascontiguousarray(split.images[indices]).data)
            digest.update(np.ascontiguousarray(split.labels).data)
        return digest.hexdigest()


def load_dataset(config: TrainConfig, data: Path | None = None, *, strict: bool = False) -> Dataset:
    """Read the configuration's data set: from `data` if given, else by its own loader.

    A broken file of an image folder is skipped and named, or refused if `strict`.

    Raises:
        DataUnreadable: It is not there, cannot be downloaded, or holds no images.
    """
    from training.sources import builtin, files  # noqa: PLC0415 - sources import this module

    dataset = builtin.load(config) if data is None else files.load(config, data, strict=strict)
    if config.labels:
        dataset = Dataset(dataset.name, dataset.train, dataset.test, config.labels)
    for split, word in ((dataset.train, "training"), (dataset.test, "test")):
        if not len(split):
            raise DataUnreadable(f"{dataset.name}: there is no {word} image")
    if (
        config.conditional
        and min(split.labels.min() for split in (dataset.train, dataset.test)) < 0
    ):
        raise DataUnreadable(f"{dataset.name}: a conditional model needs a label for every image")
    return dataset
