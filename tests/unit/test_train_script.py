"""`scripts/train`, which `make train` and the container run: a configuration, or options alone."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("given", "run"),
    [
        ("", "-m training fit --export"),
        ("mnist-z2 --set beta=1", "-m training fit --export --config mnist-z2 --set beta=1"),
        ("--data photos", "-m training fit --export --data photos"),
        ("--resume runs/x", "-m training fit --export --resume runs/x"),
    ],
)
def test_it_trains_and_publishes(given: str, run: str, tmp_path: Path) -> None:
    """A first word without a hyphen is the configuration; without one, `fit` decides."""
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "$@"\n')
    python.chmod(0o755)

    done = subprocess.run(
        [ROOT / "scripts/train", *given.split()],
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        check=True,
        capture_output=True,
        text=True,
    )

    assert done.stdout.strip() == run
