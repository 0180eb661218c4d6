"""What a person sees while a run goes on: a live bar on a terminal, a line an epoch elsewhere."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

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

COLUMNS: Final = 80
AVERAGES: Final = {"loss": "loss", "reconstruction": "recon", "kl": "kl"}
LARGE: Final = 1000  # from which on a second decimal says nothing


class Display:
    """Shows steps and epochs. Time left is that of the steps seen so far, in this session."""

    def __init__(self, console: Console, config: TrainConfig, steps: int, done: int) -> None:
        """Take the console and how many steps the run has in all, and behind it."""
        self.console = console
        self.config = config
        self.steps, self.epochs = steps, config.epochs
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
        groups = [
            f"epoch {line['epoch']:>{len(str(self.epochs))}}/{self.epochs}",
            *(f"{said} {_short(line[key])}" for key, said in AVERAGES.items()),
            f"active {line['active_units']}/{self.config.latent_dim}",
        ]
        if not self.console.is_terminal:
            groups += [f"left {_clock(self.left(done))}"]
        if "source_bce" in line and self.config.likelihood == "bernoulli":
            said = (f"{key} {line[f'source_{key}']:.4f}" for key in ("loss", "bce", "kl"))
            groups += [f"articles: {' '.join(said)}"]
        self.console.print("\n".join(in_lines(groups)), highlight=False, soft_wrap=True)

    def plan(self, steps: int, epochs: int) -> None:
        """Take another length of the run, in steps and in epochs."""
        self.steps, self.epochs = steps, epochs
        self.bar.update(self.task, total=steps, epochs=epochs)

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


def in_lines(groups: Sequence[str]) -> list[str]:
    """Join groups by two spaces, in as many lines of 80 columns as they need."""
    lines = [groups[0]]
    for group in groups[1:]:
        if len(lines[-1]) + 2 + len(group) <= COLUMNS:
            lines[-1] += f"  {group}"
        else:
            lines.append(f"  {group}")
    return lines


def _short(nats: float) -> str:
    """Write nats so that usual ones stand below each other."""
    return f"{nats:7.{1 if abs(nats) >= LARGE else 2}f}"


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
