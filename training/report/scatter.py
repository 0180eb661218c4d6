"""The encoded test set by class: its own plane, or t-SNE's picture of more dimensions."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from numpy.typing import NDArray

from training.report.evaluated_run import EvaluatedRun
from training.report.style import (
    CLASSES,
    FAINT,
    MARKERS,
    NIGHT,
    RULES,
    UNLABELLED,
    finish,
    new_figure,
)

POINTS: Final = 2000  # that t-SNE takes
ROUNDS: Final = 500  # with that many points some seconds' work
SHOWN: Final = 10_000
FEW: Final = 10  # points of which t-SNE makes nothing
NAMED: Final = 40  # classes in the legend
COLUMN: Final = 20  # of them in a column
LETTERS: Final = 24  # of a class name


def draw_scatter(run: EvaluatedRun) -> bytes:
    """Draw z_mean of the test images, coloured by class."""
    plane = run.config.latent_dim <= 2 or len(run.test) < FEW  # noqa: PLR2004
    indices = _subsample(len(run.test), SHOWN if plane else POINTS)
    wide = len(run.labels) > COLUMN  # a legend of two columns
    z_mean = run.z_mean(run.test.subset(indices))
    labels = run.test.labels[indices]
    with rc_context(RULES):
        figure = new_figure(9 if wide else 7.5, 6)
        axes = figure.subplots()
        axes.set_facecolor(NIGHT)
        _points(axes, run, _flat(z_mean) if plane else _t_sne(z_mean), labels)
        axes.set_aspect("equal", adjustable="datalim")
        if plane:
            axes.set_xlabel("z[0]")
            axes.set_ylabel("z[1]" if z_mean.shape[1] > 1 else "(drawn apart at random)")
        else:
            axes.set_xticks([])
            axes.set_yticks([])
    of = f"{len(indices):,} of {len(run.test):,}" if len(indices) < len(run.test) else "All"
    if plane:
        title, how = "The test set in latent space", "at their z_mean"
    else:
        title = f"The test set in latent space, by t-SNE of {run.config.latent_dim} dimensions"
        how = (
            f"by t-SNE of z_mean (perplexity {_perplexity(len(indices)):g}, seed 0); only nearness"
        )
        how += " means anything"
    return finish(figure, title, f"{of} test images, {how}.", run.footer())


def _points(axes: Axes, run: EvaluatedRun, xy: NDArray[Any], labels: NDArray[np.int32]) -> None:
    order = np.random.default_rng(0).permutation(len(xy))  # so that no class lies over another
    xy, labels = xy[order], labels[order]
    colours = np.array([*CLASSES, UNLABELLED])
    chosen = np.where(labels < 0, len(CLASSES), labels % len(CLASSES))
    size = float(np.clip(16_000 / len(xy), 3, 30))
    tens = np.maximum(labels, 0) // len(CLASSES) % len(MARKERS)
    for ten in np.unique(tens):
        x, y = xy[tens == ten].T
        shown = colours[chosen[tens == ten]]
        axes.scatter(x, y, s=size, c=shown, marker=MARKERS[ten], alpha=0.8, linewidths=0)
    _legend(axes, [label for label in np.unique(labels) if label >= 0], run.labels)
    axes.tick_params(color=FAINT)


def _legend(axes: Axes, present: Sequence[int], names: Sequence[str]) -> None:
    """Name the classes: ten colours, and after ten of them the next shape."""
    for label in present[:NAMED]:
        marker = MARKERS[label // len(CLASSES) % len(MARKERS)]
        colour, name = CLASSES[label % len(CLASSES)], shortened(names[label])
        axes.scatter([], [], s=30, c=colour, marker=marker, label=name)
    if present:
        axes.legend(
            loc="center left",
            bbox_to_anchor=(1, 0.5),
            frameon=False,
            title=f"and {len(present) - NAMED} more" if len(present) > NAMED else None,
            ncols=1 + (len(present) > COLUMN),
        )


def shortened(name: str) -> str:
    """Return a class name that leaves room for the picture."""
    return name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…"


def _flat(z_mean: NDArray[Any]) -> NDArray[Any]:
    """Return the first two dimensions; one alone is drawn apart."""
    if z_mean.shape[1] > 1:
        return z_mean[:, :2]
    apart = np.random.default_rng(0).uniform(-0.5, 0.5, len(z_mean))
    return np.stack([z_mean[:, 0], apart], axis=1)


def _t_sne(z_mean: NDArray[Any]) -> NDArray[Any]:
    from sklearn.manifold import TSNE  # noqa: PLC0415 - a second's import
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - scikit-learn's own dependency

    t_sne = TSNE(perplexity=_perplexity(len(z_mean)), init="pca", max_iter=ROUNDS, random_state=0)
    with threadpool_limits(1):  # its threads wait by spinning: on busy cores ten times slower
        return t_sne.fit_transform(z_mean)


def _perplexity(n: int) -> float:
    return float(min(30, (n - 1) // 3))


def _subsample(items: int, most: int) -> NDArray[np.int64]:
    if items <= most:
        return np.arange(items)
    return np.sort(np.random.default_rng(0).choice(items, most, replace=False))
