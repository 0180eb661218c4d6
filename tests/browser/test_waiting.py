"""Waiting: the page says what it waits for, and never shows the picture of one place at another."""

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page, Route, expect

from tests.browser.explorer_page import Atlas, Errors


class Held:
    """Requests that are held back until they are let go."""

    def __init__(self, page: Page, pattern: str | re.Pattern[str]) -> None:
        self.routes: list[Route] = []
        self.free = False
        page.route(pattern, self._meet)

    def _meet(self, route: Route) -> None:
        if self.free:
            route.continue_()
        else:
            self.routes.append(route)

    def let_go(self) -> None:
        """Answer them, and all that come."""
        self.free = True
        for route in self.routes:
            with suppress(Error):  # of requests that the page has given up
                route.continue_()


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("**/v1/models", "Loading the model"),
        (re.compile("/tiles/"), "Loading the pictures"),
        (re.compile("/points[?]"), "Loading the places"),
    ],
)
def test_start_says_what_it_waits_for(
    atlas: Atlas, pattern: str | re.Pattern[str], says: str
) -> None:
    """While the model, its pictures or its items are on their way, the page says which."""
    held = Held(atlas.page, pattern)
    atlas.page.goto(atlas.url)
    notice = atlas.page.locator("#notice")

    expect(notice).to_contain_text(says)
    held.let_go()

    atlas.settle()
    expect(notice).to_be_empty()


def test_pictures_that_do_not_come_are_awaited_in_words(atlas: Atlas) -> None:
    """Where the map was moved to, it says that pictures are missing until they are there."""
    atlas.open()
    held = Held(atlas.page, re.compile("/tiles/"))
    for _ in range(3):
        atlas.page.locator("#map").press("+")

    expect(atlas.page.locator("#notice")).to_contain_text("Waiting for the pictures")
    held.let_go()

    expect(atlas.page.locator("#notice")).to_be_empty()


def test_old_picture_is_marked_at_a_new_place(atlas: Atlas) -> None:
    """Until the point's picture is there, the one before is faded."""
    atlas.open("#z=0,0.5")
    picture = atlas.page.locator("#panel canvas.picture")
    expect(picture).to_have_attribute("data-z", "0,0.5")
    held = Held(atlas.page, "**/decode")

    atlas.page.get_by_role("slider", name="z0").fill("2")
    expect(picture).to_have_class(re.compile("late"))
    held.let_go()

    expect(picture).to_have_attribute("data-z", "2,0.5")
    expect(picture).not_to_have_class(re.compile("late"))


def test_panel_whose_code_does_not_come_says_so_and_comes_later(
    atlas: Atlas, errors: Errors
) -> None:
    """The page goes on, says that the panel is missing, and opens it once it can be had."""
    atlas.open()
    atlas.page.route("**/panels/path.js", lambda route: route.abort())
    atlas.page.locator("#tab-path").click()
    expect(atlas.page.locator("#panel").get_by_role("alert")).to_contain_text("has not come")

    atlas.page.unroute("**/panels/path.js")

    atlas.page.locator(".panel[data-panel=path]").wait_for()
    errors.allow("Failed to load resource")


def test_panel_opens_at_its_top(atlas: Atlas) -> None:
    """However far one has scrolled in another panel."""
    atlas.open("#panel=diagnostics")
    panel = atlas.page.locator("#panel")
    panel.get_by_text("The hardest items").scroll_into_view_if_needed()
    assert panel.evaluate("(e) => e.scrollTop") > 0

    atlas.panel("sample")

    assert panel.evaluate("(e) => e.scrollTop") == 0


def test_hover_card_goes_when_the_map_moves(atlas: Atlas) -> None:
    """The item that the card tells of is elsewhere then."""
    atlas.open("#view=0,0,150")
    path = "v1/models/digits-z2/points?plane=dims-0-1&columns=x,y&format=json"
    table = atlas.page.request.get(f"{atlas.url}{path}").json()
    atlas.page.mouse.move(*atlas.place(table["x"][0], table["y"][0]))
    card = atlas.page.locator(".card")
    expect(card).to_be_visible()

    atlas.page.mouse.wheel(0, -120)

    expect(card).to_be_hidden()


def test_warning_goes_with_the_next_press(atlas: Atlas) -> None:
    """What was refused is no longer said once something else is done."""
    atlas.open("#panel=items")
    atlas.page.get_by_role("spinbutton", name="Item").fill("9999")
    atlas.page.get_by_role("button", name="Go to it", exact=True).click()
    notice = atlas.page.locator("#notice")
    expect(notice).to_contain_text("numbered 0 to")
    atlas.page.wait_for_timeout(1100)  # it stays for a second at least

    atlas.page.locator("#tab-point").click()

    expect(notice).to_be_empty()
