"""Items with files and columns: coloured, filtered, found by name, and saved."""

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.explorer_page import Atlas, Errors
from tests.browser.filed_store import PLACES, path_of


def saved(atlas: Atlas) -> list[dict[str, str]]:
    """Save the current items as CSV and read the file."""
    with atlas.page.expect_download() as waiting:
        atlas.page.get_by_role("button", name="Save as CSV").click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
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
        ("weight", ["weight", "≤ 1", "≥ 147", "(0 to 148)"]),
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
