"""The chart's own mathematics, on sheets that are known, and its making, on clusters that are."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.chart import SHORE, Chart
from training.chart import FEWEST, make_chart, wants_chart
from training.chart_figures import class_accuracy
from training.chart_layout import lay_out, typical_place

SIDE = 21


@pytest.fixture(name="bowl")
def _bowl() -> Chart:
    """Return a chart of three dimensions: u, and a tenth of the square of its length."""
    line = np.linspace(-5, 5, SIDE)
    a, b = np.meshgrid(line, line)
    z = np.stack([a, b, (a**2 + b**2) / 10], axis=2)
    low, step = z.min(axis=(0, 1)).astype(np.float32), np.ptp(z, axis=(0, 1)).astype(np.float32)
    levels = np.rint((z - low) / (step / 200)).astype(np.uint8)
    land, place = np.full((SIDE, SIDE), 255, np.uint8), np.zeros((1, 2), np.float32)
    return Chart(levels, low, step / 200, land, place)


def test_between_nodes_the_sheet_is_linear(bowl: Chart) -> None:
    """A quarter of the way from node to node has a quarter of the difference."""
    z = bowl.points(np.array([0.0, 0.125, 0.5]), np.array([1.0, 1.0, 1.0]))
    assert z[1] == pytest.approx(0.75 * z[0] + 0.25 * z[2])


def test_a_point_of_the_sheet_is_found_again(bowl: Chart) -> None:
    """The projection of sheet(u) is u, to a tenth of a cell."""
    u = np.random.default_rng(0).uniform(-4.5, 4.5, (100, 2))
    a, b = bowl.project(bowl.points(u[:, 0], u[:, 1]))
    assert np.abs(np.stack([a, b], axis=1) - u).max() < 0.05


def test_a_point_off_the_sheet_falls_on_the_nearest(bowl: Chart) -> None:
    """No node is nearer than what the projection finds."""
    z = np.random.default_rng(1).normal(0, 3, (50, 3))
    a, b = bowl.project(z)
    found = np.linalg.norm(bowl.points(a, b) - z, axis=1)
    nodes = (bowl.offset + bowl.step * bowl.sheet).reshape(-1, 3)
    nearest = np.linalg.norm(z[:, None] - nodes, axis=2).min(axis=1)
    assert (found <= nearest + 1e-6).all()


def clusters(n: int = 120) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return three far clusters of five dimensions, and which is which."""
    noise = np.random.default_rng(0)
    labels = np.arange(n) % 3
    return (10 * np.eye(5)[labels] + noise.normal(0, 1, (n, 5))).astype(np.float32), labels


def show(z: NDArray[Any], _: NDArray[Any]) -> NDArray[Any]:
    """Decode to pictures of one row; the last pixel is always white."""
    return np.concatenate([z / 100 + 0.5, np.ones((len(z), 1))], axis=1)[:, None, :, None]


def test_it_is_the_same_for_the_same_seed() -> None:
    """Sheet, land, places and figures are equal bit for bit."""
    (first, figures), (second, again) = (make_chart(*clusters(), show) for _ in range(2))
    assert figures == again
    for name in ("sheet", "offset", "step", "land", "place"):
        assert (getattr(first, name) == getattr(second, name)).all()


def test_clusters_are_islands_that_decode_to_themselves() -> None:
    """Classes are told apart, items lie on land, and pictures are near the items' own."""
    z, labels = clusters()
    chart, figures = make_chart(z, labels, show)
    assert len(chart.place) == len(z)
    assert np.abs(chart.place).max() <= 4
    assert (chart.land_at(*chart.place.T) >= SHORE).all()
    assert figures.class_accuracy == 1
    assert figures.trustworthiness > 0.85
    shown = show(chart.points(*chart.place.T), labels)
    assert ((shown - show(z, labels)) ** 2).mean() < figures.left_out_error
    assert figures.left_out_error < 0.2 * show(z, labels).var(axis=0).mean()
    nearest = np.linalg.norm(chart.place - figures.home, axis=1).min()
    assert nearest < 1


def test_more_items_than_are_laid_out_find_their_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Items beyond the limit are placed beside their neighbours."""
    monkeypatch.setattr("training.chart.FITTED", 60)
    z, labels = clusters()
    chart, figures = make_chart(z, labels, show)
    assert figures.items == 60
    assert class_accuracy(chart.place, labels) == 1


def test_items_without_classes_have_no_class_accuracy() -> None:
    """Of -1 alone there is nothing to tell apart."""
    z, _ = clusters(40)
    assert class_accuracy(z, np.full(40, -1)) is None


def test_equal_items_do_no_harm() -> None:
    """A data set of one picture, many times, has places that are finite."""
    assert np.isfinite(lay_out(np.zeros((FEWEST, 4)), 0)).all()


@pytest.mark.parametrize(
    ("items", "latent_dim", "wanted"), [(1000, 3, True), (1000, 2, False), (29, 12, False)]
)
def test_a_plane_is_enough_for_few_items_or_two_dimensions(
    items: int, latent_dim: int, wanted: bool
) -> None:
    """Then there is no chart."""
    assert wants_chart(items, latent_dim) == wanted


def test_the_map_begins_in_company() -> None:
    """It is a dense spot near the middle: no lone item there, and no denser spot far out."""
    noise = np.random.default_rng(0)
    spot = noise.normal(0.5, 0.1, (100, 2))
    far = noise.normal(4, 0.01, (40, 2))
    place = typical_place(np.concatenate([[[0.0, 0.0]], spot, far]))
    assert np.linalg.norm(place - [0.5, 0.5]) < 0.2
