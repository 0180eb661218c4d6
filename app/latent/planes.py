"""Planes through latent space, c + a·u + b·v, or the chart; and the tiles that cover them."""

import re
from typing import Final, NamedTuple, Protocol

import numpy as np

from app.arrays import Array
from app.errors import InvalidRequest
from app.latent.vectors import check_dims, from_base64, to_base64
from models.chart import Chart
from models.manifest import Manifest

MAX_ZOOM: Final = 24  # finer than float32 tells apart at the edge of the map
LARGEST_TILE: Final = 512  # pixels, of either side


class Surface(Protocol):
    """What a map shows: a plane, or the chart."""

    def points(self, a: Array, b: Array) -> Array:
        """Return the latent vectors at coordinates a, b (n,): float64 (n, latent_dim)."""

    def project(self, z: Array) -> tuple[Array, Array]:
        """Return the coordinates of the points nearest to z (n, latent_dim)."""


class Plane(NamedTuple):
    """Origin and two directions, float64 (latent_dim,)."""

    c: Array
    u: Array
    v: Array

    def points(self, a: Array, b: Array) -> Array:
        """Return the latent vectors at coordinates a, b (n,): float64 (n, latent_dim)."""
        return self.c + a[:, None] * self.u + b[:, None] * self.v

    def project(self, z: Array) -> tuple[Array, Array]:
        """Return the coordinates of the plane's points nearest to z (n, latent_dim)."""
        basis = np.stack([self.u, self.v], axis=1)
        found, *_ = np.linalg.lstsq(basis, (z - self.c).T, rcond=None)
        return found[0], found[1]


def parse_plane(text: str, manifest: Manifest, chart: Chart | None) -> Surface:
    """Read `chart`, `dims-i-j`, `pca-i-j` or `v-<base64url>`; docs/api.md defines them.

    Raises:
        InvalidRequest: It is none of these, or does not fit the model.
    """
    if match := re.fullmatch(r"(dims|pca)-(\d{1,6})-(\d{1,6})", text):
        i, j = int(match[2]), int(match[3])
        return _dims_plane(i, j, manifest) if match[1] == "dims" else _pca_plane(i, j, manifest)
    if text.startswith("v-"):
        return _free_plane(text[2:], manifest.latent_dim)
    if text == "chart":
        return chart_of(chart, manifest)
    message = f"plane must be chart, dims-0-1, pca-0-1 or v-<base64url>, but is {text[:80]!r}"
    raise InvalidRequest(message)


def chart_of(chart: Chart | None, manifest: Manifest) -> Chart:
    """Return a model's chart.

    Raises:
        InvalidRequest: It has none.
    """
    if chart is None:
        remedy = (
            "its plane dims-0-1 shows all of it"
            if manifest.latent_dim <= 2  # noqa: PLR2004
            else f"publish it with one: python -m training chart {manifest.name}"
        )
        raise InvalidRequest(f"{manifest.name} has no chart; {remedy}")
    return chart


def _dims_plane(i: int, j: int, manifest: Manifest) -> Plane:
    axes = np.eye(manifest.latent_dim)
    if (i, j) == (0, 1) and manifest.latent_dim == 1:  # the default: a line, the same at every b
        return Plane(np.zeros(1), axes[0], np.zeros(1))
    check_dims((i, j), manifest.latent_dim)
    return Plane(np.zeros(manifest.latent_dim), axes[i], axes[j])


def _pca_plane(i: int, j: int, manifest: Manifest) -> Plane:
    components = np.array(manifest.pca.components)
    if i == j or max(i, j) >= len(components):
        message = f"plane pca-{i}-{j}: the model has components 0 to {len(components) - 1}"
        raise InvalidRequest(message)
    return Plane(np.array(manifest.pca.mean), components[i], components[j])


def _free_plane(text: str, latent_dim: int) -> Plane:
    return Plane(*from_base64(text, 3, latent_dim).astype(np.float64))


def plane_id(plane: Plane) -> str:
    """Name a plane `v-<base64url>`."""
    return "v-" + to_base64(np.stack(plane))


def tile_cells(height: int, width: int) -> int:
    """Return how many cells a tile has on a side: 8 while it stays within 512 pixels."""
    return max(1, min(8, LARGEST_TILE // max(height, width)))


def tile_points(plane: Surface, cells: int, zoom: int, x: int, y: int) -> Array:
    """Return a tile's latent vectors, the top row first: (cells · cells, latent_dim)."""
    step = 2.0**-zoom
    across = (cells * x + np.arange(cells)) * step
    up = (cells * y + np.arange(cells)[::-1]) * step
    return plane.points(np.tile(across, cells), np.repeat(up, cells))


def traverse_surface(surface: Surface, at: tuple[float, ...], walked: Array) -> Array:
    """Return a row across and a row up through a place, by these steps: (2 · n, latent_dim)."""
    fixed = np.zeros_like(walked)
    a = np.concatenate([at[0] + walked, at[0] + fixed])
    b = np.concatenate([at[1] + fixed, at[1] + walked])
    return surface.points(a, b)
