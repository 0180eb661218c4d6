"""Keras 3 as people write it: a Model with a train_step of its own, `fit` on NumPy arrays.

After the VAE example of keras.io, with the articles' network: sigmoid at the end, binary
cross-entropy, noise drawn inside.
"""

from typing import Any

import keras
import tensorflow as tf
from keras import layers, ops

from benchmarks.training.variants.shared import (
    BATCH,
    BETA,
    LATENT_DIM,
    images,
    options,
    time_epochs,
)


class Sampling(layers.Layer):
    """Draw z."""

    def call(self, inputs: Any) -> Any:
        """Return z."""
        z_mean, z_log_var = inputs
        return z_mean + ops.exp(0.5 * z_log_var) * tf.random.normal(tf.shape(z_mean))


def encoder() -> keras.Model:
    """Build the articles' encoder."""
    inputs = keras.Input((28, 28, 1))
    x = inputs
    for filters, stride in ((32, 1), (64, 2), (128, 2)):
        x = layers.Conv2D(filters, 3, stride, "same", activation="leaky_relu")(x)
    x = layers.Flatten()(x)
    z_mean = layers.Dense(LATENT_DIM, dtype="float32")(x)
    z_log_var = layers.Dense(LATENT_DIM, dtype="float32")(x)
    return keras.Model(inputs, [z_mean, z_log_var, Sampling(dtype="float32")([z_mean, z_log_var])])


def decoder() -> keras.Model:
    """Build the articles' decoder."""
    inputs = keras.Input((LATENT_DIM,))
    x = layers.Reshape((7, 7, 128))(layers.Dense(7 * 7 * 128)(inputs))
    for filters in (64, 32):
        x = layers.Conv2DTranspose(filters, 3, 2, "same", activation="leaky_relu")(x)
    x = layers.Conv2DTranspose(1, 3, padding="same")(x)
    return keras.Model(inputs, layers.Activation("sigmoid", dtype="float32")(x))


class VAE(keras.Model):
    """The model that people write."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder(), decoder()
        names = ("loss", "reconstruction", "kl")
        self.trackers = [keras.metrics.Mean(name=name) for name in names]

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """Return what is reset between epochs."""
        return self.trackers

    def train_step(self, data: Any) -> dict[str, Any]:
        """Descend one step."""
        with tf.GradientTape() as tape:
            z_mean, z_log_var, z = self.encoder(data)
            crossentropy = keras.losses.binary_crossentropy(data, self.decoder(z))
            reconstruction = ops.mean(ops.sum(crossentropy, axis=(1, 2)))
            kl = -0.5 * (1 + z_log_var - ops.square(z_mean) - ops.exp(z_log_var))
            kl = ops.mean(ops.sum(kl, axis=1))
            loss = reconstruction + BETA * kl
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
        for tracker, value in zip(self.trackers, (loss, reconstruction, kl), strict=True):
            tracker.update_state(value)
        return {tracker.name: tracker.result() for tracker in self.trackers}


if __name__ == "__main__":
    if options("precision").precision == "bfloat16":
        keras.config.set_dtype_policy("mixed_bfloat16")
    x = images().astype("float32") / 255
    model = VAE()
    model.compile(keras.optimizers.Adam())
    time_epochs(lambda: model.fit(x, batch_size=BATCH, verbose=0))
