"""Nearest neighbours, against distances that are computed one by one."""

import numpy as np
import pytest

from models import neighbours
from models.neighbours import find_neighbours


@pytest.mark.parametrize("items", [100, 300, 1500])
def test_they_are_the_nearest_others_in_order(items: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, whatever fits in memory at once, and however far they are from 0."""
    monkeypatch.setattr(neighbours, "AT_ONCE", 20_000)
    points = np.random.default_rng(0).normal(1000, 1, (items, 5))
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(distances, np.inf)

    found = find_neighbours(points, 7)

    np.testing.assert_array_equal(found.indices, np.argsort(distances, axis=1)[:, :7])
    np.testing.assert_allclose(found.distances, np.sort(distances, axis=1)[:, :7], rtol=1e-4)


@pytest.mark.parametrize(("items", "k"), [(0, 0), (1, 0), (3, 2)])
def test_few_points_have_few_neighbours(items: int, k: int) -> None:
    """An item is not its own neighbour, and nothing is no error."""
    found = find_neighbours(np.arange(2.0 * items).reshape(items, 2), 10)

    assert found.indices.shape == found.distances.shape == (items, k)
