"""Directions from one set of items to another: found on the page, and moved along."""

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.explorer_page import Atlas, Errors

FIND = "Find the direction"
LEFT = "lasso=0,-9,0,9,-9,9,-9,-9"  # of dims-0-1


@pytest.fixture
def panel(atlas: Atlas) -> Atlas:
    """The panel, with classes 3 and 8 chosen."""
    return with_classes(atlas.open("#panel=directions"), "3", "8")


def with_classes(atlas: Atlas, start: str, to: str) -> Atlas:
    """Choose a class for either side."""
    atlas.page.get_by_label("From: a class").select_option(label=start)
    atlas.page.get_by_label("To: a class").select_option(label=to)
    return atlas


def press(atlas: Atlas, name: str) -> None:
    """Press a button."""
    atlas.page.get_by_role("button", name=name, exact=True).click()


def answer(atlas: Atlas, model: str, **sets: Any) -> Any:
    """Ask the service for a direction."""
    path = f"{atlas.url}v1/models/{model}/direction"
    return atlas.page.request.post(path, data=sets).json()


def named(atlas: Atlas) -> list[str]:
    """Return the ids of the directions in the address."""
    return re.findall("v-[^,;]+", atlas.values()["directions"])


def sent(atlas: Atlas) -> Any:
    """Press the button, and return the two sets that are sent."""
    with atlas.page.expect_request("**/direction") as waiting:
        press(atlas, FIND)
    return waiting.value.post_data_json


def test_direction_between_two_classes(panel: Atlas) -> None:
    """It is the service's own, and its held-out AUC is told in words."""
    found = answer(panel, "digits-z2", **{"from": {"labels": ["3"]}, "to": {"labels": ["8"]}})
    press(panel, FIND)

    text = f"apart in {int(100 * found['auc'])} of 100 pairs, on images it was not fitted to"
    expect(panel.page.locator(".panel")).to_contain_text(text)
    assert named(panel) == [found["id"]]


def test_slider_moves_the_point_along_it_alone(panel: Atlas) -> None:
    """What lies across the direction stays, and the picture is that of the point."""
    press(panel, FIND)
    slider = panel.page.get_by_label("From 3 to 8", exact=True)
    before = np.array(panel.z())
    slider.press("End")
    moved = np.array(panel.z()) - before
    panel.page.locator("button", has_text=re.compile("^8$")).last.click()
    at_eight = np.array(panel.z())

    found = answer(panel, "digits-z2", **{"from": {"labels": ["3"]}, "to": {"labels": ["8"]}})
    vector = np.array(found["direction"])
    half = (found["high"] - found["low"]) / 2
    assert moved - (moved @ vector) * vector == pytest.approx([0, 0], abs=1e-5)
    assert (before + moved) @ vector == pytest.approx(found["high"] + half, abs=0.02)
    assert at_eight @ vector == pytest.approx(found["high"], abs=1e-4)
    shown = ",".join(f"{value:.4f}" for value in at_eight)
    picture = panel.page.locator(".panel canvas")
    expect(picture).to_have_attribute("data-z", re.compile(shown[:6]))


def test_strip_can_be_copied(panel: Atlas) -> None:
    """The strip is a traverse of the service along the direction, which the copy asks for again."""
    press(panel, FIND)
    strip = panel.page.get_by_alt_text("Images along the direction")
    expect(strip).to_have_attribute("src", re.compile("blob:"))
    assert strip.evaluate("image => image.decode().then(() => image.naturalWidth)") == 9 * 8

    panel.page.get_by_role("button", name="Copy as curl").last.click()
    expect(panel.page.locator("#notice")).to_contain_text("clipboard")

    copied = panel.page.evaluate("navigator.clipboard.readText()")
    path = re.search(r"'(http[^']*traverse\?direction=v-[^']*)'", copied)
    assert path is not None
    assert panel.page.request.get(path[1]).ok


def test_link_brings_it_back_and_another_model_drops_it(panel: Atlas) -> None:
    """The address holds the direction, its range and its figures."""
    press(panel, FIND)
    words = panel.page.get_by_text("of 100 pairs")
    expect(words).to_have_count(1)
    text = words.inner_text()
    address = panel.page.evaluate("dispatchEvent(new Event('pagehide')), location.hash")

    panel.open(address)
    expect(words).to_have_text(text)
    expect(panel.page.get_by_label("From 3 to 8", exact=True)).to_be_visible()

    panel.page.get_by_label("Model", exact=True).select_option("digits-z12")
    panel.settle()
    expect(words).to_have_count(0)
    assert "directions" not in panel.values()


def test_second_direction_at_right_angles(atlas: Atlas) -> None:
    """It leaves alone what the first one changes; each can be dropped."""
    atlas.open("#model=digits-z12&panel=directions")
    press(with_classes(atlas, "3", "8"), FIND)
    atlas.page.get_by_label("At right angles to those below").check()
    press(with_classes(atlas, "0", "1"), FIND)
    expect(atlas.page.locator(".panel .ends")).to_have_count(2)

    second, first = named(atlas)
    eights = {"from": {"labels": ["3"]}, "to": {"labels": ["8"]}}
    ones = {"from": {"labels": ["0"]}, "to": {"labels": ["1"]}, "orthogonal_to": [first]}
    found = [answer(atlas, "digits-z12", **sets) for sets in (eights, ones)]
    assert [first, second] == [one["id"] for one in found]

    press(atlas, "Drop the direction from 3 to 8")
    expect(atlas.page.locator(".panel .ends")).to_have_count(1)
    assert named(atlas) == [second]


def test_found_direction_comes_into_view(panel: Atlas) -> None:
    """On a small screen what was found is scrolled to, and its slider can be moved at once."""
    panel.page.set_viewport_size({"width": 390, "height": 700})
    press(panel, FIND)
    expect(panel.page.get_by_label("From 3 to 8", exact=True)).to_be_focused()
    expect(panel.page.get_by_text("of 100 pairs")).to_be_in_viewport()


def test_direction_of_a_conditional_model(atlas: Atlas) -> None:
    """The sets are of the data, and the strip is drawn for the chosen class."""
    atlas.open("#model=digits-c2&label=5&panel=directions")
    with atlas.page.expect_response("**/traverse?direction=*") as waiting:
        press(with_classes(atlas, "3", "8"), FIND)
    assert waiting.value.ok
    assert "label=5" in waiting.value.url


def test_selected_and_all_others(atlas: Atlas) -> None:
    """A lasso's items are one set, and the rest the other; both outlast a look at other panels."""
    atlas.open(f"#panel=directions&{LEFT}")
    selected = int(re.findall(r"(\d+) selected", atlas.page.locator("#status").inner_text())[0])
    press(atlas, "From: selected")
    press(atlas, "To: all others")
    atlas.panel("items").panel("directions")
    expect(atlas.page.locator(".panel")).to_contain_text(f"{selected} selected")

    sets = sent(atlas)
    start, to = set(sets["from"]["ids"]), set(sets["to"]["ids"])
    assert len(start) == selected
    assert start | to == set(range(297))
    assert not start & to


def test_shown_items_are_a_set(atlas: Atlas) -> None:
    """What hidden classes leave on the map is a set."""
    atlas.open("#panel=directions&hidden=0.1.2.3.4.5.6.7.9")
    press(atlas, "To: shown")
    atlas.page.get_by_label("From: a class").select_option(label="3")
    found = answer(atlas, "digits-z2", **{"from": {"labels": ["3"]}, "to": {"labels": ["8"]}})
    assert sent(atlas)["from"] == {"labels": ["3"]}
    expect(atlas.page.locator(".panel .ends")).to_have_count(1)
    assert named(atlas) == [found["id"]]


def test_filter_is_a_set_by_its_conditions(atlas: Atlas) -> None:
    """What a filter shows is asked for, and named, by the conditions themselves."""
    atlas.open("#panel=directions&filter=where%3Dlabel%253D3")
    press(atlas, "To: shown")
    press(atlas, "From: all others")
    assert sent(atlas)["to"] == {"where": ["label=3"]}
    expect(atlas.page.get_by_role("heading", name="others → label=3")).to_be_visible()


@pytest.fixture
def notices(atlas: Atlas, errors: Errors) -> Locator:
    """What the page says over the map, of requests that fail as well."""
    errors.allow("Failed to load resource")
    atlas.open("#panel=directions")
    return atlas.page.locator("#notice")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("From: selected", "lasso"),
        ("From: shown", "All items are shown"),
        ("From: all others", "Choose the other set first"),
    ],
)
def test_set_of_nothing_is_explained(atlas: Atlas, notices: Locator, name: str, says: str) -> None:
    """A set that would be empty, or hold everything, is refused with what to do."""
    press(atlas, name)
    expect(notices).to_contain_text(says)
    expect(atlas.page.get_by_role("button", name=FIND)).to_be_hidden()


def test_sets_that_overlap_are_explained(atlas: Atlas, notices: Locator) -> None:
    """What the service refuses is said."""
    press(with_classes(atlas, "3", "3"), FIND)
    expect(notices).to_contain_text("in both from and to")


def test_damaged_directions_of_an_address_are_left_out(atlas: Atlas) -> None:
    """Of several, those that fit the model are shown; names are never taken as HTML."""
    bad = "v-AAAA,0,1,,a,b;v-!,0,1,,a,b;nothing;v-AACAPwAAAAA,1,0,,a,b"
    good = "v-AACAPwAAAAA,-1,1,0.75,%253Cb%253Ex%252Cy,to"
    atlas.open(f"#panel=directions&directions={bad};{good}")
    expect(atlas.page.locator(".panel .ends")).to_have_count(1)
    expect(atlas.page.get_by_role("heading", name="<b>x,y → to")).to_be_visible()
