"""A training step shared among replicas with tf.distribute: devices of a machine, or processes.

Every process holds the same weights. A replica takes its part of the global batch, with the noise
that belongs to those images, and what it would have changed is summed over all before one change
is made. The variables are ordinary ones and the loop is ours: with Keras's `fit` the weights of
several workers drift apart (keras-team/keras#20585).
"""

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Literal

import keras
import tensorflow as tf

from training.batch_slices import gradients_held_back
from training.batches import Batch
from training.checkpoint import LAST
from training.config import TrainConfig
from training.errors import ConfigInvalid, TrainingError
from training.runs import IMAGES_FILE, RUN_FILE

Kind = Literal["mirrored", "workers"]
LOST: Final = (  # what a step raises once another process is gone
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.InternalError,
)
EXAMPLE: Final = (
    '{"cluster": {"worker": ["host1:12345", "host2:12345"]}, '
    '"task": {"type": "worker", "index": 0}}'
)


class Replicas:
    """Who takes part, and which of them this process is."""

    def __init__(self, kind: Kind) -> None:
        """Find the devices, or wait for the other processes; before TensorFlow has begun.

        Raises:
            ConfigInvalid: There is no usable TF_CONFIG that names the processes.
        """
        self._strategy = _mirrored() if kind == "mirrored" else _workers()
        self.count: int = self._strategy.num_replicas_in_sync
        self._apart = kind == "workers"  # metrics are each process's own
        resolver = self._strategy.cluster_resolver
        self.chief = not self._apart or _is_chief(resolver.task_type, resolver.task_id)

    def check(self, config: TrainConfig) -> None:
        """Refuse what a part of a batch cannot compute.

        Raises:
            ConfigInvalid: Free bits or capacity need the KL of the whole batch; slices are another
                way to share it.
        """
        if config.free_bits or config.capacity:
            raise ConfigInvalid(
                "free_bits and capacity need the KL of the whole batch: one replica"
            )
        if config.slices > 1:
            raise ConfigInvalid(
                "slices share a batch among cores; leave them at 1 with --distribute"
            )

    def step(self, model: keras.Model) -> Callable[[Batch], dict[str, float]]:
        """Return a step on a global batch, of which each replica takes its part.

        It returns the averages since the last reset over the images of all replicas.

        Raises (the step):
            TrainingError: Another process is gone.
        """
        # Keras's own step divides its losses by the number of replicas; ours does not.
        divided = self.count if type(model).train_step is keras.Model.train_step else 1

        def replica(part: Any, weight: Any) -> Any:
            with gradients_held_back(model.optimizer) as held:
                model.train_step(part)
            context = tf.distribute.get_replica_context()
            return context.all_reduce("SUM", [g * (weight * divided) for g in held[0]])

        @tf.function(autograph=False)
        def shared(parts: Any, weights: Any) -> dict[str, Any]:
            gradients = self._strategy.run(replica, (parts, weights))
            model.optimizer.apply([self._here(g) for g in gradients], model.trainable_variables)
            logs = model.get_metrics_result()
            return (
                self._over_all(logs, tf.convert_to_tensor(model.metrics[0].count))
                if self._apart
                else logs
            )

        def step(batch: Batch) -> dict[str, float]:
            n = len(batch[1])
            cuts = [part_of(n, i, self.count) for i in range(self.count)]
            parts = self._each(
                lambda i: tf.nest.map_structure(lambda a: tf.constant(a[cuts[i]]), batch)
            )
            sizes = [len(range(n)[cut]) for cut in cuts]
            weights = self._each(lambda i: tf.constant(sizes[i] / sum(sizes), tf.float32))
            try:
                return {key: float(value) for key, value in shared(parts, weights).items()}
            except LOST as error:
                message = "another worker is gone; start all of them again with --resume"
                raise TrainingError(message) from error

        return step

    @contextlib.contextmanager
    def folder(self, run: Path | None, *, copied: bool = False) -> Iterator[Path | None]:
        """Give the run's folder to the chief, and to the others one that is thrown away.

        `copied` puts there what a run is taken up from.
        """
        if self.chief:
            yield run
            return
        with tempfile.TemporaryDirectory() as scratch:
            for name in (RUN_FILE, IMAGES_FILE, "log.jsonl", LAST):
                if copied and run and (run / name).exists():
                    shutil.copy(run / name, scratch)
            yield Path(scratch)

    def _here(self, value: Any) -> Any:
        return self._strategy.experimental_local_results(value)[0]

    def _each(self, value: Callable[[int], Any]) -> Any:
        """Give each replica of this process a value, by its index among all."""
        make = self._strategy.experimental_distribute_values_from_function
        return make(lambda context: value(context.replica_id_in_sync_group))

    def _over_all(self, logs: dict[str, Any], images: Any) -> dict[str, Any]:
        """Average what processes have averaged over so many images each."""

        def total() -> Any:
            context = tf.distribute.get_replica_context()
            sums = [tf.identity(images), *(value * images for value in logs.values())]
            return context.all_reduce("SUM", sums)

        everything, *sums = map(self._here, self._strategy.run(total))
        return {key: value / everything for key, value in zip(logs, sums, strict=True)}


def part_of(n: int, index: int, count: int) -> slice:
    """Return which of a batch's n images a replica takes: all of them if there are too few."""
    return slice(n * index // count, n * (index + 1) // count) if n >= count else slice(n)


def _mirrored() -> tf.distribute.Strategy:
    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    return tf.distribute.MirroredStrategy([device.name for device in devices])


def _workers() -> tf.distribute.Strategy:
    try:
        workers = json.loads(os.environ["TF_CONFIG"])["cluster"]
        named = bool(workers.get("worker") or workers.get("chief"))
    except (KeyError, ValueError, AttributeError, TypeError):
        named = False
    if not named:
        raise ConfigInvalid(
            f"--distribute workers needs TF_CONFIG, in each process its own: {EXAMPLE}"
        )
    return tf.distribute.MultiWorkerMirroredStrategy()


def _is_chief(kind: str | None, index: int | None) -> bool:
    """Tell who writes: the chief, or the first worker where none is named so."""
    cluster = json.loads(os.environ["TF_CONFIG"])["cluster"]
    return kind == "chief" if "chief" in cluster else not index
