"""Two hundred classes, names of forty letters, a single item; more pictures, other orders."""

import json
import struct
from typing import Any

import numpy as np
from playwright.sync_api import Page, Route, expect

from tests.browser.explorer_page import Atlas

MODEL = "v1/models/digits-z2"
LONG_NAMES = [f"{k:03d}-{'abcdefghij' * 4}"[:40] for k in range(200)]
SIZES = {"uint8": 1, "uint16": 2, "float32": 4}


def change_points(page: Page, keep: int | None = None, classes: int | None = None) -> None:
    """Give the page the first items only, or other labels."""

    def change(route: Route) -> None:
        answer = route.fetch()
        body = answer.body()
        (length,) = struct.unpack("<I", body[:4])
        header = json.loads(body[4 : 4 + length])
        n, offset = header["n"], 4 + length
        rest = []
        for column in header["columns"]:
            size = SIZES[column["dtype"]]
            values = body[offset : offset + n * size]
            offset += n * size
            if column["name"] == "label" and classes:
                values = (np.arange(n) % classes).astype(column["dtype"]).tobytes()
            rest.append(values[: (keep or n) * size])
        header |= {"n": keep or n, "total": keep or n}
        text = json.dumps(header).encode()
        route.fulfill(response=answer, body=struct.pack("<I", len(text)) + text + b"".join(rest))

    page.route("**/points?*", change)


def name_classes(page: Page, names: list[str]) -> None:
    """Give the page's model other names of classes."""

    def change(route: Route) -> None:
        answer = route.fetch()
        described = answer.json()
        described["manifest"]["labels"] = names
        route.fulfill(response=answer, json=described)

    page.route(f"**/{MODEL}", change)


def open_many(atlas: Atlas) -> Atlas:
    """Open a map of two hundred classes with long names."""
    name_classes(atlas.page, LONG_NAMES)
    change_points(atlas.page, classes=200)
    return atlas.open()


def test_many_classes_take_a_line_and_are_found_by_name(atlas: Atlas) -> None:
    """The chips of 200 classes take one line; a search finds the rest, and no name is too wide."""
    open_many(atlas)
    chips = atlas.page.get_by_role("group", name="Classes shown")
    line = chips.bounding_box()
    assert line is not None
    assert line["height"] < 50

    atlas.page.get_by_label("Find a class").fill("199-")
    expect(chips.get_by_role("button", name="Show class")).to_have_count(1)
    chips.get_by_role("button", name="Show class 199-").click(modifiers=["Shift"])

    expect(atlas.page.locator("#status")).to_contain_text("1 of 297 items shown")
    widths = chips.locator(".name").evaluate_all("(all) => all.map((e) => e.offsetWidth)")
    assert max(widths) < 200


def test_colours_beyond_ten_differ_in_lightness(atlas: Atlas) -> None:
    """Of thirty classes no two have the same colour, and tens differ by more than hue."""
    atlas.open()

    colours: list[str] = atlas.page.evaluate(
        """async () => {
            const { classColour } = await import("./static/map/colours.js");
            return Array.from({ length: 30 }, (_, k) => classColour(k));
        }"""
    )

    light = [sum(int(one[k : k + 2], 16) for k in (1, 3, 5)) for one in colours]
    assert len(set(colours)) == 30
    assert all(light[k + 10] < light[k] < light[k + 20] for k in range(10))


def test_one_item_is_one(atlas: Atlas) -> None:
    """With a single item the page says "1 item", and no number is missing in any panel."""
    change_points(atlas.page, keep=1)
    atlas.open()
    expect(atlas.page.locator("#status")).to_contain_text("1 of 1 item shown")

    for name in ("items", "diagnostics", "sample", "point"):
        atlas.panel(name)
        expect(atlas.page.locator("body")).not_to_contain_text("NaN")
        assert "NaN" not in atlas.page.locator("#panel").inner_html()
        expect(atlas.page.locator("body")).not_to_contain_text("1 items")


def shown_ids(atlas: Atlas) -> list[int]:
    """Read the items that are pictured, in order."""
    ids: list[str] = atlas.page.locator(".thumbs .thumb img").evaluate_all(
        "(all) => all.map((e) => e.dataset.id)"
    )
    return [int(one) for one in ids]


def test_pictures_go_on_beyond_the_first_page(atlas: Atlas) -> None:
    """Sixty items are pictured, then sixty more, until all are."""
    atlas.open("#panel=items")
    thumbs = atlas.page.locator(".thumbs .thumb")
    expect(thumbs).to_have_count(60)

    for pictured in (120, 180, 240, 297):
        atlas.page.get_by_role("button", name="Show more").click()
        expect(thumbs).to_have_count(pictured)

    expect(atlas.page.get_by_role("button", name="Show more")).to_be_hidden()
    assert shown_ids(atlas) == list(range(297))


def test_items_are_sorted_by_figures_and_by_doubt(atlas: Atlas) -> None:
    """The greatest error, KL or norm comes first; or the label that neighbours contradict most."""
    atlas.open("#panel=items")
    path = f"{atlas.url}{MODEL}/points?plane=dims-0-1&columns=reconstruction,kl,norm&format=json"
    table: dict[str, Any] = atlas.page.request.get(path).json()
    doubtful = atlas.page.request.get(f"{atlas.url}{MODEL}/review/labels").json()["items"]
    order = atlas.page.get_by_label("Sort by")

    for key in ("reconstruction", "kl", "norm"):
        order.select_option(key)
        first = int(np.argmax(table[key]))
        expect(atlas.page.locator(".thumb img").first).to_have_attribute("data-id", str(first))
        figures = np.take(table[key], shown_ids(atlas))
        assert np.all(np.diff(figures) <= 1e-5)
    order.select_option("doubt")
    expected = str(doubtful[0]["id"] if doubtful else 0)
    expect(atlas.page.locator(".thumb img").first).to_have_attribute("data-id", expected)
