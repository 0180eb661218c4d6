"""Commands, ports and the compose project, for the tests with a real engine."""

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from tests.service_process import ROOT, free_port

WAIT_S: Final = 60
COMMAND_S: Final = 1800  # a first build downloads everything
DOCKER: Final = os.environ.get("DOCKER", "/usr/bin/docker")


def run(*command: str, variables: Mapping[str, str] | None = None, check: bool = True) -> str:
    """Run a command in the project's folder and return what it printed.

    Raises:
        AssertionError: It failed; the message is what it said.
    """
    environment = os.environ | {
        "DOCKER_BUILDKIT": "1",
        "COMPOSE_DOCKER_CLI_BUILD": "1",  # docker-compose 1.29 builds with the client on PATH
        "PATH": f"{Path(DOCKER).parent}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        command,
        check=False,
        cwd=ROOT,
        env=environment | dict(variables or {}),
        capture_output=True,
        text=True,
        timeout=COMMAND_S,
    )
    assert not check or done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"
    return done.stdout


def wait_until(true: Callable[[], bool], what: str) -> None:
    """Poll a condition."""
    until = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < until, f"not within {WAIT_S} s: {what}"
        time.sleep(0.1)


def get(url: str) -> Any:
    """Return a JSON answer, or nothing where there is none yet."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)
    except (OSError, ValueError):
        return None


class Project:
    """The compose file's services, under a name, ports and a store of their own."""

    def __init__(self, docker: str, store: Path) -> None:
        """Take the store that the services read and `train` writes."""
        v2 = subprocess.run([docker, "compose", "version"], check=False, capture_output=True)
        self.command = [docker, "compose"] if v2.returncode == 0 else ["docker-compose"]
        self.name = f"atlas-test-{os.getpid()}"
        self.ports = {"PORT": str(free_port()), "BALANCER_PORT": str(free_port())}
        self.variables = self.ports | {
            "STORE": str(store),
            "TRAIN_USER": f"{os.getuid()}:{os.getgid()}",
        }
        self.url = f"http://127.0.0.1:{self.ports['PORT']}"
        self.balancer = f"http://127.0.0.1:{self.ports['BALANCER_PORT']}"

    def __call__(self, *arguments: str) -> str:
        """Run compose."""
        return run(*self.command, "-p", self.name, *arguments, variables=self.variables)
