"""Densities over z that take the place of the standard normal prior.

A prior is a Keras layer: z (n, latent_dim) → log p(z), (n,), nats. `build_prior` builds the one
that is trained along with the networks, if the configuration asks for one.
"""

from typing import Any

import keras

from training.config import TrainConfig
from training.priors.flow import FlowPrior
from training.priors.vamp import VampPrior


def build_prior(config: TrainConfig, encoder: keras.Model) -> Any:
    """Build the prior that the configuration trains along; None for the standard normal."""
    if config.prior == "vamp":
        return VampPrior(encoder, config.pseudo_inputs)
    if config.prior == "flow":
        return FlowPrior(config.latent_dim)
    return None
