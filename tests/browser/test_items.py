"""The encoded items on the map: all of them, filtered, found, selected; with WebGL2 and without."""

import csv
import io
import random
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import FloatRect, Route, expect

from tests.browser.explorer_page import Atlas
from tests.service_process import wait_until

RENDERERS = ["webgl2", "2d"]
POINTS = "v1/models/digits-z2/points?format=json&columns=x,y,label,reconstruction"


def rows(atlas: Atlas) -> list[dict[str, float]]:
    """Read the items from the API."""
    found = atlas.page.request.get(f"{atlas.url}{POINTS}").json()
    columns = found.get("columns", found)
    names = ["x", "y", "label", "reconstruction"]
    return [
        dict(zip(names, row, strict=True)) for row in zip(*map(columns.get, names), strict=True)
    ]


def lonely(items: list[dict[str, float]], gap: float) -> list[int]:
    """Find the items that have no other within `gap` of the plane."""
    return [
        i
        for i, p in enumerate(items)
        if all(
            (p["x"] - q["x"]) ** 2 + (p["y"] - q["y"]) ** 2 > gap**2
            for j, q in enumerate(items)
            if j != i
        )
    ]


@pytest.mark.parametrize("renderer", RENDERERS)
def test_dots_lie_where_the_items_are_encoded(atlas: Atlas, renderer: str) -> None:
    """The screen is coloured at an item's place, and is not when its class is hidden."""
    atlas.open(f"#layers=items&view=0,0,150&renderer={renderer}")
    items = rows(atlas)
    inside = [i for i in lonely(items, 0.08) if max(abs(items[i]["x"]), abs(items[i]["y"])) < 1.5]
    item = items[inside[0]]
    x, y = atlas.place(item["x"], item["y"])
    around: FloatRect = {"x": x - 2, "y": y - 2, "width": 4, "height": 4}
    label = int(item["label"])

    def brightness() -> int:
        picture = Image.open(io.BytesIO(atlas.page.screenshot(clip=around)))
        return int(np.asarray(picture.convert("RGB")).max())

    shown = brightness()
    atlas.page.get_by_role("button", name=f"Show class {label},").click()
    expect(atlas.page.locator("#status")).not_to_contain_text(f"{len(items)} of")
    hidden = brightness()

    assert shown > 150
    assert hidden < 100


@pytest.mark.parametrize("renderer", RENDERERS)
def test_hover_shows_the_thumbnail_of_that_item(atlas: Atlas, renderer: str) -> None:
    """The thumbnail under the pointer is that item's own, also after a class is hidden."""
    atlas.open(f"#layers=items&view=0,0,150&renderer={renderer}")
    items = rows(atlas)
    picked = [i for i in lonely(items, 0.08) if max(abs(items[i]["x"]), abs(items[i]["y"])) < 2]
    chosen = random.Random(0).sample(picked, min(8, len(picked)))
    card = atlas.page.locator(".card img")

    def hover(ids: list[int]) -> list[str | None]:
        seen = []
        for i in ids:
            atlas.page.mouse.move(*atlas.place(items[i]["x"], items[i]["y"]))
            expect(card).to_have_attribute("data-id", str(i))
            seen.append(card.get_attribute("data-path"))
        return seen

    def address(i: int) -> str:
        return f"v1/models/digits-z2@1/items/{i}"

    assert hover(chosen) == [address(i) for i in chosen]
    atlas.page.get_by_role("button", name="Show class 0,").click()
    rest = [i for i in chosen if items[i]["label"] != 0]
    assert hover(rest) == [address(i) for i in rest]


def test_a_thumbnail_on_its_way_shows_no_other(atlas: Atlas) -> None:
    """Until an item's thumbnail has come, the card is empty: never another item's picture."""
    atlas.open("#layers=items&view=0,0,150")
    items = rows(atlas)
    inside = [i for i in lonely(items, 0.08) if max(abs(items[i]["x"]), abs(items[i]["y"])) < 2]
    first, second = inside[:2]
    card = atlas.page.locator(".card img")
    atlas.page.mouse.move(*atlas.place(items[first]["x"], items[first]["y"]))
    expect(card).to_have_attribute("src", re.compile("^blob:"))
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)  # Playwright takes no method of a built-in

    atlas.page.route(f"**/items/{second}", hold)

    atlas.page.mouse.move(*atlas.place(items[second]["x"], items[second]["y"]))

    expect(card).to_have_attribute("data-id", str(second))
    expect(card).not_to_have_attribute("src", re.compile("."))
    wait_until(lambda: bool(held))
    held[0].continue_()
    expect(card).to_have_attribute("src", re.compile("^blob:"))


def test_page_states_how_many_of_how_many(atlas: Atlas) -> None:
    """The number of items shown, and of all, is on the page and follows the filter."""
    atlas.open()
    items = rows(atlas)
    zeros = sum(item["label"] == 0 for item in items)
    status = atlas.page.locator("#status")
    expect(status).to_contain_text(f"{len(items)} of {len(items)} items shown")

    atlas.page.get_by_role("button", name="Show class 0,").click()

    expect(status).to_contain_text(f"{len(items) - zeros} of {len(items)} items shown")


def test_one_class_alone_is_shown_by_keys(atlas: Atlas) -> None:
    """Shift and Enter on a class hides all others, as a double click does."""
    atlas.open()
    fives = sum(item["label"] == 5 for item in rows(atlas))
    chip = atlas.page.get_by_role("button", name="Show class 5,")

    chip.focus()
    atlas.page.keyboard.press("Shift+Enter")

    expect(atlas.page.locator("#status")).to_contain_text(f"{fives} of ")
    expect(chip).to_have_attribute("aria-pressed", "true")


def test_nearest_items_are_those_of_the_service(atlas: Atlas) -> None:
    """The strip of neighbours holds the ids that the API names, in its order."""
    atlas.open("#z=0.5,0.25")
    answer = atlas.page.request.get(f"{atlas.url}v1/models/digits-z2/neighbours?z=0.5,0.25&k=8")
    wanted = [str(item["id"]) for item in answer.json()["items"]]

    thumbs = atlas.page.locator(".panel .thumb img")
    expect(thumbs).to_have_count(8)

    assert [thumb.get_attribute("data-id") for thumb in thumbs.all()] == wanted


def select_left(atlas: Atlas) -> None:
    """Draw a lasso around the left half of the plane."""
    atlas.page.get_by_role("button", name="Lasso").click()
    corners = [(0, -2.5), (0, 2.5), (-3, 2.5), (-3, -2.5)]
    places = [atlas.place(a, b) for a, b in corners]
    atlas.page.mouse.move(*places[0])
    atlas.page.mouse.down()
    for place in places[1:]:
        atlas.page.mouse.move(*place, steps=3)
    atlas.page.mouse.up()


@pytest.mark.parametrize("renderer", RENDERERS)
def test_lasso_selects_what_it_encloses(atlas: Atlas, renderer: str) -> None:
    """Exactly the items inside the drawn shape are selected, and the CSV holds them by id."""
    atlas.open(f"#panel=items&view=0,0,110&renderer={renderer}")
    items = rows(atlas)

    select_left(atlas)

    inside = {i for i, p in enumerate(items) if -3 < p["x"] < -0.02 and abs(p["y"]) < 2.48}
    edge = {i for i, p in enumerate(items) if abs(p["x"]) <= 0.02}
    with atlas.page.expect_download() as waiting:
        atlas.page.get_by_role("button", name="Save as CSV").click()
    table = list(csv.DictReader(io.StringIO(waiting.value.path().read_text("utf-8-sig"))))
    assert inside <= {int(row["id"]) for row in table} <= inside | edge
    for row in table:
        item = items[int(row["id"])]
        assert int(row["label"]) == item["label"]
        assert float(row["z0"]) == pytest.approx(item["x"], abs=1e-3)
        assert float(row["reconstruction"]) == pytest.approx(item["reconstruction"], rel=1e-3)


def test_selection_is_dropped_by_escape(atlas: Atlas) -> None:
    """Escape on the map drops the selection."""
    atlas.open("#panel=items")
    atlas.page.locator("#map").press("s")
    expect(atlas.page.locator("#status")).to_contain_text("selected")

    atlas.page.locator("#map").press("Escape")

    expect(atlas.page.locator("#status")).not_to_contain_text("selected")


def test_items_go_on_without_webgl_when_it_is_lost(atlas: Atlas) -> None:
    """When the browser takes the WebGL context away, the dots are drawn without it."""
    atlas.open("#layers=items&renderer=webgl2")
    lose = """() => {
        const gl = document.querySelector(".layer-items").getContext("webgl2");
        if (!gl) return false;
        gl.getExtension("WEBGL_lose_context").loseContext();
        return true;
    }"""

    assert atlas.page.evaluate(lose)

    drawn = """() => {
        const context = document.querySelector(".layer-items").getContext("2d");
        return Boolean(context) && context.getImageData(0, 0, 3000, 3000).data.some(Boolean);
    }"""
    wait_until(lambda: bool(atlas.page.evaluate(drawn)), seconds=10)


def test_items_can_be_coloured_by_error(atlas: Atlas) -> None:
    """Colouring by reconstruction error shows the range of the colours."""
    atlas.open()

    atlas.page.locator("summary").click()
    atlas.page.get_by_label("Colour items by").select_option("reconstruction")

    expect(atlas.page.locator(".scale")).to_be_visible()
    assert atlas.values()["colour"] == "reconstruction"
