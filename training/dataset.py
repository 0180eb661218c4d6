"""A data set: uint8 images with labels, split once into training and test images.

`images[indices]` reads a batch, so that the images need not fit in memory.
"""

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from models.items import Column
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


class Joined:
    """Images of one shape, followed by others."""

    def __init__(self, first: Images, second: Images) -> None:
        """Take both; they keep their order."""
        self.first, self.second = first, second
        self.shape = (first.shape[0] + second.shape[0], *first.shape[1:])

    def __getitem__(self, indices: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return those images, uint8 (n, height, width, channels)."""
        chosen = np.empty((len(indices), *self.shape[1:]), np.uint8)
        early = indices < self.first.shape[0]
        chosen[early] = self.first[indices[early]]
        chosen[~early] = self.second[indices[~early] - self.first.shape[0]]
        return chosen


@dataclass(frozen=True)
class Split:
    """Images and what is known of each."""

    images: Images
    labels: NDArray[np.int32]
    """Index of the class, int32 (n,); −1 where there is none."""
    files: NDArray[np.object_] | None = None
    """Path of each below the data folder, (n,); none where the images are no files."""
    columns: Mapping[Column, NDArray[np.object_]] = field(default_factory=dict)
    """What metadata.csv or metadata.jsonl says of each: `models.items.Value` (n,)."""
    sizes: NDArray[np.int32] | None = None
    """Width and height of each file, (n, 2); none where the images are no files."""

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.labels)

    def chunks(self, size: int = CHUNK) -> Iterator[NDArray[np.int64]]:
        """Yield the indices of all images in order, `size` at a time."""
        for start in range(0, len(self), size):
            yield np.arange(start, min(start + size, len(self)))

    def file_sizes(self) -> NDArray[np.int32]:
        """Return width and height of each image before it was fitted, (n, 2)."""
        if self.sizes is not None:
            return self.sizes
        _, height, width, _ = self.images.shape
        return np.tile(np.array([width, height], np.int32), (len(self), 1))

    def subset(self, rows: Any) -> "Split":
        """Return some of the images: by indices, by booleans or by a slice."""
        indices = np.arange(len(self))[rows]
        return Split(
            Rows(self.images, indices),
            self.labels[indices],
            None if self.files is None else self.files[indices],
            {column: values[indices] for column, values in self.columns.items()},
            None if self.sizes is None else self.sizes[indices],
        )

    def some(self, n: int) -> "Split":
        """Return so many of the images, spread evenly over all; all if there are no more."""
        return self.subset(np.linspace(0, len(self) - 1, min(n, len(self))).astype(np.int64))

    def followed_by(self, other: "Split") -> "Split":
        """Return these images and then another split's, of the same shape and columns."""

        def join(values: Any, others: Any) -> Any:
            return None if values is None or others is None else np.concatenate([values, others])

        return Split(
            Joined(self.images, other.images),
            join(self.labels, other.labels),
            join(self.files, other.files),
            {column: join(self.columns[column], other.columns[column]) for column in self.columns},
            join(self.sizes, other.sizes),
        )


@dataclass(frozen=True)
class Dataset:
    """What a model is trained and measured on; no image is in both splits."""

    name: str
    train: Split
    test: Split
    labels: tuple[str, ...]
    read_as: tuple[str, ...] = ()
    """What was understood of the files, in sentences for the user."""

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
