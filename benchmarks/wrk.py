"""Load from wrk, a load generator in C: one thread, kept-alive connections."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

SCRIPT = Path(__file__).with_name("wrk.lua")


class Load(NamedTuple):
    """What a load gave."""

    rate: float
    """Requests per second."""
    p50: float
    """Milliseconds."""
    p99: float
    errors: int
    requests: int


def load(
    url: str, lines: Iterable[str], clients: int, seconds: float, content_type: str = ""
) -> Load:
    """Post bodies in hexadecimal to a URL, or without a content type get paths below it, in turn.

    Raises:
        SystemExit: There is no wrk.
    """
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing; on Debian and Ubuntu: apt-get install wrk")
    with tempfile.NamedTemporaryFile("w") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.flush()
        command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--latency", "-s", str(SCRIPT)]
        command += [url, "--", file.name, *([content_type] if content_type else [])]
        ended = subprocess.run(command, check=True, capture_output=True, text=True)
    told = json.loads(ended.stdout.splitlines()[-1])
    rate = told["requests"] / told.pop("seconds")
    return Load(rate=rate, **told)
