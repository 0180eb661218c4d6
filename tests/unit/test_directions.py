"""Directions between sets of items: found where they were planted, and honest about it."""

import numpy as np
import pytest

from app.errors import InvalidRequest
from app.latent.directions import Items, find_direction, parse_direction
from app.latent.vectors import to_base64

D = 8
NONE = np.zeros((0, D))
PLANTED = np.eye(D)[0] * 0.6 + np.eye(D)[1] * 0.8


def items(n: int, middle: np.ndarray, seed: int) -> Items:
    """Draw items around a middle; the last dimension is one that the decoder ignores."""
    z_mean = middle + np.random.default_rng(seed).standard_normal((n, D))
    z_mean[:, -1] = 0.001 * z_mean[:, 0]
    z_log_var = np.full((n, D), -6.0)
    z_log_var[:, -1] = 0
    return Items(z_mean, z_log_var)


def test_a_planted_direction_is_found() -> None:
    """It has length 1, points from the first set to the second, and tells new items apart."""
    found = find_direction(items(200, 0 * PLANTED, 1), items(200, 4 * PLANTED, 2), NONE)
    assert np.linalg.norm(found.direction) == pytest.approx(1)
    assert found.direction @ PLANTED > 0.97
    assert found.auc is not None
    assert found.auc > 0.98
    assert (found.low, found.high) == pytest.approx((0, 4), abs=0.3)


def test_twenty_items_on_each_side_are_enough() -> None:
    """The direction of few items is shrunk, so that it holds for others."""
    found = find_direction(items(20, 0 * PLANTED, 3), items(20, 4 * PLANTED, 4), NONE)
    low, high = (items(500, k * PLANTED, 5 + k).z_mean @ found.direction for k in (0, 4))
    assert (low[:, None] < high).mean() > 0.97


def test_sets_that_do_not_differ_are_told_as_chance() -> None:
    """The AUC is of items that were left out: without a difference it is a half, not more."""
    aucs = [
        find_direction(items(20, 0 * PLANTED, 2 * k), items(20, 0 * PLANTED, 2 * k + 1), NONE).auc
        for k in range(20)
    ]
    assert np.mean([auc for auc in aucs if auc is not None]) == pytest.approx(0.5, abs=0.07)


def test_it_is_at_right_angles_to_others() -> None:
    """What other directions say already is taken out, twice the same one as well."""
    sets = items(200, 0 * PLANTED, 1), items(200, 4 * PLANTED, 2)
    others = np.stack([np.eye(D)[1], 3 * np.eye(D)[1]])
    found = find_direction(*sets, others)
    assert found.direction @ np.eye(D)[1] == pytest.approx(0, abs=1e-9)
    assert abs(found.direction[0]) > 0.9


def test_an_ignored_dimension_is_not_the_direction() -> None:
    """A dimension in which z_mean hardly varies does not outweigh those that are decoded."""
    one, two = items(5000, 0 * PLANTED, 1), items(5000, 0.5 * PLANTED, 2)
    two.z_mean[:, -1] = 0.002  # which tells them apart, and changes no picture
    assert abs(find_direction(one, two, NONE).direction[-1]) < 0.01


def test_one_item_on_each_side_has_no_auc() -> None:
    """The direction leads from one to the other, and how well it does is not known."""
    found = find_direction(items(1, 0 * PLANTED, 1), items(1, 4 * PLANTED, 2), NONE)
    assert found.auc is None
    assert found.high > found.low


def test_sets_at_one_place_have_no_direction() -> None:
    """Equal sets, or sets that differ along the others alone, are refused."""
    one = items(5, 0 * PLANTED, 1)
    with pytest.raises(InvalidRequest, match="same place"):
        find_direction(one, one, NONE)
    with pytest.raises(InvalidRequest, match="orthogonal_to"):
        find_direction(one, items(5, PLANTED, 2), np.eye(D))


def test_a_direction_is_read_in_both_ways() -> None:
    """As `v-…`, and as numbers."""
    text = "v-" + to_base64(PLANTED[None])
    assert np.array_equal(parse_direction(text, D), PLANTED.astype(np.float32))
    assert parse_direction("1,-2.5", 2).tolist() == [1, -2.5]


@pytest.mark.parametrize("text", ["", "v-", "v-AAAA", "v-ä", "1", "1,2,3", "1,nan", "a,b", "1e9,0"])
def test_no_direction_is_refused(text: str) -> None:
    """Another length, or what is no finite number, is wrong."""
    with pytest.raises(InvalidRequest):
        parse_direction(text, 2)
