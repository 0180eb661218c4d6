"""What a person sees while a run goes on: a live bar on a terminal, a line an epoch elsewhere."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from training.config import TrainConfig


class Display:
    """Shows steps and epochs. Time left is that of the steps seen so far, in this session."""

    def __init__(self, console: Console, config: TrainConfig, steps: int, done: int) -> None:
        """Take the console and how many steps the run has in all, and behind it."""
        self.console = console
        self.config = config
        self.steps = steps
        self.first = done
        self.started = time.monotonic()
        self.bar = Progress(
            TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[loss]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(elapsed_when_finished=False),
            console=console,
            disable=not console.is_terminal,
        )
        self.task = self.bar.add_task(
            "fit", total=steps, completed=done, epoch=1, epochs=config.epochs, loss=""
        )

    def step(self, done: int, epoch: int, logs: dict[str, float]) -> None:
        """Show that `done` steps of the run are behind."""
        loss = f"{logs['loss']:8.2f} nats" if logs else ""
        self.bar.update(self.task, completed=done, epoch=epoch, loss=loss)

    def epoch(self, line: dict[str, Any], done: int) -> None:
        """Show an epoch's averages."""
        text = (
            f"epoch {line['epoch']:>3}/{self.config.epochs}  loss {line['loss']:8.3f}  "
            f"reconstruction {line['reconstruction']:8.3f}  kl {line['kl']:7.3f}  "
            f"active {line['active_units']}/{self.config.latent_dim}  {line['seconds']:5.1f} s"
        )
        if "source_bce" in line:
            text += (
                f"  articles: loss {line['source_loss']:.4f} bce {line['source_bce']:.4f} "
                f"kl {line['source_kl']:.4f}"
            )
        if not self.console.is_terminal:
            text += f"  left {_clock(self.left(done))}"
        self.console.print(text, highlight=False, soft_wrap=True)

    def left(self, done: int) -> float:
        """Estimate the seconds left after `done` steps of the run."""
        rate = (time.monotonic() - self.started) / max(1, done - self.first)
        return rate * (self.steps - done)

    def say(self, text: str) -> None:
        """Print a line without disturbing the bar."""
        self.console.print(text, highlight=False, soft_wrap=True)


@contextlib.contextmanager
def display(config: TrainConfig, steps: int, done: int) -> Iterator[Display]:
    """Show a run's progress on standard output while the context lasts."""
    shown = Display(Console(), config, steps, done)
    with shown.bar:
        yield shown


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
