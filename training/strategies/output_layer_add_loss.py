"""A layer on top adds the whole loss: article IV.

Everything the loss depends on is an argument of the layer, which is the article's first rule.
The model is compiled without a loss.
"""

from typing import Any

import keras
from keras import ops

from training.networks import Networks, Sampling
from training.objective import Objective, kl
from training.strategies.inputs import symbolic_batch


class TotalLoss(keras.layers.Layer):
    """Return the decoder's output, adding reconstruction + beta * KL to the model's losses."""

    def __init__(self, objective: Objective) -> None:
        super().__init__(name="total_loss")
        self.objective = objective
        self.reconstruction = keras.metrics.Mean(name="reconstruction")
        self.kl = keras.metrics.Mean(name="kl")

    def call(self, z_mean: Any, z_log_var: Any, x: Any, parameters: Any) -> Any:
        """Return `parameters` unchanged."""
        reconstruction = self.objective.reconstruction(x, parameters)
        self.add_loss(ops.mean(reconstruction) + self.objective.penalty(z_mean, z_log_var))
        self.reconstruction.update_state(reconstruction)
        self.kl.update_state(kl(z_mean, z_log_var))
        return parameters


def build(
    networks: Networks, objective: Objective, optimizer: keras.optimizers.Optimizer
) -> keras.Model:
    """Build and compile the VAE; see the package for the interface."""
    inputs = symbolic_batch(networks)
    z_mean, z_log_var = networks.encode(inputs)
    z = Sampling(name="sampling")(z_mean, z_log_var, inputs["eps"])
    parameters = networks.decode(z, inputs)
    output = TotalLoss(objective)(z_mean, z_log_var, inputs["x"], parameters)
    model = keras.Model(inputs, output, name="vae")
    model.compile(optimizer, loss=None)
    return model
