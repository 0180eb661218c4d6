"""A training step in slices of the batch: computed side by side, a core each, applied as one.

Cores that share an operation wait for each other at its end, dozens of times a step, and a whole
batch's features do not fit their caches. Slices need not wait. The gradients are the same sums in
another order.
"""

import contextlib
import math
import os
from collections.abc import Callable, Iterator
from typing import Any

import keras
import tensorflow as tf

from training.config import TrainConfig

Step = Callable[[Any], dict[str, Any]]


def suggest_slices(batch_size: int) -> int:
    """Return how many slices of a batch are fast here: about two for each core, of equal size."""
    if tf.config.list_physical_devices("GPU"):
        return 1
    return math.gcd(batch_size, 2 * (os.cpu_count() or 1))


def share_cores(config: TrainConfig) -> None:
    """Give each slice its share of the cores; without effect once TensorFlow has begun."""
    if config.slices == 1:
        return
    cores = os.cpu_count() or 1
    with contextlib.suppress(RuntimeError):  # too late: slower, not wrong
        tf.config.threading.set_intra_op_parallelism_threads(max(1, cores // config.slices))
        tf.config.threading.set_inter_op_parallelism_threads(min(cores, config.slices))


def sliced(model: keras.Model, slices: int) -> Step:
    """Return `model.train_step` for batches of a multiple of `slices` images, taken in slices."""

    def train_step(batch: Any) -> dict[str, Any]:
        parts = [tf.split(array, slices) for array in tf.nest.flatten(batch)]
        with gradients_held_back(model.optimizer) as held:
            for part in zip(*parts, strict=True):
                logs = model.train_step(tf.nest.pack_sequence_as(batch, part))
        means = [tf.add_n(gradients) / slices for gradients in zip(*held, strict=True)]
        model.optimizer.apply(means, model.trainable_variables)
        return logs  # averages over the images of all slices

    return train_step


@contextlib.contextmanager
def gradients_held_back(optimizer: keras.optimizers.Optimizer) -> Iterator[list[list[Any]]]:
    """Collect what the optimizer is given to apply, while the step is traced."""
    held: list[list[Any]] = []
    apply = optimizer.apply
    optimizer.apply = lambda gradients, _: held.append(list(gradients))
    try:
        yield held
    finally:
        optimizer.apply = apply
