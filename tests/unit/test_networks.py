"""Networks: the articles' shapes, any image size, and weights that come from the seed."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from models.manifest import ImageShape
from training.config import TrainConfig, load_config
from training.networks import Networks, bounded_log_var, build_networks
from training.networks.residual import Subpixel


def config(**changes: Any) -> TrainConfig:
    """Return the articles' strides with few filters, so that it is quick."""
    settings = {
        "name": "a", "dataset": "a", "beta": 1.0, "latent_dim": 3,
        "encoder_filters": (2, 3, 4), "decoder_filters": (3, 2),
    }  # fmt: skip
    return TrainConfig.model_validate(settings | changes)


def there_and_back(networks: Networks, shape: ImageShape, n: int = 2) -> Any:
    """Encode n random images and decode their z_mean."""
    x = np.random.default_rng(0).random((n, *shape), dtype=np.float32)
    z_mean, z_log_var = networks.encode({"x": x})
    assert z_mean.shape == z_log_var.shape == (n, 3)
    return np.asarray(networks.decode(z_mean, {}))


def test_the_sources_network() -> None:
    """On MNIST with z_dim 12 it has the articles' 417,305 parameters and its layers' shapes."""
    networks = build_networks(load_config("mnist-z12"), (28, 28, 1), 10)

    count = networks.encoder.count_params() + networks.decoder.count_params()
    shapes = {
        layer.name: tuple(layer.output.shape[1:])
        for network in (networks.encoder, networks.decoder)
        for layer in network.layers
    }
    assert count == 417_305
    assert shapes["conv_3"] == (7, 7, 128)
    assert shapes["reshape"] == (7, 7, 128)
    assert shapes["conv_t_3"] == (28, 28, 1)


@pytest.mark.parametrize(
    "shape",
    [(28, 28, 1), (31, 45, 1), (64, 78, 3), (1, 1, 1), (1, 9, 3), (5, 4, 1), (33, 32, 3)],
)
def test_any_height_and_width(shape: ImageShape) -> None:
    """Odd and unequal sizes come out of the decoder as they went into the encoder."""
    networks = build_networks(config(), shape, 0)

    assert there_and_back(networks, shape).shape == (2, *shape)


@pytest.mark.parametrize("strides", [((2, 2, 2), (2, 2, 2)), ((3, 2, 1), (3, 2, 1))])
def test_other_strides(strides: tuple[Any, Any]) -> None:
    """Strides whose product does not divide the size are cropped."""
    networks = build_networks(
        config(encoder_strides=strides[0], decoder_strides=strides[1]), (13, 11, 1), 0
    )

    assert there_and_back(networks, (13, 11, 1)).shape == (2, 13, 11, 1)


@pytest.mark.parametrize(
    ("likelihood", "more"),
    [("gaussian_learned", 1), ("gaussian_optimal", 1), ("discretised_logistic", 3)],
)
def test_a_learned_sigma_is_more_channels(likelihood: str, more: int) -> None:
    """The last channels, one or one for each colour, are log(sigma), the same at every pixel."""
    networks = build_networks(config(likelihood=likelihood), (6, 5, 3), 0)

    parameters = there_and_back(networks, (6, 5, 3))

    assert parameters.shape == (2, 6, 5, 3 + more)
    assert np.ptp(parameters[..., 3:]) == 0
    assert any(weight.name == "log_sigma" for weight in networks.decoder.trainable_weights)


@pytest.mark.parametrize("raw", [-40.0, -3.7, 0.0, 3.9])
def test_a_usual_z_log_var_is_as_the_encoder_says(raw: float) -> None:
    """Up to 4 the bound is the identity, bit for bit."""
    assert float(bounded_log_var(tf.constant(raw))) == np.float32(raw)


@pytest.mark.parametrize("raw", [4.1, 40.0, 1e6, 1e30])
def test_a_huge_z_log_var_keeps_kl_finite_and_can_come_back(raw: float) -> None:
    """Beyond 4 it rises slowly: its exponential is a number, and it has a gradient."""
    variable = tf.Variable(raw)
    with tf.GradientTape() as tape:
        bounded = bounded_log_var(variable)

    assert 4 < float(bounded) < min(raw, 80)
    assert np.isfinite(np.exp(np.float32(bounded)))
    assert 0 < float(tape.gradient(bounded, variable)) <= 1


def test_a_conditional_pair_listens_to_the_label() -> None:
    """Another label is another posterior and another image."""
    networks = build_networks(config(conditional=True), (8, 8, 1), 2)
    x, z = tf.zeros((1, 8, 8, 1)), tf.ones((1, 3))
    labels = [{"label": tf.one_hot([i], 2)} for i in (0, 1)]

    means = [networks.encode({"x": x, **label})[0].numpy() for label in labels]
    images = [networks.decode(z, label).numpy() for label in labels]

    assert (means[0] != means[1]).any()
    assert (images[0] != images[1]).any()


def test_weights_come_from_the_seed() -> None:
    """The same seed draws the same weights, another seed others."""
    first, again, other = (
        build_networks(config(seed=seed), (8, 8, 1), 0).encoder.get_weights() for seed in (4, 4, 5)
    )

    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert any((a != b).any() for a, b in zip(first, other, strict=True))


def test_latent_and_logits_are_float32_in_mixed_precision() -> None:
    """With bfloat16 convolutions, z_mean, z_log_var and the logits are still float32."""
    networks = build_networks(config(precision="bfloat16"), (8, 8, 1), 0)

    z_mean, z_log_var = networks.encode({"x": np.zeros((1, 8, 8, 1), np.float32)})
    logits = networks.decode(z_mean, {})

    assert {tensor.dtype.name for tensor in (z_mean, z_log_var, logits)} == {"float32"}
    assert networks.encoder.get_layer("conv_1").compute_dtype == "bfloat16"
    assert build_networks(config(), (8, 8, 1), 0).encoder.compute_dtype == "float32"


def test_pixels_are_logits_without_bounds() -> None:
    """The decoder's last layer is linear: the losses want logits."""
    networks = build_networks(config(), (8, 8, 1), 0)
    z = np.full((1, 3), 1e4, np.float32)

    assert np.abs(np.asarray(networks.decode(z, {}))).max() > 1


@pytest.mark.parametrize("shape", [(32, 24, 3), (13, 11, 1), (1, 1, 1)])
def test_a_residual_network_of_any_size(shape: ImageShape) -> None:
    """Blocks keep the size, convolutions and sub-pixels change it, and what is over is cropped."""
    built = config(
        network="residual",
        encoder_filters=(2, 3, 4),
        encoder_strides=(2, 2, 2),
        decoder_filters=(3, 2),
        decoder_strides=(2, 2, 2),
        blocks=(0, 1, 2),
        activation="silu",
    )
    networks = build_networks(built, shape, 0)

    assert there_and_back(networks, shape).shape == (2, *shape)
    assert sum(layer.name.startswith("encoder_3_") for layer in networks.encoder.layers) == 6


def test_a_dense_network() -> None:
    """It has no convolution, and as many blocks as it is told."""
    networks = build_networks(config(network="dense", units=8, blocks=(2,)), (6, 5, 3), 0)

    assert there_and_back(networks, (6, 5, 3)).shape == (2, 6, 5, 3)
    kinds = {type(layer).__name__ for layer in networks.decoder.layers}
    assert "Conv2D" not in kinds
    assert sum(layer.name.startswith("decoder_") for layer in networks.decoder.layers) == 8


def test_pixels_from_channels() -> None:
    """A sub-pixel layer lays each pixel's channels out as a square."""
    x = np.arange(8, dtype=np.float32).reshape(1, 1, 2, 4)

    out = np.asarray(Subpixel(2)(x))[0, :, :, 0]

    assert out.tolist() == [[0, 1, 4, 5], [2, 3, 6, 7]]
