"""−ELBO in bits per dimension: the usual reading of densities, and which model has none."""

import math

import pytest

from models.manifest import Likelihood
from training.bits import BITS, bits_in_words, bits_metrics

COLOUR = (4, 5, 3)
DENSITIES: list[Likelihood] = [
    "continuous_bernoulli", "gaussian", "gaussian_learned", "gaussian_optimal",
]  # fmt: skip


@pytest.mark.parametrize("likelihood", DENSITIES)
def test_the_uniform_density_has_eight_bits(likelihood: Likelihood) -> None:
    """A density of 1 on 0…1 costs no nat, and is 256 equal values: 8 bits; nats come on top."""
    assert bits_metrics(likelihood, 0, COLOUR)[BITS] == pytest.approx(8)
    assert bits_metrics(likelihood, 60 * math.log(2), COLOUR)[BITS] == pytest.approx(9)


def test_probabilities_are_taken_as_they_are() -> None:
    """256 equal probabilities cost log(256) nats a dimension, and are 8 bits."""
    found = bits_metrics("discretised_logistic", 60 * math.log(256), COLOUR)

    assert found[BITS] == pytest.approx(8)


def test_some_models_have_none() -> None:
    """Grey images are compared in nats, and Bernoulli gives no probability to a colour."""
    assert bits_metrics("gaussian_learned", 0, (4, 5, 1)) == {}
    assert bits_metrics("bernoulli", 0, COLOUR) == {}
    assert bits_in_words("bernoulli", {}) is None


@pytest.mark.parametrize(
    ("likelihood", "said"),
    [
        ("gaussian_learned", "bits of a density, which"),
        ("discretised_logistic", "bits of probabilities of the 256 values, which"),
    ],
)
def test_the_likelihood_is_named(likelihood: Likelihood, said: str) -> None:
    """The words name the likelihood, and say of what the bits are."""
    words = bits_in_words(likelihood, {BITS: 3.45678})

    assert words is not None
    assert words.startswith("−ELBO is 3.457 bits per dimension (per pixel and channel)")
    assert f"likelihood {likelihood}: {said} cannot be compared" in words
