"""The plane that separates classes, on classes whose directions are known, and on digits."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.errors import InvalidRequest
from app.latent.discriminant import separating_plane
from models.manifest import POINTS_FILE
from tests.service_process import BUNDLED_MODELS
from training.chart_figures import class_accuracy

SPREAD = np.array(
    [9.0, 1.0, 1.0, 3.0, 1e-4]
)  # standard deviations; the last is an unused dimension


def classes(means: list[list[float]], n: int = 4000) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return normal classes of five dimensions around these means, and which is which."""
    labels = np.arange(n) % len(means)
    noise = np.random.default_rng(0).normal(0, 1, (n, 5)) * SPREAD
    return (np.array(means)[labels] + noise).astype(np.float32), labels


THREE = [[0.0] * 5, [0.0, 4, 0, 0, 0], [0.0, 0, 4, 0, 0]]


def test_it_shows_what_separates_and_not_what_varies() -> None:
    """Means that differ in dimensions 1 and 2 give their plane, however wide the others are."""
    plane = separating_plane(*classes(THREE))
    share = plane.u[1:3] @ plane.u[1:3] + plane.v[1:3] @ plane.v[1:3]
    assert share == pytest.approx(2, abs=0.01)


def test_it_is_orthonormal_and_centred_on_the_items() -> None:
    """So coordinates are projections, and the middle of the items is at (0, 0)."""
    z, labels = classes(THREE)
    plane = separating_plane(z, labels)
    basis = np.stack([plane.u, plane.v])
    assert basis @ basis.T == pytest.approx(np.eye(2), abs=1e-12)
    assert plane.c == pytest.approx(z.mean(axis=0, dtype=np.float64))


def test_directions_point_the_same_way_whatever_the_order() -> None:
    """The largest component is positive, and neither order nor names of classes matter."""
    z, labels = classes(THREE)
    plane, turned = separating_plane(z, labels), separating_plane(z[::-1], 7 - labels[::-1])
    for direction, other in [(plane.u, turned.u), (plane.v, turned.v)]:
        assert direction[np.abs(direction).argmax()] > 0
        assert direction == pytest.approx(other, abs=1e-6)


def test_the_one_direction_of_two_classes_is_joined_by_the_widest_across_it() -> None:
    """Two classes that differ along dimension 1 are shown beside dimension 0, which varies most."""
    plane = separating_plane(*classes(THREE[:2], 40_000))
    assert plane.u == pytest.approx([0, 1, 0, 0, 0], abs=0.03)
    assert plane.v == pytest.approx([1, 0, 0, 0, 0], abs=0.03)


@pytest.mark.parametrize("d", [2, 5])
def test_items_that_do_not_vary_still_have_a_plane(d: int) -> None:
    """Equal items, one of each class, have a plane that is finite and orthonormal."""
    plane = separating_plane(np.ones((2, d), np.float32), np.arange(2))
    basis = np.stack([plane.u, plane.v])
    assert basis @ basis.T == pytest.approx(np.eye(2), abs=1e-9)


def test_one_dimension_has_no_other_plane() -> None:
    """Codes of a single number are refused."""
    with pytest.raises(InvalidRequest, match="dims-0-1"):
        separating_plane(np.ones((2, 1), np.float32), np.arange(2))


def test_digits_lie_among_their_class_twice_as_often_as_on_components() -> None:
    """Ten neighbours name the class of 70 % of the digits; on two components, of 33 %."""
    [folder] = (BUNDLED_MODELS / "mnist-z12").iterdir()
    with np.load(folder / POINTS_FILE) as points:
        z, labels = points["z_mean"], points["label"]
    accuracy = class_accuracy(np.stack(separating_plane(z, labels).project(z), axis=1), labels)
    assert accuracy == pytest.approx(0.6975, abs=0.005)
