"""Near-duplicates: images that are the same but for how they were saved, scaled, lit or cropped.

Candidates are the nearest in smoothed thumbnails. Of each pair, one image is moved, scaled and
made lighter until it fits the other best; what then still differs most decides, taken half by
itself and half beside how far the images usually are from their likes. So a family of pictures
that differ in one colour is no group of duplicates.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.neighbours import find_neighbours

GRID: Final = 16  # cells of a side
SIGMA: Final = 0.6  # of the smoothing, in cells
COMPONENTS: Final = 64  # in which candidates are searched for
CANDIDATES: Final = 12  # of each image
USUAL: Final = 0.25  # quantile of an image's candidates that says how far its likes are
STEPS: Final = 3  # of the fit
FARTHEST: Final = 1.6  # pixels by which a border may move
GAIN: Final = 0.1  # by which an image may be lighter or darker
SHIFT: Final = 0.05  # grey levels, 0…1, by which as well
ALIKE: Final = 0.26  # what may differ; benchmarks/review.py measures it
WORTH: Final = 0.3  # difference after one step, root mean square, up to which a fit is tried
AT_ONCE: Final = 512  # images or pairs
TINY, FAR = 1e-3, 0.075  # between which lies how far the likes of an image are, 0…1

Indices = NDArray[np.int64]
Floats = NDArray[np.floating[Any]]
Read = Callable[[Indices], NDArray[np.uint8]]
"""Item ids (m,) → their thumbnails, uint8 (m, height, width, channels)."""


class Duplicates(NamedTuple):
    """Groups of near-duplicates, the surest first."""

    groups: list[Indices]
    """Items of each, in order."""
    sureness: Floats
    """Of each, 0 to 1: of the two that are most alike; 1 if they are the same."""


def find_duplicates(read: Read, items: int) -> Duplicates:
    """Find the near-duplicates among images.

    Args:
        read: Returns some of them.
        items: How many there are.
    """
    if items < 2:  # noqa: PLR2004 - a pair
        return Duplicates([], np.zeros(0))
    cells = np.concatenate([_smooth(_unit(read(part))) for part in _chunks(np.arange(items))])
    near = find_neighbours(_principal(cells.reshape(items, -1)), CANDIDATES).indices
    first = np.repeat(np.arange(items), near.shape[1])
    pairs = np.unique(np.sort(np.stack([first, near.ravel()], axis=1), axis=1), axis=0)
    rough = np.concatenate([_rough_difference(cells, part) for part in _chunks(pairs)])
    scale = np.sqrt(_usual(pairs, rough, items)[pairs].min(axis=1))
    worth = rough / scale < WORTH
    pairs, scale = pairs[worth], scale[worth]
    differences = [_difference(read, part) for part in _chunks(pairs)]
    difference = np.concatenate([np.zeros(0), *differences]) / scale
    alike = difference < ALIKE
    return _group(pairs[alike], 1 - difference[alike] / ALIKE, items)


def _chunks(rows: Indices) -> Iterator[Indices]:
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE]


def _unit(pixels: NDArray[np.uint8]) -> Floats:
    return pixels.astype(np.float32) / 255


def _principal(vectors: Floats) -> Floats:
    """Return vectors in the directions in which they vary most."""
    sample = vectors[:: max(1, len(vectors) // 4096)]
    centre = sample.mean(axis=0)
    covariance = (sample - centre).T @ (sample - centre)
    axes = np.linalg.eigh(covariance).eigenvectors[:, -COMPONENTS:]
    found: Floats = (vectors - centre) @ axes
    return found


def _usual(pairs: Indices, rough: Floats, items: int) -> Floats:
    """Return how far each image is from its likes, (items,)."""
    item = pairs.T.ravel()
    value = np.tile(rough, 2)
    order = np.lexsort((value, item))
    start = np.searchsorted(item[order], np.arange(items))
    count = np.bincount(item, minlength=items)
    at = start + (USUAL * (count - 1)).astype(int)
    found: Floats = np.clip(value[order][at], TINY, FAR)
    return found


def _centres(side: int) -> Floats:
    """Return where the middles of the cells are, in pixels."""
    cells = min(GRID, side)
    found: Floats = (np.arange(cells) + 0.5) * side / cells - 0.5
    return found


def _weights(side: int, at: Floats) -> tuple[Floats, Floats]:
    """Return weights of pixels around places (…, cells), and how they change with the place."""
    width = SIGMA * side / at.shape[-1]
    away = np.arange(side) - at[..., None]
    weights = np.exp(-0.5 * (away / width) ** 2)
    weights /= weights.sum(axis=-1, keepdims=True)
    mean = (weights * away).sum(axis=-1, keepdims=True)
    return weights, weights * (away - mean) / width**2


def _apply(images: Floats, rows: Floats, columns: Floats) -> Floats:
    """Return rows · image · columns for each image (m, height, width, channels)."""
    m, height, width, channels = images.shape
    lines = (rows @ images.reshape(m, height, width * channels)).reshape(m, -1, width, channels)
    found: Floats = columns[..., None, :, :] @ lines
    return found


def _smooth(images: Floats) -> Floats:
    """Return the images in cells, float32 (m, cells, cells, channels)."""
    _, height, width, _ = images.shape
    rows, columns = (_weights(side, _centres(side))[0] for side in (height, width))
    return _apply(images, rows, columns).astype(np.float32)


def _inner(cells: Floats) -> Floats:
    """Leave out the outermost cells, beyond which nothing is known of an image; (m, k)."""
    if min(cells.shape[1:3]) > 5:  # noqa: PLR2004 - else little were left
        cells = cells[:, 1:-1, 1:-1]
    return cells.reshape(len(cells), -1)


def _rough_difference(cells: Floats, pairs: Indices) -> Floats:
    """Return what differs after one step of the fit: root mean square, (m,), 0…1."""
    moved, fixed = cells[pairs[:, 0]], cells[pairs[:, 1]]
    basis = _basis(moved, _slope(moved, 1), _slope(moved, 2))
    wanted = _inner(fixed) - _inner(moved)
    rest = wanted - (_solve(basis, wanted)[:, None] @ basis)[:, 0]
    found: Floats = np.sqrt((rest**2).mean(axis=1))
    return found


def _slope(cells: Floats, axis: int) -> Floats:
    if cells.shape[axis] == 1:
        return np.zeros_like(cells)
    found: Floats = np.gradient(cells, axis=axis)
    return found


def _basis(moved: Floats, down: Floats, right: Floats) -> Floats:
    """Return by what an image may change, (m, 6, k): scale and shift each way, gain, offset."""
    y, x = (np.linspace(-1, 1, side) for side in moved.shape[1:3])
    changes = (down * y[:, None, None], down, right * x[:, None], right, moved, np.ones_like(moved))
    return np.stack([_inner(change) for change in changes], axis=1).astype(np.float64)


def _solve(basis: Floats, wanted: Floats) -> Floats:
    squares = basis @ basis.swapaxes(1, 2) + 1e-3 * np.eye(basis.shape[1])
    found: Floats = np.linalg.solve(squares, basis @ wanted[..., None])[..., 0]
    return found


def _difference(read: Read, pairs: Indices) -> Floats:
    """Return the largest difference of a cell when the second image is fitted best, (m,), 0…1."""
    one, other = (_unit(read(pairs[:, side])) for side in (0, 1))
    return np.minimum(_fit(one, other), _fit(other, one))


def _fit(moved: Floats, fixed: Floats) -> Floats:
    m, height, width, _ = moved.shape
    wanted = _inner(_smooth(fixed))
    y, x = _centres(height), _centres(width)
    far_y, far_x = np.linspace(-1, 1, len(y)), np.linspace(-1, 1, len(x))
    change: Floats = np.zeros((m, 4))
    light: Floats = np.zeros((m, 2))
    for step in range(STEPS + 1):
        at_y = y + change[:, :1] * far_y + change[:, 1:2]
        at_x = x + change[:, 2:3] * far_x + change[:, 3:4]
        rows, rows_change = _weights(height, at_y)
        columns, columns_change = _weights(width, at_x)
        image = _apply(moved, rows, columns)
        if step == STEPS:
            break
        down, right = _apply(moved, rows_change, columns), _apply(moved, rows, columns_change)
        found = _solve(_basis(image, down, right), wanted - _inner(image))
        change = np.clip(change + found[:, :4], -FARTHEST, FARTHEST)
        light = found[:, 4:]
    gain, offset = np.clip(light, [-GAIN, -SHIFT], [GAIN, SHIFT]).T[..., None]
    lit = np.clip((1 + gain) * _inner(image) + offset, 0, 1)
    largest: Floats = np.abs(lit - wanted).max(axis=1)
    return largest


def _group(pairs: Indices, sureness: Floats, items: int) -> Duplicates:
    """Join pairs that have an item in common."""
    group, before = np.arange(items), np.zeros(0, np.int64)
    while not np.array_equal(group, before):
        before = group.copy()
        np.minimum.at(group, pairs.ravel(), np.repeat(group[pairs].min(axis=1), 2))
        group = group[group]
    best = np.zeros(items)
    np.maximum.at(best, group[pairs[:, 0]], sureness)
    heads = np.unique(group[pairs])
    heads = heads[np.argsort(-best[heads], kind="stable")]
    members = {head: np.flatnonzero(group == head) for head in heads}
    return Duplicates(list(members.values()), best[heads])
