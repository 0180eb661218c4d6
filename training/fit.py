"""Fit a run: the loop over epochs and steps, with checkpoints, log and guards."""

import contextlib
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from training.averaged_weights import averaged
from training.batches import epoch_batches, make_batch, steps_per_epoch
from training.checkpoint import BEST, LAST, restore_checkpoint, save_checkpoint
from training.compiled_step import CompiledStep
from training.config import TrainConfig
from training.dataset import Dataset
from training.device import advice, device
from training.distributed import Replicas
from training.errors import RunInvalid
from training.evaluate import EVALUATION_FILE, FIGURES_FOLDER, activity, count_active
from training.guards import Interruption, Stopped, check_finite, collapse_advice
from training.objective import articles_metrics, rise
from training.progress import Display, display
from training.runs import Run, new_run, open_run
from training.tensorboard import TensorBoard
from training.validation import best_epoch, validation_loss

CHECKPOINT_S: Final = 60.0  # a killed run loses at most this much
PROBED_ITEMS: Final = 1000  # training images that the active units are counted on, each epoch


class Fit:
    """A run being fitted: model, data and how far it has come."""

    def __init__(self, run: Run, dataset: Dataset, replicas: Replicas | None = None) -> None:
        """Build the model; nothing is trained yet."""
        self.run, self.config = run, run.config
        self.training, self.validation = run.splits
        self.classes = len(dataset.labels)
        self.steps = steps_per_epoch(len(self.training), self.config.batch_size)
        steps = self.steps * self.config.epochs
        self.train = CompiledStep(self.config, dataset.image_shape, self.classes, steps, replicas)
        self.networks, self.objective = self.train.networks, self.train.objective
        if self.config.prior == "vamp":
            self._start_pseudo_inputs()
        self.beta = float(self.objective.beta)
        self.model = self.train.model

    def _start_pseudo_inputs(self) -> None:
        random = np.random.default_rng(self.config.seed)
        count = min(self.config.pseudo_inputs, len(self.training))
        chosen = np.sort(random.choice(len(self.training), count, replace=False))
        self.networks.prior.start_at(self.training.images[chosen], self.config.seed)

    @property
    def done(self) -> int:
        """Steps that the weights have behind them; the optimizer counts."""
        return int(self.model.optimizer.iterations)

    def epochs(self, shown: Display, interruption: Interruption) -> None:
        """Train from where the run stands to its end.

        Raises:
            Diverged: The loss is no longer finite; the last checkpoint is from before.
            KeyboardInterrupt: The user asked to stop; a checkpoint has been saved.
        """
        board = TensorBoard(self.run.folder)
        history = self.run.history()[: self.done // self.steps]
        self.run.write_history(history)
        saved = time.monotonic()
        for epoch in range(self.done // self.steps, self.config.epochs):
            started = time.monotonic()
            for step, inputs, logs in self._steps(epoch):
                check_finite(self.run, self.networks, inputs, logs, (epoch, step))
                shown.step(self.done, epoch + 1, logs)
                if not self.done % self.steps:
                    break  # the epoch's end is saved below, with its line
                if interruption.asked or time.monotonic() - saved > CHECKPOINT_S:
                    save_checkpoint(self.run, self.model)
                    saved = time.monotonic()
                self._heed(interruption)
            with averaged(self.model):
                history.append(self._line(epoch, logs, time.monotonic() - started))
            self.model.reset_metrics()
            self._save(history)
            saved = time.monotonic()
            shown.epoch(history[-1], self.done)
            board.write(history[-1])
            if advice := collapse_advice(history):
                shown.say(advice)
            self._heed(interruption)

    def _heed(self, interruption: Interruption) -> None:
        """Stop if the user asked to; a checkpoint has just been saved."""
        if interruption.asked:
            raise Stopped(self.run)

    def _steps(self, epoch: int) -> Iterator[tuple[int, dict[str, Any], dict[str, float]]]:
        first = self.done % self.steps
        batches = epoch_batches(self.config, self.training, self.classes, epoch, first)
        for step, batch in enumerate(batches, first):
            self._schedule(epoch + step / self.steps)
            yield step, batch[0], self.train(batch)

    def _schedule(self, moment: float) -> None:
        if self.config.warmup == "none":
            return
        self._weigh(rise(self.config, moment))

    def _weigh(self, risen: float) -> None:
        if self.config.capacity:
            self.objective.target.assign(self.config.capacity * risen)
        else:
            self.objective.beta.assign(self.beta * risen)

    def _line(self, epoch: int, logs: dict[str, float], seconds: float) -> dict[str, Any]:
        line: dict[str, Any] = {
            "epoch": epoch + 1,
            "step": self.done,
            **{key: logs[key] for key in ("loss", "reconstruction", "kl")},
            "beta": float(self.objective.beta),
            "penalty": logs["loss"] - logs["reconstruction"],  # beta * kl, while beta stands still
            "active_units": self._active_units(),
            "seconds": round(seconds, 3),
            "objective": self.run.objective,
        }
        if self.config.fact is not None:
            losses = (logs["loss"], logs["reconstruction"])
            line |= articles_metrics(self.config.likelihood, *losses, self.run.pixels)
        if len(self.validation):
            self._weigh(1)  # so that all epochs are measured alike
            line["validation_loss"] = validation_loss(
                self.config, self.networks, self.objective, self.validation, self.classes
            )
        return line

    def _active_units(self) -> int:
        indices = np.arange(min(PROBED_ITEMS, len(self.training)))
        inputs, _ = make_batch(self.config, self.training, self.classes, indices, (0, 0))
        z_mean, _ = self.networks.encode(inputs)
        return count_active(activity(z_mean))

    def _save(self, history: list[dict[str, Any]]) -> None:
        """Save the log, the best checkpoint if this epoch is, and the last one last.

        A run killed in between goes on from the checkpoint before and does the epoch again.
        """
        line = history[-1]
        line["best_epoch"] = line["epoch"]
        line["best_epoch"] = best_epoch(self.config, history)
        self.run.write_history(history)
        if line["best_epoch"] == line["epoch"]:
            save_checkpoint(self.run, self.model, BEST)
        save_checkpoint(self.run, self.model)


def fit(
    config: TrainConfig,
    data: Path | None,
    dataset: Dataset,
    folder: Path | None = None,
    replicas: Replicas | None = None,
) -> Run:
    """Train a new run to its end, alone or as one of several that share its batches.

    Raises:
        Diverged: See `Fit.epochs`.
        KeyboardInterrupt: The user asked to stop; the run can be resumed.
    """
    if replicas is not None:
        replicas.check(config)
    with replicas.folder(folder) if replicas else contextlib.nullcontext(folder) as own:
        run = new_run(config, data, dataset, own)
        _fit(run, dataset, replicas)
    return run


def resume(
    folder: Path,
    config: TrainConfig | None = None,
    replicas: Replicas | None = None,
    *,
    data: Path | None = None,
    epochs: int | None = None,
) -> Run:
    """Go on with a run from its last checkpoint; its weights end as if it had never stopped.

    Args:
        folder: The run's.
        config: The configuration that it is expected to have.
        replicas: Those that share its batches.
        data: Where its images lie now, if elsewhere than before.
        epochs: How many it shall have in all, if not as many as it was started with.

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
        _fit(run, run.dataset(), replicas)
    return run


def _fit(run: Run, dataset: Dataset, replicas: Replicas | None = None) -> None:
    fitting = Fit(run, dataset, replicas)
    if (run.folder / LAST).exists():
        _check_held_back(run)
        restore_checkpoint(run, fitting.model)
    steps = fitting.steps * run.config.epochs
    if fitting.done < steps:  # what was measured before is about to be out of date
        (run.folder / EVALUATION_FILE).unlink(missing_ok=True)
        shutil.rmtree(run.folder / FIGURES_FOLDER, ignore_errors=True)
    with display(run.config, steps, fitting.done) as shown, Interruption() as interruption:
        shared = f", one of {replicas.count} replicas" if replicas else ""
        shown.say(f"training {run.config.name} on {device()}{shared}")
        if held := len(fitting.validation):
            every = held + len(fitting.training)
            shown.say(f"{held:,} of {every:,} training images are held back to choose the epoch by")
        if words := advice(run.config.precision):
            shown.say(words)
        fitting.epochs(shown, interruption)


def _check_held_back(run: Run) -> None:
    """Refuse to train on images that an earlier release held back, and the other way round."""
    history = run.history()
    if run.config.validation_items and history and "best_epoch" not in history[-1]:
        raise RunInvalid(
            f"{run.folder} was started by an earlier release, which held back other validation "
            "images; it can be evaluated and exported, but to train on, start a new run"
        )
