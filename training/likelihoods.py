"""Likelihoods p(x | z) as pure functions of the decoder's output; nats per image.

`parameters` is what the decoder returns: logits of the mean, (n, height, width, channels); for
`gaussian_learned` one more channel, log(sigma). x is float32 of the images' shape, in 0…1.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from keras import ops

from models.manifest import Likelihood


def negative_log_likelihood(likelihood: Likelihood, sigma: float) -> Callable[[Any, Any], Any]:
    """Return the function (x, parameters) → −log p(x | z), shape (n,), summed over all pixels."""
    functions: dict[Likelihood, Callable[[Any, Any], Any]] = {
        "bernoulli": _bernoulli,
        "continuous_bernoulli": _continuous_bernoulli,
        "gaussian": partial(_gaussian, log_sigma=math.log(sigma)),
        "gaussian_learned": _gaussian_learned,
    }
    return functions[likelihood]


def mean(likelihood: Likelihood, parameters: Any) -> Any:
    """Return the likelihood's mean, (n, height, width, channels), in 0…1."""
    if likelihood == "continuous_bernoulli":
        return _continuous_bernoulli_mean(parameters)
    if likelihood == "gaussian_learned":
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
    squared = ops.square((x - ops.sigmoid(logits)) * ops.exp(-log_sigma))
    return _over_pixels(squared / 2 + log_sigma + math.log(2 * math.pi) / 2)


def _gaussian_learned(x: Any, parameters: Any) -> Any:
    return _gaussian(x, parameters[..., :-1], parameters[..., -1:])
