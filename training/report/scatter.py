"""The encoded test set by class: its own plane, or t-SNE's picture of more dimensions."""

from typing import Any, Final

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from numpy.typing import NDArray

from training.report.evaluated_run import EvaluatedRun
from training.report.style import CLASSES, FAINT, NIGHT, RULES, UNLABELLED, finish, new_figure

POINTS: Final = 2000  # that t-SNE takes
ROUNDS: Final = 500  # with that many points some seconds' work
SHOWN: Final = 10_000
FEW: Final = 10  # points of which t-SNE makes nothing
NAMED: Final = 20  # classes in the legend


def draw_scatter(run: EvaluatedRun) -> bytes:
    """Draw z_mean of the test images, coloured by class."""
    plane = run.config.latent_dim <= 2 or len(run.test) < FEW  # noqa: PLR2004
    indices = _subsample(len(run.test), SHOWN if plane else POINTS)
    z_mean = run.z_mean(indices)
    labels = run.test.labels[indices]
    with rc_context(RULES):
        figure = new_figure(7.5, 6)
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
    colours = np.array([*CLASSES, UNLABELLED])
    chosen = np.where(labels < 0, len(CLASSES), labels % len(CLASSES))
    size = float(np.clip(16_000 / len(xy), 3, 30))
    x, y = xy[order].T
    axes.scatter(x, y, s=size, c=colours[chosen[order]], alpha=0.8, linewidths=0)
    present = [label for label in np.unique(labels) if label >= 0]
    for label in present[:NAMED]:
        axes.scatter([], [], s=30, c=CLASSES[label % len(CLASSES)], label=run.labels[label])
    if present:
        more = f"and {len(present) - NAMED} more" if len(present) > NAMED else None
        axes.legend(
            loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, title=more, labelcolor=None
        )
    axes.tick_params(color=FAINT)


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
