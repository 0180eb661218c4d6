"""The page's modules: which folder may import which, and no circles."""

import re
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final

import pytest

PAGE: Final = Path(__file__).parents[2] / "app" / "static"
MODULES: Final = sorted([*PAGE.rglob("*.js"), *PAGE.rglob("*.d.ts")])
# Which folders a module of a folder may import from, beside its own; "" is the page's top.
MAY_IMPORT: Final = {
    "data": set[str](),
    "map": {"data"},
    "ui": {"data", "map"},
    "panels": {"data", "map", "ui"},
    "": {"data", "map", "ui", "panels"},
}
IMPORT: Final = re.compile(r"""(?:\bfrom|\bimport|\bimport\()\s*["']([^"']+)["']""")


def _imports(module: Path) -> list[Path]:
    names = IMPORT.findall(module.read_text())
    return [(module.parent / name).resolve() for name in names]


def _folder(module: Path) -> str:
    return "/".join(module.relative_to(PAGE).parts[:-1])


def _name(module: Path) -> str:
    return str(module.relative_to(PAGE))


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_module_imports_only_from_the_folders_below_its_own(module: Path) -> None:
    """Every import, dynamic ones too, is of a file of the page that the folder may import."""
    allowed = MAY_IMPORT[_folder(module)] | {_folder(module)}

    assert all(found.is_file() for found in _imports(module))
    assert {_folder(found) for found in _imports(module)} <= allowed


def test_no_module_imports_itself_through_others() -> None:
    """The imports have no circle."""
    order = TopologicalSorter({module: _imports(module) for module in MODULES}).static_order()

    assert set(order) == set(MODULES)


def test_every_module_is_reached_from_the_first() -> None:
    """No module lies unused: the page's HTML and the imports from main.js lead to each."""
    reached: set[Path] = set()
    ahead = [PAGE / "main.js"]
    while ahead:
        module = ahead.pop()
        reached.add(module)
        ahead += [found for found in _imports(module) if found not in reached]

    assert reached == set(MODULES)
