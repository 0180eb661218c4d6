"""A picture of posteriors: where each dimension's mean lies, and how wide it is."""

import numpy as np

from app.arrays import Array


def draw_posteriors(z_mean: Array, z_log_var: Array) -> Array:
    """Draw posteriors, one strip per image, one column per dimension.

    A column spans ±4 upwards: the band is z_mean ± one standard deviation, the line is z_mean.
    Returns uint8 (n · 65, 9 · latent_dim, 1).
    """
    levels = np.linspace(4, -4, 64)[None, :, None]
    mean, deviation = z_mean[:, None], np.exp(z_log_var / 2)[:, None]
    strips = np.full((*np.broadcast_shapes(levels.shape, mean.shape),), 24, np.uint8)
    strips[np.abs(levels - 0) < 4 / 63 + mean * 0] = 64
    strips[np.abs(levels - mean) <= deviation] = 128
    strips[np.abs(levels - np.clip(mean, -4, 4)) < 4 / 63 + deviation * 0] = 255
    columns = np.repeat(strips, 9, axis=2)
    columns[:, :, 8::9] = 0
    return np.pad(columns, ((0, 0), (0, 1), (0, 0))).reshape(-1, columns.shape[2], 1)
