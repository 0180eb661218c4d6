"""The decoder's last layer where the likelihood's width is found by training: log(sigma)."""

import math
from typing import Any, Final

import keras
from keras import ops

from models.manifest import Likelihood

ROUNDING: Final = 1 / 255 / math.sqrt(12)  # standard deviation of a pixel's rounding to 8 bits


def with_log_sigma(likelihood: Likelihood, logits: Any) -> Any:
    """Append the channels of log(sigma) that a likelihood takes to (n, height, width, channels).

    The Gaussians have one sigma, the discretised logistic one for each channel, others none.
    """
    if likelihood in {"gaussian_learned", "gaussian_optimal"}:
        return LogSigma((), dtype="float32", name="log_sigma")(logits)
    if likelihood == "discretised_logistic":
        return LogSigma((logits.shape[-1],), dtype="float32", name="log_sigma")(logits)
    return logits


@keras.saving.register_keras_serializable(package="vae_atlas")
class LogSigma(keras.layers.Layer):
    """Append channels that hold log(sigma), the same for every pixel.

    Source: Rybkin, Daniilidis and Levine (2021), Simple and effective VAE training with
    calibrated decoders. https://arxiv.org/abs/2006.13202
    """

    def __init__(self, shape: tuple[int, ...], **options: Any) -> None:
        """Take the shape of sigma: () for one of all channels, (channels,) for one of each."""
        super().__init__(**options)
        self.shape = shape

    def build(self, _: Any) -> None:
        """Start at sigma = exp(−1); it does not fall below what rounding does to a pixel."""
        self.log_sigma = self.add_weight(
            shape=self.shape,
            initializer=keras.initializers.Constant(-1.0),
            constraint=lambda log_sigma: ops.maximum(log_sigma, math.log(ROUNDING)),
            name="log_sigma",
        )

    def call(self, logits: Any) -> Any:
        """Return (n, height, width, channels + 1), or twice the channels for a sigma of each."""
        ones = ops.ones_like(logits if self.shape else logits[..., :1])
        return ops.concatenate([logits, ones * self.log_sigma], axis=-1)
