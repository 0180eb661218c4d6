"""The commands of docs/tutorial.md, run in order: from nothing to images on a served map."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.service_process import ROOT, free_port

BLOCKS = re.findall(
    r"^```sh\n(.*?)^```", (ROOT / "docs/tutorial.md").read_text(), re.MULTILINE | re.DOTALL
)
QUICK = "--minutes 0.01"  # of training
START_S = 300


def checkout(folder: Path) -> Path:
    """Make a checkout of links in which the environments are this one and the store is empty."""
    (folder / "models/exports").mkdir(parents=True)
    (folder / "scripts").mkdir()
    (folder / ".venv").mkdir()
    for path in [ROOT / "Makefile", ROOT / "app", ROOT / "training"]:
        (folder / path.name).symlink_to(path)
    for path in [*ROOT.glob("models/*.py"), *ROOT.glob("scripts/*.py")]:
        (folder / path.relative_to(ROOT)).symlink_to(path)
    for name in ("app", "training"):
        (folder / ".venv" / name).symlink_to(sys.prefix)
    environment = folder / "scripts/environment"
    environment.write_text("#!/bin/sh\n")
    environment.chmod(0o755)
    return folder


@contextmanager
def started(block: str, folder: Path, port: int) -> Iterator[None]:
    """Run a block that trains and then serves, until its service answers; end it afterwards."""
    log = folder / "log"
    # A suite that `make` runs inherits that make's own variables, which outrank these.
    clean = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["bash", "-euc", block],
            cwd=folder,
            env=clean | {"ATLAS_PORT": str(port)},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        until = time.monotonic() + START_S
        while not answers(f"http://127.0.0.1:{port}/health/ready"):
            if process.poll() is not None or time.monotonic() > until:
                pytest.fail(f"the map was not served:\n{log.read_text()}")
            time.sleep(0.1)
        yield
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(START_S)


def answers(url: str) -> bool:
    """Say whether a URL is answered with success."""
    try:
        with urllib.request.urlopen(url):
            return True
    except OSError:
        return False


def test_the_tutorial_leads_to_a_served_map(tmp_path: Path) -> None:
    """Its commands draw images, train a model of them, and get pictures from its service."""
    draw, make, ask = BLOCKS
    folder, port = checkout(tmp_path / "vae-atlas"), free_port()

    subprocess.run(["bash", "-euc", draw], cwd=folder, check=True)
    with started(make.replace('ARGS="', f'ARGS="{QUICK} '), folder, port):
        local = ask.replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace("curl ", "curl --fail ")
        subprocess.run(["bash", "-euo", "pipefail", "-c", local], cwd=folder, check=True)
        *_, last = (folder / "log").read_text().splitlines()
        assert f"the map is ready: http://127.0.0.1:{port}" in last

    pictures = [path.read_bytes() for path in folder.glob("*.png")]
    assert pictures
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
