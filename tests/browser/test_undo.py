"""Undo: whatever a person does is a step of its own, and Ctrl+Z takes back one after the other."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.explorer_page import Atlas


def drag(atlas: Atlas, x: float, y: float, by: tuple[float, float]) -> None:
    """Press at a point of the screen, pause on the way, release."""
    mouse = atlas.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + by[0] / 2, y + by[1] / 2, steps=3)
    atlas.page.wait_for_function(
        "(then) => performance.now() > then", arg=atlas.page.evaluate("performance.now() + 400")
    )
    mouse.move(x + by[0], y + by[1], steps=3)
    mouse.up()


def drag_point(atlas: Atlas) -> None:
    """Drag the ring."""
    drag(atlas, *atlas.place(*atlas.z()), (90, 40))


def drag_slider(atlas: Atlas) -> None:
    """Drag a slider by the pointer."""
    box = atlas.page.get_by_role("slider", name="z0").bounding_box()
    assert box is not None
    drag(atlas, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, (20, 0))


def pan(atlas: Atlas) -> None:
    """Drag the map."""
    box = atlas.page.locator("#map").bounding_box()
    assert box is not None
    drag(atlas, box["x"] + 120, box["y"] + box["height"] - 150, (60, -30))


STEPS: list[Callable[[Atlas], object]] = [
    drag_point,
    drag_slider,
    lambda atlas: atlas.page.get_by_role("slider", name="z1").press("ArrowRight"),
    pan,
    lambda atlas: atlas.page.locator("#map").press("+"),
    lambda atlas: atlas.page.locator("#map").press("0"),
    lambda atlas: atlas.page.get_by_role("button", name="Show class 3").click(),
    lambda atlas: atlas.page.get_by_role("button", name="Show class 5").click(),
    lambda atlas: atlas.page.locator("#map").press("Enter"),
    lambda atlas: atlas.page.locator("#map").press("s"),
    lambda atlas: atlas.panel("items"),
    lambda atlas: atlas.page.locator(".thumb").first.click(),
]


def test_each_action_is_a_step(atlas: Atlas) -> None:
    """Ctrl+Z goes back through all that was done, and Ctrl+Shift+Z forward, missing nothing."""
    atlas.open("#view=0,0,150&z=0,0")
    atlas.values()
    addresses = [atlas.page.url]
    for act in STEPS:
        act(atlas)
        atlas.page.wait_for_function("(old) => location.href !== old", arg=addresses[-1])
        atlas.values()
        addresses.append(atlas.page.url)

    for address in reversed(addresses[:-1]):
        atlas.page.keyboard.press("Control+z")
        atlas.page.wait_for_url(address)
        atlas.values()
        assert atlas.page.url == address
    for address in addresses[1:]:
        atlas.page.keyboard.press("Control+Shift+z")
        atlas.page.wait_for_url(address)


@pytest.mark.parametrize("field", ["z0", "z0, exact"])
def test_undo_works_while_a_control_has_the_focus(atlas: Atlas, field: str) -> None:
    """In a slider, and in a number that was entered, Ctrl+Z brings the point back."""
    atlas.open("#z=0,0.5")
    control = atlas.page.get_by_label(field, exact=True)

    control.fill("1.5")
    control.press("Tab")
    control.focus()
    assert atlas.z() == [1.5, 0.5]
    control.press("Control+z")

    expect(atlas.page.get_by_label("z0, exact")).to_have_value("0")
    assert atlas.z() == [0, 0.5]


def test_text_that_is_being_typed_has_its_own_undo(atlas: Atlas) -> None:
    """Before a number is entered, Ctrl+Z takes back its digits and nothing else."""
    atlas.open("#z=0,0.5")
    atlas.page.locator("#map").press("ArrowRight")
    before = atlas.z()
    control = atlas.page.get_by_label("z1, exact")

    control.press("End")
    control.press("7")
    control.press("Control+z")

    expect(control).to_have_value("0.5")
    assert atlas.z() == before


def test_first_view_is_no_step(atlas: Atlas) -> None:
    """Loading the page and resizing the window leave nothing to take back."""
    atlas.open()
    atlas.page.set_viewport_size({"width": 900, "height": 700})
    atlas.settle().values()

    assert not atlas.page.evaluate("history.state?.depth")
