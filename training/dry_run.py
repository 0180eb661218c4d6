"""What `fit --dry-run` says: a run's shapes, parameters, memory and time, before it starts."""

import resource
import sys
import time
from dataclasses import dataclass
from typing import Any, Final

from training.batches import epoch_batches, steps_per_epoch
from training.compiled_step import CompiledStep
from training.config import TrainConfig
from training.dataset import Dataset
from training.device import advice
from training.networks import Networks

TRIED_STEPS: Final = 6
BYTES: Final = 4  # of a float32
GIBIBYTE: Final = 2**30


@dataclass(frozen=True)
class Estimate:
    """What a run costs, from a few steps really taken and thrown away."""

    networks: Networks
    parameters: int
    steps: int
    """In all epochs together."""
    step_seconds: float
    peak_bytes: int
    """Of this process after the steps; the run's will be about the same."""

    @property
    def seconds(self) -> float:
        """Estimate of the whole run."""
        return self.steps * self.step_seconds


def estimate(config: TrainConfig, dataset: Dataset) -> Estimate:
    """Build the model and take a few steps to see what they cost; nothing is written."""
    step = CompiledStep(config, dataset.image_shape, len(dataset.labels))
    seconds = []
    for _, batch in zip(
        range(TRIED_STEPS),
        epoch_batches(config, dataset.train, len(dataset.labels), 0),
        strict=False,  # a small data set has fewer batches
    ):
        started = time.perf_counter()
        step(batch)
        seconds.append(time.perf_counter() - started)
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss counts in KiB but on macOS
    return Estimate(
        step.networks,
        step.networks.count_params(),
        config.epochs * steps_per_epoch(len(dataset.train), config.batch_size),
        min(seconds),
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit,
    )


def describe(config: TrainConfig, dataset: Dataset, estimated: Estimate) -> str:
    """Write an estimate for people."""
    height, width, channels = dataset.image_shape
    megabytes = estimated.parameters * BYTES / 1e6
    minutes, seconds = divmod(round(estimated.seconds), 60)
    lines = [
        f"{config.name}: {len(dataset.train):,} training and {len(dataset.test):,} test images "
        f"of {height} x {width} x {channels} ({dataset.name})",
        f"objective: reconstruction ({config.described(channels)}) + "
        f"{config.beta_in_nats(dataset.pixels):.4g} * KL, nats per image, "
        f"by {config.strategy}",
        *_layers("encoder", estimated.networks.encoder),
        *_layers("decoder", estimated.networks.decoder),
        f"parameters: {estimated.parameters:,} ({megabytes:.1f} MB; with the optimizer "
        f"{3 * megabytes:.1f} MB)",
        f"memory: about {estimated.peak_bytes / GIBIBYTE:.1f} GiB",
        f"time: {estimated.steps:,} steps of {1000 * estimated.step_seconds:.0f} ms, about "
        f"{minutes} min {seconds} s",
        advice(config.precision),
    ]
    return "\n".join(filter(None, lines))


def _layers(name: str, network: Any) -> list[str]:
    shapes = [
        f"{layer.name} {'x'.join(map(str, layer.output.shape[1:]))}"
        for layer in network.layers
        if not isinstance(layer.output, (list, tuple))
    ]
    return [f"{name}: {' → '.join(shapes)}"]
