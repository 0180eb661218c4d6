"""The list of a run's images: a digest of each, by which they are found again wherever they lie."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from training.dataset import Dataset, Split
from training.errors import DataUnreadable

Digests = NDArray[np.uint64]
SIDES: Final = ("train", "test")


def list_images(dataset: Dataset) -> dict[str, Digests]:
    """Return a digest of every image's pixels and class name, for `train` and for `test`."""
    return {side: _digests(getattr(dataset, side), dataset.labels) for side in SIDES}


def pick_images(
    dataset: Dataset, listed: dict[str, Digests], labels: tuple[str, ...], where: Path | str
) -> tuple[Dataset, int]:
    """Put the listed images together again, whatever else a data set holds and in any order.

    Args:
        dataset: What is there now.
        listed: What `list_images` returned.
        labels: The class names that the labels shall be indices of.
        where: The data set's path or name, for the message.

    Returns:
        The data set as it was listed, and how many images of the other one are not in it.

    Raises:
        DataUnreadable: Listed images are missing; the message says how many.
    """
    now = list_images(dataset)
    rows: dict[int, list[int]] = {}
    for row, digest in enumerate(np.concatenate([now[side] for side in SIDES]).tolist()):
        rows.setdefault(digest, []).append(row)
    total = sum(map(len, now.values()))
    picked = {side: [_take(rows, digest) for digest in listed[side].tolist()] for side in SIDES}
    missing = {side: picked[side].count(-1) for side in SIDES}
    new = total - sum(len(picked[side]) - missing[side] for side in SIDES)
    if any(missing.values()):
        said = " and ".join(
            f"{missing[side]:,} of {len(picked[side]):,} {word} images"
            for side, word in zip(SIDES, ("training", "test"), strict=True)
            if missing[side]
        )
        raise DataUnreadable(
            f"{where}: {said} are not there as the run saw them (pixels or class differ); {new:,} "
            "images there are none of the run's; give the images that it was trained on as "
            "--data, or start a new run"
        )
    everything = dataset.train.followed_by(dataset.test)
    everything = replace(everything, labels=_in_terms_of(labels, dataset))
    train, test = (everything.subset(np.array(picked[side])) for side in SIDES)
    return replace(dataset, train=train, test=test, labels=labels), new


def _digests(split: Split, labels: Sequence[str]) -> Digests:
    found = np.empty(len(split), np.uint64)
    for indices in split.chunks():
        for i, image in zip(indices, split.images[indices], strict=True):
            digest = hashlib.blake2b(np.ascontiguousarray(image).data, digest_size=8)
            label = int(split.labels[i])
            digest.update(labels[label].encode() if label >= 0 else b"")
            found[i] = int.from_bytes(digest.digest(), "big")
    return found


def _take(rows: dict[int, list[int]], digest: int) -> int:
    """Take one of the images of a digest, the first first; −1 where none is left."""
    left = rows.get(digest)
    return left.pop(0) if left else -1


def _in_terms_of(labels: tuple[str, ...], dataset: Dataset) -> NDArray[Any]:
    """Return the labels of all images as indices into other class names."""
    index = {name: i for i, name in enumerate(labels)}
    table = np.array([*(index.get(name, -1) for name in dataset.labels), -1], np.int32)
    return table[np.concatenate([dataset.train.labels, dataset.test.labels])]
