"""Test images and what comes back of them, in rows: the original over its reconstruction."""

from typing import Final

import numpy as np
from matplotlib import rc_context
from numpy.typing import NDArray

from training.image_quality import psnr
from training.report.evaluated_run import EvaluatedRun, Floats
from training.report.style import RULES, finish, new_figure, sheet

COLUMNS: Final = 12
PAIRS: Final = 2  # of rows


def draw_reconstructions(run: EvaluatedRun) -> bytes:
    """Draw images of every class by turns, decoded from z_mean."""
    indices = by_turns(run.test.labels, COLUMNS * PAIRS)
    images = run.images(indices)
    decoded = run.decode(run.z_mean(indices), run.test.labels[indices])
    error = float(np.square(images - decoded).mean())
    columns = min(COLUMNS, len(indices))
    pairs = -(-len(indices) // columns)
    height, width = images.shape[1:3]
    with rc_context(RULES):
        figure = new_figure(9, 9 * 2 * pairs * height / (columns * width))
        for axes, start in zip(
            figure.subplots(pairs, 1, squeeze=False)[:, 0],
            range(0, len(indices), columns),
            strict=True,
        ):
            chosen = slice(start, start + columns)
            axes.imshow(_pair(images[chosen], decoded[chosen], columns), interpolation="nearest")
            axes.set_yticks([height / 2, height * 1.5 + 1], ["image", "decoded"])
            axes.set_xticks([])
            axes.tick_params(length=0)
            axes.spines[:].set_visible(False)
    caption = (
        f"{len(indices)} test images, classes by turns, over the decodes of their z_mean. "
        f"PSNR of these {psnr(error):.1f} dB, of all {psnr(run.evaluation.metrics['mse']):.1f} dB."
    )
    return finish(figure, "Reconstructions", caption, run.footer())


def _pair(images: Floats, decoded: Floats, columns: int) -> Floats:
    blank = np.ones((columns - len(images), *images.shape[1:]), np.float32)
    return sheet(np.concatenate([images, blank, decoded, blank]), columns, gap=1)


def by_turns(labels: NDArray[np.int32], n: int) -> NDArray[np.int64]:
    """Return up to n indices, one of each class in turn, each class in its own order."""
    rank = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        rank[members] = np.arange(len(members))
    return np.lexsort((labels, rank))[:n]
