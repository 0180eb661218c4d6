"""The model card: what somebody who knows nothing of the model needs."""

import re
from typing import Any

import pytest

from models.manifest import Manifest
from tests.unit.example_manifests import example_manifest
from training.config import TrainConfig
from training.model_card import write_card

METRICS = {"loss": 2.0, "reconstruction": -7.5, "kl": 2.5, "negative_elbo": -5.0, "mse": 0.01}
METRICS |= {"reconstruction_at_mean": -8.0, "source_loss": 0.1, "source_bce": 0.2, "source_kl": 0.3}


def manifest(**changes: Any) -> Manifest:
    """Return a manifest of a model of images with figures."""
    config = TrainConfig(name="digits", dataset="digits", beta=1.0).model_dump(mode="json")
    return example_manifest(**{"training": config, "metrics": METRICS, **changes})


def test_it_says_what_the_model_is_of() -> None:
    """Colour is called colour, the classes are named, many of them up to thirty."""
    grey = write_card(manifest(image_shape=(8, 8, 1), labels=()))
    classes = tuple(f"kind-{n}" for n in range(99))
    colour = write_card(manifest(image_shape=(8, 9, 3), labels=classes))

    assert "of grey images, 8 × 8 pixels" in grey
    assert "Classes: none" in grey
    assert "of colour images, 8 × 9 pixels" in colour
    assert "grey" not in colour
    assert "Classes: 99: kind-0, kind-1," in colour
    assert "kind-29, …" in colour
    assert "20.0 dB" in colour


def test_a_density_is_explained() -> None:
    """A Gaussian has no cross-entropy, and why its figures may be negative is said."""
    gaussian = write_card(manifest(likelihood="gaussian_learned"))
    bernoulli = write_card(manifest(likelihood="bernoulli"))

    assert "a negative figure is no error" in gaussian
    assert "bce" not in gaussian
    assert "| reconstruction at a drawn z | -7.50 |" in gaussian
    assert "bce 0.2000" in bernoulli
    assert "negative figure" not in bernoulli


@pytest.mark.parametrize("likelihood", ["gaussian_optimal", "discretised_logistic", "bernoulli"])
def test_a_colour_model_is_of_colour_values(likelihood: str) -> None:
    """It has bits per dimension with the likelihood's name, and nothing of it is called grey."""
    bits = {} if likelihood == "bernoulli" else {"bits_per_dimension": 3.25}
    card = write_card(
        manifest(likelihood=likelihood, image_shape=(8, 8, 3), metrics=METRICS | bits)
    )

    assert "grey" not in card
    assert "pixel values" not in card
    assert ("density of colour values" in card) == (likelihood == "gaussian_optimal")
    assert (
        f"3.250 bits per dimension (per pixel and channel) by the likelihood {likelihood}" in card
    ) == bool(bits)
    assert ("bce" in card) == (likelihood == "bernoulli")


def test_what_it_is_good_for_and_not() -> None:
    """Its limits are said: few test images, and two numbers that hold little."""
    card = write_card(manifest())

    assert "## What it is good for, and what not" in card
    assert "Fine comparisons: its figures are of" in card
    assert "two numbers hold little" in card


@pytest.mark.parametrize("conditional", [False, True])
def test_it_has_requests_to_try(conditional: bool) -> None:
    """They name the model, have as many numbers as z, and a class where one is needed."""
    asked = manifest(conditional=conditional)
    requests = re.findall(
        r'^curl -s "http://127.0.0.1:8000/v1/models/(.*?)"', write_card(asked), re.MULTILINE
    )

    assert [request.partition("/")[0] for request in requests] == [asked.name] * 3
    z = re.findall(r"z=([\d.,-]+)", requests[0])
    assert len(z[0].split(",")) == asked.latent_dim
    assert all(("label=0" in request) == conditional for request in requests)
