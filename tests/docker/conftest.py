"""The container images and compose file under a real engine. Run by `make docker-test`."""

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.docker.containers import DOCKER, Project, run, wait_until
from tests.service_process import ROOT

collect_ignore_glob = [] if os.environ.get("DOCKER_TEST") else ["*"]


@pytest.fixture(scope="session", name="docker")
def _docker() -> str:
    """Give the docker client."""
    return DOCKER


@pytest.fixture(scope="session", name="image")
def _image(docker: str) -> str:
    """Build the image of the service."""
    run(docker, "build", "--target", "app", "--tag", "vae-atlas", ".")
    return "vae-atlas"


@pytest.fixture(scope="session", name="project")
def _project(docker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Give the project with a copy of the bundled models; everything is removed at the end."""
    store = tmp_path_factory.mktemp("compose") / "store"
    for bundled in ("mnist-z2", "mnist-z12"):
        shutil.copytree(ROOT / "models/exports" / bundled, store / bundled)
    for folder in [store, *store.parents[:2]]:
        folder.chmod(0o755)  # the service reads it as another user
    project = Project(docker, store)
    try:
        yield project
    finally:
        profiles = ("--profile", "train", "--profile", "scale")
        project(*profiles, "down", "--volumes", "--remove-orphans")


@pytest.fixture(scope="session", name="served")
def _served(docker: str, project: Project) -> Project:
    """Start the service as `docker compose up` does, and wait until it is healthy.

    Compose builds an image only if there is none: one of an earlier state of the code would do.
    """
    project("--profile", "train", "build", "app", "train")
    project("up", "-d", "app")
    container = project("ps", "-q", "app").strip()

    def healthy() -> bool:
        state = run(docker, "inspect", "-f", "{{.State.Health.Status}}", container)
        return state.strip() == "healthy"

    wait_until(healthy, "the service is healthy")
    return project
