"""The loop over epochs and steps of a run, with its schedule, checkpoints, log and clock."""

import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from training.averaged_weights import averaged
from training.batches import epoch_batches, make_batch, steps_per_epoch
from training.checkpoint import BEST, save_checkpoint
from training.compiled_step import CompiledStep
from training.config import TrainConfig
from training.dataset import Dataset
from training.distributed import Replicas
from training.evaluate import activity, count_active
from training.guards import check_finite, collapse_advice
from training.interruption import Interruption, Stopped
from training.objective import articles_metrics
from training.progress import Display
from training.runs import Run
from training.schedule import last_step, learning_rate, rise, share_behind
from training.tensorboard import TensorBoard
from training.time_budget import TimeBudget
from training.validation import best_epoch, validation_loss

CHECKPOINT_S: Final = 60.0  # a killed run loses at most this much
PROBED_ITEMS: Final = 1000  # training images that the active units are counted on, each epoch


class TrainingLoop:
    """A run being fitted: model, data and how far it has come."""

    def __init__(
        self,
        run: Run,
        dataset: Dataset,
        replicas: Replicas | None = None,
        budget: TimeBudget | None = None,
    ) -> None:
        """Build the model; nothing is trained yet."""
        self.run, self.budget = run, budget
        self.training, self.validation = run.splits
        self.classes = len(dataset.labels)
        self.steps = steps_per_epoch(len(self.training), self.config.batch_size)
        before = time.thread_time()
        self.train = CompiledStep(self.config, dataset.image_shape, self.classes, replicas)
        if budget is not None:
            budget.built = time.thread_time() - before
        self.networks, self.objective = self.train.networks, self.train.objective
        if self.config.prior == "vamp":
            self._start_pseudo_inputs()
        self.beta = float(self.objective.beta)
        self.model = self.train.model
        self.saved = time.monotonic()

    def _start_pseudo_inputs(self) -> None:
        random = np.random.default_rng(self.config.seed)
        count = min(self.config.pseudo_inputs, len(self.training))
        chosen = np.sort(random.choice(len(self.training), count, replace=False))
        self.networks.prior.start_at(self.training.images[chosen], self.config.seed)

    @property
    def config(self) -> TrainConfig:
        """The run's, as it is planned now."""
        return self.run.config

    @property
    def done(self) -> int:
        """Steps that the weights have behind them; the optimizer counts."""
        return int(self.model.optimizer.iterations)

    @property
    def end(self) -> int:
        """Step after which the run ends."""
        return last_step(self.config, self.steps)

    def epochs(self, shown: Display, interruption: Interruption) -> None:
        """Train from where the run stands to its end.

        Raises:
            Diverged: The loss is no longer finite; the last checkpoint is from before.
            Stopped: The user asked to stop; a checkpoint has been saved.
        """
        board = TensorBoard(self.run.folder)
        history = self._history()
        self.run.write_history(history)
        while len(history) < self.config.epochs:
            started = time.monotonic()
            logs = self._train_epoch(len(history), shown, interruption)
            seconds = time.monotonic() - started
            history.append(self._measure(len(history), logs, seconds, interruption))
            self.model.reset_metrics()
            self._save(history)
            shown.epoch(history[-1], self.done)
            board.write(history[-1])
            if advice := collapse_advice(history):
                shown.say(advice)
            self._look_at_clock(shown, history)
            self._heed(interruption)

    def _history(self) -> list[dict[str, Any]]:
        """Return the lines of the epochs that the weights have behind them, and all of."""
        return [
            line
            for line in self.run.history()
            if line["step"] <= self.done
            and (not line["step"] % self.steps or self.done >= self.end)
        ]

    def _train_epoch(
        self, epoch: int, shown: Display, interruption: Interruption
    ) -> dict[str, float]:
        """Take the steps that are left of an epoch; return its averages."""
        self._schedule(max(0, self.done - 1))  # as it was, if the run was stopped in validation
        logs = {key: float(value) for key, value in self.model.get_metrics_result().items()}
        for step, inputs, logs in self._steps(epoch):
            check_finite(self.run, self.networks, inputs, logs, (epoch, step))
            shown.step(self.done, epoch + 1, logs)
            self._look_at_clock(shown)
            self._heed(interruption)
            if not self.done % self.steps or self.done >= self.end:
                break  # the epoch's end is saved with its line
            if time.monotonic() - self.saved > CHECKPOINT_S:
                self._save_last()
        return logs

    def _heed(self, interruption: Interruption) -> None:
        """Save and stop if the user asked to."""
        if interruption.asked:
            self._save_last()
            interruption.obey()

    def _save_last(self) -> None:
        save_checkpoint(self.run, self.model)
        self.saved = time.monotonic()

    def _look_at_clock(self, shown: Display, history: Sequence[dict[str, Any]] = ()) -> None:
        """Let the run end earlier or later if the clock, or the log, says so."""
        if self.budget is None:
            return
        planned = self.budget.plan(self.config, self.done, self.steps, history)
        if planned is not self.config:
            self.run = self.run.planned(planned)
            shown.plan(self.end, planned.epochs)

    def _steps(self, epoch: int) -> Iterator[tuple[int, dict[str, Any], dict[str, float]]]:
        if self.done >= self.end:
            return  # within an epoch
        first = self.done - epoch * self.steps
        batches = epoch_batches(self.config, self.training, self.classes, epoch, first)
        for step, batch in enumerate(batches, first):
            self._schedule(self.done)
            yield step, batch[0], self.train(batch)

    def _schedule(self, step: int) -> None:
        """Set learning rate and beta for the step after so many."""
        share = share_behind(self.config, step, self.steps)
        if self.config.learning_rate_decay != "none":
            self.train.learning_rate.assign(learning_rate(self.config, share))
        if self.config.warmup != "none":
            self._weigh(rise(self.config, step / self.steps, share))

    def _weigh(self, risen: float) -> None:
        if self.config.capacity:
            self.objective.target.assign(self.config.capacity * risen)
        else:
            self.objective.beta.assign(self.beta * risen)

    def _measure(
        self, epoch: int, logs: dict[str, float], seconds: float, interruption: Interruption
    ) -> dict[str, Any]:
        """Return an epoch's line in the log; stopped, the line is made when the run goes on."""
        try:
            with averaged(self.model):
                return self._line(epoch, logs, seconds, interruption)
        except Stopped:
            self._save_last()
            raise

    def _line(
        self, epoch: int, logs: dict[str, float], seconds: float, interruption: Interruption
    ) -> dict[str, Any]:
        line: dict[str, Any] = {
            "epoch": epoch + 1,
            "step": self.done,
            "share": share_behind(self.config, self.done, self.steps),
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
                self.config,
                self.networks,
                self.objective,
                self.validation,
                self.classes,
                between=interruption.obey,
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
