"""How much more test images cost than training images: of which images, and in which words."""

from pathlib import Path

import numpy as np
import pytest

from training.config import TrainConfig
from training.dataset import Dataset, Split
from training.runs import Run, new_run
from training.training_gap import gap_in_words, gap_metrics, training_sample


def made(folder: Path, held_back: int, train: int) -> Run:
    """Return a run on noise with ten test images and so many training images, half of a class."""
    random = np.random.default_rng(0)
    test, training = (
        Split(random.integers(0, 256, (n, 4, 4, 1), np.uint8), np.repeat([0, 1], n // 2))
        for n in (10, train)
    )
    config = TrainConfig(name="a", dataset="a", beta=1.0, validation_items=held_back)
    return new_run(config, None, Dataset("a", training, test, ("x", "y")), folder / "run")


def test_the_sample_is_of_images_that_are_trained_on(tmp_path: Path) -> None:
    """As many as test images, half of each class, none of those that are held back."""
    run = made(tmp_path, held_back=20, train=40)
    sample = training_sample(run)
    held = {image.tobytes() for image in run.splits[1].images[np.arange(20)]}

    assert np.bincount(sample.labels).tolist() == [5, 5]
    assert not {image.tobytes() for image in sample.images[np.arange(10)]} & held


def test_of_few_training_images_all_are_measured(tmp_path: Path) -> None:
    """A run with six training images and ten test images has a sample of six."""
    assert len(training_sample(made(tmp_path, held_back=0, train=6))) == 6


@pytest.mark.parametrize(
    ("test", "train", "words"),
    [
        (102.1, 100.0, "test images cost 2.1 %, 2.1 nats, more than training images"),
        (-9267.0, -9931.0, "test images cost 6.7 %, 664.0 nats, more than training images"),
        (95.0, 100.0, "test images cost 5.0 %, 5.0 nats, less than training images"),
        (1.0, 0.0, "test images cost 1.0 nats, more than training images"),
    ],
)
def test_the_difference_in_words(test: float, train: float, words: str) -> None:
    """A percentage of the training images' −ELBO, which may be negative or nothing, and nats."""
    assert gap_in_words(gap_metrics(test, train)) == words


def test_an_evaluation_of_an_earlier_release_has_no_words() -> None:
    """Metrics without the training images' −ELBO say nothing of it."""
    assert gap_in_words({"negative_elbo": 100.0}) is None
