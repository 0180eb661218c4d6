"""Batches: everything random in them comes from (seed, epoch, step) and nothing else."""

import contextlib
import itertools
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.batches import (
    binarise,
    cutmix,
    epoch_batches,
    make_batch,
    move,
    one_hot,
    steps_per_epoch,
)
from training.config import TrainConfig
from training.dataset import Split

ITEMS = 23


def config(**changes: Any) -> TrainConfig:
    """Return a configuration of batches of five, with some settings changed."""
    settings = {"name": "a", "dataset": "a", "beta": 1.0, "batch_size": 5, "latent_dim": 3}
    return TrainConfig.model_validate(settings | changes)


def split() -> Split:
    """Return 23 images of 4 x 6 pixels, each of another grey, the label its index."""
    grey = np.arange(ITEMS, dtype=np.uint8) * 11
    images = np.broadcast_to(grey[:, None, None, None], (ITEMS, 4, 6, 1)).copy()
    return Split(images, np.arange(ITEMS, dtype=np.int32))


def epoch(config: TrainConfig, number: int, first: int = 0) -> list[dict[str, Any]]:
    """Return the inputs of an epoch's batches, from a step on."""
    return [inputs for inputs, _ in epoch_batches(config, split(), ITEMS, number, first)]


def assert_equal(some: list[dict[str, Any]], others: list[dict[str, Any]]) -> None:
    """Compare batches bit for bit."""
    for one, other in zip(some, others, strict=True):
        assert one.keys() == other.keys()
        for key, array in one.items():
            np.testing.assert_array_equal(array, other[key], strict=True)


BINARISATIONS = pytest.mark.parametrize("binarisation", ["none", "static", "dynamic"])


@BINARISATIONS
def test_the_same_moment_is_the_same_batch(binarisation: str) -> None:
    """An epoch made twice is equal in every image, every noise and every pixel."""
    drawn = config(binarisation=binarisation, conditional=True)

    assert_equal(epoch(drawn, 3), epoch(drawn, 3))


@BINARISATIONS
@pytest.mark.parametrize("first", range(6))
def test_resuming_sees_what_was_left(binarisation: str, first: int) -> None:
    """An epoch taken up at a step yields the batches it would have yielded from there on."""
    drawn = config(binarisation=binarisation, conditional=True)

    assert_equal(epoch(drawn, 1, first), epoch(drawn, 1)[first:])


def test_epochs_and_seeds_differ() -> None:
    """Another epoch, or another seed, has another order and another noise."""
    for one, other in itertools.combinations(
        [epoch(config(seed=seed), number) for seed in (0, 1) for number in (0, 1)], 2
    ):
        assert any((a["x"] != b["x"]).any() for a, b in zip(one, other, strict=True))
        assert all((a["eps"] != b["eps"]).any() for a, b in zip(one, other, strict=True))


def test_steps_differ() -> None:
    """No two steps of an epoch share their noise."""
    noises = [inputs["eps"] for inputs in epoch(config(), 0)]

    assert len({noise[0].tobytes() for noise in noises}) == len(noises)


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(0, 9))
def test_an_epoch_has_every_image_once(batch_size: int, number: int) -> None:
    """Whatever the batch size, no image is left out or repeated; only the last batch is short."""
    batches = epoch(config(batch_size=batch_size, conditional=True), number)

    labels = np.concatenate([inputs["label"].argmax(axis=1) for inputs in batches])
    assert sorted(labels) == list(range(ITEMS))
    assert len(batches) == steps_per_epoch(ITEMS, batch_size)
    assert all(len(inputs["x"]) == batch_size for inputs in batches[:-1])


def test_images_and_labels_stay_together() -> None:
    """Shuffling moves an image's label along with it; x is the pixels in 0…1, and the target."""
    for inputs, target in epoch_batches(config(conditional=True), split(), ITEMS, 0):
        labels = inputs["label"].argmax(axis=1)
        np.testing.assert_allclose(inputs["x"][:, 0, 0, 0], labels * 11 / 255, rtol=1e-6)
        np.testing.assert_array_equal(inputs["x"], target)


def test_types_and_shapes() -> None:
    """Inputs are float32: x as the images, eps (n, latent_dim), label (n, classes)."""
    indices = np.array([4, 2])

    inputs, target = make_batch(config(conditional=True), split(), 30, indices, (0, 0))

    shapes = {key: (value.shape, value.dtype.name) for key, value in inputs.items()}
    assert shapes == {
        "x": ((2, 4, 6, 1), "float32"),
        "eps": ((2, 3), "float32"),
        "label": ((2, 30), "float32"),
    }
    assert target.shape == (2, 4, 6, 1)


def test_noise_is_standard_normal() -> None:
    """Eps has mean 0 and variance 1, within five standard errors."""
    inputs, _ = make_batch(config(latent_dim=4096), split(), 0, np.arange(ITEMS), (0, 0))
    n = inputs["eps"].size

    assert abs(inputs["eps"].mean()) < 5 / np.sqrt(n)
    assert abs(inputs["eps"].var() - 1) < 5 * np.sqrt(2 / n)


def test_static_binarisation_belongs_to_the_image() -> None:
    """An image is drawn once: the same in every epoch, at every place, in every company."""
    static = config(binarisation="static", conditional=True)
    seen: dict[int, bytes] = {}
    for inputs in epoch(static, 0) + epoch(static, 7):
        for x, label in zip(inputs["x"], inputs["label"].argmax(axis=1), strict=True):
            assert seen.setdefault(int(label), x.tobytes()) == x.tobytes()
    assert len(seen) == ITEMS
    grey = np.full((2, 4, 6, 1), 128, np.uint8)
    one, other = binarise(grey, "static", (0, 2, 0, 0), np.array([0, 1]))
    assert (one != other).any()


def test_dynamic_binarisation_is_drawn_anew() -> None:
    """The same image is drawn otherwise in another epoch and another step."""
    grey = np.full((5, 4, 6, 1), 128, np.uint8)
    draws = [
        binarise(grey, "dynamic", (0, 2, *moment), np.arange(5)).tobytes()
        for moment in itertools.product(range(3), range(3))
    ]

    assert len(set(draws)) == 9


@pytest.mark.parametrize("binarisation", ["static", "dynamic"])
def test_binarisation_draws_with_the_pixels_probability(binarisation: Any) -> None:
    """Pixels become 0 or 1, white as often as they are grey; black and white stay as they are."""
    images = np.repeat(np.array([0, 64, 255], np.uint8), 4000).reshape(3, 40, 100, 1)

    x = binarise(images, binarisation, (0, 2, 0, 0), np.arange(3))

    assert set(np.unique(x)) == {0, 1}
    assert x.dtype == np.float32
    assert not x[0].any()
    assert x[2].all()
    assert x[1].mean() == pytest.approx(64 / 255, abs=5 * np.sqrt(0.25 * 0.75 / 4000))


def test_one_hot() -> None:
    """A label is a row with a single one."""
    np.testing.assert_array_equal(
        one_hot(np.array([2, 0], np.int32), 3), np.array([[0, 0, 1], [1, 0, 0]], np.float32)
    )


class Unreadable:
    """Images of which none can be read."""

    shape = (ITEMS, 4, 6, 1)

    def __getitem__(self, _: Any) -> Any:
        raise OSError("gone")


def test_an_error_of_the_reader_is_the_trainers() -> None:
    """Images that vanish during an epoch stop it with their own error, not with silence."""
    gone = Split(Unreadable(), np.zeros(ITEMS, np.int32))

    with pytest.raises(OSError, match="gone"):
        list(epoch_batches(config(), gone, 0, 0))


@pytest.mark.parametrize("taken", [0, 1, 3, 5])
def test_an_epoch_left_early_leaves_no_thread(taken: int) -> None:
    """However many batches were taken, the reader ends with the iteration."""
    before = set(threading.enumerate())
    with contextlib.closing(epoch_batches(config(), split(), 0, 0)) as batches:
        for _ in range(taken):
            next(batches)
        readers = set(threading.enumerate()) - before
        for reader in readers:
            reader.join(timeout=0.2)  # it runs until it waits for us, or to its end

    for reader in readers:
        reader.join(timeout=5)
        assert not reader.is_alive()


def test_images_are_mirrored_and_moved_for_training_alone() -> None:
    """An epoch shows moved images, another in each epoch; a batch made to be measured does not."""
    drawn = np.random.default_rng(0).integers(0, 256, (ITEMS, 6, 6, 1), dtype=np.uint8)
    images = Split(drawn, np.zeros(ITEMS, np.int32))
    moving = config(flips=True, shifts=1, cutmix=0.5)

    first, second = (
        np.concatenate([x for _, x in epoch_batches(moving, images, 1, number)])
        for number in (0, 1)
    )
    still = make_batch(moving, images, 1, np.arange(ITEMS), (0, 0))[1]

    np.testing.assert_array_equal(still, drawn / np.float32(255))
    assert not np.array_equal(np.sort(first, axis=0), np.sort(second, axis=0))
    assert not np.array_equal(np.sort(first, axis=0), np.sort(still, axis=0))


def test_a_move_repeats_the_border() -> None:
    """Each image is itself, mirrored or not, moved by no more than told, its border repeated."""
    image = np.arange(9, dtype=np.uint8).reshape(1, 3, 3, 1)
    draw = np.random.default_rng(0)
    seen = {move(image, True, 1, draw).tobytes() for _ in range(300)}

    rows = [[0, 0, 1], [0, 1, 2], [1, 2, 2]]
    wanted = {
        np.ascontiguousarray(one[np.ix_(down, across)]).tobytes()
        for one in (image[0, :, :, 0], image[0, :, ::-1, 0])
        for down in rows
        for across in rows
    }
    assert seen == wanted


def test_rectangles_of_others_are_pasted() -> None:
    """A share of the images has one rectangle of another image of the batch; the rest is itself."""
    grey = np.arange(1, 201, dtype=np.uint8)
    images = np.broadcast_to(grey[:, None, None, None], (200, 16, 12, 1)).copy()

    mixed = cutmix(images, 0.5, np.random.default_rng(0))

    pasted = np.flatnonzero((mixed != images).any(axis=(1, 2, 3)))
    assert 70 < len(pasted) < 130
    for i in pasted:
        rows, columns = np.nonzero(mixed[i, :, :, 0] != grey[i])
        rectangle = mixed[i, rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        assert np.ptp(rectangle) == 0
        assert rectangle.size == len(rows)
        assert 4 <= rectangle.shape[0] <= 12
        assert 3 <= rectangle.shape[1] <= 9
    np.testing.assert_array_equal(images[:, 0, 0, 0], grey)
    assert cutmix(images, 0, np.random.default_rng(0)) is images
