"""The chart of a model: lay its encoded items out on a page, and fit a sheet through them.

The layout is t-SNE's. The sheet is a regression of z on the places, local and linear, written
down as a lattice. benchmarks/charts compares both with others.
"""

import dataclasses
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.chart import Chart
from models.golden import RunSignature
from models.manifest import CHART_FILE, ChartFigures, Manifest
from training.chart_figures import Decode, class_accuracy, left_out_error, trustworthiness_of
from training.chart_layout import lay_out, perplexity, place_beside, typical_place
from training.chart_sheet import SIDE, fit_sheet, in_bytes, land, nodes

FEWEST: Final = 30  # items; of fewer, a page of pictures says more than a layout
FITTED: Final = 10_000  # items that are laid out; more take minutes and change little
AT_ONCE: Final = 512  # decodes
LOOKED_AT: Final = 500  # pictures whose corners say what the ground is

Floats = NDArray[np.floating[Any]]


def wants_chart(items: int, latent_dim: int) -> bool:
    """Tell whether a chart is better than a plane: not of few items, nor of two dimensions."""
    return items >= FEWEST and latent_dim > 2  # noqa: PLR2004


def write_chart(
    folder: Path, manifest: Manifest, exported: RunSignature, z: Floats, labels: NDArray[Any]
) -> Manifest:
    """Write the chart of a model into its folder, and its figures into the manifest.

    A model that is better shown on a plane (see `wants_chart`) gets none. For the other arguments
    see `make_chart`.
    """
    if not wants_chart(len(z), manifest.latent_dim):
        return manifest.model_copy(update={"chart": None})

    chart, figures = make_chart(z, labels, decoder(manifest, exported))
    arrays = {field.name: getattr(chart, field.name) for field in dataclasses.fields(chart)}
    np.savez_compressed(folder / CHART_FILE, **arrays)
    return manifest.model_copy(update={"chart": figures})


def decoder(manifest: Manifest, exported: RunSignature) -> Decode:
    """Return an export's decoder, which takes labels only where the model does."""

    def decode(z: Floats, labels: NDArray[Any]) -> Floats:
        inputs = {"z": z.astype(np.float32)}
        if manifest.conditional:
            inputs["label"] = labels.astype(np.int32)
        parts = [
            {name: array[first : first + AT_ONCE] for name, array in inputs.items()}
            for first in range(0, len(z), AT_ONCE)
        ]
        return np.concatenate([exported("decode_mean", part)["mean"] for part in parts])

    return decode


def make_chart(
    z: Floats, labels: NDArray[Any], decode: Decode, seed: int = 0
) -> tuple[Chart, ChartFigures]:
    """Chart encoded images.

    Args:
        z: z_mean of the model's items, (n, latent_dim).
        labels: (n,); -1 for no class.
        decode: The model's decoder.
        seed: Of the layout.
    """
    chosen = np.unique(np.linspace(0, len(z) - 1, min(len(z), FITTED)).astype(int))
    fitted, labels = z[chosen].astype(np.float64), labels[chosen]
    page = lay_out(fitted, seed)
    place = page if len(chosen) == len(z) else place_beside(z, fitted, page)
    sheet = fit_sheet(page, fitted)
    offset, step, levels = in_bytes(sheet)
    shore = land(page, nodes()).reshape(SIDE, SIDE)
    chart = Chart(levels, offset, step, shore, place.astype(np.float32))
    home = typical_place(page)
    figures = ChartFigures(
        layout=f"t-SNE (scikit-learn), perplexity {perplexity(len(page)):g}, PCA start",
        seed=seed,
        items=len(chosen),
        side=SIDE,
        home=(float(home[0]), float(home[1])),
        ground=_ground(decode(fitted[:LOOKED_AT], labels[:LOOKED_AT])),
        trustworthiness=trustworthiness_of(fitted, page),
        class_accuracy=class_accuracy(page, labels),
        left_out_error=left_out_error(fitted, page, labels, decode),
    )
    return chart, figures


def _ground(images: Floats) -> tuple[int, ...]:
    """Return the median colour of the images' corners, 0 to 255."""
    corners = images[:, [0, 0, -1, -1], [0, -1, 0, -1]].reshape(-1, images.shape[-1])
    return tuple(int(value) for value in np.rint(255 * np.median(corners, axis=0)))
