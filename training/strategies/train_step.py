"""A training step of its own, with GradientTape: article VIII, solution_type 3.

TensorFlow only. `test_step` and `metrics` belong to it: without them `evaluate` and the epoch's
averages are silently those of an empty model.
"""

from typing import Any

import keras
import tensorflow as tf

from training.networks import Networks, Sampling
from training.objective import Objective, kl


class TrainStep(keras.Model):
    """A VAE that computes its loss and applies its gradients itself."""

    def __init__(self, networks: Networks, objective: Objective) -> None:
        super().__init__(name="vae")
        self.networks = networks
        self.encoder, self.decoder = networks.encoder, networks.decoder
        self.prior = networks.prior
        self.sampling = Sampling(name="sampling")
        self.objective = objective
        self.means = [keras.metrics.Mean(name=name) for name in ("loss", "reconstruction", "kl")]

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The epoch's averages, which Keras resets between epochs."""
        return self.means

    def call(self, inputs: dict[str, Any]) -> tuple[Any, tuple[Any, Any, Any]]:
        """Return the likelihood's parameters, and what KL is of: z_mean, z_log_var, log p(z)."""
        z_mean, z_log_var = self.networks.encode(inputs)
        z = self.sampling(z_mean, z_log_var, inputs["eps"])
        return self.networks.decode(z, inputs), (z_mean, z_log_var, self.networks.log_prior(z))

    def train_step(self, data: tuple[dict[str, Any], Any]) -> dict[str, Any]:
        """Descend one step on a batch (inputs, x); return the epoch's averages."""
        with tf.GradientTape() as tape:
            loss, values = self._loss(*data)
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
        return self._averages(values)

    def test_step(self, data: tuple[dict[str, Any], Any]) -> dict[str, Any]:
        """Measure a batch (inputs, x); return the averages."""
        _, values = self._loss(*data)
        return self._averages(values)

    def _loss(self, inputs: dict[str, Any], x: Any) -> tuple[Any, tuple[Any, Any, Any]]:
        parameters, posterior = self(inputs, training=True)
        reconstruction = self.objective.reconstruction(x, parameters)
        loss = tf.reduce_mean(reconstruction) + self.objective.penalty(*posterior)
        per_image = (loss * tf.ones_like(reconstruction), reconstruction, kl(*posterior))
        return loss, per_image

    def _averages(self, values: tuple[Any, Any, Any]) -> dict[str, Any]:
        for metric, value in zip(self.means, values, strict=True):
            metric.update_state(value)
        return {metric.name: metric.result() for metric in self.means}


def build(
    networks: Networks, objective: Objective, optimizer: keras.optimizers.Optimizer
) -> keras.Model:
    """Build and compile the VAE; see the package for the interface."""
    model = TrainStep(networks, objective)
    model.compile(optimizer)
    return model
