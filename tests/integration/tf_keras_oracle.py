"""The articles' network and its symbolic `model.add_loss`, in tf_keras, where they still run."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf
import tf_keras
from tf_keras import layers

from models.manifest import ImageShape
from training.config import TrainConfig


def build_oracle(config: TrainConfig, image_shape: ImageShape, *, nested: bool) -> Any:
    """Build and compile the VAE of article VII; loss in nats, beta as configured.

    nested: whether the encoder is called as a model inside the VAE, while KL is still computed
    from its inner tensors; then tf_keras computes the encoder a second time for KL.
    """
    x, eps = layers.Input(image_shape), layers.Input((config.latent_dim,))
    encoder = tf_keras.Model(x, _encode(config, x), name="encoder")
    z_mean, z_log_var = encoder(x) if nested else encoder.outputs
    z = layers.Lambda(lambda of: of[0] + tf.exp(of[1] / 2) * of[2])([z_mean, z_log_var, eps])
    model = tf_keras.Model([x, eps], _decode(config, image_shape, encoder, z))
    z_mean, z_log_var = encoder.outputs
    kl = tf.reduce_sum(tf.square(z_mean) + tf.exp(z_log_var) - 1 - z_log_var, axis=-1) / 2
    pixels = image_shape[0] * image_shape[1] * image_shape[2]
    model.add_loss(config.beta_in_nats(pixels) * tf.reduce_mean(kl))
    model.add_metric(kl, name="kl")
    model.compile(tf_keras.optimizers.legacy.SGD(0.0), loss=_crossentropy)
    return model


def set_weights(oracle: Any, weights: dict[str, Any]) -> None:
    """Copy our weights, by path (`conv_1/kernel`), into an oracle that is not nested."""
    for layer in oracle.layers:
        if layer.weights:
            layer.set_weights([weights[f"{layer.name}/{kind}"] for kind in ("kernel", "bias")])


def loss_and_gradients(oracle: Any, inputs: Sequence[Any], x: Any) -> tuple[float, dict[str, Any]]:
    """Return the loss of a batch and its gradients, by our weights' paths."""
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        loss = oracle.compute_loss(x, x, oracle(inputs, training=True))
    gradients = tape.gradient(loss, oracle.trainable_variables)
    paths = [variable.name.removesuffix(":0") for variable in oracle.trainable_variables]
    return float(loss), dict(zip(paths, map(tf.convert_to_tensor, gradients), strict=True))


def _encode(config: TrainConfig, features: Any) -> list[Any]:
    shapes = zip(
        config.encoder_filters, config.encoder_kernels, config.encoder_strides, strict=True
    )
    for i, shape in enumerate(shapes, 1):
        convolution = layers.Conv2D(*shape, "same", activation=_leaky, name=f"conv_{i}")
        features = convolution(features)
    features = layers.Flatten()(features)
    return [
        layers.Dense(config.latent_dim, name=name)(features) for name in ("z_mean", "z_log_var")
    ]


def _decode(config: TrainConfig, image_shape: ImageShape, encoder: Any, z: Any) -> Any:
    shape = encoder.get_layer(f"conv_{len(config.encoder_filters)}").output_shape[1:]
    features = layers.Dense(shape[0] * shape[1] * shape[2], name="dense")(z)
    features = layers.Reshape(shape)(features)
    filters = (*config.decoder_filters, image_shape[2])
    shapes = list(zip(filters, config.decoder_kernels, config.decoder_strides, strict=True))
    for i, shape in enumerate(shapes, 1):
        activation = _leaky if i < len(shapes) else None
        convolution = layers.Conv2DTranspose(
            *shape, "same", activation=activation, name=f"conv_t_{i}"
        )
        features = convolution(features)
    return features


def _leaky(values: Any) -> Any:
    return tf.nn.leaky_relu(values, 0.2)  # Keras's slope; TensorFlow's own default is the same


def _crossentropy(x: Any, logits: Any) -> Any:
    values = tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits)
    return tf.reduce_sum(values, axis=(1, 2, 3))
