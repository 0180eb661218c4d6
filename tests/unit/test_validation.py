"""Held-back images: of every class, wherever they lie; and the epoch that is best by them."""

from typing import Any

import numpy as np
import pytest

from training.config import TrainConfig
from training.dataset import Split
from training.errors import RunInvalid
from training.validation import best_epoch, hold_back


def split(counts: list[int], copies: int = 1) -> Split:
    """Return noise, class after class, each image so many times."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (sum(counts), 4, 4, 1), np.uint8)
    labels = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    return Split(np.repeat(images, copies, axis=0), np.repeat(labels, copies))


def pixels(of: Split) -> set[bytes]:
    """Return each image's pixels."""
    return {image.tobytes() for image in of.images[np.arange(len(of))]}


def test_every_class_gives_its_share() -> None:
    """Of 100, 50 and 10 images in a row, 16 held back are 10, 5 and 1: not the last 16."""
    training, validation = hold_back(split([100, 50, 10]), 16)

    assert np.bincount(validation.labels).tolist() == [10, 5, 1]
    assert np.bincount(training.labels).tolist() == [90, 45, 9]
    assert not pixels(training) & pixels(validation)


def test_the_order_of_the_images_does_not_matter() -> None:
    """The same images are held back from a shuffled split."""
    ordered = split([30, 20])
    shuffled = ordered.subset(np.random.default_rng(1).permutation(50))

    assert pixels(hold_back(ordered, 10)[1]) == pixels(hold_back(shuffled, 10)[1])


def test_copies_stay_together() -> None:
    """Of images that are there three times, all or none are held back, so there may be more."""
    training, validation = hold_back(split([20, 20], copies=3), 10)

    assert len(validation) == 12
    assert not pixels(training) & pixels(validation)


def test_nothing_is_held_back_unless_asked_for() -> None:
    """Without validation_items, all images are trained on."""
    training, validation = hold_back(split([3]), 0)

    assert (len(training), len(validation)) == (3, 0)


def test_images_without_labels_are_held_back_too() -> None:
    """A folder without classes, with −1 for each label, is one class."""
    images = split([20])
    unlabelled = Split(images.images, np.full(20, -1, np.int32))

    assert len(hold_back(unlabelled, 5)[1]) == 5


def test_a_class_is_never_held_back_altogether() -> None:
    """Of 3, 2 and 1 images, no more than 3 are held back, whatever is asked for."""
    training, validation = hold_back(split([3, 2, 1]), 5)

    assert np.bincount(training.labels).tolist() == [1, 1, 1]
    assert np.bincount(validation.labels).tolist() == [2, 1]


@pytest.mark.parametrize("items", [6, 99])
def test_not_everything_is_held_back(items: int) -> None:
    """As many images as there are, or more, are refused with both numbers."""
    with pytest.raises(RunInvalid, match=f"validation_items is {items}, .* only 6 training"):
        hold_back(split([3, 2, 1]), items)


def history(losses: list[float], key: str = "loss") -> list[dict[str, Any]]:
    """Return the log of a run with these losses."""
    return [
        {"epoch": epoch, "best_epoch": epoch, "loss": -epoch, key: loss}
        for epoch, loss in enumerate(losses, 1)
    ]


@pytest.mark.parametrize(
    ("losses", "warmup", "best"),
    [
        ([5, 3, 4, 3], "none", 2),
        ([1, 2, 9, 8, 8.5], "linear", 4),  # the first three have not had all of beta
        ([1, 2], "linear", 2),
        ([1, 2, 3], "linear", 3),
        ([1, 2, 9, 8, 8.5, 10], "cyclic", 3),  # in each cycle the third has all of it
    ],
)
def test_the_best_epoch_is_one_after_warm_up(losses: list[float], warmup: str, best: int) -> None:
    """The lowest loss among the epochs with all of beta; until there is one, the last epoch."""
    config = TrainConfig(name="a", dataset="a", beta=1.0, warmup=warmup, warmup_epochs=3)

    assert best_epoch(config, history(losses)) == best


def test_held_back_images_have_the_say() -> None:
    """A training loss that only falls does not choose the epoch where images are held back."""
    config = TrainConfig(name="a", dataset="a", beta=1.0)

    assert best_epoch(config, history([3, 1, 2], "validation_loss")) == 2


def test_epochs_of_an_earlier_release_are_not_chosen() -> None:
    """A log without `best_epoch` goes with a file that may be of an epoch in warm-up."""
    config = TrainConfig(name="a", dataset="a", beta=1.0)
    lines = history([1, 2, 4, 3])
    for line in lines[:2]:
        del line["best_epoch"]

    assert best_epoch(config, lines) == 4
