"""The five strategies compute one and the same thing, once, and it is the right thing."""

from typing import Any, get_args

import keras
import numpy as np
import pytest

from models.manifest import ImageShape, Likelihood
from tests.integration.tf_keras_oracle import build_oracle, loss_and_gradients, set_weights
from tests.integration.training_step import build, convolutions, expected, random_batch, take
from training.config import StrategyName, TrainConfig, load_config
from training.networks import Networks, build_networks

STRATEGIES = get_args(StrategyName)
RTOL = 1e-5
NATS = 1e-5  # where a hundred pixels' densities nearly cancel, there is nothing to be relative to
SOURCE = {"Conv2D": 6, "Conv2DBackpropInput": 5, "Conv2DBackpropFilter": 6}


def config(**changes: Any) -> TrainConfig:
    """Return the articles' network with few filters, and a beta that is not 1."""
    settings = {
        "name": "a", "dataset": "a", "beta": 0.7, "latent_dim": 3,
        "encoder_filters": (4, 5, 6), "decoder_filters": (5, 4),
    }  # fmt: skip
    return TrainConfig.model_validate(settings | changes)


def shape_of(channels: int) -> ImageShape:
    """Return the shape of a small image that is not square, with this many channels."""
    return (8, 12, channels)


def weights(networks: Networks) -> dict[str, Any]:
    """Return the networks' weights by their paths."""
    variables = networks.encoder.weights + networks.decoder.weights
    return {variable.path: np.asarray(variable) for variable in variables}


def assert_same_gradients(some: dict[str, Any], others: dict[str, Any], rtol: float = RTOL) -> None:
    """Compare gradients weight by weight; entries near 0 by the size of their neighbours."""
    assert some.keys() == others.keys()
    for path, gradient in some.items():
        largest = float(np.abs(others[path]).max())
        assert largest > 0, path
        np.testing.assert_allclose(
            gradient, others[path], rtol=rtol, atol=rtol * largest, err_msg=path
        )


@pytest.mark.parametrize(("n", "channels"), [(1, 1), (7, 3), (256, 1)])
def test_all_strategies_agree(n: int, channels: int) -> None:
    """Same weights and noise: same loss, reconstruction, KL and gradients as each other."""
    shape = shape_of(channels)
    networks = build_networks(config(), shape, 0)
    batch = random_batch(config(), shape, n)

    first, *others = (take(build(name, config(), shape, networks), batch) for name in STRATEGIES)

    assert first.gradients.keys() == weights(networks).keys()
    for other in others:
        assert other[:3] == pytest.approx(first[:3], rel=RTOL)
        assert_same_gradients(other.gradients, first.gradients)


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize(
    ("likelihood", "channels"), list(zip(get_args(Likelihood), (1, 3, 1, 3, 1, 3), strict=True))
)
def test_figures_are_numpys(name: StrategyName, likelihood: Likelihood, channels: int) -> None:
    """Loss, reconstruction and KL are those of a NumPy reference, also of RGB with a label."""
    shape = shape_of(channels)
    configured = config(likelihood=likelihood, conditional=channels == 3)
    networks = build_networks(configured, shape, 4)
    batch = random_batch(configured, shape, 7, 4)

    step = take(build(name, configured, shape, networks), batch)

    reference = expected(configured, networks, batch)
    assert step[:3] == pytest.approx(reference, rel=RTOL, abs=NATS)
    assert step.loss == pytest.approx(step.reconstruction + 0.7 * step.kl, rel=RTOL, abs=NATS)


@pytest.mark.parametrize(("n", "channels"), [(1, 1), (7, 3), (256, 1)])
def test_equal_to_symbolic_add_loss(n: int, channels: int) -> None:
    """tf_keras's functional `model.add_loss` of article VII has the same loss and gradients."""
    shape = shape_of(channels)
    configured = config(beta=None, fact=6.5e-4)
    networks = build_networks(configured, shape, 0)
    inputs, x = random_batch(configured, shape, n)
    oracle = build_oracle(configured, shape, nested=False)
    set_weights(oracle, weights(networks))

    step = take(build("model_add_loss", configured, shape, networks), (inputs, x))

    loss, gradients = loss_and_gradients(oracle, [inputs["x"], inputs["eps"]], x)
    assert step.loss == pytest.approx(loss, rel=RTOL)
    assert_same_gradients(step.gradients, gradients)


@pytest.mark.parametrize("name", STRATEGIES)
def test_figures_do_not_depend_on_the_batch_size(name: StrategyName) -> None:
    """Copies of one image and one noise have its figures and gradients, however many there are."""
    shape = shape_of(1)
    model = build(name, config(), shape, build_networks(config(), shape, 0))
    inputs, x = random_batch(config(), shape, 1)
    one = take(model, (inputs, x))

    for n in (7, 256):
        copies = {key: np.repeat(value, n, axis=0) for key, value in inputs.items()}
        many = take(model, (copies, np.repeat(x, n, axis=0)))
        assert many[:3] == pytest.approx(one[:3], rel=RTOL)
        # A bias's gradient is a float32 sum over all images and pixels.
        assert_same_gradients(many.gradients, one.gradients, rtol=1e-4)


@pytest.mark.parametrize("name", STRATEGIES)
def test_evaluation_reports_the_same(name: StrategyName) -> None:
    """`test_step` has the loss of `train_step`, KL included, and no trace of earlier batches."""
    shape = shape_of(1)
    model = build(name, config(), shape, build_networks(config(), shape, 0))
    inputs, x = random_batch(config(), shape, 7)
    trained = take(model, (inputs, x))
    model.reset_metrics()

    logs = model.test_step((inputs, x))

    figures = [float(logs[key]) for key in ("loss", "reconstruction", "kl")]
    assert figures == pytest.approx(trained[:3], rel=RTOL)


@pytest.mark.parametrize("name", STRATEGIES)
def test_figures_are_averages_over_images(name: StrategyName) -> None:
    """After a large and a small batch, the logs are the mean over all images of both."""
    shape = shape_of(1)
    model = build(name, config(), shape, build_networks(config(), shape, 0))
    large, small = random_batch(config(), shape, 6), random_batch(config(), shape, 2)
    means = np.average([take(model, large)[:3], take(model, small)[:3]], axis=0, weights=[6, 2])
    model.reset_metrics()

    model.test_step(large)
    logs = model.test_step(small)

    assert [float(logs[k]) for k in ("loss", "reconstruction", "kl")] == pytest.approx(
        means, rel=RTOL
    )


@pytest.mark.parametrize("name", STRATEGIES)
def test_the_encoder_is_computed_once(name: StrategyName) -> None:
    """The articles' network takes 6, 5 and 6 convolutions a step: forward and backward, no more."""
    configured = load_config("mnist-z12")
    shape = (28, 28, 1)
    networks = build_networks(configured, shape, 0)
    model = build(name, configured, shape, networks, keras.optimizers.Adam())

    assert convolutions(model, random_batch(configured, shape, 1)) == SOURCE


@pytest.mark.parametrize(
    ("nested", "more"),
    [(False, (0, 0, 0)), (True, (3, 2, 3))],
)
def test_the_nested_recipe_computes_it_twice(nested: bool, more: tuple[int, ...]) -> None:
    """A nested encoder under a symbolic KL costs 3 + 2 + 3 convolutions more."""
    configured = load_config("mnist-z12")
    oracle = build_oracle(configured, (28, 28, 1), nested=nested)
    inputs, x = random_batch(configured, (28, 28, 1), 1)

    counted = convolutions(oracle, ([inputs["x"], inputs["eps"]], x))

    assert counted == {op: n + m for (op, n), m in zip(SOURCE.items(), more, strict=True)}
