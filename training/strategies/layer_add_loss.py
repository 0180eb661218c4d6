"""A layer of the encoder adds the KL loss: article V, solution_type 0.

The layer stands directly after z_mean and z_log_var, before any further variable comes in.
"""

from typing import Any

import keras

from training.networks import Networks, Sampling
from training.objective import Objective, kl
from training.strategies.inputs import symbolic_batch


class KLLayer(keras.layers.Layer):
    """Pass z_mean and z_log_var on, adding beta * KL to the model's losses."""

    def __init__(self, objective: Objective) -> None:
        super().__init__(name="kl_layer")
        self.objective = objective
        self.kl = keras.metrics.Mean(name="kl")

    def call(self, z_mean: Any, z_log_var: Any) -> tuple[Any, Any]:
        """Return both inputs unchanged."""
        self.add_loss(self.objective.penalty(z_mean, z_log_var))
        self.kl.update_state(kl(z_mean, z_log_var))
        return z_mean, z_log_var


def build(
    networks: Networks, objective: Objective, optimizer: keras.optimizers.Optimizer
) -> keras.Model:
    """Build and compile the VAE; see the package for the interface."""
    inputs = symbolic_batch(networks)
    z_mean, z_log_var = KLLayer(objective)(*networks.encode(inputs))
    z = Sampling(name="sampling")(z_mean, z_log_var, inputs["eps"])
    model = keras.Model(inputs, networks.decode(z, inputs), name="vae")
    reconstruction = keras.metrics.MeanMetricWrapper(objective.reconstruction, "reconstruction")
    model.compile(optimizer, loss=objective.reconstruction, metrics=[reconstruction])
    return model
