"""Items with files and columns: coloured, filtered, found by name, and saved."""

import csv
import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from models.items import Column, Item, write_items
from models.manifest import ITEM_TABLE_FILE, POINTS_FILE
from models.store import ModelId, Store
from tests.browser.explorer_page import Atlas, Errors
from tests.once import once
from tests.service_process import ServiceProcess, answers, wait_until

COLUMNS = (
    Column("weight", "number"),
    Column("place, long", "category"),
    Column("taken", "date"),
    Column("note", "text"),
)
PLACES = ("Rome", "Öland", "<b>Bern</b>")
NAME = "digits-z2"


def path_of(i: int) -> str:
    """Name an item's file."""
    return f"{'ab'[i % 2]}/<i>ü {i}.png"


@pytest.fixture(scope="module")
def store(tiny_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Publish the tiny model with files and columns of its items."""

    def write(root: Path) -> None:
        tiny, made = Store(tiny_store), Store(root)
        model = ModelId(NAME, 1)
        with made.stage(NAME) as stage:
            for path in tiny.folder(model).rglob("*"):
                if path.is_file() and path.name != ITEM_TABLE_FILE:
                    target = stage / path.relative_to(tiny.folder(model))
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(path.read_bytes())
            with np.load(stage / POINTS_FILE) as points:
                labels = points["label"].tolist()
            items = [
                Item(path_of(i), "train" if i % 3 else "test", label, 100 + i, 80, 1.0 + i, 2.0)
                for i, label in enumerate(labels)
            ]
            values = [
                (i / 2, PLACES[i % 3], f"2026-01-{1 + i % 28:02}", "note" if i % 5 else None)
                for i in range(len(labels))
            ]
            write_items(stage, items, COLUMNS, values)
            made.publish(stage, tiny.manifest(model))

    return once(tmp_path_factory, "filed-store", write)


@pytest.fixture(scope="module")
def server(store: Path) -> Iterator[ServiceProcess]:
    """Serve it."""
    server = ServiceProcess(store).start()
    wait_until(partial(answers, f"{server.url}v1/models/{NAME}"))
    yield server
    server.stop()


@pytest.fixture
def filed(page: Page, server: ServiceProcess) -> Atlas:
    """The explorer over these items; not opened yet."""
    return Atlas(page, server.url)


def saved(atlas: Atlas) -> list[dict[str, str]]:
    """Save the current items as CSV and read the file."""
    with atlas.page.expect_download() as waiting:
        atlas.page.get_by_role("button", name="Save as CSV").click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def condition(atlas: Atlas, column: str, operator: str, value: str) -> None:
    """Add a condition to the filter."""
    atlas.page.get_by_label("Column").select_option(column)
    atlas.page.get_by_label("Condition", exact=True).select_option(operator)
    atlas.page.get_by_label("Value").fill(value)
    atlas.page.get_by_role("button", name="Add", exact=True).click()


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ("weight", ["1147"]),
        ("taken", ["2026-01-01", "2026-01-28"]),
        ("place, long", ["Rome 99", "Öland 99", "<b>Bern</b> 99"]),
        ("split", ["train 198", "test 99"]),
    ],
)
def test_items_are_coloured_by_any_column(filed: Atlas, column: str, says: list[str]) -> None:
    """A number or date has a scale with its ends, a category its names and counts."""
    filed.open()
    filed.page.locator("summary").click()
    filed.page.get_by_label("Colour items by").select_option(column)
    for text in says:
        expect(filed.page.locator(".scale")).to_contain_text(text)
    assert filed.page.locator(".scale b").count() == 0


def test_filter_by_columns_and_its_address(filed: Atlas) -> None:
    """Conditions are those of the service, all must hold, and the address brings them back."""
    filed.open("#panel=items")
    condition(filed, "weight", "≥", "50")
    condition(filed, "place, long", "=", "Rome")
    heavy = sum(i >= 100 and i % 3 == 0 for i in range(297))
    filed.page.get_by_label("Split").select_option("test")
    expect(filed.page.locator("#status")).to_contain_text(f"{heavy} of 297 items shown")

    address = filed.page.evaluate("dispatchEvent(new Event('pagehide')), location.hash")
    filed.open(address)

    expect(filed.page.locator("#status")).to_contain_text(f"{heavy} of 297 items shown")
    assert {row["place, long"] for row in saved(filed)} == {"Rome"}


def test_a_condition_is_dropped(filed: Atlas) -> None:
    """Each condition is a button that drops it."""
    filed.open("#panel=items")
    condition(filed, "taken", "≤", "2026-01-05")
    some = f"{sum(i % 28 < 5 for i in range(297))} of 297 items shown"
    expect(filed.page.locator("#status")).to_contain_text(some)
    filed.page.get_by_role("button", name="Drop the condition taken<=2026-01-05").click()
    expect(filed.page.locator("#status")).to_contain_text("297 of 297 items shown")


def test_search_finds_files_and_saves_them(filed: Atlas) -> None:
    """A part of a path narrows the map, and the CSV has paths, columns and the whole z."""
    filed.open("#panel=items")
    filed.page.get_by_label("Search").fill("Ü 12")
    wanted = [i for i in range(297) if "ü 12" in path_of(i)]
    expect(filed.page.locator("#status")).to_contain_text(f"{len(wanted)} of 297 items shown")
    rows = saved(filed)
    assert [int(row["id"]) for row in rows] == wanted
    assert rows[0]["path"] == path_of(wanted[0])
    assert {"weight", "note", "z0", "z1"} <= set(rows[0])


def test_a_wrong_condition_is_explained(filed: Atlas, errors: Errors) -> None:
    """What the service refuses is said, and the items stay."""
    errors.allow("Failed to load resource")
    filed.open("#panel=items&filter=where%3Dhue%253D3")
    expect(filed.page.locator("#notice")).to_contain_text("hue")
    expect(filed.page.locator("#status")).to_contain_text("297 of 297 items shown")


def test_the_card_has_the_path_and_the_columns(filed: Atlas) -> None:
    """An item's card shows its file, ready to copy, and its columns as text."""
    filed.open("#panel=items")
    filed.page.get_by_label("Item", exact=True).fill("5")
    filed.page.get_by_role("button", name="Go to it", exact=True).click()
    filed.panel("point")
    path = filed.page.get_by_label("Path")
    expect(path).to_have_value(path_of(5))
    expect(filed.page.locator(".panel")).to_contain_text(PLACES[2])
    filed.page.get_by_role("button", name="Copy path").click()
    expect(filed.page.locator("#notice")).to_contain_text("clipboard")
    assert filed.page.evaluate("navigator.clipboard.readText()") == path_of(5)
