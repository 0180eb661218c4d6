"""Lists of a review, on items whose faults are known."""

import numpy as np

from models.neighbours import find_neighbours
from models.review import find_doubtful_labels

RANDOM = np.random.default_rng(0)


def test_changed_labels_are_found_with_what_they_were() -> None:
    """Of far clusters, exactly the items with another label than their cluster are listed."""
    truth = np.arange(300) % 3
    z = 10 * np.eye(5)[truth] + RANDOM.normal(0, 1, (300, 5))
    labels = truth.copy()
    labels[:9] = (labels[:9] + 1) % 3
    labels[9:60] = -1

    found = find_doubtful_labels(labels, find_neighbours(z, 10))

    assert sorted(found.item) == list(range(9))
    np.testing.assert_array_equal(found.suggested, truth[found.item])
    assert (np.diff(found.sureness) <= 0).all()
    assert found.sureness.max() <= 1


def test_without_labels_none_is_doubtful() -> None:
    """Nor of a single item, nor of none."""
    for items in (0, 1, 20):
        labels = np.full(items, -1)
        near = find_neighbours(RANDOM.normal(0, 1, (items, 3)), 10)
        assert len(find_doubtful_labels(labels, near).item) == 0
