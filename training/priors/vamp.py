"""VampPrior: the mixture of the posteriors of pseudo-inputs, images that are learned.

Source: Tomczak and Welling (2018), section 2. https://arxiv.org/abs/1705.07120
"""

import math
from collections.abc import Callable
from typing import Any, Final

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from training.priors.mixture import mixture_log_prob

NOISE: Final = 0.01  # standard deviation that tells pseudo-inputs from the images they start as


class VampPrior(keras.layers.Layer):
    """p(z) = 1/K Σ q(z | u_k), with pseudo-inputs u that are trained like weights."""

    kind: Final = "mixture"

    def __init__(self, encoder: keras.Model, pseudo_inputs: int) -> None:
        """Start with K pseudo-inputs of noise for an encoder whose only input is `x`."""
        super().__init__(name="prior", dtype="float32")
        # Behind a function, Keras does not count the encoder's weights as the prior's as well.
        self._encode: Callable[[Any], Any] = lambda x: encoder({"x": x})
        self.pseudo_inputs = self.add_weight(
            shape=(pseudo_inputs, *encoder.input["x"].shape[1:]),
            initializer=keras.initializers.RandomUniform(0, 1),
            constraint=lambda x: ops.clip(x, 0, 1),
            name="pseudo_inputs",
        )

    def start_at(self, images: NDArray[np.uint8], seed: int) -> None:
        """Set the pseudo-inputs to images, taken in turn, with a little noise.

        Args:
            images: uint8 (n, height, width, channels).
            seed: Of the noise.
        """
        shape = self.pseudo_inputs.shape
        noise = np.random.default_rng(seed).normal(0, NOISE, shape)
        chosen = images[np.arange(shape[0]) % len(images)] / 255
        self.pseudo_inputs.assign(np.clip(chosen + noise, 0, 1))

    def components(self) -> tuple[Any, Any]:
        """Return mean and logarithm of the variance of each component, (K, latent_dim)."""
        z_mean, z_log_var = self._encode(ops.convert_to_tensor(self.pseudo_inputs))
        return z_mean, z_log_var

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that `models.prior.Mixture` takes."""
        z_mean, z_log_var = (np.asarray(tensor) for tensor in self.components())
        even = np.full(len(z_mean), -math.log(len(z_mean)), np.float32)
        return {"mean": z_mean, "log_var": z_log_var, "log_weight": even}

    def call(self, z: Any) -> Any:
        """Return log p(z) of z (n, latent_dim): (n,), nats."""
        z_mean, z_log_var = self.components()
        even = ops.full((self.pseudo_inputs.shape[0],), -math.log(self.pseudo_inputs.shape[0]))
        return mixture_log_prob(z, z_mean, z_log_var, even)
