"""What moves while a run goes on: its learning rate and its beta, by the share that is behind."""

import math
from typing import Final

import numpy as np

from training.config import TrainConfig

LEAST: Final = 0.01  # of beta, at the start of warm-up


def last_step(config: TrainConfig, epoch_steps: int) -> int:
    """Return how many steps a run has in all, where an epoch has `epoch_steps`."""
    return config.pace[-1][0] if config.pace else config.epochs * epoch_steps


def share_behind(config: TrainConfig, step: int, epoch_steps: int) -> float:
    """Return the share of a run that is behind after so many steps, 0 to 1."""
    steps, shares = zip(*(config.pace or [(last_step(config, epoch_steps), 1.0)]), strict=True)
    return float(np.interp(step, (0, *steps), (0.0, *shares)))


def ending_at(config: TrainConfig, end: int, step: int, epoch_steps: int) -> TrainConfig:
    """Return the configuration of a run that stands at `step` and shall end at step `end`.

    What is behind stays; what is left of the schedule is spread evenly over the steps left.
    """
    pace = [point for point in config.pace if point[0] < step]
    if step:
        pace.append((step, share_behind(config, step, epoch_steps)))
    if end > step:
        pace.append((end, 1.0))
    return config.model_copy(update={"pace": tuple(pace), "epochs": -(-end // epoch_steps)})


def learning_rate(config: TrainConfig, share: float) -> float:
    """Return the learning rate when a share of the run is behind."""
    if config.learning_rate_decay == "none":
        return config.learning_rate
    return config.learning_rate * (1 + math.cos(math.pi * share)) / 2


def rise(config: TrainConfig, epoch: float, share: float) -> float:
    """Return how far warm-up has come, from near 0 to 1.

    Not from 0, where nothing would hold KL: it reached thousands of millions of nats.
    Cyclic: Fu et al. (2019), section 3.2, each cycle's first half rises, the second stays at 1.
    https://arxiv.org/abs/1903.10145

    Args:
        config: Says by which of the two that follow it rises.
        epoch: The moment, counted in epochs.
        share: The share of the run that is behind then.
    """
    if config.warmup == "none":
        return 1.0
    if config.warmup == "cyclic":
        return min(1.0, max(LEAST, 2 * math.fmod(epoch / config.warmup_epochs, 1.0)))
    if config.warmup_share is not None:
        return min(1.0, max(LEAST, share / config.warmup_share))
    return min(1.0, max(LEAST, epoch / config.warmup_epochs))
