"""Article VII in tf_keras: a functional model, symbolic `add_loss`, `fit`."""

import tensorflow as tf
import tf_keras
from tf_keras import layers

from benchmarks.training.variants.shared import BATCH, BETA, LATENT_DIM, images, time_epochs


def build() -> tf_keras.Model:
    """Build and compile the VAE."""
    inputs = x = layers.Input((28, 28, 1))
    for filters, stride in ((32, 1), (64, 2), (128, 2)):
        x = layers.Conv2D(filters, 3, stride, "same", activation=tf.nn.leaky_relu)(x)
    x = layers.Flatten()(x)
    z_mean, z_log_var = layers.Dense(LATENT_DIM)(x), layers.Dense(LATENT_DIM)(x)
    x = z_mean + tf.exp(z_log_var / 2) * tf.random.normal(tf.shape(z_mean))
    x = layers.Reshape((7, 7, 128))(layers.Dense(7 * 7 * 128)(x))
    for filters in (64, 32):
        x = layers.Conv2DTranspose(filters, 3, 2, "same", activation=tf.nn.leaky_relu)(x)
    outputs = layers.Conv2DTranspose(1, 3, padding="same", activation="sigmoid")(x)
    model = tf_keras.Model(inputs, outputs)
    kl = tf.reduce_sum(tf.square(z_mean) + tf.exp(z_log_var) - 1 - z_log_var, axis=-1) / 2
    model.add_loss(BETA / 784 * tf.reduce_mean(kl))
    model.compile(tf_keras.optimizers.Adam(), loss="binary_crossentropy")
    return model


if __name__ == "__main__":
    x = images().astype("float32") / 255
    model = build()
    time_epochs(lambda: model.fit(x, x, batch_size=BATCH, verbose=0))
