"""Likelihoods p(x | z) as pure functions of the decoder's output; nats per image.

`parameters` is what the decoder returns: logits of the mean, (n, height, width, channels), then
what `training.log_sigma` appends. x is float32 of the images' shape, in 0…1.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from keras import ops

from models.manifest import Likelihood

LEVELS: Final = 255  # of a pixel above black


def negative_log_likelihood(likelihood: Likelihood, sigma: float) -> Callable[[Any, Any], Any]:
    """Return the function (x, parameters) → −log p(x | z), shape (n,), summed over all pixels."""
    functions: dict[Likelihood, Callable[[Any, Any], Any]] = {
        "bernoulli": _bernoulli,
        "continuous_bernoulli": _continuous_bernoulli,
        "gaussian": partial(_gaussian, log_sigma=math.log(sigma)),
        "gaussian_learned": _gaussian_learned,
        "gaussian_optimal": _gaussian_learned,  # the same; its sigma comes otherwise
        "discretised_logistic": _discretised_logistic,
    }
    return functions[likelihood]


def is_density(likelihood: Likelihood) -> bool:
    """Tell whether a likelihood is a density of pixels 0…1, so that its nats may be negative."""
    return likelihood not in {"bernoulli", "discretised_logistic"}


def mean(likelihood: Likelihood, parameters: Any) -> Any:
    """Return the likelihood's mean, (n, height, width, channels), in 0…1."""
    if likelihood == "continuous_bernoulli":
        return _continuous_bernoulli_mean(parameters)
    if likelihood == "discretised_logistic":
        return _discretised_logistic_mean(parameters)
    if likelihood in {"gaussian_learned", "gaussian_optimal"}:
        parameters = parameters[..., :-1]
    return ops.sigmoid(parameters)


def _over_pixels(values: Any) -> Any:
    return ops.sum(values, axis=(1, 2, 3))


def _bernoulli(x: Any, logits: Any) -> Any:
    """Return the cross-entropy from logits l: log(1 + exp(l)) − l x, stable for any l.

    Not max(l, 0) − l x + log(1 + exp(−|l|)), whose gradient at l = 0 is off by a half. On grey
    values this is no likelihood (it does not integrate to 1), but it is the articles' loss.
    """
    return _over_pixels(ops.softplus(logits) - logits * x)


def _continuous_bernoulli(x: Any, logits: Any) -> Any:
    """Return Bernoulli's cross-entropy less the normaliser's logarithm.

    Source: Loaiza-Ganem and Cunningham (2019), equation 4. https://arxiv.org/abs/1907.06845
    With l = logit(lambda) the normaliser is l / tanh(l / 2), which tends to 2 at l = 0.
    """
    near = ops.abs(logits) < 1e-2  # noqa: PLR2004 - there the quotient loses digits, the series none
    safe = ops.where(near, ops.ones_like(logits), logits)
    log_normaliser = ops.where(
        near,
        math.log(2) + ops.square(logits) / 12,
        ops.log(safe / ops.tanh(safe / 2)),
    )
    return _bernoulli(x, logits) - _over_pixels(log_normaliser)


def _continuous_bernoulli_mean(logits: Any) -> Any:
    near = ops.abs(logits) < 1e-1  # noqa: PLR2004 - as above, for the difference of two quotients
    safe = ops.where(near, ops.ones_like(logits), logits)
    far = (1 / ops.tanh(safe / 2) + 1) / 2 - 1 / safe
    return ops.where(near, 0.5 + logits / 12 - logits**3 / 720, far)


def _gaussian(x: Any, logits: Any, log_sigma: Any) -> Any:
    """Return the Gaussian's, whose log_sigma is one number, or one of each image, (n,).

    Squares are summed before they are scaled, which spares a few passes over all pixels.
    """
    squared = _over_pixels(ops.square(x - ops.sigmoid(logits)))
    pixels = math.prod(logits.shape[1:])
    log_normaliser = log_sigma + math.log(2 * math.pi) / 2
    return squared * ops.exp(-2 * log_sigma) / 2 + pixels * log_normaliser


def _gaussian_learned(x: Any, parameters: Any) -> Any:
    return _gaussian(x, parameters[..., :-1], parameters[:, 0, 0, -1])  # the same at every pixel


def _discretised_logistic(x: Any, parameters: Any) -> Any:
    """Return −log of the logistic's mass within half a level of x; the ends have the tails.

    Source: Salimans, Karpathy, Chen and Kingma (2017), PixelCNN++, section 2.1.
    https://arxiv.org/abs/1701.05517

    The mass between b and a = b + d is sigmoid(a) sigmoid(−b) (1 − exp(−d)): a difference of
    nearly equal numbers is nowhere taken, and where one level ends the next begins, bit for bit.
    """
    location, scale = _in_levels(parameters)
    level = ops.round(x * LEVELS)
    left = ops.softplus((level - 0.5 - location) / scale)
    right = ops.softplus((location - level - 0.5) / scale)
    width = -ops.log(-ops.expm1(-1 / scale))
    lowest, highest = level < 0.5, level > LEVELS - 0.5  # noqa: PLR2004 - half a level
    none = ops.zeros_like(left)
    return _over_pixels(
        ops.where(lowest, none, left)
        + ops.where(highest, none, right)
        + ops.where(lowest | highest, none, width)
    )


def _discretised_logistic_mean(parameters: Any) -> Any:
    """Return the mean of a logistic whose tails are cut off at black and white."""
    location, scale = _in_levels(parameters)
    low = ops.softplus(-ops.abs(location) / scale)
    high = ops.softplus(-ops.abs(location - LEVELS) / scale)
    kept = ops.clip(location, 0, LEVELS) + scale * (low - high)
    return ops.clip(kept / LEVELS, 0, 1)


def _in_levels(parameters: Any) -> tuple[Any, Any]:
    """Return location and scale of the logistic in levels of a pixel, 0 to 255.

    The location may lie beyond them, so that black and white can be certain: 1/2 + l / 4 of the
    range, as near 0 the sigmoid is. Sigma is a standard deviation, as the Gaussian's is.
    """
    location, log_sigma = ops.split(parameters, 2, axis=-1)
    scale = ops.exp(log_sigma) * math.sqrt(3) / math.pi
    return LEVELS * (0.5 + location / 4), LEVELS * scale
