"""Which package may import which, and the sizes that keep the code readable."""

import ast
import statistics
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = ("app", "models", "training")
# A node is a package of `app`, a module at its top, or one of the two other packages. It may
# import itself and what its row names.
MAY_IMPORT = {
    "models": "",
    "training": "models",
    "app.arrays": "",
    "app.background": "",
    "app.errors": "",
    "app.logs": "",
    "app.latent": "arrays errors models",
    "app.items": "arrays background errors latent models",
    "app.imaging": "arrays errors models",
    "app.engines": "arrays models",
    "app.settings": "engines",
    "app.server": "settings",
    "app.workers": "server settings",
    "app.metrics": "workers",
    "app.inference": (
        "arrays background engines errors items latent metrics models settings workers"
    ),
    "app.http": "arrays errors imaging inference items latent models server",
    "app.api": "arrays engines errors http imaging inference items latent models",
    "app.main": "api engines errors http imaging inference metrics models server settings workers",
    "app.__main__": "engines http logs main models server settings workers",
    "app.__init__": "",
}
# Libraries that only some modules may import.
ONLY_IN: dict[str, dict[str, set[str]]] = {
    "app": {
        "tensorflow": {"app.engines.tensorflow"},
        "openvino": {f"app.engines.openvino.{name}" for name in ("engine", "fold", "subpixel")},
        "uvicorn": {
            "app.main",
            *(
                f"app.server.{n}"
                for n in ("run", "graceful_shutdown", "client_limits", "connection")
            ),
        },
        "keras": set(),
        "tf_keras": set(),
        "sklearn": set(),
        "matplotlib": set(),
    },
    "training": {"starlette": set(), "fastapi": set(), "uvicorn": set()},
    "models": {
        "fsspec": {"models.open_store"},
        "PIL": {"models.preprocess", "models.image_file"},
        "tensorflow": set(),
        "keras": set(),
        "starlette": set(),
        "fastapi": set(),
        "uvicorn": set(),
    },
}
# What computes can be used, and tested, without a request.
WITHOUT_THE_WEB = (
    "models",
    "app.items",
    "app.latent",
    "app.imaging",
    "app.engines",
    "app.inference",
)
WEB = {"starlette", "fastapi", "uvicorn"}
MOST_LINES = 300
MEDIAN_LINES = 120
MOST_LINES_OF_A_FUNCTION = 50


def modules(package: str) -> dict[str, Path]:
    """Return a package's modules by their full names."""
    paths = sorted((ROOT / package).rglob("*.py"))
    return {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in paths}


MODULES = {name: path for package in PROJECT for name, path in modules(package).items()}


def imported(path: Path) -> Iterator[str]:
    """List the full names of what a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            below = [f"{node.module}.{alias.name}" for alias in node.names]
            found = [name for name in below if name in MODULES]
            yield from found or [node.module]


def node_of(module: str) -> str:
    """Return the row of `MAY_IMPORT` that a module belongs to."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "app" else parts[0]


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_its_package_may(module: str) -> None:
    """The table of packages holds for every import."""
    row = MAY_IMPORT[node_of(module)].split()
    allowed = {name if name in PROJECT else f"app.{name}" for name in row} | {node_of(module)}
    ours = {node_of(name) for name in imported(MODULES[module]) if name.split(".")[0] in PROJECT}
    assert ours <= allowed


def test_packages_import_each_other_in_one_direction() -> None:
    """The table itself has no circle."""
    below = {
        node: [name if name in PROJECT else f"app.{name}" for name in row.split()]
        for node, row in MAY_IMPORT.items()
    }
    assert list(TopologicalSorter(below).static_order())


@pytest.mark.parametrize("package", PROJECT)
def test_modules_import_each_other_in_one_direction(package: str) -> None:
    """No module imports itself by way of others."""
    below = {
        name: [other for other in imported(path) if other in MODULES]
        for name, path in modules(package).items()
    }
    assert list(TopologicalSorter(below).static_order())


def test_packages_of_training_import_each_other_in_one_direction() -> None:
    """Its packages and the modules at its top make no circle, each taken as one."""
    below: dict[str, set[str]] = {}
    for name, path in modules("training").items():
        node, *_ = name.removeprefix("training.").split(".")
        found = {other.split(".")[1] for other in imported(path) if other.startswith("training.")}
        below.setdefault(node, set()).update(found - {node})
    assert list(TopologicalSorter(below).static_order())


@pytest.mark.parametrize("package", ONLY_IN)
def test_few_modules_know_a_library(package: str) -> None:
    """What is optional, large or about to change is reached through one place."""
    for name, path in modules(package).items():
        roots = {library.partition(".")[0] for library in imported(path)}
        for library, where in ONLY_IN[package].items():
            assert library not in roots or name in where, name


@pytest.mark.parametrize("module", [m for m in MODULES if node_of(m) in WITHOUT_THE_WEB])
def test_what_computes_does_not_know_the_web(module: str) -> None:
    """It can be used, and tested, without a request."""
    assert not {name.partition(".")[0] for name in imported(MODULES[module])} & WEB


def test_a_file_is_one_idea() -> None:
    """No file is longer than one can hold in mind, and half are much shorter."""
    lengths = {name: len(path.read_text().splitlines()) for name, path in MODULES.items()}
    assert not [name for name, length in lengths.items() if length > MOST_LINES]
    assert statistics.median(lengths.values()) <= MEDIAN_LINES


@pytest.mark.parametrize("package", PROJECT)
def test_a_function_fits_a_screen(package: str) -> None:
    """No function is longer than a screen."""
    for path in modules(package).values():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                assert length <= MOST_LINES_OF_A_FUNCTION, f"{path}: {node.name} has {length} lines"
