"""What the decoder draws of the plane around the origin, or of the same z for every class."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from training.report.evaluated_run import EvaluatedRun
from training.report.style import RULES, finish, new_figure, sheet

EXTENT: Final = 3.0  # of the prior's standard deviations
SIDE: Final = 15  # images of the grid
STEPS: Final = 13  # images of a row
WIDEST: Final = 2048  # pixels of a sheet: images of more than 136 make a smaller grid


def draw_grid(run: EvaluatedRun) -> bytes:
    """Draw decodes of a plane around the origin, or of the same z for every class."""
    if run.config.conditional:
        return _classes(run)
    side = max(5, min(SIDE, WIDEST // max(run.test.images.shape[1:3])))
    first, second = by_falling_kl(run)[:2] if run.config.latent_dim > 1 else (0, None)
    steps = np.linspace(-EXTENT, EXTENT, side)
    rows = steps[::-1] if second is not None else np.zeros(1)
    z = np.zeros((len(rows), side, run.config.latent_dim))
    z[..., first] = steps
    if second is not None:
        z[..., second] = rows[:, None]
    decoded = run.decode(z.reshape(-1, z.shape[-1]))
    with rc_context(RULES):
        height, width = decoded.shape[1:3]
        figure = new_figure(7.5, 7.2 * len(rows) * height / (side * width) + 0.3)
        axes = figure.subplots()
        axes.imshow(sheet(decoded, side), interpolation="nearest")
        mark_whole_numbers(axes, "x", steps, width)
        axes.set_xlabel(f"z[{first}]")
        if second is None:
            axes.set_yticks([])
        else:
            mark_whole_numbers(axes, "y", rows, height)
            axes.set_ylabel(f"z[{second}]")
    chosen = (
        " in the two dimensions of greatest KL, the others 0"
        if run.config.latent_dim > 2  # noqa: PLR2004
        else ""
    )
    caption = (
        f"The decoder's mean over −{EXTENT:g}…{EXTENT:g} standard deviations of the prior{chosen}."
    )
    return finish(figure, "The plane around the origin", caption, run.footer())


def _classes(run: EvaluatedRun) -> bytes:
    """Draw the same drawn z for every class, a class a row."""
    rows = min(len(run.labels), SIDE)
    z = run.prior.sample(STEPS, np.random.default_rng(0))
    labels = np.repeat(np.arange(rows, dtype=np.int32), STEPS)
    decoded = run.decode(np.tile(z, (rows, 1)), labels)
    with rc_context(RULES):
        figure, _ = draw_rows(decoded, run.labels[:rows])
    caption = "A column is one z drawn from the prior, a row one class: what the label changes."
    return finish(figure, "The same z for every class", caption, run.footer())


def draw_rows(
    decoded: NDArray[np.float32], names: Sequence[str], below: float = 0
) -> tuple[Figure, Axes]:
    """Draw rows of `STEPS` decodes, each with its name; `below`: inches for ticks."""
    height, width = decoded.shape[1:3]
    figure = new_figure(8, 7 * len(names) * height / (STEPS * width) + below)
    axes = figure.subplots()
    axes.imshow(sheet(decoded, STEPS, gap=1), interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks((np.arange(len(names)) + 0.5) * (height + 1), names)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure, axes


def by_falling_kl(run: EvaluatedRun) -> NDArray[np.int64]:
    """Return the dimensions by falling KL; a plane stays as it is."""
    kl = np.asarray(run.evaluation.kl_per_dimension)
    return np.arange(len(kl)) if len(kl) <= 2 else np.argsort(-kl, kind="stable")  # noqa: PLR2004


def mark_whole_numbers(axes: Axes, which: str, steps: NDArray[np.float64], size: int) -> None:
    """Mark the whole numbers on an axis of images that are `size` pixels apart."""
    numbers = np.arange(-EXTENT, EXTENT + 1)
    columns = (numbers - steps[0]) / (steps[-1] - steps[0]) * (len(steps) - 1)
    set_ticks = axes.set_xticks if which == "x" else axes.set_yticks
    set_ticks((columns + 0.5) * size - 0.5, [f"{value:g}".replace("-", "−") for value in numbers])
