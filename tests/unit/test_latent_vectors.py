"""Latent vectors: grids, walks, interpolations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidLatent, InvalidRequest
from app.latent.grids import coordinates, traverse
from app.latent.interpolation import interpolate, slerp
from app.latent.vectors import check_dims, vectors

FINITE = st.floats(-100, 100, width=32)
VECTORS = st.lists(FINITE, min_size=3, max_size=3).map(np.array)


@given(st.integers(1, 300), st.floats(0.01, 100), st.sampled_from(["linear", "quantile"]))
def test_coordinates_grow_and_are_symmetric(n: int, extent: float, spacing: str) -> None:
    """N values within ±extent, the middle one 0, the same to both sides."""
    values = coordinates(n, extent, spacing)
    assert len(values) == n
    assert (np.diff(values) > 0).all()
    assert np.abs(values).max() <= extent * (1 + 1e-6)  # float32 may round up
    assert np.allclose(values, -values[::-1])


def test_quantiles_hold_equal_probability() -> None:
    """Between neighbours lies the same share of the prior."""
    from statistics import NormalDist

    shares = np.diff([NormalDist().cdf(v) for v in coordinates(9, 2, "quantile")])
    assert np.allclose(shares, shares[0])


@given(VECTORS, VECTORS, st.floats(0, 1))
def test_slerp_ends_where_it_should_and_stays_between(
    a: np.ndarray, b: np.ndarray, t: float
) -> None:
    """At 0 it is a, at 1 it is b; its length is between theirs unless they are opposite."""
    ends = slerp(a, b, np.array([[0.0], [1.0]]))
    assert np.allclose(ends, [a, b], atol=1e-3)
    lengths = sorted([np.linalg.norm(a), np.linalg.norm(b)])
    assert np.linalg.norm(slerp(a, b, np.array([[t]]))) <= lengths[1] + 1e-3


@given(st.lists(VECTORS, min_size=2, max_size=5), st.integers(2, 9))
def test_a_walk_passes_each_anchor_once(anchors: list[np.ndarray], steps: int) -> None:
    """Anchor k is at k · (steps - 1)."""
    walk = interpolate(np.stack(anchors), steps, "lerp")
    assert len(walk) == (len(anchors) - 1) * (steps - 1) + 1
    assert np.allclose(walk[:: steps - 1], anchors, atol=1e-4)


def test_traverse_moves_one_dimension_a_row() -> None:
    """Each row differs from the origin in its own dimension alone."""
    origin = np.array([1, 2, 3], np.float32)
    walk = traverse(origin, (2, 0), 3, 1.0).reshape(2, 3, 3)
    assert walk[0].tolist() == [[1, 2, -1], [1, 2, 0], [1, 2, 1]]
    assert walk[1].tolist() == [[-1, 2, 3], [0, 2, 3], [1, 2, 3]]


@pytest.mark.parametrize(
    "rows", [[[1.0]], [[np.nan, 0]], [[np.inf, 0]], [[1001, 0]], np.zeros((0, 2)), [1.0, 2.0]]
)
def test_vectors_that_cannot_be_decoded(rows: object) -> None:
    """Wrong length, nothing at all, not finite, or far beyond the prior."""
    with pytest.raises(InvalidLatent):
        vectors(np.array(rows), 2)


@pytest.mark.parametrize("dims", [(), (0, 0), (3,), (0, 5)])
def test_dims_must_be_the_models(dims: tuple[int, ...]) -> None:
    """Each dimension exists and comes once."""
    with pytest.raises(InvalidRequest, match="0 to 2"):
        check_dims(dims, 3)
