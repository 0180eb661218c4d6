"""What takes long to make is made once, however many processes run the tests."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def once(factory: pytest.TempPathFactory, name: str, write: Callable[[Path], object]) -> Path:
    """Return a copy of the folder that `write` fills; the first process that asks has it filled."""
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # which all workers of a run have in common
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = base / f"{name}-made"
        if not made.exists():
            unfinished = factory.mktemp("unfinished") / name
            write(unfinished)
            unfinished.rename(made)
    return shutil.copytree(made, factory.mktemp(name) / name)
