"""What is in the image of the service, and what is not."""

import json
from typing import Any

import pytest

from tests.docker.containers import run

LARGEST_BYTES = 1_500_000_000


@pytest.fixture(scope="module", name="about")
def _about(docker: str, image: str) -> dict[str, Any]:
    """Inspect the image."""
    return json.loads(run(docker, "image", "inspect", image))[0]


def inside(docker: str, image: str, script: str) -> str:
    """Run a shell script in a fresh container, as the image's user."""
    return run(docker, "run", "--rm", "--entrypoint", "sh", image, "-c", script)


def test_it_is_small(about: dict[str, Any]) -> None:
    """The image is under 1.5 GB, uncompressed."""
    assert about["Size"] < LARGEST_BYTES


def test_it_runs_as_nobody(about: dict[str, Any]) -> None:
    """The user is a number that Kubernetes can check, and not root."""
    assert about["Config"]["User"] == "65532:65532"


def test_it_says_what_it_is(about: dict[str, Any]) -> None:
    """The image has OCI labels, a health check and the service as its first process."""
    config = about["Config"]

    assert {f"org.opencontainers.image.{label}" for label in ("title", "version", "licenses")} <= (
        config["Labels"].keys()
    )
    assert "healthy.py" in config["Healthcheck"]["Test"][-1]
    assert config["Entrypoint"] == ["python", "-m", "app"]


def test_it_holds_no_training_and_no_tools(docker: str, image: str) -> None:
    """No training package, compiler, uv or download cache is in the image."""
    found = inside(
        docker,
        image,
        "command -v cc gcc strip uv; ls -d /uv /cache /build /atlas/training 2>/dev/null; "
        "ls -d /venv/lib/python3*/site-packages/sklearn "
        "/venv/lib/python3*/site-packages/matplotlib 2>/dev/null; true",
    )

    assert found == ""


def test_no_secret_is_in_a_layer(docker: str, image: str) -> None:
    """Neither a registry's configuration nor a build's command with an address was kept."""
    files = inside(docker, image, "ls /etc/pip.conf /etc/uv/uv.toml 2>/dev/null; true")
    history = run(docker, "history", "--no-trunc", "--format", "{{.CreatedBy}}", image)

    assert files == ""
    assert "://" not in history


def test_it_cannot_write_its_own_code(docker: str, image: str) -> None:
    """The service's user owns nothing under /atlas and /venv."""
    owned = inside(
        docker, image, "find /atlas /venv -user 65532 -print -quit; test ! -w /atlas/app"
    )

    assert owned == ""
