"""Training in processes of their own, which a test may kill.

They are forked from a server that has TensorFlow imported already but has not used it, so that
each starts in a moment.
"""

import contextlib
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import MappingProxyType
from unittest.mock import patch

PATIENCE_S = 120


def train(
    arguments: Sequence[str], output: Path, checkpoint_s: float, environment: Mapping[str, str]
) -> None:
    """Run `python -m training …` with its output in a file (in the child)."""
    os.environ.update(environment)
    descriptor = os.open(output, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    from training import training_loop
    from training.__main__ import main

    with patch.object(training_loop, "CHECKPOINT_S", checkpoint_s):
        raise SystemExit(main(arguments))


@contextlib.contextmanager
def training(
    *arguments: object,
    output: Path,
    checkpoint_s: float = 60,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[ForkServerProcess]:
    """Start a child that trains; it is not left running."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # the server and its children inherit it
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["training.commands", "sklearn.datasets"])
    child = context.Process(
        target=train, args=([*map(str, arguments)], output, checkpoint_s, dict(environment))
    )
    child.start()
    try:
        yield child
    finally:
        child.kill()
        child.join()


def wait_until(child: ForkServerProcess, condition: Callable[[], bool]) -> bool:
    """Wait for a condition; return False if the child ended without it."""
    until = time.monotonic() + PATIENCE_S
    while not condition():
        if not child.is_alive():
            return condition()
        assert time.monotonic() < until, "the child neither came that far nor ended"
        time.sleep(0.001)
    return True


def finish(child: ForkServerProcess) -> int | None:
    """Wait for a child's end and return its exit code."""
    child.join(PATIENCE_S)
    return child.exitcode
