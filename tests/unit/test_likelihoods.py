"""Likelihoods: equal to a plain reference, normalised, and smooth where formulas are not."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.manifest import Likelihood
from training.likelihoods import mean, negative_log_likelihood

Floats = NDArray[np.float64]
LIKELIHOODS: list[Likelihood] = [
    "bernoulli", "continuous_bernoulli", "gaussian", "gaussian_learned", "gaussian_optimal",
]  # fmt: skip
WITH_SIGMA = {"gaussian_learned", "gaussian_optimal"}
LOGITS = [-30.0, -5.0, -0.5, -0.0101, -0.0099, 0.0, 1e-4, 0.0099, 0.0101, 0.5, 5.0, 30.0]
SIGMA = 0.2


def pixelwise(likelihood: Likelihood, x: Floats, logits: Floats) -> Floats:
    """Return −log p of single pixels, by the implementation: one pixel an image."""
    parameters = logits.astype(np.float32)[:, None, None, None]
    if likelihood in WITH_SIGMA:
        plane = np.full_like(parameters, np.log(SIGMA))
        parameters = np.concatenate([parameters, plane], axis=-1)
    compute = negative_log_likelihood(likelihood, SIGMA)
    return np.asarray(compute(x.astype(np.float32)[:, None, None, None], parameters), np.float64)


def reference(likelihood: Likelihood, x: Floats, logits: Floats) -> Floats:
    """Return −log p of single pixels by the textbook, float64."""
    p = 1 / (1 + np.exp(-logits))
    if likelihood.startswith("gaussian"):
        gaussian: Floats = (x - p) ** 2 / (2 * SIGMA**2) + np.log(SIGMA * np.sqrt(2 * np.pi))
        return gaussian
    bernoulli: Floats = -(x * np.log(p) + (1 - x) * np.log1p(-p))
    if likelihood == "bernoulli":
        return bernoulli
    with np.errstate(invalid="ignore"):
        normaliser = 2 * np.arctanh(1 - 2 * p) / (1 - 2 * p)
    return bernoulli - np.log(np.where(np.abs(p - 0.5) < 1e-9, 2, normaliser))


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_equal_to_the_textbook(likelihood: Likelihood) -> None:
    """On a grid of pixels and logits the value is the textbook's formula."""
    x, logits = (a.ravel() for a in np.meshgrid(np.linspace(0, 1, 11), np.linspace(-8, 8, 33)))

    np.testing.assert_allclose(
        pixelwise(likelihood, x, logits), reference(likelihood, x, logits), rtol=1e-4, atol=1e-5
    )


@settings(deadline=None)
@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 5), st.sampled_from([1, 3]))
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_a_sum_over_all_pixels_and_channels(
    likelihood: Likelihood, n: int, height: int, width: int, channels: int
) -> None:
    """One number an image: the sum over height, width and channels, not a mean over any."""
    random = np.random.default_rng(n)
    x = random.random((n, height, width, channels))
    logits = random.normal(size=x.shape)
    parameters = logits.astype(np.float32)
    if likelihood in WITH_SIGMA:
        plane = np.full_like(parameters[..., :1], np.log(SIGMA))
        parameters = np.concatenate([parameters, plane], axis=-1)

    values = negative_log_likelihood(likelihood, SIGMA)(x.astype(np.float32), parameters)

    expected = reference(likelihood, x, logits).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(values, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("logit", LOGITS)
def test_bernoulli_sums_to_one(logit: float) -> None:
    """The probabilities of a black and a white pixel make one."""
    nll = pixelwise("bernoulli", np.array([0.0, 1.0]), np.array([logit, logit]))

    assert np.exp(-nll).sum() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("logit", LOGITS)
@pytest.mark.parametrize("likelihood", LIKELIHOODS[1:])
def test_densities_integrate_to_one(likelihood: Likelihood, logit: float) -> None:
    """The continuous Bernoulli over 0…1 and the Gaussian over all values have mass one."""
    low, high = (0.0, 1.0) if likelihood == "continuous_bernoulli" else (-2.0, 3.0)
    x = np.linspace(low, high, 20_001)

    density = np.exp(-pixelwise(likelihood, x, np.full_like(x, logit)))

    assert np.trapezoid(density, x) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("logit", [*LOGITS, -0.11, -0.0999, 0.0999, 0.11])
def test_the_mean_is_that_of_the_density(logit: float) -> None:
    """What is shown as the continuous Bernoulli's mean is the integral of x p(x)."""
    x = np.linspace(0, 1, 20_001)
    density = np.exp(-pixelwise("continuous_bernoulli", x, np.full_like(x, logit)))

    shown = float(mean("continuous_bernoulli", np.float32(logit)))

    assert shown == pytest.approx(np.trapezoid(x * density, x), abs=1e-3)


@settings(deadline=None)
@given(st.floats(-100, 100, width=32))
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_a_mean_is_a_pixel(likelihood: Likelihood, logit: float) -> None:
    """The mean of any logit is in 0…1, and a learned sigma's channel is not part of it."""
    parameters = np.full((1, 2, 2, 2 if likelihood in WITH_SIGMA else 1), logit, np.float32)

    values = np.asarray(mean(likelihood, parameters))

    assert values.shape == (1, 2, 2, 1)
    assert ((values >= 0) & (values <= 1)).all()


def logistic(levels: Floats, location: float, log_sigma: float) -> tuple[Floats, Floats]:
    """Return −log of the mass at levels of 0 to 255, and its gradient by both parameters."""
    x = tf.constant(levels[:, None, None, None] / 255, tf.float32)
    parameters = tf.constant(np.tile([location, log_sigma], (len(levels), 1, 1, 1)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(parameters)
        values = negative_log_likelihood("discretised_logistic", SIGMA)(x, parameters)
    return np.asarray(values, np.float64), np.asarray(tape.gradient(values, parameters))


@pytest.mark.parametrize("log_sigma", [-6.8, -6.5, -5.0, -3.0, -1.0, 0.0, 2.0, 5.0])
@pytest.mark.parametrize(
    "location", [-1e6, -1e3, -2.001, -2.0, -1.999, -0.7, 0.0, 1e-4, 1.3, 2.0, 2.001, 1e3, 1e6]
)
def test_the_discretised_logistic_sums_to_one(location: float, log_sigma: float) -> None:
    """Its masses of the 256 values make one, its mean is theirs, and every slope is finite."""
    levels = np.arange(256.0)

    nll, slopes = logistic(levels, location, log_sigma)

    mass = np.exp(-nll)
    parameters = np.array([[[[location, log_sigma]]]], np.float32)
    shown = float(np.asarray(mean("discretised_logistic", parameters)).item())
    assert mass.sum() == pytest.approx(1, abs=1e-5)
    assert shown == pytest.approx((mass * levels / 255).sum(), abs=5e-4)  # an eighth of a level
    assert 0 <= shown <= 1
    assert np.isfinite(nll).all()
    assert np.isfinite(slopes).all()


@pytest.mark.parametrize("log_sigma", [-6.0, -3.0, -1.0])
@pytest.mark.parametrize("location", [-3.0, -1.5, 0.2, 1.9])
def test_the_discretised_logistic_has_its_slopes(location: float, log_sigma: float) -> None:
    """The gradient is that of differences of the textbook's distribution function, float64."""
    levels, step = np.arange(0.0, 256, 17), 1e-5

    def textbook(place: float, log_width: float) -> Floats:
        centre, scale = 255 * (0.5 + place / 4), 255 * np.exp(log_width) * np.sqrt(3) / np.pi
        above = np.where(levels == 255, 0, 0.5 - np.tanh((levels + 0.5 - centre) / scale / 2) / 2)
        below = np.where(levels == 0, 0, 0.5 + np.tanh((levels - 0.5 - centre) / scale / 2) / 2)
        mass: Floats = 1 - above - below
        return mass

    nll, slopes = logistic(levels, location, log_sigma)

    mass = textbook(location, log_sigma)
    seen = mass > 1e-6  # below, a difference of nearly equal numbers says nothing
    np.testing.assert_allclose(nll[seen], -np.log(mass[seen]), rtol=1e-4, atol=1e-5)
    for i, (dl, ds) in enumerate([(step, 0), (0, step)]):
        ahead, behind = (textbook(location + k * dl, log_sigma + k * ds) for k in (1, -1))
        slope = (np.log(behind[seen]) - np.log(ahead[seen])) / (2 * step)
        np.testing.assert_allclose(slopes[seen, 0, 0, i], slope, rtol=1e-3, atol=1e-3)


def gradient(likelihood: Likelihood, x: float, logit: float) -> float:
    """Return the derivative of −log p by the logit."""
    parameters = tf.Variable([[[[logit]]]], dtype=tf.float32)
    with tf.GradientTape() as tape:
        loss = negative_log_likelihood(likelihood, SIGMA)(tf.constant([[[[x]]]]), parameters)
    return float(tape.gradient(loss, parameters)[0, 0, 0, 0])


@pytest.mark.parametrize("x", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("logit", LOGITS)
@pytest.mark.parametrize("likelihood", LIKELIHOODS[:2])
def test_gradient_is_the_mean_less_the_pixel(
    likelihood: Likelihood, logit: float, x: float
) -> None:
    """The derivative by the logit is mean − x, also at 0, where the formula has kinks."""
    expected = float(mean(likelihood, np.float32(logit))) - x

    assert gradient(likelihood, x, logit) == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize("likelihood", LIKELIHOODS[:2])
@pytest.mark.parametrize("logit", [-1000.0, 1000.0])
def test_extreme_logits_stay_finite(likelihood: Likelihood, logit: float) -> None:
    """A very certain decoder that is wrong has a large loss and a gradient, not infinity."""
    wrong = float(logit < 0)

    loss = pixelwise(likelihood, np.array([wrong]), np.array([logit]))[0]

    assert 990 < loss < 1001
    assert abs(gradient(likelihood, wrong, logit)) == pytest.approx(1, abs=2e-3)
