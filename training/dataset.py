"""A data set: uint8 images with labels, split once into training and test images.

`images[indices]` reads a batch, so that the images need not fit in memory.
"""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from models.manifest import ImageShape

CHUNK: Final = 1024  # images at a time, where all are passed over


class Images(Protocol):
    """Images that can be read by index."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Number, height, width, channels."""

    def __getitem__(self, indices: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return those images, uint8 (n, height, width, channels)."""


class Rows:
    """Some of other images, read from them when wanted."""

    def __init__(self, images: Images, rows: NDArray[np.int64]) -> None:
        """Take images, and the indices of those wanted."""
        self.images, self.rows = images, rows
        self.shape = (len(rows), *images.shape[1:])

    def __getitem__(self, indices: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return those images, uint8 (n, height, width, channels)."""
        return np.asarray(self.images[self.rows[indices]])


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

    def subset(self, rows: Any) -> "Split":
        """Return some of the images: by indices, by booleans or by a slice."""
        indices = np.arange(len(self))[rows]
        return Split(Rows(self.images, indices), self.labels[indices])


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

    @property
    def pixels(self) -> int:
        """Height × width × channels."""
        return math.prod(self.image_shape)

    def sha256(self) -> str:
        """Digest the images and labels as read, train then test."""
        digest = hashlib.sha256()
        for split in (self.train, self.test):
            for indices in split.chunks():
                digest.update(np.ascontiguousarray(split.images[indices]).data)
            digest.update(np.ascontiguousarray(split.labels).data)
        return digest.hexdigest()
