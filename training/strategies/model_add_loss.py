"""The model adds its KL loss: article VII, solution_type 2; the default.

There: `model.add_loss(kl)` with a symbolic tensor on a functional model, which Keras 3 refuses.
Here: the same call at the end of the model's own `call`, where the tensor is at hand.
"""

from typing import Any

import keras

from training.networks import Networks, Sampling
from training.objective import Objective, kl


class ModelAddLoss(keras.Model):
    """A VAE whose compiled loss is the reconstruction, and whose `call` adds beta * KL."""

    def __init__(self, networks: Networks, objective: Objective) -> None:
        super().__init__(name="vae")
        self.networks = networks
        self.encoder, self.decoder = networks.encoder, networks.decoder  # so that Keras tracks them
        self.prior = networks.prior
        self.sampling = Sampling(name="sampling")
        self.objective = objective
        self.kl = keras.metrics.Mean(name="kl")

    def call(self, inputs: dict[str, Any]) -> Any:
        """Return the likelihood's parameters, and add the KL loss."""
        z_mean, z_log_var = self.networks.encode(inputs)
        z = self.sampling(z_mean, z_log_var, inputs["eps"])
        log_prior = self.networks.log_prior(z)
        self.add_loss(self.objective.penalty(z_mean, z_log_var, log_prior))
        self.kl.update_state(kl(z_mean, z_log_var, log_prior))
        return self.networks.decode(z, inputs)


def build(
    networks: Networks, objective: Objective, optimizer: keras.optimizers.Optimizer
) -> keras.Model:
    """Build and compile the VAE; see the package for the interface."""
    model = ModelAddLoss(networks, objective)
    reconstruction = keras.metrics.MeanMetricWrapper(objective.reconstruction, "reconstruction")
    model.compile(optimizer, loss=objective.reconstruction, metrics=[reconstruction])
    return model
