"""A disk that stands still: what is served goes on, and the service can be ended."""

import os
import shutil
from pathlib import Path

from tests.service_process import BUNDLED_MODELS, ServiceProcess


def test_a_version_that_cannot_be_read_holds_up_nobody(tmp_path: Path) -> None:
    """While a read of the store blocks, answers are the same; SIGTERM ends it with 0."""
    shutil.copytree(BUNDLED_MODELS / "mnist-z2", tmp_path / "mnist-z2")
    stuck = tmp_path / "mnist-z2" / "2"
    path = "/v1/models/mnist-z2/sample?n=4"

    with ServiceProcess(tmp_path, reload_seconds=0.1) as served:
        before = served.get(path)
        stuck.mkdir()
        os.mkfifo(stuck / "manifest.json")  # opening it to read waits for a writer
        while b'"loading"' not in served.get("/v1/models"):
            pass
        assert served.get(path) == before
        served.get("/health/ready")
        assert served.stop() == 0
