"""Rows of images in pairs: some above, what belongs to each below."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from matplotlib.figure import Figure

from training.report.evaluated_run import Floats
from training.report.style import new_figure, sheet

COLUMNS: Final = 12


@dataclass(frozen=True)
class Pair:
    """Two rows of images, and what each row is."""

    above: Floats
    below: Floats
    names: tuple[str, str]


def draw_pairs(pairs: Sequence[Pair]) -> Figure:
    """Draw pairs of rows, each of `COLUMNS` images at most."""
    height, width = pairs[0].above.shape[1:3]
    columns = max(len(pair.above) for pair in pairs)
    figure = new_figure(9, 8 * 2 * len(pairs) * height / (columns * width) + 0.1 * len(pairs))
    axes = figure.subplots(len(pairs), 1, squeeze=False)[:, 0]
    for of_pair, pair in zip(axes, pairs, strict=True):
        blank = np.ones((columns - len(pair.above), *pair.above.shape[1:]), np.float32)
        rows = np.concatenate([pair.above, blank, pair.below, blank])
        of_pair.imshow(sheet(rows, columns, gap=1), interpolation="nearest")
        of_pair.set_yticks([height / 2, height * 1.5 + 1], pair.names)
        of_pair.set_xticks([])
        of_pair.tick_params(length=0)
        of_pair.spines[:].set_visible(False)
    return figure
