"""The project's version is that of pyproject.toml, wherever else it must be written."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("app/main.py", r'^VERSION: Final = "(.*)"$'),
        ("Dockerfile", r'org\.opencontainers\.image\.version="(.*?)"'),
        ("deploy/kubernetes.yaml", r"image: vae-atlas:(.*)$"),
        ("CHANGELOG.md", r"^## (\d.*)$"),
    ],
)
def test_every_file_states_the_same_version(path: str, pattern: str) -> None:
    """The first mention in each file is the version of pyproject.toml."""
    found = re.search(pattern, (ROOT / path).read_text(), re.MULTILINE)

    assert found
    assert found[1] == VERSION
