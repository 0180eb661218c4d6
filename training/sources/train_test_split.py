"""Which images are test images; no image is in both splits, and no near copy of one."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.dataset import Joined, Split
from training.sources.copies import find_copies, find_same

TEST_SHARE: Final = 0.2
FEWEST: Final = 2  # test images that can be measured
MOST: Final = 0.5  # share of the training images that may be left out for a likeness
NAMED: Final = 3  # classes of one image that are named

Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]


def divide(
    everything: Split, digests: Sequence[bytes], names: Sequence[str]
) -> tuple[Split, Split, tuple[str, ...]]:
    """Divide images into training and test images, where the data set does not say.

    Args:
        everything: All images.
        digests: One for each image, at least 8 bytes; they decide.
        names: The classes' names.

    Returns:
        Training images, test images, and what is to be said of them.
    """
    copies = find_copies(everything.images)
    tested = held_out(digests, everything.labels, copies.alike)
    notes = []
    if grouped := int((np.bincount(copies.alike)[copies.alike] > 1).sum()):
        extra = copies.extra()
        have = "has" if extra == 1 else "have"
        same = f" ({extra:,} {have} the same pixels as another)" if extra else ""
        notes.append(
            f"{grouped:,} images have a copy or a near copy{same}; copies are on one side of the "
            "split"
        )
    lone = [names[i] for i, n in enumerate(np.bincount(everything.labels + 1)[1:]) if n == 1]
    if lone:
        listed = ", ".join(lone[:NAMED]) + ", …" * (len(lone) > NAMED)
        notes.append(
            f"{len(lone):,} class{'es have' if len(lone) > 1 else ' has'} one image ({listed}), "
            "which is trained on and not tested"
        )
    return everything.subset(~tested), everything.subset(tested), tuple(notes)


def held_out(digests: Sequence[bytes], labels: NDArray[np.int32], groups: Indices) -> Flags:
    """Say for every image whether it is a test image; about a fifth of them are.

    The smallest digest of a group decides: a group lies on one side, and stays there when other
    images come or go. Every class has images on both sides, but for one that is a single group,
    which is trained on.

    Args:
        digests: One for each image, at least 8 bytes.
        labels: int32 (n,); −1 where there is none.
        groups: Number of the group of copies that an image belongs to, int (n,).
    """
    smallest: dict[int, bytes] = {}
    for group, digest in zip(groups.tolist(), digests, strict=True):
        smallest[group] = min(digest, smallest.get(group, digest))
    tested = {g: int.from_bytes(d[:8], "big") < TEST_SHARE * 2**64 for g, d in smallest.items()}
    lone = []
    for label in np.unique(labels):
        members = sorted(set(groups[labels == label].tolist()), key=smallest.__getitem__)
        sides = {tested[member] for member in members}
        if len(members) == 1:
            lone.append(members[0])
        elif sides == {False}:
            tested[members[0]] = True
        elif sides == {True}:
            tested[members[-1]] = False
    tested |= dict.fromkeys(lone, False)
    _test_some(tested, sorted(smallest, key=smallest.__getitem__))
    return np.array([tested[group] for group in groups.tolist()], bool)


def _test_some(tested: dict[int, bool], members: Sequence[int]) -> None:
    """Test the first members that leave at least as many to train on, if too few are tested."""
    for member in members[: min(FEWEST, len(members) // 2)]:
        if sum(tested.values()) < FEWEST:
            tested[member] = True


def separate(train: Split, test: Split) -> tuple[Split, tuple[str, ...]]:
    """Leave out training images that are test images too, or near copies of one.

    The test images stay as they were given. If more than half of the training images are like a
    test image, only those with the same pixels are left out.

    Returns:
        The training images that stay, and what is to be said.
    """
    copies = find_copies(Joined(train.images, test.images))
    same = _also_tested(copies.same, len(train))
    alike = _also_tested(copies.alike, len(train))
    notes = []
    if alike.sum() > max(same.sum(), MOST * len(train)):
        notes.append(
            f"{int(alike.sum() - same.sum()):,} of {len(train):,} training images are nearly the "
            "same as a test image; they stay, so the figures tell little about new images"
        )
        alike = same
    if left_out := int(alike.sum()):
        notes.append(
            f"left out {left_out:,} training images: {int(same.sum()):,} have the pixels of a "
            f"test image, {int(left_out - same.sum()):,} nearly so"
        )
        train = train.subset(~alike)
    return train, tuple(notes)


def count_shared(train: Split, test: Split) -> tuple[str, ...]:
    """Say how many training images of a published split are test images too; they stay."""
    same = find_same(Joined(train.images, test.images))
    shared = int(_also_tested(same, len(train)).sum())
    said = f"{shared:,} training images have the pixels of a test image; this split is published so"
    return (said,) if shared else ()


def _also_tested(groups: Indices, train_items: int) -> Flags:
    flags: Flags = np.isin(groups[:train_items], groups[train_items:])
    return flags
