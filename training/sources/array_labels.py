"""Labels in arrays of numbers, booleans or texts, as classes with names."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from training.errors import DataUnreadable

SMALL: Final = 1000  # numbers below it are the indices of their classes
Labels = NDArray[Any]


def read_labels(
    arrays: Sequence[Labels | None], lengths: Sequence[int], where: str
) -> tuple[list[NDArray[np.int32]], tuple[str, ...]]:
    """Turn the labels of each split into indices of classes, int32 (n,), and return the names.

    Whole numbers below 1000 are the indices themselves, and the names are all numbers up to the
    highest. Of other values, those that occur are the names, in order. Rows of zeros and a single
    one (one-hot) stand for its place. −1, NaN and an empty text are no label.

    Args:
        arrays: The labels of each split; none where it has none.
        lengths: The numbers of images.
        where: What to call them in a message.

    Raises:
        DataUnreadable: Labels and images differ in number, or the labels are no classes.
    """
    flat = [
        np.full(length, -1) if labels is None else _flat(np.asarray(labels), length, where)
        for labels, length in zip(arrays, lengths, strict=True)
    ]
    if any(labels.dtype.kind == "U" for labels in flat):
        flat = [np.where(labels.astype(str) == "-1", "", labels.astype(str)) for labels in flat]
    missing = "" if flat[0].dtype.kind == "U" else -1
    values = np.unique(np.concatenate(flat))
    values = values[values != missing]
    if len(values) > max(SMALL, sum(lengths) // 2):
        raise DataUnreadable(
            f"{where} has {len(values):,} different values for {sum(lengths):,} images: these are "
            "no classes; leave it out, or give it another name"
        )
    if values.dtype.kind != "U" and values.min(initial=0) >= 0 and values.max(initial=0) < SMALL:
        values = np.arange(values.max(initial=-1) + 1)
    indices = [np.where(one == missing, -1, np.searchsorted(values, one)) for one in flat]
    return [one.astype(np.int32) for one in indices], tuple(map(str, values.tolist()))


def _flat(labels: Labels, images: int, where: str) -> Labels:
    """Return labels as whole numbers or texts, (n,)."""
    if len(labels) != images:
        raise DataUnreadable(
            f"{where} is {labels.shape} for {images} images; there must be one for each"
        )
    if labels.ndim == 2 and labels.shape[1] > 1 and _one_hot(labels):  # noqa: PLR2004
        return labels.argmax(axis=1)
    if labels.size != images:
        raise DataUnreadable(
            f"{where} is {labels.shape}: several for each image; give one, as labels[:, 0]"
        )
    labels = labels.reshape(-1)
    if labels.dtype.kind == "S":
        return np.char.decode(labels, "utf-8", "replace")
    if labels.dtype.kind == "f":
        return _whole(labels)
    if labels.dtype.kind in "bO":
        return labels.astype(str)
    if labels.dtype.kind not in "iuU":
        raise DataUnreadable(f"{where} is {labels.dtype}; labels are numbers or names")
    return labels


def _one_hot(labels: Labels) -> bool:
    return labels.dtype.kind in "biuf" and bool(
        ((labels == 0) | (labels == 1)).all() and (labels.sum(axis=1) == 1).all()
    )


def _whole(labels: Labels) -> Labels:
    """Return floats as whole numbers if all are, else as texts."""
    known = np.isfinite(labels)
    if (labels[known] == np.rint(labels[known])).all():
        return np.where(known, labels, -1).astype(np.int64)
    return np.where(known, labels.astype(str), "")
