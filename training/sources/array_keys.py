"""Which arrays of an .npz, or of a folder of .npy files, are images and which are labels."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from training.errors import DataUnreadable
from training.sources.split_words import Side, find_split, is_tested, split_word

IMAGES: Final = frozenset({"x", "image", "images", "data", "img", "imgs", "pixels", "features"})
LABELS: Final = frozenset({"y", "label", "labels", "target", "targets", "class", "classes"})
NUMBERED: Final = {"arr_0": "images", "arr_1": "labels"}  # np.savez without names


class Key(NamedTuple):
    """The arrays of one side of a split."""

    images: str
    labels: str | None


class Keys(NamedTuple):
    """The arrays to read."""

    train: tuple[Key, ...]
    """Or everything, where `test` is empty."""
    test: tuple[Key, ...]
    unused: tuple[str, ...]

    def image_keys(self) -> list[str]:
        """Return all keys of images."""
        return [key.images for key in (*self.train, *self.test)]


def find_keys(arrays: Mapping[str, Any], where: str) -> Keys:
    """Understand the names, in any case: `x_train`, `train_images`, `X`, `data`, `arr_0`.

    An only array of three or four dimensions is taken for the images whatever its name.

    Raises:
        DataUnreadable: No array can be taken for the images, or several can.
    """
    images = [key for key in arrays if _kind(key) == "images"]
    sides = _sides(images)
    if not sides:
        images = images or [key for key, array in arrays.items() if array.ndim in (3, 4)]
        if len(images) != 1:
            raise DataUnreadable(_unclear(arrays, images, where))
        labels = [key for key in arrays if _kind(key) == "labels" and split_word(key) is None]
        keys = [Key(images[0], labels[0] if labels else None)]
        return _with_unused(keys, [], arrays)
    labels_of = {
        word.side: key for key in arrays if _kind(key) == "labels" and (word := split_word(key))
    }
    train: list[Key] = []
    test: list[Key] = []
    for key, side in sides.items():
        chosen = test if is_tested(side, sides.values()) else train
        chosen.append(Key(key, labels_of.get(side)))
    return _with_unused(train, test, arrays)


def _with_unused(train: Sequence[Key], test: Sequence[Key], arrays: Mapping[str, Any]) -> Keys:
    used = {name for key in (*train, *test) for name in key}
    return Keys(tuple(train), tuple(test), tuple(key for key in arrays if key not in used))


def _kind(key: str) -> str | None:
    """Say whether a name is one of images or of labels."""
    word = split_word(key)
    rest = word.rest if word else " ".join(re.findall(r"[^\W\d_]+", key.casefold()))
    if rest in IMAGES or (word and not rest):  # np.savez(train=…, test=…)
        return "images"
    return "labels" if rest in LABELS else NUMBERED.get(key)


def _sides(images: Sequence[str]) -> dict[str, Side]:
    split = find_split(images)
    return split if len(split) == len([key for key in images if split_word(key)]) else {}


def _unclear(arrays: Mapping[str, Any], images: Sequence[str], where: str) -> str:
    there = ", ".join(f"{key} {array.shape}" for key, array in arrays.items()) or "nothing"
    which = f"{' and '.join(images)} could all be the images" if images else "none is of images"
    return (
        f"{where}: holds {there}; {which}. Wanted are x_train and x_test, or images (and y_train, "
        "y_test or labels): rename the keys, as in np.savez(FILE, images=…, labels=…)"
    )
