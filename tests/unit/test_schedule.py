"""Warm-up, learning rate and the run's end, as functions of how much of the run is behind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.config import TrainConfig, load_config, make_config
from training.errors import ConfigInvalid
from training.schedule import ending_at, last_step, learning_rate, rise, share_behind

STEPS = 10  # of an epoch


def config(**changes: object) -> TrainConfig:
    """Return a configuration of ten epochs with some settings changed."""
    settings = {"name": "a", "dataset": "a", "beta": 1.0, "epochs": 10}
    return TrainConfig.model_validate(settings | changes)


@pytest.mark.parametrize(
    ("warmup", "risen"),
    [
        ("none", [1, 1, 1, 1, 1]),
        ("linear", [0.01, 0.25, 0.5, 1, 1]),
        ("cyclic", [0.01, 0.5, 1, 0.01, 0.5]),
    ],
)
def test_shape_of_warmup(warmup: str, risen: list[float]) -> None:
    """At 0, 1, 2, 4 and 5 epochs of a warm-up of 4: none, once, or again; never from nothing."""
    warming = config(warmup=warmup, warmup_epochs=4)

    assert [rise(warming, epoch, 0) for epoch in (0, 1, 2, 4, 5)] == pytest.approx(risen)


@given(st.floats(0, 1e4), st.sampled_from(["none", "linear", "cyclic"]), st.integers(1, 100))
def test_warmup_stays_between_nothing_and_all(epoch: float, warmup: str, length: int) -> None:
    """At no moment is beta gone or more than what was asked for."""
    assert 0.01 <= rise(config(warmup=warmup, warmup_epochs=length), epoch, 0) <= 1


@given(st.floats(0, 100), st.floats(0, 100), st.integers(1, 50))
def test_linear_warmup_only_rises(first: float, second: float, length: int) -> None:
    """A later moment never has a smaller weight."""
    warming = config(warmup="linear", warmup_epochs=length)

    earlier, later = sorted([first, second])
    assert rise(warming, earlier, 0) <= rise(warming, later, 0)


def test_a_share_of_the_run_may_be_warm_up() -> None:
    """With warmup_share the share counts, whatever the epoch."""
    warming = config(warmup="linear", warmup_share=0.2)

    risen = [rise(warming, 99, share) for share in (0, 0.05, 0.1, 0.2, 1)]
    assert risen == pytest.approx([0.01, 0.25, 0.5, 1, 1])


def test_without_a_clock_all_steps_count_the_same() -> None:
    """Of ten epochs of ten steps, step 30 has 0.3 behind it."""
    assert last_step(config(), STEPS) == 100
    assert [share_behind(config(), step, STEPS) for step in (0, 30, 100)] == [0, 0.3, 1]


def test_another_end_keeps_what_is_behind() -> None:
    """At step 50 of 100 the end becomes 60, then at 55 it becomes 75: half stays half."""
    shorter = ending_at(config(), 60, 50, STEPS)
    longer = ending_at(shorter, 75, 55, STEPS)

    assert (last_step(shorter, STEPS), shorter.epochs) == (60, 6)
    assert (last_step(longer, STEPS), longer.epochs) == (75, 8)  # the last in its middle
    shares = [share_behind(longer, step, STEPS) for step in (25, 50, 55, 65, 75)]
    assert shares == pytest.approx([0.25, 0.5, 0.75, 0.875, 1])


def test_a_run_may_end_where_it_stands() -> None:
    """When the time is up, what is left of the schedule is left out."""
    ended = ending_at(config(), 40, 40, STEPS)

    assert last_step(ended, STEPS) == 40
    assert share_behind(ended, 40, STEPS) == 0.4


def test_the_learning_rate_falls_by_a_cosine() -> None:
    """From all of it to half in the middle, and to nothing at the end; or it stays."""
    falling = config(learning_rate=0.1, learning_rate_decay="cosine")

    rates = [learning_rate(falling, share) for share in (0, 0.5, 1)]
    assert rates == pytest.approx([0.1, 0.05, 0])
    assert learning_rate(config(learning_rate=0.1), 0.5) == 0.1


def test_a_number_of_epochs_replaces_what_a_clock_had_planned() -> None:
    """`--set epochs=` of a configuration with a pace asks for evenly spread epochs."""
    clocked = ending_at(config(), 60, 50, STEPS).model_dump(mode="json")

    assert make_config(clocked).pace
    assert not make_config(clocked, ["epochs=20"]).pace


def test_a_pace_rises() -> None:
    """Steps out of order are refused by the setting's name."""
    with pytest.raises(ConfigInvalid, match="pace: steps must rise"):
        load_config("digits-z2", ["pace=[[20, 0.5], [10, 1.0]]"])
