"""The panel Review: lists to look through, and what a person says of their entries."""

import csv
import io
from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.browser.explorer_page import Atlas
from tests.browser.filed_store import path_of

LABELS = "v1/models/digits-z2/review/labels"


def entries(atlas: Atlas) -> Locator:
    """The entries that are shown."""
    return atlas.page.locator(".reviewed:visible")


def listed(atlas: Atlas, name: str, limit: int) -> list[int]:
    """Ask the service for the ids of a list."""
    answer = atlas.page.request.get(
        f"{atlas.url}v1/models/digits-z2/review/{name}?limit={limit}"
    ).json()
    return [item["id"] for item in answer["items"]]


def shown(atlas: Atlas) -> list[int]:
    """Read the ids of the entries that are shown."""
    return [int(text) for text in entries(atlas).locator(".thumb span").all_inner_texts()]


def test_a_list_is_the_services_page_by_page(filed: Atlas) -> None:
    """The entries are those of the API in its order, and more come when asked for."""
    filed.open("#panel=review")
    expect(entries(filed)).to_have_count(20)
    filed.page.get_by_role("button", name="More").click()
    expect(entries(filed)).not_to_have_count(20)
    ids = shown(filed)
    assert ids == listed(filed, "labels", len(ids))


def test_another_list_is_chosen(filed: Atlas) -> None:
    """The worst reconstructed are listed with their error and path."""
    filed.open("#panel=review")
    filed.page.get_by_label("List").select_option("Badly reconstructed")
    expect(entries(filed).first).to_contain_text("reconstruction error")
    [worst] = listed(filed, "reconstructions", 1)
    expect(entries(filed).first).to_contain_text(path_of(worst))


def test_duplicates_are_listed_in_groups(filed: Atlas) -> None:
    """Two items of the same pixels are one group, the only one of these."""
    filed.open("#panel=review")
    filed.page.get_by_label("List").select_option("Near duplicates")
    expect(entries(filed)).to_have_count(2)
    assert sorted(shown(filed)) == [7, 70]
    expect(entries(filed).first).to_contain_text("100 % alike")


def test_verdicts_are_kept_and_saved(filed: Atlas) -> None:
    """Right, wrong and hide last over a reload, and the CSV has each with its path."""
    filed.open("#panel=review")
    expect(entries(filed)).to_have_count(20)
    first, second, third = shown(filed)[:3]
    for verdict, item in (("Right", first), ("Wrong", second), ("Hide", third)):
        filed.page.get_by_role("button", name=f"{verdict}: item {item}", exact=True).click()
    expect(entries(filed)).to_have_count(19)

    filed.page.reload()
    filed.settle()

    expect(entries(filed)).to_have_count(19)
    right = filed.page.get_by_role("button", name=f"Right: item {first}", exact=True)
    expect(right).to_have_attribute("aria-pressed", "true")
    with filed.page.expect_download() as waiting:
        filed.page.get_by_role("button", name="Save 3 verdicts as CSV").click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [(int(row["id"]), row["verdict"]) for row in rows] == [
        (first, "right"),
        (second, "wrong"),
        (third, "hide"),
    ]
    assert rows[0]["path"] == path_of(first)
    assert "neighbours say" in rows[0]["finding"]


def test_a_verdict_is_taken_back(filed: Atlas) -> None:
    """The same button a second time takes back what it said."""
    filed.open("#panel=review")
    button = entries(filed).first.get_by_role("button", name="Wrong:")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(filed.page.get_by_role("button", name="Save 0 verdicts as CSV")).to_be_disabled()
