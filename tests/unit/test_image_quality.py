"""Measures of reconstructions beside their images, against NumPy and by hand."""

import math

import numpy as np
import pytest

from training.image_quality import edge_energy, explain_quality, psnr, quality_metrics, ssim

Floats = np.ndarray


def noisy_pair(side: int, channels: int) -> tuple[Floats, Floats]:
    """Return four images and the same with noise, (4, side, side + 1, channels)."""
    random = np.random.default_rng(side)
    images = random.random((4, side, side + 1, channels), np.float32)
    return images, images + 0.1 * random.standard_normal(images.shape, np.float32)


def ssim_of_one(x: Floats, y: Floats) -> float:
    """Return the structural similarity of two planes by its definition, window by window."""
    side = min(11, *x.shape)
    line = np.exp(-(np.square(np.arange(side) - (side - 1) / 2)) / (2 * 1.5**2))
    weight = np.outer(line, line) / line.sum() ** 2
    values = []
    for top in range(x.shape[0] - side + 1):
        for left in range(x.shape[1] - side + 1):
            a, b = (plane[top : top + side, left : left + side] for plane in (x, y))
            mean_a, mean_b = (weight * a).sum(), (weight * b).sum()
            variances = (weight * (a - mean_a) ** 2).sum() + (weight * (b - mean_b) ** 2).sum()
            covariance = (weight * (a - mean_a) * (b - mean_b)).sum()
            light = (2 * mean_a * mean_b + 0.01**2) / (mean_a**2 + mean_b**2 + 0.01**2)
            values.append(light * (2 * covariance + 0.03**2) / (variances + 0.03**2))
    return float(np.mean(values))


def test_psnr_of_a_squared_error() -> None:
    """A mean squared error of 0.01 on pixels of 0 to 1 is 20 dB; none at all is a finite number."""
    assert psnr(0.01) == pytest.approx(20)
    assert psnr(1) == 0
    assert math.isfinite(psnr(0))


@pytest.mark.parametrize(("side", "channels"), [(14, 1), (14, 3), (8, 1)])
def test_ssim_is_that_of_its_definition(side: int, channels: int) -> None:
    """Over all windows and channels; images of less than 11 pixels have a smaller window."""
    images, others = (pair.astype(np.float64) for pair in noisy_pair(side, channels))
    expected = [
        np.mean([ssim_of_one(x[..., c], y[..., c]) for c in range(channels)])
        for x, y in zip(images, others, strict=True)
    ]

    found = np.asarray(ssim(images.astype(np.float32), others.astype(np.float32)))

    assert found == pytest.approx(np.array(expected), abs=1e-4)
    assert np.asarray(ssim(images, images)) == pytest.approx(1)


def test_edge_energy_by_hand() -> None:
    """A step of 1 over a column of four pixels is 4 differences of 16; grey has none."""
    step = np.zeros((1, 4, 4, 1), np.float32)
    step[:, :, 2:] = 1

    assert np.asarray(edge_energy(step)) == pytest.approx(4 / 16)
    assert np.asarray(edge_energy(step[:, :1, :1])) == 0
    assert not np.asarray(edge_energy(np.full((2, 5, 6, 3), 0.5, np.float32))).any()


def test_metrics_are_of_all_images() -> None:
    """One image reconstructed badly pulls the mean, not the median; edges are summed."""
    metrics = quality_metrics([0.01, 0.01, 0.28], [0.9, 0.9, 0.3], [1, 1, 1], [1, 2, 3])

    assert metrics["psnr"] == pytest.approx(10)
    assert metrics["psnr_median"] == pytest.approx(20)
    assert metrics["ssim"] == pytest.approx(0.7)
    assert metrics["edge_energy_ratio"] == pytest.approx(0.5)
    assert all(math.isfinite(value) for value in metrics.values())


def test_blank_images_have_no_edge_energy_to_compare() -> None:
    """The ratio is left out instead of being infinite, and so is its sentence."""
    metrics = quality_metrics([0.01], [0.9], [1.0], [0.0])

    assert "edge_energy_ratio" not in metrics
    assert len(explain_quality(metrics)) == 2


def test_each_figure_is_explained() -> None:
    """A sentence says what it is of and what is good; a model of before has its PSNR alone."""
    metrics = quality_metrics([0.01, 0.01, 0.28], [0.9, 0.9, 0.3], [1, 1, 1], [1, 2, 3])

    sentences = explain_quality(metrics)
    older = explain_quality({"mse": 0.01})

    assert [line.split(":")[0] for line in sentences] == [
        "PSNR 10.0 dB (20.0 dB for the median image)",
        "SSIM 0.70",
        "Edge energy 0.50 of the images'",
    ]
    assert [line.split(":")[0] for line in older] == ["PSNR 20.0 dB"]
