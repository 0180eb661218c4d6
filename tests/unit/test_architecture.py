"""The rooms' arrows and the sizes that keep the code readable."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WEB = {"starlette", "fastapi", "uvicorn"}
FORBIDDEN = {
    "app": {"training", "keras", "tf_keras", "sklearn", "matplotlib"},
    "training": {"app", *WEB},
    "models": {"app", "training", "tensorflow", "keras", "numpy", *WEB},
}
ENGINES = {
    "tensorflow": ["app/savedmodel.py"],
    "openvino": ["app/folding.py", "app/openvino.py", "app/subpixels.py"],
}
OBJECT_STORES = {"fsspec", "s3fs", "gcsfs", "boto3", "botocore"}
MOST_LINES = 300
MEDIAN_LINES = 120
MOST_LINES_OF_A_FUNCTION = 50
# What of `app` knows nothing of HTTP or of the service around it.
PURE = ("latents", "planes", "png", "pictures", "golden", "points", "npy", "images")
OUTER = {"app.edge", "app.routes", "app.calls", "app.service", "app.main", *WEB}


def sources(room: str) -> list[Path]:
    """List a room's modules."""
    return sorted((ROOT / room).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """List the full names of what a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("room", FORBIDDEN)
def test_the_arrows(room: str) -> None:
    """No module of a room imports what the room must not know of."""
    for path in sources(room):
        roots = {name.partition(".")[0] for name in imported(path)}
        assert not roots & FORBIDDEN[room], path


@pytest.mark.parametrize("library", ENGINES)
def test_few_modules_know_an_engines_library(library: str) -> None:
    """The service reaches its engine through a protocol."""
    users = [
        path.relative_to(ROOT).as_posix()
        for path in sources("app")
        if any(name.partition(".")[0] == library for name in imported(path))
    ]
    assert users == ENGINES[library]


def test_one_module_knows_object_stores() -> None:
    """Without a URL, nothing of fsspec is imported, nor needed."""
    users = [
        path.relative_to(ROOT).as_posix()
        for room in FORBIDDEN
        for path in sources(room)
        if any(name.partition(".")[0] in OBJECT_STORES for name in imported(path))
    ]
    assert users == ["models/places.py"]


@pytest.mark.parametrize("module", PURE)
def test_the_inner_modules_do_not_know_the_service(module: str) -> None:
    """What computes can be used, and tested, without a request."""
    assert not set(imported(ROOT / "app" / f"{module}.py")) & OUTER


def test_a_file_is_one_idea() -> None:
    """No file is longer than one can hold in mind, and half are much shorter."""
    paths = [path for room in FORBIDDEN for path in sources(room)]
    lengths = {path: len(path.read_text().splitlines()) for path in paths}
    assert not [path for path, length in lengths.items() if length > MOST_LINES]
    assert statistics.median(lengths.values()) <= MEDIAN_LINES


@pytest.mark.parametrize("room", FORBIDDEN)
def test_a_function_fits_a_screen(room: str) -> None:
    """No function is longer than a screen."""
    for path in sources(room):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                assert length <= MOST_LINES_OF_A_FUNCTION, f"{path}: {node.name} has {length} lines"
