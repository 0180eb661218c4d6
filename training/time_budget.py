"""A budget in minutes: how many steps a run may have, planned anew while it goes on."""

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any, Final

from training.config import TrainConfig
from training.publication_time import PublicationTime, slowness
from training.schedule import ending_at, last_step
from training.validation import has_stalled

MARGIN: Final = 0.03  # of the budget, for what no one foresees
PAUSE: Final = 0.02  # of the time left, between two looks at the clock
SHORTEST_PAUSE_S: Final = 1.0
CHANGE: Final = 0.03  # of the steps left, below which a plan stays
WHOLE: Final = 50  # epochs from which on a run ends with a whole one
WIND_DOWN: Final = 0.1  # of the steps behind, in which a stalled run comes to its end


class TimeBudget:
    """Looks at the clock now and then, and plans at which step a run ends.

    Everything from the process's start to the published model has to fit. How fast steps go is
    taken from the later half of the time so far, with all that happens between them.
    """

    def __init__(
        self,
        seconds: float,
        started: float,
        publication: PublicationTime,
        *,
        most_epochs: int | None = None,
        now: Callable[[], float] = time.monotonic,
        slowness: Callable[[], float] = slowness,
    ) -> None:
        """Take the budget, and what has to fit into it.

        Args:
            seconds: The budget.
            started: When it began, by `now`.
            publication: What happens after the training.
            most_epochs: More are not wanted, whatever the clock says.
            now: The clock; seconds.
            slowness: Measures by how much this machine is slower than a quiet one.
        """
        self.end = started + (1 - MARGIN) * seconds
        self.publication, self.most_epochs = publication, most_epochs
        self.built = 1.0
        """Seconds of processor time that the training step took to build."""
        self.stalled = False
        """Whether the run ends because held-back images gain nothing more."""
        self._now, self._slowness = now, slowness
        self._marks: list[tuple[float, int, float]] = []

    def plan(
        self,
        config: TrainConfig,
        done: int,
        epoch_steps: int,
        history: Sequence[dict[str, Any]] = (),
    ) -> TrainConfig:
        """Return the configuration with the run's new end, or the same one if it may stay.

        Args:
            config: As planned before.
            done: Steps that are behind.
            epoch_steps: Steps of an epoch.
            history: The log, where an epoch has just ended.
        """
        before = last_step(config, epoch_steps)
        if not self.stalled and has_stalled(config, history):
            self.stalled = True
            end = min(before, done + max(1, round(WIND_DOWN * done)))
        else:
            left = self._steps_left(done, config.batch_size)
            if left is None:
                return config
            end = self._last(done + left, done, epoch_steps)
            if self.stalled:
                end = min(end, before)
            if abs(end - before) <= CHANGE * (before - done):
                return config
        return config if end == before else ending_at(config, end, done, epoch_steps)

    def _last(self, end: int, done: int, epoch_steps: int) -> int:
        """Let a run of many epochs end with a whole one, and none have more than are wanted."""
        if end >= WHOLE * epoch_steps:
            end += -end % epoch_steps
        most = end if self.most_epochs is None else self.most_epochs * epoch_steps
        return max(done, min(end, most))

    def _steps_left(self, done: int, batch_size: int) -> int | None:
        """Return how many steps there is time for; None if the last look was a moment ago."""
        now = self._now()
        if self._marks and now - self._marks[-1][0] < self._pause(now):
            return None
        self._marks.append((now, done, self._slowness()))
        recent = self._recent(now)
        since, first, _ = recent[0]
        if done == first:
            return None  # nothing is known yet
        seconds = (now - since) / (done - first)
        slow = median(mark[2] for mark in recent)  # one measurement may be held up for long
        after = self.publication.seconds(seconds / batch_size, slow, self.built)
        return max(0, int((self.end - now - after) / seconds))

    def _pause(self, now: float) -> float:
        return max(SHORTEST_PAUSE_S, PAUSE * (self.end - now))

    def _recent(self, now: float) -> list[tuple[float, int, float]]:
        """Return the looks in the later half of the time so far, and the one before."""
        half = (self._marks[0][0] + now) / 2
        earlier = sum(mark[0] <= half for mark in self._marks)
        return self._marks[max(0, earlier - 1) :]
