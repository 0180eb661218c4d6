"""From the training command to a running service, by way of a bucket: nothing else is shared."""

import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.s3_server import Bucket
from training.__main__ import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def address(bucket: Bucket, tiny_run: Path) -> Iterator[str]:
    """Export the trained run to the bucket; return the address of a process that serves it."""
    assert main(["export", str(tiny_run), "--store", bucket.url]) == 0
    env = {k: v for k, v in os.environ.items() if not k.startswith("ATLAS_")}
    env |= {"ATLAS_STORE": bucket.url, "ATLAS_PORT": "0", "ATLAS_RELOAD_SECONDS": "0.1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "app"], cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr
    address = ""
    for line in process.stderr:
        if "running on " in line:
            address = line.partition("running on ")[2].split()[0]
            break
    rest = threading.Thread(target=process.stderr.read, daemon=True)  # or the pipe fills up
    rest.start()
    yield address
    process.terminate()
    assert process.wait(30) == 0
    rest.join()
    process.stderr.close()


def wait_for(url: str, version: str) -> None:
    """Ask until a version of the model answers."""
    end = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.headers["x-model-version"] == version:
                    return
        except OSError:
            pass
        assert time.monotonic() < end, f"{version} is not served"


def test_from_training_to_serving(
    address: str, bucket: Bucket, tiny_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An export to the bucket is served with its pictures; the next one takes over."""
    url = f"{address}/v1/models/digits-z2/latent-grid?rows=2&columns=2"
    wait_for(url, "digits-z2@1")

    assert main(["export", str(tiny_run), "--store", bucket.url]) == 0
    assert f"published digits-z2@2 in {bucket.url}/digits-z2/2" in capsys.readouterr().out
    wait_for(url, "digits-z2@2")

    assert main(["verify", "digits-z2", "--store", bucket.url]) == 0
    assert "digits-z2@2 is sound" in capsys.readouterr().out


def test_a_bucket_that_is_not_there_is_told(
    bucket: Bucket, tiny_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An export to nowhere is one line and exit code 2."""
    nowhere = f"s3://{bucket.name}-not"
    assert main(["export", str(tiny_run), "--store", nowhere]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"training: {nowhere} cannot be used now: ")
    assert said.count("\n") == 1
