"""Encoder and decoder: the interface that all networks share, and how one is built.

Each module here is one kind of network, by the name that the configuration gives it: functions
`encode(config, x)` and `decode(config, features, image_shape)` of Keras tensors. What stands
between them is the same for all: z_mean, z_log_var, the label and the likelihood's parameters.
"""

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any, Final

import keras
from keras import ops

from models.manifest import ImageShape
from training.config import TrainConfig
from training.log_sigma import with_log_sigma
from training.priors import build_prior

WIDEST: Final = 4.0  # z_log_var up to which it is what the encoder says


@dataclass(frozen=True)
class Networks:
    """Encoder and decoder, shared by every strategy and by the export.

    Both take float32. `encoder`: x (n, height, width, channels) in 0…1 → z_mean, z_log_var
    (n, latent_dim). `decoder`: z (n, latent_dim) → the likelihood's parameters (n, height, width,
    channels), logits of the mean; `training.log_sigma` adds channels for some. A conditional pair
    takes `label` (n, classes), one-hot, as well. `prior`: z → log p(z), (n,); None for the
    standard normal.
    """

    encoder: keras.Model
    decoder: keras.Model
    prior: Any = None

    @property
    def weights(self) -> list[keras.Variable]:
        """All weights, those of the prior last."""
        return [
            *self.encoder.weights,
            *self.decoder.weights,
            *(self.prior.weights if self.prior else ()),
        ]

    def count_params(self) -> int:
        """Return the number of weights."""
        return self.encoder.count_params() + self.decoder.count_params()

    def encode(self, inputs: dict[str, Any]) -> tuple[Any, Any]:
        """Return z_mean and z_log_var of a batch's `x`."""
        return self.encoder({key: inputs[key] for key in self.encoder.input})

    def decode(self, z: Any, inputs: dict[str, Any]) -> Any:
        """Return the likelihood's parameters for z, taking the label from the batch."""
        return self.decoder({key: {**inputs, "z": z}[key] for key in self.decoder.input})

    def log_prior(self, z: Any) -> Any:
        """Return log p(z), (n,), nats; None for the standard normal, whose KL is in closed form."""
        return None if self.prior is None else self.prior(z)


def reparametrise(z_mean: Any, z_log_var: Any, eps: Any) -> Any:
    """Draw z, (n, latent_dim); the noise eps is an input, so that a run can be resumed.

    Source: Kingma and Welling (2013), section 2.4. https://arxiv.org/abs/1312.6114
    """
    return z_mean + ops.exp(z_log_var / 2) * eps


def bounded_log_var(raw: Any) -> Any:
    """Return z_log_var from the encoder's last layer: the same up to 4, a logarithm beyond.

    No image is better off with a posterior wider than the prior, whose z_log_var is 0, but early
    steps may come to 20 and more, and its exponential is part of KL. A slope is always left.
    """
    return ops.minimum(raw, WIDEST) + ops.log1p(ops.relu(raw - WIDEST))


@keras.saving.register_keras_serializable(package="vae_atlas")
class Sampling(keras.layers.Layer):
    """`reparametrise` as a layer."""

    def call(self, z_mean: Any, z_log_var: Any, eps: Any) -> Any:
        """Return z, (n, latent_dim)."""
        return reparametrise(z_mean, z_log_var, eps)


def build_networks(config: TrainConfig, image_shape: ImageShape, classes: int) -> Networks:
    """Build encoder and decoder with weights drawn from the configuration's seed.

    Any height and width will do: strided layers round up, and the decoder's surplus is cropped.
    """
    keras.utils.set_random_seed(config.seed)
    keras.config.set_dtype_policy("mixed_bfloat16" if config.precision == "bfloat16" else "float32")
    try:
        network = import_module(f"training.networks.{config.network}")
        encoder = _encoder(config, network, image_shape, classes)
        decoder = _decoder(config, network, image_shape, classes)
        return Networks(encoder, decoder, build_prior(config, encoder))
    finally:
        keras.config.set_dtype_policy("float32")


def _encoder(
    config: TrainConfig, network: ModuleType, image_shape: ImageShape, classes: int
) -> keras.Model:
    x = keras.Input(image_shape, name="x")
    inputs = {"x": x}
    features = network.encode(config, x)
    if config.conditional:
        inputs["label"] = keras.Input((classes,), name="label")
        features = keras.layers.Concatenate(name="with_label")([features, inputs["label"]])
    z_mean = keras.layers.Dense(config.latent_dim, dtype="float32", name="z_mean")(features)
    z_log_var = keras.layers.Dense(
        config.latent_dim, bounded_log_var, dtype="float32", name="z_log_var"
    )(features)
    return keras.Model(inputs, [z_mean, z_log_var], name="encoder")


def _decoder(
    config: TrainConfig, network: ModuleType, image_shape: ImageShape, classes: int
) -> keras.Model:
    z = keras.Input((config.latent_dim,), name="z")
    inputs = {"z": z}
    features = z
    if config.conditional:
        inputs["label"] = keras.Input((classes,), name="label")
        features = keras.layers.Concatenate(name="with_label")([z, inputs["label"]])
    # No sigmoid: the losses want logits, and the export applies it.
    logits = network.decode(config, features, image_shape)
    logits = keras.layers.Activation("linear", dtype="float32", name="logits")(logits)
    return keras.Model(inputs, with_log_sigma(config.likelihood, logits), name="decoder")
