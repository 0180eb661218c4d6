"""Run all strategies side by side: same data, weights and noise, step by step in turn.

A noisy machine slows all of them alike, because they take turns at every step.
"""

import json
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, get_args

from training.batches import Batch, epoch_batches
from training.compiled_step import CompiledStep
from training.config import StrategyName, TrainConfig
from training.dataset import Dataset
from training.runs import write_atomically

WARM_UP_STEPS: Final = 3  # the first ones allocate
STRATEGIES: Final[tuple[StrategyName, ...]] = get_args(StrategyName)


@dataclass
class History:
    """What one strategy did, step by step."""

    seconds: list[float] = field(default_factory=list)
    logs: list[dict[str, float]] = field(default_factory=list)

    @property
    def step_seconds(self) -> float:
        """Median seconds of a step, the first ones left out."""
        return statistics.median(self.seconds[WARM_UP_STEPS:] or self.seconds)


def compare(
    config: TrainConfig,
    dataset: Dataset,
    steps: int,
    strategies: Iterable[StrategyName] = STRATEGIES,
) -> dict[StrategyName, History]:
    """Train every strategy for so many steps and return each one's history.

    The logs are averages over the steps so far, nats per image.
    """
    classes = len(dataset.labels)
    trained = {}
    for name in strategies:
        chosen = config.model_copy(update={"strategy": name})
        trained[name] = CompiledStep(chosen, dataset.image_shape, classes)
    histories = {name: History() for name in trained}
    for number, batch in enumerate(_batches(config, dataset, steps)):
        order = list(trained)
        for name in order[number % len(order) :] + order[: number % len(order)]:
            started = time.perf_counter()
            histories[name].logs.append(trained[name](batch))
            histories[name].seconds.append(time.perf_counter() - started)
    return histories


def _batches(config: TrainConfig, dataset: Dataset, steps: int) -> Iterable[Batch]:
    epoch = taken = 0
    while taken < steps:
        for batch in epoch_batches(config, dataset.train, len(dataset.labels), epoch):
            if taken == steps:
                return
            taken += 1
            yield batch
        epoch += 1


def table(histories: dict[StrategyName, History]) -> list[dict[str, Any]]:
    """Return a row per strategy: last averages, milliseconds a step, ratio to the fastest."""
    fastest = min(history.step_seconds for history in histories.values())
    return [
        {
            "strategy": name,
            **history.logs[-1],
            "step_ms": 1000 * history.step_seconds,
            "ratio": history.step_seconds / fastest,
        }
        for name, history in histories.items()
    ]


def markdown(rows: list[dict[str, Any]]) -> str:
    """Write the table for people."""
    lines = [
        "| strategy | loss | reconstruction | kl | ms a step | ratio to the fastest |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['strategy']} | {row['loss']:.4f} | {row['reconstruction']:.4f} | {row['kl']:.4f} "
        f"| {row['step_ms']:.1f} | {row['ratio']:.3f} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def write_comparison(
    histories: dict[StrategyName, History], config: TrainConfig, channels: int, folder: Path
) -> str:
    """Write `compare.md`, `compare.json` and `compare.png` into a folder; return the table."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = table(histories)
    text = markdown(rows)
    objective = config.described(channels)
    described = {"config": config.model_dump(mode="json"), "objective": objective}
    write_atomically(
        folder / "compare.json", json.dumps({**described, "rows": rows}, indent=1).encode()
    )
    write_atomically(folder / "compare.md", text.encode())
    _plot(histories, objective, folder / "compare.png")
    return text


def _plot(histories: dict[StrategyName, History], objective: str, path: Path) -> None:
    from matplotlib.figure import Figure  # noqa: PLC0415 - a second's import

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    losses, times = figure.subplots(1, 2)
    for width, (name, history) in enumerate(histories.items()):
        # The curves lie on each other: the later ones are thinner, so that all can be seen.
        losses.plot(
            [logs["loss"] for logs in history.logs],
            label=name,
            linewidth=2 * (len(histories) - width),
            alpha=0.7,
        )
    losses.set(xlabel="step", ylabel=f"loss, nats per image\n({objective})")
    losses.legend(frameon=False, fontsize=8)
    rows = table(histories)
    bars = times.barh([row["strategy"] for row in rows], [row["step_ms"] for row in rows])
    times.bar_label(bars, [f"{row['ratio']:.3f}" for row in rows], padding=3)
    times.set(xlabel="milliseconds a step (median); ratio to the fastest")
    times.invert_yaxis()
    for axes in (losses, times):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
