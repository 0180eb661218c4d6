"""−ELBO in bits per dimension, the unit in which models of colour images are mostly compared."""

import math
from collections.abc import Mapping
from typing import Final

from models.manifest import ImageShape, Likelihood
from training.likelihoods import is_density

BITS: Final = "bits_per_dimension"


def bits_metrics(
    likelihood: Likelihood, negative_elbo: float, image_shape: ImageShape
) -> dict[str, float]:
    """Return −ELBO, nats per image, in bits per pixel and channel; nothing for grey images.

    A probability of the 256 values is taken as it is. A density of pixels 0…1 is read as that of
    256 values with uniform noise of a value's width: log2(256) more. Bernoulli's cross-entropy
    gives no probability to a colour, so there is nothing to return.
    Source: Theis, van den Oord and Bethge (2016), section 3.1. https://arxiv.org/abs/1511.01844
    """
    if likelihood == "bernoulli" or image_shape[-1] == 1:
        return {}
    noise = math.log2(256) if is_density(likelihood) else 0
    return {BITS: negative_elbo / (math.prod(image_shape) * math.log(2)) + noise}


def bits_in_words(likelihood: Likelihood, metrics: Mapping[str, float]) -> str | None:
    """Say −ELBO in bits per dimension, and of what; None if it was not measured."""
    if BITS not in metrics:
        return None
    this, other = "a density", "probabilities of the 256 values"
    if not is_density(likelihood):
        this, other = other, this
    return (
        f"−ELBO is {metrics[BITS]:.3f} bits per dimension (per pixel and channel) by the "
        f"likelihood {likelihood}: bits of {this}, which cannot be compared with those of {other}."
    )
