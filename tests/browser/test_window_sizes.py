"""Every size of window: a map to work with, whole tabs, nothing to scroll sideways."""

import pytest
from playwright.sync_api import FloatRect, Locator, ViewportSize, expect

from tests.browser.explorer_page import Atlas

SMALL = [(320, 480), (390, 480), (390, 500), (320, 256), (568, 320)]
LARGE = [(390, 844), (768, 1024), (1280, 720), (2560, 1440)]
PHONE: ViewportSize = {"width": 390, "height": 844}
PANELS = ["image", "path", "sample", "items", "diagnostics", "compare"]
CUT = """(width) => Array.from(document.querySelectorAll(".tabs button, .slider :is(input, span)"))
    .filter((e) => e.checkVisibility())
    .filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth
        || e.getBoundingClientRect().right > width)
    .map((e) => e.outerHTML)"""


def box_of(locator: Locator) -> FloatRect:
    """Return where an element is."""
    box = locator.bounding_box()
    assert box is not None
    return box


@pytest.mark.parametrize(("width", "height"), SMALL + LARGE)
def test_window_has_a_map_and_whole_tabs(atlas: Atlas, width: int, height: int) -> None:
    """The map has half of the height and all of its items in view; no text is cut."""
    atlas.page.set_viewport_size({"width": width, "height": height})
    atlas.open("#model=digits-z12")
    page = atlas.page

    box = box_of(page.locator("#map"))
    assert box["height"] >= height / 2
    assert box["width"] >= min(width, 600)
    assert atlas.numbers("view")[2] * 4 >= 60  # pixels that the chart takes
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(CUT, width) == []


@pytest.mark.parametrize(("width", "height"), SMALL)
def test_panels_of_a_small_window_open_and_close(atlas: Atlas, width: int, height: int) -> None:
    """A tab gives its panel room, nothing of it is too wide, and the same tab closes it."""
    atlas.page.set_viewport_size({"width": width, "height": height})
    atlas.open("#a=0.5,0.5&b=-1,0.25")
    panel = atlas.page.locator("#panel")
    expect(panel).to_be_hidden()

    for name in PANELS:
        atlas.panel(name)
        widths = panel.evaluate("(e) => [e.scrollWidth, e.clientWidth, e.clientHeight]")
        assert widths[0] <= widths[1], name
        assert widths[2] >= 100, name
        assert atlas.page.evaluate("document.documentElement.scrollWidth") <= width
    atlas.page.locator("#tab-compare").click()

    expect(panel).to_be_hidden()


def test_phone_shows_the_map_and_the_result_of_a_drawing(atlas: Atlas) -> None:
    """The map has two thirds of a phone until a panel is wanted; what is drawn is seen to land."""
    atlas.page.set_viewport_size(PHONE)
    atlas.open()
    assert box_of(atlas.page.locator("#map"))["height"] >= PHONE["height"] * 2 / 3

    atlas.panel("image")
    pad = box_of(atlas.page.locator(".pad"))
    atlas.page.mouse.move(pad["x"] + 60, pad["y"] + 20)
    atlas.page.mouse.down()
    atlas.page.mouse.move(pad["x"] + 60, pad["y"] + 100, steps=5)
    atlas.page.mouse.up()

    picture = atlas.page.get_by_role("img", name="The image, its reconstruction and the error")
    expect(picture).to_be_in_viewport(ratio=1)
    x, y = atlas.place(*atlas.z())
    map_box = box_of(atlas.page.locator("#map"))
    assert map_box["x"] < x < map_box["x"] + map_box["width"]
    assert map_box["y"] < y < map_box["y"] + map_box["height"]


def test_dot_that_is_tapped_is_in_view_beside_its_card(atlas: Atlas) -> None:
    """On a phone a tap on a dot opens the item's card, and the map keeps the dot in view."""
    atlas.page.set_viewport_size(PHONE)
    atlas.open()
    columns = "v1/models/digits-z2/points?plane=dims-0-1&columns=x,y&format=json"
    table = atlas.page.request.get(f"{atlas.url}{columns}").json()
    lowest = min(range(len(table["y"])), key=lambda i: table["y"][i])

    atlas.page.mouse.click(*atlas.place(table["x"][lowest], table["y"][lowest]))

    expect(atlas.page.locator(".picked h3")).to_be_in_viewport()
    atlas.settle()
    map_box = box_of(atlas.page.locator("#map"))
    assert map_box["y"] < atlas.place(*atlas.z())[1] < map_box["y"] + map_box["height"]
