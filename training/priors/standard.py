"""The standard normal density."""

import math
from typing import Any

from keras import ops


def standard_log_prob(z: Any) -> Any:
    """Return log N(z; 0, I) of z (n, latent_dim): (n,), nats."""
    return -ops.sum(ops.square(z) + math.log(2 * math.pi), axis=-1) / 2
