"""How near reconstructions come to their images, whatever the likelihood that they were trained by.

Images are float32 (n, height, width, channels), 0…1.
"""

import math
import sys
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import tensorflow as tf

WINDOW: Final = 11  # pixels of the side of the window in which structure is compared


def psnr(squared_error: float) -> float:
    """Return the peak signal-to-noise ratio of a mean squared error of pixels 0…1; dB."""
    return -10 * math.log10(max(squared_error, sys.float_info.min))


def ssim(images: Any, others: Any) -> Any:
    """Return the structural similarity of pairs of images, (n,), at most 1; the mean of channels.

    The window is a Gaussian of sigma 1.5 over 11 × 11 pixels, less where images are smaller.
    Source: Wang, Bovik, Sheikh and Simoncelli (2004), Image quality assessment: from error
    visibility to structural similarity. https://doi.org/10.1109/TIP.2003.819861
    """
    return tf.image.ssim(images, others, 1.0, min(WINDOW, *images.shape[1:3]), 1.5)


def edge_energy(images: Any) -> Any:
    """Return the mean absolute difference of neighbouring pixels, across plus down, (n,)."""
    across = tf.abs(images[:, :, 1:] - images[:, :, :-1])
    down = tf.abs(images[:, 1:] - images[:, :-1])
    total = tf.reduce_sum(across, (1, 2, 3)) + tf.reduce_sum(down, (1, 2, 3))
    return total / math.prod(images.shape[1:])


def quality_metrics(
    squared_error: Any, structure: Any, edges: Any, image_edges: Any
) -> dict[str, float]:
    """Average over images, each argument (n,); images that are all blank have no edge energy."""
    blank = not np.any(image_edges)
    return {
        "mse": float(np.mean(squared_error)),
        "psnr": psnr(float(np.mean(squared_error))),
        "psnr_median": psnr(float(np.median(squared_error))),
        "ssim": float(np.mean(structure)),
        **({} if blank else {"edge_energy_ratio": float(np.sum(edges) / np.sum(image_edges))}),
    }


def explain_quality(metrics: Mapping[str, float]) -> list[str]:
    """Say each figure and how to read it, a sentence each; older models have the first alone."""
    median = metrics.get("psnr_median")
    of_median = "" if median is None else f" ({median:.1f} dB for the median image)"
    lines = [
        f"PSNR {psnr(metrics['mse']):.1f} dB{of_median}: how near the pixels are; at 20 dB the eye "
        "sees the difference at once, at 30 dB it has to look."
    ]
    if "ssim" in metrics:
        lines.append(
            f"SSIM {metrics['ssim']:.2f}: how alike the shapes are; 1 is the same image, 0 has "
            "nothing of it."
        )
    if "edge_energy_ratio" in metrics:
        lines.append(
            f"Edge energy {metrics['edge_energy_ratio']:.2f} of the images': how sharp they are; 1 "
            "is as sharp, 0.5 clearly blurred; where SSIM is low, the edges are the wrong ones."
        )
    return lines
