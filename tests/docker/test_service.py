"""The service in its container, asked from outside."""

import base64
import json
import os
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import sync_playwright

from tests.docker.containers import Project, get, run, wait_until
from tests.service_process import answers, free_port

# Runs beside the service, in its network: no proxy between them hides a lost connection.
LOAD: Final = (Path(__file__).parent / "load_generator.py").read_text()
Z: Final = {"z": [[0.0, 0.0], [1.0, -1.0]]}


def ask(url: str, body: Any = None) -> bytes:
    """GET a URL, or POST a JSON body to it."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read()


def calls(image: str) -> list[tuple[str, Any]]:
    """Return a request for every operation of the API, below the path of models."""
    images = {"images": [image]}
    charted = [("chart?u=0,0", None), ("chart/land", None), ("chart/sheet", None)]
    named = [(f"mnist-z2/{call}", body) for call, body in _flat_calls(images)]
    return named + [(f"mnist-z12/{call}", body) for call, body in [*charted, ("locate", images)]]


def _flat_calls(images: Any) -> list[tuple[str, Any]]:
    return [
        ("decode", Z),
        ("decode?z=0,0", None),
        ("encode", images),
        ("reconstruct", images),
        ("score", images),
        ("interpolate", Z),
        ("latent-grid?rows=3&columns=3", None),
        ("sample?n=4", None),
        ("traverse?steps=3", None),
        ("density?z=0,0", None),
        ("holes", None),
        ("points", None),
        ("items/0", None),
        ("items?limit=3", None),
        ("review/labels", None),
        ("neighbours?z=0,0", None),
        ("direction", {"from": {"labels": ["3"]}, "to": {"labels": ["8"]}}),
        ("planes/lda", None),
        ("tiles/dims-0-1/0/0/0", None),
    ]


def test_every_endpoint_answers(served: Project) -> None:
    """Every operation of the OpenAPI document gives a 200, and none is left out."""
    base = f"{served.url}/v1/models"
    for name in ("mnist-z2", "mnist-z12"):
        wait_until(partial(answers, f"{base}/{name}"), f"{name} is served")
    image = base64.b64encode(ask(f"{base}/mnist-z2/decode?z=0,0")).decode()
    names = {re.split(r"[/?]", call)[1] for call, _ in calls(image)}
    prefix = "/v1/models/{model}/"
    operations = {
        path.removeprefix(prefix).split("/")[0]
        for path in json.loads(ask(f"{served.url}/openapi.json"))["paths"]
        if path.startswith(prefix)
    }

    for call, body in calls(image):
        assert ask(f"{base}/{call}", body), call
    for page in ("/", "/docs", "/metrics", "/health/live", "/v1/models", "/v1/models/mnist-z12"):
        assert ask(served.url + page), page
    assert operations == names


def test_the_explorer_opens(served: Project) -> None:
    """A browser outside the container shows the explorer, without an error."""
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM"), args=["--no-sandbox"]
        )
        page = browser.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.goto(served.url, wait_until="networkidle")
        title = page.title()
        browser.close()

    assert "atlas" in title.lower()
    assert not errors


def test_it_is_closed(served: Project) -> None:
    """Process 1 is the service, as a user without any capability, on a read-only system."""
    script = "cat /proc/1/status; tr '\\0' ' ' < /proc/1/cmdline; touch /atlas/x 2>&1; true"
    said = served("exec", "-T", "app", "sh", "-c", script)

    assert re.search(r"^Uid:\s+65532\s", said, re.MULTILINE)
    assert re.search(r"^CapEff:\s+0+$", said, re.MULTILINE)
    assert re.search(r"^CapBnd:\s+0+$", said, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\s+1$", said, re.MULTILINE)
    assert "python -m app" in said
    assert "Read-only file system" in said


@pytest.fixture(name="container")
def _container(docker: str, image: str) -> Iterator[str]:
    """Start one container, as closed as can be, and wait until it is ready."""
    port = free_port()
    closed = ("--read-only", "--cap-drop", "ALL", "--user", "65532")
    identifier = run(docker, "run", "-d", *closed, "-p", f"127.0.0.1:{port}:8000", image).strip()
    try:
        model = f"http://127.0.0.1:{port}/v1/models/mnist-z2"
        wait_until(lambda: get(model) is not None, "the container serves")
        yield identifier
    finally:
        run(docker, "rm", "-f", identifier)


def test_sigterm_under_load_loses_nothing(docker: str, image: str, container: str) -> None:
    """After SIGTERM clients are answered and asked to leave; the exit status is 0."""
    beside = ("--network", f"container:{container}", "--entrypoint", "python")
    load = subprocess.Popen(
        [docker, "run", "--rm", "-i", *beside, image, "-c", LOAD],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert load.stdout
    assert load.stdout.readline() == "answering\n"

    run(docker, "kill", "--signal", "TERM", container)
    exit_status = run(docker, "wait", container).strip()
    statuses = json.loads(load.communicate()[0])

    assert exit_status == "0"
    assert statuses.keys() == {"200"}


def test_a_store_without_models_is_said(docker: str, image: str, tmp_path: Path) -> None:
    """A container with an empty store does not become ready, and lives to be given one."""
    port = free_port()
    tmp_path.chmod(0o755)
    mount = ("-v", f"{tmp_path}:/atlas/models/exports:ro")
    identifier = run(docker, "run", "-d", *mount, "-p", f"127.0.0.1:{port}:8000", image).strip()
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: get(f"{url}/health/live") is not None, "the container is alive")

        assert get(f"{url}/health/ready") is None
    finally:
        run(docker, "rm", "-f", identifier)
