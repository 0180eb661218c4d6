"""What a person is told when a run is stopped: how to go on, and how to publish what there is."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from training.checkpoint import LAST
from training.interruption import Stopped, signal_of
from training.runs import RUN_FILE


@contextlib.contextmanager
def stopping(run: Path, again: str, publish: str) -> Iterator[None]:
    """Name two commands when what happens inside is stopped: to go on, and to publish at once.

    Raises:
        Stopped: In place of any KeyboardInterrupt, once there is a run in the folder.
    """
    try:
        yield
    except KeyboardInterrupt as stopped:
        if not (run / RUN_FILE).exists():
            raise
        raise Stopped(what_next(run, again, publish), signal_of(stopped), run) from stopped


def what_next(run: Path, again: str, publish: str) -> str:
    """Say what can be done with a stopped run; without a checkpoint there is nothing to publish."""
    if not (run / LAST).exists():
        return f"stopped before anything was learned; go on with: {again}"
    return (
        f"stopped and saved; go on with: {again}\n"
        f"  or publish what it has learned so far with: {publish}"
    )
