"""Latent vectors, float32 (n, latent_dim): checked, and written as text."""

import base64
import binascii
from typing import Final

import numpy as np

from app.arrays import Array
from app.errors import InvalidLatent, InvalidRequest

# The prior's standard deviation is 1: what lies this far out decodes to nothing a model has seen.
BOUND: Final = 1000.0


def vectors(rows: Array, latent_dim: int) -> Array:
    """Check vectors of numbers, and return them as float32 (n, latent_dim).

    Raises:
        InvalidLatent: They are not of length `latent_dim`, not finite, or beyond ±1000.
    """
    if rows.ndim != 2 or rows.shape[1] != latent_dim or not len(rows):  # noqa: PLR2004
        came = f"{rows.shape[1]} values" if rows.ndim == 2 else f"shape {rows.shape}"  # noqa: PLR2004
        message = f"z must be one or more vectors of {latent_dim} values, but came with {came}"
        raise InvalidLatent(message)
    # One comparison finds NaN, infinities and values out of bounds alike.
    if not np.maximum.reduce(np.abs(rows), axis=None) <= BOUND:
        raise InvalidLatent(f"z must hold finite numbers between -{BOUND:g} and {BOUND:g}")
    return rows.astype(np.float32, copy=False)


def start(origin: tuple[float, ...] | None, latent_dim: int) -> Array:
    """Return the origin of a plane or walk: the prior's mean if none is given, float32 (d,)."""
    if origin is None:
        return np.zeros(latent_dim, np.float32)
    return vectors(np.array([origin], np.float64), latent_dim)[0]


def check_dims(dims: tuple[int, ...], latent_dim: int) -> tuple[int, ...]:
    """Return dims if each is one of the model's and none comes twice.

    Raises:
        InvalidRequest: One is not, or does.
    """
    if not dims or len(set(dims)) < len(dims) or max(dims) >= latent_dim:
        came = ",".join(map(str, dims[:16]))
        message = f"dims must be different numbers from 0 to {latent_dim - 1}, but is {came!r}"
        raise InvalidRequest(message)
    return dims


def to_base64(rows: Array) -> str:
    """Write vectors (n, latent_dim) as text: little-endian float32 in base64url, not padded."""
    return base64.urlsafe_b64encode(rows.astype("<f4").tobytes()).decode().rstrip("=")


def from_base64(text: str, n: int, latent_dim: int) -> Array:
    """Read n vectors that `to_base64` wrote, float32 (n, latent_dim).

    Raises:
        InvalidRequest: The text is not of so many numbers, or one is not finite or beyond ±1000.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest("v-…: not base64url") from error
    if len(raw) != n * 4 * latent_dim:
        message = f"v-…: {len(raw)} bytes came, {n} · {latent_dim} float32 were wanted"
        raise InvalidRequest(message)
    return vectors(np.frombuffer(raw, "<f4").reshape(n, latent_dim), latent_dim)
