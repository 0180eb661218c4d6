"""Loss curves: what training saw, epoch by epoch."""

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from training.report.evaluated_run import EvaluatedRun
from training.report.style import FAINT, LINES, RULES, finish, new_figure


def draw_curves(run: EvaluatedRun) -> bytes:
    """Draw loss and reconstruction, KL, and active units over the epochs."""
    with rc_context(RULES):
        figure = new_figure(9, 3)
        left, middle, right = figure.subplots(1, 3, width_ratios=(1.5, 1, 1))
        _plot(run, left, {"loss": "loss", "reconstruction": "reconstruction"})
        if "validation_loss" in run.history[-1]:
            _plot(run, left, {"validation_loss": "validation loss"}, first=2)
        _plot(run, middle, {"kl": "KL"})
        _plot(run, right, {"active_units": "active units"})
        later = [line["kl"] for line in run.history[len(run.history) // 10 :]]
        middle.set_ylim(0, 1.15 * max(later) or 1)  # before warm-up has begun KL may be huge
        left.set_ylabel("nats per image")
        middle.set_ylabel("nats per image")
        right.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        right.set_ylim(0, run.config.latent_dim + 0.5)
        right.set_ylabel(f"of {run.config.latent_dim} dimensions")
    caption = (
        "Averages over each epoch's training batches, at a drawn z. "
        "loss = reconstruction + β · KL. A unit is active if its mean varies by more than 0.01."
    )
    return finish(figure, "Training", caption, run.footer())


def _plot(run: EvaluatedRun, axes: Axes, keys: dict[str, str], first: int = 0) -> None:
    epochs = [line["epoch"] for line in run.history]
    for i, (key, said) in enumerate(keys.items(), first):
        values = [line[key] for line in run.history]
        marker = "o" if len(epochs) < 10 else ""  # noqa: PLR2004 - so few make no curve
        axes.plot(epochs, values, color=LINES[i], lw=1.6, marker=marker, ms=3, label=said)
    axes.legend(frameon=False, loc="best", fontsize=8.5)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10], integer=True))
    axes.grid(axis="y", color=FAINT, alpha=0.25, lw=0.6)
