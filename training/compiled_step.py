"""One step of a run, compiled: whole, in slices, or shared among replicas."""

import math
from typing import Any, Final

import keras
import tensorflow as tf

from models.manifest import ImageShape, Likelihood
from training.batch_slices import share_cores, sliced
from training.batches import Batch
from training.config import TrainConfig
from training.distributed import Replicas
from training.networks import build_networks
from training.objective import build_objective
from training.strategies import strategy

SIGMA_RATE: Final = 20  # times the learning rate, for log(sigma)
NEWEST: Final = 0.05  # share of the newest batch in the mean error that the optimal sigma follows
LEAST: Final = 1e-12  # of a ratio whose logarithm is taken


class CompiledStep:
    """A strategy's compiled model, and its training step as a graph for batches of any size."""

    def __init__(
        self,
        config: TrainConfig,
        image_shape: ImageShape,
        classes: int,
        replicas: Replicas | None = None,
    ) -> None:
        """Build and trace it now, so that every variable exists."""
        share_cores(config)
        self._batch_size = config.batch_size
        self.networks = networks = build_networks(config, image_shape, classes)
        self.objective = build_objective(config, math.prod(image_shape))
        self.learning_rate = keras.Variable(config.learning_rate, trainable=False, dtype="float32")
        moves = config.learning_rate_decay != "none"
        rate = (lambda: self.learning_rate) if moves else config.learning_rate
        optimizer = Adam(rate, config.likelihood, math.prod(image_shape), config.average)
        self.model = strategy(config.strategy)(networks, self.objective, optimizer)
        optimizer.build(self.model.trainable_variables)
        tensors = networks.encoder.input | {"eps": networks.encoder.output[0]}
        inputs = {
            key: tf.TensorSpec((None, *tensor.shape[1:]), tf.float32)
            for key, tensor in tensors.items()
        }
        self.function = tf.function(self.model.train_step, [(inputs, inputs["x"])], autograph=False)
        self.graph = self.function.get_concrete_function()
        self._shared = replicas and replicas.step(self.model)
        self._sliced = self.function
        if config.slices > 1:
            self._sliced = tf.function(sliced(self.model, config.slices), autograph=False)

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Descend one step; return the averages since the last reset, nats per image."""
        if self._shared:
            return self._shared(batch)
        inputs, _ = batch  # an epoch's last batch may be smaller, and is not sliced
        step = self._sliced if len(inputs["x"]) == self._batch_size else self.function
        return {key: float(value) for key, value in step(batch).items()}


class Adam(keras.optimizers.Adam):
    """Adam, but for log(sigma), which is moved faster than the weights, or set.

    Adam moves a variable by about the learning rate a step. For weights that is much; the
    logarithm of sigma has to come from −1 to −3 and to stay where the error is.
    """

    def __init__(self, rate: Any, likelihood: Likelihood, pixels: int, average: float) -> None:
        """Take the number of pixels (channels counted in) that a likelihood is summed over.

        `average` is the momentum of the weights' running average; 0 keeps none.
        """
        super().__init__(rate, use_ema=average > 0, ema_momentum=average)
        self.likelihood, self.pixels = likelihood, pixels

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Update one variable."""
        if not variable.name.startswith("log_sigma"):
            super().update_step(gradient, variable, learning_rate)
        elif self.likelihood == "gaussian_optimal":
            self._follow_error(gradient, variable)
        else:
            super().update_step(gradient, variable, learning_rate * SIGMA_RATE)

    def _follow_error(self, gradient: Any, variable: Any) -> None:
        """Set sigma² to the mean squared error of the last batches; after one step, of that one.

        The gradient is pixels * (1 − error / sigma²), so it tells the error of the whole batch,
        of which slices and replicas see parts. Source: the optimal sigma of Rybkin, Daniilidis
        and Levine (2021), section 3. https://arxiv.org/abs/2006.13202
        """
        steps = keras.ops.cast(self.iterations, "float32")
        share = keras.ops.maximum(1 / (steps + 1), NEWEST)
        ratio = keras.ops.maximum(1 - share * gradient / self.pixels, LEAST)
        self.assign_add(variable, keras.ops.log(ratio) / 2)
