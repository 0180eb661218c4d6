"""How much more test images cost than training images: what a model has learned by heart."""

from collections.abc import Mapping

from training.dataset import Split
from training.runs import Run

TRAIN, GAP = "train_negative_elbo", "generalisation_gap"


def training_sample(run: Run) -> Split:
    """Return as many of the images that the run is trained on as there are test images, or all.

    They lie evenly among the training images, so every class gives its share.
    """
    trained, _ = run.splits
    return trained.some(len(run.dataset().test))


def gap_metrics(test: float, train: float) -> dict[str, float]:
    """Return the −ELBO of training images, and what that of test images is above it, in nats."""
    return {TRAIN: train, GAP: test - train}


def gap_in_words(metrics: Mapping[str, float]) -> str | None:
    """Say how much more test images cost than training images; None if it was not measured.

    The percentage is of the training images' −ELBO, whatever its sign.
    """
    if GAP not in metrics:
        return None
    gap, train = metrics[GAP], abs(metrics[TRAIN])
    share = f"{100 * abs(gap) / train:.1f} %, " if train else ""
    than = "more than" if gap > 0 else "less than"
    return f"test images cost {share}{abs(gap):.1f} nats, {than} training images"
