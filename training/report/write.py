"""Write a run's figures."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from training.config import DEFAULT_CHECKPOINT, CheckpointName
from training.evaluate import FIGURES_FOLDER, evaluated, trained_networks
from training.report.curves import draw_curves
from training.report.evaluated_run import EvaluatedRun
from training.report.grid import draw_grid
from training.report.reconstructions import draw_reconstructions
from training.report.samples import draw_samples
from training.report.scatter import draw_scatter
from training.report.traversals import draw_traversals
from training.run_prior import prior_of_run
from training.runs import Run, write_atomically

FIGURES: Final[dict[str, Callable[[EvaluatedRun], bytes]]] = {
    "reconstructions": draw_reconstructions,
    "samples": draw_samples,
    "grid": draw_grid,
    "scatter": draw_scatter,
    "traversals": draw_traversals,
    "curves": draw_curves,
}
WITH_IMAGES: Final = frozenset({"reconstructions", "samples"})
"""The figures that show images of the data set."""


def write_report(run: Run, checkpoint: CheckpointName = DEFAULT_CHECKPOINT) -> list[Path]:
    """Draw every figure into the run's folder `figures`; measure the run first if need be.

    Raises:
        RunInvalid: The run has no such checkpoint.
        DataUnreadable: The data set is gone or has changed.
    """
    dataset = run.dataset()
    trained, _ = run.splits
    evaluation, networks = evaluated(run, checkpoint), trained_networks(run, checkpoint)
    measured = EvaluatedRun(
        run.config,
        networks,
        prior_of_run(run, networks, evaluation.step).prior,
        trained,
        dataset.test,
        dataset.labels,
        evaluation,
        run.history(),
    )
    folder = run.folder / FIGURES_FOLDER
    folder.mkdir(exist_ok=True)
    paths = []
    for name, draw in FIGURES.items():
        if name == "curves" and not measured.history:
            continue  # stopped in its first epoch
        paths.append(folder / f"{name}.png")
        write_atomically(paths[-1], draw(measured))
    return paths
