"""Fit a run: start it, or go on with it."""

import contextlib
import shutil
from pathlib import Path

from training.checkpoint import LAST, restore_checkpoint
from training.config import TrainConfig
from training.dataset import Dataset
from training.device import advice, device
from training.distributed import Replicas
from training.errors import RunInvalid
from training.evaluate import EVALUATION_FILE, FIGURES_FOLDER
from training.interruption import Interruption
from training.next_command import python_command
from training.progress import display
from training.runs import Run, new_run, open_run
from training.stopped_run import stopping
from training.time_budget import TimeBudget
from training.training_loop import TrainingLoop


def fit(
    config: TrainConfig,
    data: Path | None,
    dataset: Dataset,
    folder: Path | None = None,
    replicas: Replicas | None = None,
    *,
    budget: TimeBudget | None = None,
) -> Run:
    """Train a new run to its end, alone or as one of several that share its batches.

    With a budget, the clock and the images held back say when that is; `config.epochs` is the
    first guess. The configuration of the run that is returned says what was done.

    Raises:
        Diverged: See `TrainingLoop.epochs`.
        Stopped: The user asked to stop; the run can be resumed, and published.
    """
    if replicas is not None:
        replicas.check(config)
    with replicas.folder(folder) if replicas else contextlib.nullcontext(folder) as own:
        return _fit(new_run(config, data, dataset, own), dataset, replicas, budget)


def resume(
    folder: Path,
    config: TrainConfig | None = None,
    replicas: Replicas | None = None,
    *,
    data: Path | None = None,
    epochs: int | None = None,
    budget: TimeBudget | None = None,
) -> Run:
    """Go on with a run from its last checkpoint; its weights end as if it had never stopped.

    Args:
        folder: The run's.
        config: The configuration that it is expected to have.
        replicas: Those that share its batches.
        data: Where its images lie now, if elsewhere than before.
        epochs: How many it shall have in all, if not as many as it was started with.
        budget: By which it is planned anew; without one, it ends as planned last.

    Raises:
        RunInvalid: The folder is no run, `config` is given and is not the run's, or `epochs` are
            behind it already.
    """
    run = open_run(folder, data)
    if config is not None and config != run.config:
        fields = [
            f for f in TrainConfig.model_fields if getattr(config, f) != getattr(run.config, f)
        ]
        message = f"{folder} was started with another configuration: {', '.join(fields)} differ"
        raise RunInvalid(message)
    if replicas is not None:
        replicas.check(run.config)
    with (
        replicas.folder(folder, copied=True) if replicas else contextlib.nullcontext(folder) as own
    ):
        run = open_run(own or folder, data)
        if epochs is not None:
            run = run.extended(epochs)
        return _fit(run, run.dataset(), replicas, budget)


def _fit(run: Run, dataset: Dataset, replicas: Replicas | None, budget: TimeBudget | None) -> Run:
    again = python_command("fit", "--resume", run.folder)
    with stopping(run.folder, again, python_command("export", run.folder)):
        loop = TrainingLoop(run, dataset, replicas, budget)
        _train(loop, replicas)
    return loop.run


def _train(loop: TrainingLoop, replicas: Replicas | None) -> None:
    run = loop.run
    if (run.folder / LAST).exists():
        _check_held_back(run)
        restore_checkpoint(run, loop.model)
    if loop.done < loop.end:  # what was measured before is about to be out of date
        (run.folder / EVALUATION_FILE).unlink(missing_ok=True)
        shutil.rmtree(run.folder / FIGURES_FOLDER, ignore_errors=True)
    with display(run.config, loop.end, loop.done) as shown, Interruption() as interruption:
        shared = f", one of {replicas.count} replicas" if replicas else ""
        shown.say(f"training {run.config.name} on {device()}{shared}")
        if held := len(loop.validation):
            every = held + len(loop.training)
            shown.say(f"{held:,} of {every:,} training images are held back to choose the epoch by")
        if words := advice(run.config.precision):
            shown.say(words)
        loop.epochs(shown, interruption)


def _check_held_back(run: Run) -> None:
    """Refuse to train on images that an earlier release held back, and the other way round."""
    history = run.history()
    if run.config.validation_items and history and "best_epoch" not in history[-1]:
        raise RunInvalid(
            f"{run.folder} was started by an earlier release, which held back other validation "
            "images; it can be evaluated and exported, but to train on, start a new run"
        )
