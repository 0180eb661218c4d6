"""Write a run's figures."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from training.checkpoint import LAST
from training.evaluate import evaluate, read_evaluation, trained_networks
from training.report.curves import draw_curves
from training.report.reconstructions import draw_reconstructions
from training.report.scatter import draw_scatter
from training.report.subject import Subject
from training.report.walks import draw_grid, draw_traversals
from training.runs import Run, write_atomically

FIGURES: Final[dict[str, Callable[[Subject], bytes]]] = {
    "reconstructions": draw_reconstructions,
    "grid": draw_grid,
    "scatter": draw_scatter,
    "traversals": draw_traversals,
    "curves": draw_curves,
}
WITH_IMAGES: Final = frozenset({"reconstructions"})
"""The figures that show images of the data set."""


def write_report(run: Run, checkpoint: str = LAST) -> list[Path]:
    """Draw every figure into the run's folder `figures`; measure the run first if need be.

    Raises:
        RunInvalid: The run has no such checkpoint.
        DataUnreadable: The data set is gone or has changed.
    """
    dataset = run.dataset()
    if checkpoint != LAST or not (run.folder / "evaluation.json").exists():
        evaluate(run, checkpoint=checkpoint)
    subject = Subject(
        run.config,
        trained_networks(run, checkpoint),
        dataset.test,
        dataset.labels,
        read_evaluation(run.folder),
        run.history(),
    )
    folder = run.folder / "figures"
    folder.mkdir(exist_ok=True)
    paths = []
    for name, draw in FIGURES.items():
        if name == "curves" and not subject.history:
            continue  # stopped in its first epoch
        paths.append(folder / f"{name}.png")
        write_atomically(paths[-1], draw(subject))
    return paths
