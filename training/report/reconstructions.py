"""What comes back of images: of the best, typical and worst test images, and of training images."""

from typing import Any, Final

import numpy as np
from matplotlib import rc_context
from numpy.typing import NDArray

from training.dataset import Split
from training.image_quality import psnr
from training.report.evaluated_run import EvaluatedRun, Floats
from training.report.pairs import COLUMNS, Pair, draw_pairs
from training.report.style import RULES, finish

MOST: Final = 5000  # images of each split among which some are chosen
MORE: Final = 1.0  # dB by which training images come out clearly better


def draw_reconstructions(run: EvaluatedRun) -> bytes:
    """Draw images over the decodes of their z_mean, chosen by their error."""
    test, train = run.test.some(MOST), run.train.some(min(MOST, len(run.test)))
    errors, of_training = run.squared_errors(test), run.squared_errors(train)
    with rc_context(RULES):
        figure = draw_pairs(
            [
                _pair(run, "best", test, np.argsort(errors, kind="stable")[:COLUMNS]),
                _pair(run, "typical", test, typical(errors, test.labels, COLUMNS)),
                _pair(run, "worst", test, np.argsort(-errors, kind="stable")[:COLUMNS]),
                _pair(run, "training", train, typical(of_training, train.labels, COLUMNS)),
            ]
        )
    caption = (
        "Each image over what the decoder makes of its z_mean: of the test images those with the "
        "least error, around the middle, and with the most; of the training images those around "
        "the middle. " + compare(psnr(float(errors.mean())), psnr(float(of_training.mean())))
    )
    return finish(figure, "Reconstructions", caption, run.footer())


def _pair(run: EvaluatedRun, name: str, split: Split, indices: NDArray[np.int64]) -> Pair:
    chosen = split.subset(indices)
    images, decoded = run.images(chosen), run.reconstruct(chosen)
    error = float(np.square(images - decoded).mean())
    return Pair(images, decoded, (name, f"{psnr(error):.1f} dB"))


def compare(test: float, train: float) -> str:
    """Say the PSNR of test and training images, dB, and what their difference means."""
    said = f"PSNR of test images {test:.1f} dB, of training images {train:.1f} dB"
    if train - test > MORE:
        return f"{said}; the model knows its training images better than others."
    return f"{said}; images that it has never seen come out as well."


def typical(errors: Floats, labels: NDArray[np.int32], n: int) -> NDArray[np.int64]:
    """Return the indices of n images whose error is near the median, of every class by turns."""
    nearest = np.argsort(np.abs(errors - np.median(errors)), kind="stable")
    return nearest[by_turns(labels[nearest], n)]


def by_turns(labels: NDArray[Any], n: int) -> NDArray[np.int64]:
    """Return up to n indices, one of each class in turn, each class in its own order."""
    rank = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        rank[members] = np.arange(len(members))
    return np.lexsort((labels, rank))[:n]
