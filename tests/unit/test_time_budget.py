"""A budget in minutes: where a run ends, by a clock that the test moves."""

from collections.abc import Callable
from typing import Any

import pytest

from training.config import TrainConfig
from training.publication_time import PublicationTime
from training.schedule import last_step, share_behind
from training.time_budget import TimeBudget

BUDGET_S = 600.0
PUBLICATION = PublicationTime(measured=1000, items=1000, charted=1000)


class Machine:
    """Trains by a clock of its own, at a speed that may change."""

    def __init__(self, step_seconds: Callable[[float], float], slow: float = 1.0) -> None:
        """Take the seconds of a step at a time, and how slow everything else is."""
        self.now, self.step_seconds, self.slow = 20.0, step_seconds, slow
        self.config = TrainConfig(
            name="a", dataset="a", beta=1.0, epochs=400, batch_size=64, validation_items=10
        )

    def train(self, epoch_steps: int, closing: float = 0.5, most: int | None = None) -> int:
        """Train until the plan ends; return the steps."""
        budget = TimeBudget(
            BUDGET_S,
            0.0,
            PUBLICATION,
            most_epochs=most,
            now=lambda: self.now,
            slowness=lambda: self.slow,
        )
        done = 0
        while done < last_step(self.config, epoch_steps):
            self.now += self.step_seconds(self.now)
            done += 1
            if done % epoch_steps == 0:
                self.now += closing
            self.config = budget.plan(self.config, done, epoch_steps)
        self.now += closing
        return done

    def publish(self) -> None:
        """Let the time pass that publication takes."""
        self.now += PUBLICATION.seconds(self.step_seconds(self.now) / 64, self.slow, 1.0)


@pytest.mark.parametrize(
    "step_seconds",
    [
        lambda _: 0.01,
        lambda _: 0.1,
        lambda _: 3.0,
        lambda now: 0.1 if now < 200 else 0.3,  # the machine gets busy
        lambda now: 0.3 if now < 200 else 0.1,
        lambda now: 0.1 if now % 60 < 30 else 0.2,
        lambda now: 0.1 if now < 450 else 0.3,
    ],
)
@pytest.mark.parametrize("epoch_steps", [4, 50, 100_000])
def test_a_run_is_published_within_a_tenth_of_its_minutes(
    step_seconds: Callable[[float], float], epoch_steps: int
) -> None:
    """Quick or slow steps, other work that comes and goes, epochs of seconds and of hours."""
    machine = Machine(step_seconds)
    machine.train(epoch_steps)
    machine.publish()

    assert 0.9 * BUDGET_S <= machine.now <= 1.1 * BUDGET_S


def test_the_schedule_comes_to_its_end() -> None:
    """However often the plan has changed, at the last step all of the run is behind."""
    machine = Machine(lambda now: 0.1 if now < 300 else 0.25)
    done = machine.train(50)

    assert len(machine.config.pace) > 1
    assert share_behind(machine.config, done, 50) == 1
    assert machine.config.epochs == -(-done // 50)


def test_an_even_machine_needs_few_plans() -> None:
    """Where steps always take the same time, a configuration does not fill with plans."""
    machine = Machine(lambda _: 0.1)
    machine.train(50)

    assert len(machine.config.pace) <= 20


def test_a_slower_machine_is_given_longer_to_publish() -> None:
    """Publication takes longer where everything does, so that training ends sooner."""
    quick, slow = Machine(lambda _: 0.1), Machine(lambda _: 0.1, slow=5.0)
    quick.train(50)
    slow.train(50)

    assert slow.now < quick.now - 50


def test_no_more_epochs_than_are_wanted() -> None:
    """With a most, a run that needs less than its time ends with that epoch."""
    assert Machine(lambda _: 0.01).train(10, most=30) == 300


def test_a_budget_that_is_used_up_ends_the_run_at_the_first_look() -> None:
    """With no time left, training stops within moments, and has taken some steps."""
    machine = Machine(lambda _: 0.4)
    machine.now = 599.0
    done = machine.train(50)

    assert 0 < done < 10
    assert machine.config.epochs == 1


def log(losses: list[float], last_share: float) -> list[dict[str, Any]]:
    """Return the log of epochs that are spread evenly, with these validation losses."""
    return [
        {
            "epoch": epoch,
            "best_epoch": epoch,
            "share": last_share * epoch / len(losses),
            "validation_loss": loss,
        }
        for epoch, loss in enumerate(losses, 1)
    ]


@pytest.mark.parametrize(
    ("losses", "stalled"),
    [
        ([9, 8, 7, 6, 5], False),
        ([9, 5, 7, 7, 7], True),
        ([9, 8, 7, 5, 6], False),  # not for long enough
    ],
)
def test_a_run_that_gains_nothing_comes_to_its_end(losses: list[float], stalled: bool) -> None:
    """With no gain for 0.15 of the run, only a tenth of the steps behind follows."""
    machine = Machine(lambda _: 0.1)
    budget = TimeBudget(BUDGET_S, 0.0, PUBLICATION, now=lambda: 100.0, slowness=lambda: 1.0)

    planned = budget.plan(machine.config, 1000, 10, log(losses, 0.5))

    assert budget.stalled is stalled
    assert last_step(planned, 10) == (1100 if stalled else 4000)
    if stalled:
        assert share_behind(planned, 1050, 10) == pytest.approx((0.25 + 1) / 2)


def test_warm_up_is_not_taken_for_a_loss() -> None:
    """Before all of beta is there, a rising loss ends nothing."""
    machine = Machine(lambda _: 0.1)
    config = machine.config.model_copy(update={"warmup": "linear", "warmup_share": 0.5})
    budget = TimeBudget(BUDGET_S, 0.0, PUBLICATION, now=lambda: 100.0, slowness=lambda: 1.0)

    budget.plan(config, 1000, 10, log([5, 6, 7, 8, 9], 0.45))

    assert not budget.stalled
