"""What README, ARCHITECTURE, CONTRIBUTING, CHANGELOG and docs/ say is true of the code."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import PREFIX, Settings
from tests.service_process import ROOT, free_port
from tests.unit.test_architecture import MAY_IMPORT

README = (ROOT / "README.md").read_text()
PROSE = {
    path.relative_to(ROOT).as_posix(): path.read_text()
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
}
TUTORIAL = "docs/tutorial.md"  # has a test of its own
PUBLISHED = "127.0.0.1:8000"
START_S = 300


def version() -> str:
    """Return the project's version."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])


def examples() -> list[str]:
    """Return the shell blocks of the documents that ask a running service."""
    text = "\n".join(text for name, text in PROSE.items() if name != TUTORIAL)
    found = re.findall(r"^```(?:sh|bash)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [block for block in found if "curl" in block and PUBLISHED in block]


@pytest.fixture(scope="module", name="address")
def _address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the bundled models on a free port; some examples want two dimensions."""
    port = free_port()
    log = tmp_path_factory.mktemp("served") / "log"
    with log.open("wb") as output:
        service = subprocess.Popen(
            [sys.executable, "-m", "app"],
            cwd=ROOT,
            env=os.environ | {"ATLAS_PORT": str(port), "ATLAS_DEFAULT_MODEL": "mnist-z2"},
            stdout=output,
            stderr=output,
        )
    try:
        wait_until_ready(service, f"127.0.0.1:{port}", log)
        yield f"127.0.0.1:{port}"
    finally:
        service.terminate()
        service.wait(START_S)


def wait_until_ready(service: subprocess.Popen[bytes], address: str, log: Path) -> None:
    """Poll the model that is loaded last; fail with the log where the service ends or hangs."""
    until = time.monotonic() + START_S
    while service.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://{address}/v1/models/mnist-z2"):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the service did not become ready:\n{log.read_text()}")


@pytest.mark.skipif(not shutil.which("curl"), reason="the examples use curl")
@pytest.mark.parametrize("block", examples())
def test_examples_run(block: str, address: str, tmp_path: Path) -> None:
    """An example of the documents, pasted into a shell, succeeds and leaves no empty file."""
    script = block.replace(PUBLISHED, address).replace("curl ", "curl --fail ")

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert all(path.stat().st_size for path in tmp_path.iterdir())


def test_readme_lists_every_setting() -> None:
    """The table of settings is the settings class: names, defaults, descriptions."""
    rows = [
        f"| `{PREFIX}{name.upper()}` | {default(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]

    assert "\n".join(rows) in README, "README's table should be:\n" + "\n".join(rows)


def test_training_lists_every_setting() -> None:
    """docs/training.md has the configuration's fields, defaults and docstrings; so has --help."""
    from training.config import TrainConfig
    from training.settings_help import settings, settings_help, settings_table

    table = settings_table()

    assert table in PROSE["docs/training.md"], f"docs/training.md should end in:\n{table}"
    assert [setting.name for setting in settings()] == [*TrainConfig.model_fields]
    for setting in settings():
        assert setting.text, f"{setting.name} has no docstring"
        assert f"\n  {setting.name} (default {setting.default})\n" in settings_help()


@pytest.mark.parametrize(
    "command",
    [
        "fit",
        "evaluate",
        "report",
        "export",
        "chart",
        "atlas",
        "sweep",
        "verify",
        "review",
        "compare",
    ],
)
def test_training_names_every_command(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command is in docs/training.md, and its help fits a terminal of 80 columns."""
    from training.arguments import parser

    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        parser().parse_args([command, "--help"])

    assert f"`{command}" in PROSE["docs/training.md"]
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


def default(value: object) -> str:
    """Write a setting's default as the table does."""
    return "none" if value in (None, "") else f"`{value}`"


def test_documents_name_endpoints_that_exist(address: str) -> None:
    """Every `METHOD path` of the documents is in the OpenAPI document."""
    with urllib.request.urlopen(f"http://{address}/openapi.json") as answer:
        paths = json.load(answer)["paths"]
    served = {
        (method.upper(), re.sub(r"{\w+}", "{}", path))
        for path, at in paths.items()
        for method in at
    }

    for document, text in PROSE.items():
        for method, path in re.findall(r"`(GET|POST) ([\w/{}.-]+)", text):
            full = path if path.startswith("/") else f"/v1/{path}"
            assert (method, re.sub(r"{\w+}", "{}", full)) in served, f"{document}: {method} {path}"


def test_documents_name_paths_that_exist() -> None:
    """A file or folder that ARCHITECTURE.md names is there, in the project or in an export."""
    roots = [ROOT, *ROOT.glob("models/exports/mnist-*/*")]
    named = re.findall(r"`(\.?[\w-]+(?:/[\w.-]*)+|[\w-]+\.\w+)`", PROSE["ARCHITECTURE.md"])
    named += re.findall(r"\bapp/\w+/\w+\.py\b", PROSE["ARCHITECTURE.md"])  # in the drawing

    elsewhere = {"items.sqlite"}  # of exports of one's own images
    missing = {path for path in named if not any((root / path).exists() for root in roots)}

    assert named
    assert missing == elsewhere


def test_documents_name_modules_that_exist() -> None:
    """Every path of the project and every benchmark that a document names is there."""
    folders = "app|benchmarks|deploy|docs|models|scripts|tests|training"
    for document, text in PROSE.items():
        paths = re.findall(rf"`((?:{folders})/[\w./-]*)`", text)
        modules = re.findall(r"python -m (benchmarks[.\w]*?)(?:\.NAME)?[ `\n]", text)
        paths += [module.replace(".", "/") for module in modules]
        missing = [p for p in paths if not ((ROOT / p).exists() or (ROOT / f"{p}.py").exists())]
        assert not missing, document


def test_architecture_has_the_table_of_imports() -> None:
    """ARCHITECTURE.md says which package may import which as the architecture test has it."""
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|$", PROSE["ARCHITECTURE.md"], re.MULTILINE)
    told = {name: set(re.findall(r"`(\w+)`", cell)) for name, cell in rows}

    assert told == {
        node.removeprefix("app."): set(row.split())
        for node, row in MAY_IMPORT.items()
        if node != "app.__init__"
    }


def test_documents_name_verbs_that_exist() -> None:
    """Every `make VERB` of the documents is a target of the Makefile."""
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))

    for document, text in PROSE.items():
        verbs = set(re.findall(r"(?:^|`|    |&& )make ([a-z-]+)", text, re.MULTILINE))
        assert verbs <= targets, document


def test_documents_name_tests_that_exist() -> None:
    """Every test file or folder that a command of the documents runs is there."""
    for document, text in PROSE.items():
        for path in re.findall(r"ARGS=(tests/[\w/.]+)", text):
            assert (ROOT / path).exists(), f"{document}: {path}"


def test_documents_link_to_what_exists() -> None:
    """A relative link or picture leads to a file of the project."""
    for document, text in PROSE.items():
        for link in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text):
            assert (ROOT / document).parent.joinpath(link).exists(), f"{document}: {link}"


def test_changelog_begins_with_this_version() -> None:
    """The newest released section of the changelog is the version of pyproject.toml."""
    sections = re.findall(r"^## (\S+)", PROSE["CHANGELOG.md"], re.MULTILINE)

    assert next(name for name in sections if name != "Unreleased") == version()


def test_images_carry_this_version() -> None:
    """The label of the container images is the version of pyproject.toml."""
    label = f'org.opencontainers.image.version="{version()}"'

    assert label in (ROOT / "Dockerfile").read_text()
