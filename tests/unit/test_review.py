"""Lists of a review, on items whose faults are known."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from models.duplicates import find_duplicates
from models.neighbours import find_neighbours
from models.review import find_doubtful_labels, find_strangers, measure_detail


def test_changed_labels_are_found_with_what_they_were() -> None:
    """Of far clusters, exactly the items with another label than their cluster are listed."""
    truth = np.arange(300) % 3
    z = 10 * np.eye(5)[truth] + np.random.default_rng(0).normal(0, 1, (300, 5))
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
        near = find_neighbours(np.random.default_rng(0).normal(0, 1, (items, 3)), 10)
        assert len(find_doubtful_labels(labels, near).item) == 0


def draw(count: int, seed: int = 0) -> NDArray[np.uint8]:
    """Return smooth colour pictures, (n, 64, 48, 3)."""
    small = np.random.default_rng(seed).integers(0, 256, (count, 5, 4, 3), dtype=np.uint8)
    images = [Image.fromarray(one).resize((48, 64), Image.Resampling.BICUBIC) for one in small]
    return np.stack([np.asarray(image) for image in images])


def save(image: Image.Image) -> Image.Image:
    """Return what a JPEG keeps of a picture."""
    body = io.BytesIO()
    image.save(body, "JPEG", quality=85)
    return Image.open(body)


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "equal": lambda image: image,
    "saved": save,
    "scaled": lambda image: image.resize((47, 63)).resize((48, 64)),
    "lighter": lambda image: image.point([min(255, round(1.03 * v)) for v in range(256)] * 3),
    "cropped": lambda image: image.crop((1, 1, 47, 63)).resize((48, 64)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_near_duplicates_are_found(change: str) -> None:
    """However a picture was changed that is twice there, its group is found, and no other one."""
    pictures = draw(60)
    changed = [np.asarray(CHANGES[change](Image.fromarray(one))) for one in pictures[:9]]
    images = np.concatenate([pictures, changed])

    found = find_duplicates(lambda ids: images[ids], 69)

    assert sorted(map(tuple, found.groups)) == [(i, 60 + i) for i in range(9)]
    assert (np.diff(found.sureness) <= 0).all()
    assert 0 <= found.sureness.min() <= found.sureness.max() <= 1


def test_a_picture_in_another_colour_is_no_duplicate() -> None:
    """Pictures that differ in one part, as by the tone of a hand, are different ones."""
    scene = draw(1)[0]
    family = np.repeat(scene[None], 5, axis=0)
    family[:, 16:40, 12:30] = np.array([60, 90, 130, 170, 220], np.uint8)[:, None, None, None]
    images = np.concatenate([family, draw(20, 1), family[2:3]])

    found = find_duplicates(lambda ids: images[ids], 26)

    assert [group.tolist() for group in found.groups] == [[2, 25]]
    assert found.sureness == pytest.approx([1])


@pytest.mark.parametrize("shape", [(1, 4, 4, 1), (9, 2, 3, 1), (5, 100, 1, 3)])
def test_small_and_plain_images_have_duplicates_too(shape: tuple[int, ...]) -> None:
    """One image has none, and images of one grey are all the same."""
    images = np.full(shape, 7, np.uint8)

    groups = find_duplicates(lambda ids: images[ids], len(images)).groups

    assert [len(group) for group in groups] == [shape[0]] * (shape[0] > 1)


def test_three_copies_are_one_group() -> None:
    """However many there are, each item is in one group."""
    pictures = draw(20)
    images = np.concatenate([pictures, np.repeat(pictures[3:4], 13, axis=0)])

    groups = find_duplicates(lambda ids: images[ids], 33).groups

    assert [group.tolist() for group in groups] == [[3, *range(20, 33)]]


def test_strangers_come_first_whether_plain_or_detailed() -> None:
    """They are far in latent space, or reconstructed badly for how much detail they have."""
    n, random = 500, np.random.default_rng(0)
    detail = random.uniform(0, 1, n)
    reconstruction = 100 * detail + random.normal(0, 2, n)
    z = random.normal(0, 1, (n, 3))
    reconstruction[:5] += 30
    z[5:10] += np.array([[20, 0, 0], [-20, 0, 0], [0, 20, 0], [0, -20, 0], [0, 0, 20]])
    near = find_neighbours(z, 10)

    found = find_strangers(reconstruction, near, detail)

    assert sorted(found.item[:10]) == list(range(10))
    assert sorted(found.item) == list(range(n))
    assert found.deviations[9] > 1.5 * found.deviations[10]
    assert set(find_strangers(reconstruction, near).item[:5]) == set(range(5, 10))


def test_detail_is_what_changes_from_pixel_to_pixel() -> None:
    """A plain image has less than a smooth one, and that less than noise."""
    noise = np.random.default_rng(0).integers(0, 256, (1, 64, 48, 3), dtype=np.uint8)
    images = np.concatenate([np.zeros_like(noise), draw(1), noise])

    assert (np.diff(measure_detail(lambda ids: images[ids], 3)) > 0).all()


@pytest.mark.parametrize("items", [0, 1, 3])
def test_few_items_are_listed_all_the_same(items: int) -> None:
    """Nothing is divided by nothing."""
    found = find_strangers(np.ones(items), find_neighbours(np.ones((items, 2)), 10))

    assert sorted(found.item) == list(range(items))
    assert (found.deviations < 0.01).all()
