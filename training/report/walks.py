"""What the decoder draws: the grid around the origin, and a walk along every dimension."""

from typing import Final

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from numpy.typing import NDArray

from training.report.style import RULES, finish, new_figure, sheet
from training.report.subject import Subject

EXTENT: Final = 3.0  # of the prior's standard deviations
SIDE: Final = 15  # images of the grid
STEPS: Final = 13  # images of a walk
WALKS: Final = 12  # dimensions at most
WIDEST: Final = 2048  # pixels of a sheet: images of more than 136 make a smaller grid


def draw_grid(subject: Subject) -> bytes:
    """Draw decodes of a plane around the origin, or of the same z for every class."""
    if subject.config.conditional:
        return _classes(subject)
    side = max(5, min(SIDE, WIDEST // max(subject.test.images.shape[1:3])))
    first, second = _widest(subject)[:2] if subject.config.latent_dim > 1 else (0, None)
    steps = np.linspace(-EXTENT, EXTENT, side)
    rows = steps[::-1] if second is not None else np.zeros(1)
    z = np.zeros((len(rows), side, subject.config.latent_dim))
    z[..., first] = steps
    if second is not None:
        z[..., second] = rows[:, None]
    decoded = subject.decode(z.reshape(-1, z.shape[-1]))
    with rc_context(RULES):
        height, width = decoded.shape[1:3]
        figure = new_figure(7.5, 7.2 * len(rows) * height / (side * width) + 0.3)
        axes = figure.subplots()
        axes.imshow(sheet(decoded, side), interpolation="nearest")
        _ticks(axes, "x", steps, width)
        axes.set_xlabel(f"z[{first}]")
        if second is None:
            axes.set_yticks([])
        else:
            _ticks(axes, "y", rows, height)
            axes.set_ylabel(f"z[{second}]")
    chosen = (
        " in the two dimensions of greatest KL, the others 0"
        if subject.config.latent_dim > 2  # noqa: PLR2004
        else ""
    )
    caption = (
        f"The decoder's mean over −{EXTENT:g}…{EXTENT:g} standard deviations of the prior{chosen}."
    )
    return finish(figure, "The plane around the origin", caption, subject.footer())


def draw_traversals(subject: Subject) -> bytes:
    """Draw a row of decodes for each dimension, the others 0, by falling KL."""
    dimensions = _widest(subject)[:WALKS]
    steps = np.linspace(-EXTENT, EXTENT, STEPS)
    z = np.zeros((len(dimensions), STEPS, subject.config.latent_dim))
    z[np.arange(len(dimensions)), :, dimensions] = steps
    decoded = subject.decode(z.reshape(-1, z.shape[-1]))
    height, width = decoded.shape[1:3]
    kl = subject.evaluation.kl_per_dimension
    with rc_context(RULES):
        figure = new_figure(8, 7 * len(dimensions) * height / (STEPS * width) + 0.3)
        axes = figure.subplots()
        axes.imshow(sheet(decoded, STEPS, gap=1), interpolation="nearest")
        _ticks(axes, "x", steps, width + 1)
        places = (np.arange(len(dimensions)) + 0.5) * (height + 1)
        axes.set_yticks(places, [f"z[{d}]  {kl[d]:.2f} nats" for d in dimensions])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    left_out = subject.config.latent_dim - len(dimensions)
    more = f" {left_out} dimensions of less KL are not shown." if left_out else ""
    given = f" Class: {subject.labels[0]}." if subject.config.conditional else ""
    caption = (
        f"One dimension goes from −3 to 3 while the others stay 0; its mean KL beside it.{more}"
    )
    return finish(figure, "Traversals", caption + given, subject.footer())


def _classes(subject: Subject) -> bytes:
    """Draw the same drawn z for every class, a class a row."""
    rows = min(len(subject.labels), SIDE)
    z = np.random.default_rng(0).standard_normal((STEPS, subject.config.latent_dim))
    labels = np.repeat(np.arange(rows, dtype=np.int32), STEPS)
    decoded = subject.decode(np.tile(z, (rows, 1)), labels)
    height, width = decoded.shape[1:3]
    with rc_context(RULES):
        figure = new_figure(8, 7 * rows * height / (STEPS * width))
        axes = figure.subplots()
        axes.imshow(sheet(decoded, STEPS, gap=1), interpolation="nearest")
        axes.set_xticks([])
        axes.set_yticks((np.arange(rows) + 0.5) * (height + 1), subject.labels[:rows])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    caption = "A column is one z drawn from the prior, a row one class: what the label changes."
    return finish(figure, "The same z for every class", caption, subject.footer())


def _widest(subject: Subject) -> NDArray[np.int64]:
    """Return the dimensions by falling KL; a plane stays as it is."""
    kl = np.asarray(subject.evaluation.kl_per_dimension)
    return np.arange(len(kl)) if len(kl) <= 2 else np.argsort(-kl, kind="stable")  # noqa: PLR2004


def _ticks(axes: Axes, which: str, steps: NDArray[np.float64], size: int) -> None:
    """Mark every whole number that is a step of images so many pixels apart."""
    whole = np.arange(-EXTENT, EXTENT + 1)
    places = (whole - steps[0]) / (steps[-1] - steps[0]) * (len(steps) - 1)
    set_ticks = axes.set_xticks if which == "x" else axes.set_yticks
    set_ticks((places + 0.5) * size - 0.5, [f"{value:g}".replace("-", "−") for value in whole])
