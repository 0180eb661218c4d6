"""The chart of a model: lay its encoded items out on a page, and fit a sheet through them.

The layout is t-SNE's. The sheet is a regression of z on the places, local and linear, written
down as a lattice. benchmarks/charts compares both with others.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.manifold import TSNE, trustworthiness
from sklearn.neighbors import NearestNeighbors

from models.chart import EXTENT, Chart
from models.golden import RunSignature
from models.manifest import CHART_FILE, ChartFigures, Manifest

FEWEST: Final = 30  # items; of fewer, a page of pictures says more than a layout
FITTED: Final = 10_000  # items that are laid out; more take minutes and change little
SIDE: Final = 256  # nodes of the lattice in each direction
REACH: Final = 4.0  # the farthest coordinate of an item; EXTENT leaves a margin of sea
PERPLEXITY: Final = 30
NEIGHBOURS: Final = 10
BANDWIDTH: Final = 2  # the kernel's width is the distance to the neighbour of this number
RIDGE: Final = 0.3  # of the slope, in squared bandwidths
FOLDS: Final = 5
AT_ONCE: Final = 512  # decodes
LOOKED_AT: Final = 500  # pictures whose corners say what the ground is
JUDGED: Final = 5000  # items that trustworthiness is computed of; its cost is quadratic

Floats = NDArray[np.floating[Any]]
Decode = Callable[[Floats, NDArray[Any]], Floats]
"""z (n, latent_dim) and labels (n,) → mean images (n, height, width, channels), 0…1."""


def wants_chart(items: int, latent_dim: int) -> bool:
    """Tell whether a chart is better than a plane: not of few items, nor of two dimensions."""
    return items >= FEWEST and latent_dim > 2  # noqa: PLR2004


def write_chart(  # noqa: PLR0917  what a model is made of
    folder: Path,
    manifest: Manifest,
    exported: RunSignature,
    z: Floats,
    labels: NDArray[Any],
    items: int,
) -> Manifest:
    """Write the chart of a model into its folder, and its figures into the manifest.

    A model that is better shown on a plane (see `wants_chart`) gets none. For the other arguments
    see `make_chart`.
    """
    if not wants_chart(len(z), manifest.latent_dim):
        return manifest.model_copy(update={"chart": None})

    def decode(z: Floats, labels: NDArray[Any]) -> Floats:
        inputs = {"z": z.astype(np.float32)}
        if manifest.conditional:
            inputs["label"] = labels.astype(np.int32)
        return np.concatenate(
            [
                exported("decode_mean", {k: v[i : i + AT_ONCE] for k, v in inputs.items()})["mean"]
                for i in range(0, len(z), AT_ONCE)
            ]
        )

    chart, figures = make_chart(z, labels, items, decode)
    arrays = {field.name: getattr(chart, field.name) for field in dataclasses.fields(chart)}
    np.savez_compressed(folder / CHART_FILE, **arrays)
    return manifest.model_copy(update={"chart": figures})


def make_chart(
    z: Floats, labels: NDArray[Any], items: int, decode: Decode, seed: int = 0
) -> tuple[Chart, ChartFigures]:
    """Chart encoded images.

    Args:
        z: z_mean of the images, (n, latent_dim); those whose places the chart shall hold first.
        labels: (n,); -1 for no class.
        items: How many of them are the model's items.
        decode: The model's decoder.
        seed: Of the layout.
    """
    chosen = np.unique(np.linspace(0, len(z) - 1, min(len(z), FITTED)).astype(int))
    fitted, labels = z[chosen].astype(np.float64), labels[chosen]
    page = lay_out(fitted, seed)
    place = page[:items] if len(chosen) == len(z) else _placed(z[:items], fitted, page)
    sheet = fit_sheet(page, fitted)
    offset, step, levels = _in_bytes(sheet)
    chart = Chart(levels, offset, step, _land(page), place.astype(np.float32))
    home = page[np.abs(page - np.median(page, axis=0)).sum(axis=1).argmin()]
    figures = ChartFigures(
        layout=f"t-SNE (scikit-learn), perplexity {_perplexity(len(page)):g}, PCA start",
        seed=seed,
        items=len(chosen),
        side=SIDE,
        home=(float(home[0]), float(home[1])),
        ground=_ground(decode(fitted[:LOOKED_AT], labels[:LOOKED_AT])),
        trustworthiness=_trustworthiness(fitted, page),
        class_accuracy=class_accuracy(page, labels),
        left_out_error=left_out_error(fitted, page, labels, decode),
    )
    return chart, figures


def lay_out(z: Floats, seed: int) -> NDArray[np.float64]:
    """Return places (n, 2) on the page at which neighbours in z are neighbours.

    Source: van der Maaten and Hinton (2008), https://jmlr.org/papers/v9/vandermaaten08a.html;
    started from the principal components, as Kobak and Berens (2019) advise.
    """
    start = "pca" if np.ptp(z, axis=0).any() else "random"  # equal items have no components
    tsne = TSNE(perplexity=_perplexity(len(z)), init=start, random_state=seed, n_jobs=-1)
    page = tsne.fit_transform(z).astype(np.float64)
    low, high = page.min(axis=0), page.max(axis=0)
    return (page - (low + high) / 2) * (2 * REACH / (high - low).max())


def _perplexity(items: int) -> float:
    return min(PERPLEXITY, (items - 1) / 3)


def _placed(z: Floats, fitted: Floats, page: Floats) -> Floats:
    """Place each item where the nearest one is that was laid out, drawn to the next ones."""
    distances, near = NearestNeighbors(n_neighbors=3).fit(fitted).kneighbors(z)
    nearest = page[near[:, :1]]
    weights = np.exp(-((distances / np.maximum(distances[:, 1:2], 1e-12)) ** 2))
    same = np.linalg.norm(page[near] - nearest, axis=2) < REACH / 20  # not across a sea
    return np.average(page[near], axis=1, weights=np.repeat((weights * same)[:, :, None], 2, 2))


def fit_sheet(page: Floats, z: Floats) -> NDArray[np.float32]:
    """Return z at the nodes of the lattice: (SIDE, SIDE, latent_dim)."""
    line = np.linspace(-EXTENT, EXTENT, SIDE)
    near = NearestNeighbors(n_neighbors=min(NEIGHBOURS, len(page))).fit(page)
    rows = [_sheet_row(near, page, z, np.stack([line, np.full(SIDE, b)], axis=1)) for b in line]
    return np.stack(rows)


def _sheet_row(near: Any, page: Floats, z: Floats, at: Floats) -> NDArray[np.float32]:
    """Return z at places: the constant of a weighted linear regression on the nearest items.

    A mean of codes is shorter than the codes, and decodes to a blur; so it is brought back to
    their length, about the mean of all. Source of the regression: Cleveland (1979), LOESS,
    https://doi.org/10.1080/01621459.1979.10481038.
    """
    distances, indices = near.kneighbors(at)
    width = np.maximum(distances[:, BANDWIDTH - 1], 1e-12)[:, None]
    weights = np.exp(-0.5 * (distances / width) ** 2)
    weights = (weights / weights.sum(axis=1, keepdims=True))[:, None]  # (m, 1, k)
    offsets, codes = page[indices] - at[:, None], z[indices]  # (m, k, 2), (m, k, d)
    offset, mean = weights @ offsets, weights @ codes  # (m, 1, ·)
    centred = offsets - offset
    weighted = weights.swapaxes(1, 2) * centred
    spread = centred.swapaxes(1, 2) @ weighted + RIDGE * width[..., None] ** 2 * np.eye(2)
    slope = np.linalg.solve(spread, weighted.swapaxes(1, 2) @ (codes - mean))
    found = (mean - offset @ slope)[:, 0]
    centre, scale = z.mean(axis=0), z.std(axis=0) + 1e-6
    lengths = (((codes - centre) / scale) ** 2).sum(axis=2)
    wanted, own = (weights[:, 0] * lengths).sum(axis=1), (((found - centre) / scale) ** 2).sum(1)
    factor = np.sqrt(np.clip(wanted / np.maximum(own, 1e-12), 1, 9))[:, None]
    return (centre + (found - centre) * factor).astype(np.float32)


def _in_bytes(sheet: Floats) -> tuple[Any, Any, Any]:
    """Return offset, step and levels: z in 256 even steps per dimension.

    A step is about a thirtieth of a standard deviation, far below what an encoder tells apart.
    """
    low, high = sheet.min(axis=(0, 1)), sheet.max(axis=(0, 1))
    step = np.maximum((high - low) / 255, 1e-6)
    levels = np.rint((sheet - low) / step).astype(np.uint8)
    return low.astype(np.float32), step.astype(np.float32), levels


def _land(page: Floats) -> NDArray[np.uint8]:
    """Return 255 · 2^−(distance to the nearest item, in widths)² at the nodes of the lattice.

    One width is twice what 19 of 20 items are from their nearest fellow.
    """
    near = NearestNeighbors(n_neighbors=2).fit(page)
    fellows = near.kneighbors(page)[0][:, 1]
    width = max(2 * float(np.quantile(fellows, 0.95)), 2 * EXTENT / SIDE)
    line = np.linspace(-EXTENT, EXTENT, SIDE)
    nodes = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    distance = near.kneighbors(nodes, n_neighbors=1)[0].reshape(SIDE, SIDE)
    return np.rint(255 * 2.0 ** -((distance / width) ** 2)).astype(np.uint8)


def _ground(images: Floats) -> tuple[int, ...]:
    """Return the median colour of the images' corners, 0 to 255."""
    corners = images[:, [0, 0, -1, -1], [0, -1, 0, -1]].reshape(-1, images.shape[-1])
    return tuple(int(value) for value in np.rint(255 * np.median(corners, axis=0)))


def class_accuracy(places: Floats, labels: NDArray[Any]) -> float | None:
    """Return the share of items whose 10 nearest others name its class; None without classes."""
    places, labels = places[labels >= 0], labels[labels >= 0]
    if len(np.unique(labels)) < 2 or len(labels) <= NEIGHBOURS:  # noqa: PLR2004
        return None
    near = NearestNeighbors(n_neighbors=NEIGHBOURS).fit(places).kneighbors(return_distance=False)
    votes = np.stack([(labels[near] == label).sum(axis=1) for label in np.unique(labels)], axis=1)
    return float((np.unique(labels)[votes.argmax(axis=1)] == labels).mean())


def _trustworthiness(z: Floats, page: Floats) -> float:
    some = np.linspace(0, len(z) - 1, min(len(z), JUDGED)).astype(int)
    return float(trustworthiness(z[some], page[some], n_neighbors=min(10, len(some) // 3)))


def left_out_error(z: Floats, page: Floats, labels: NDArray[Any], decode: Decode) -> float:
    """Return how far the picture at an item's place is from its reconstruction, cross-validated."""
    total = 0.0
    for fold in range(FOLDS):
        out = np.arange(len(z)) % FOLDS == fold
        near = NearestNeighbors(n_neighbors=min(NEIGHBOURS, int((~out).sum()))).fit(page[~out])
        found = _sheet_row(near, page[~out], z[~out], page[out])
        total += float(_error(decode(found, labels[out]), decode(z[out], labels[out])))
    return total / len(z)


def _error(found: Floats, wanted: Floats) -> Floats:
    """Return the sum over the images of their mean squared difference."""
    return ((found - wanted) ** 2).mean(axis=(1, 2, 3)).sum()
