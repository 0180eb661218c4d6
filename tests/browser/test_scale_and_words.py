"""What one needs to read the map: axes, titles and units of colours, words where they stand."""

import re

from playwright.sync_api import expect

from tests.browser.explorer_page import Atlas


def layer(atlas: Atlas, name: str) -> None:
    """Press a box of the menu of layers."""
    atlas.page.get_by_label("Layers", exact=True).click()
    atlas.page.get_by_role("checkbox", name=name).click()
    atlas.page.keyboard.press("Escape")


def test_axes_are_drawn_on_request(atlas: Atlas) -> None:
    """The axes have a round step, at least 70 pixels apart, and follow the zoom."""
    atlas.open("#view=0,0,100")
    shown = atlas.page.locator("#map")
    layer(atlas, "Axes")

    expect(shown).to_have_attribute("data-step", "1")
    shown.press("+")

    expect(shown).to_have_attribute("data-step", "0.5")


def test_map_cannot_be_lost_far_out(atlas: Atlas) -> None:
    """However far one zooms out, what there is to see takes a twelfth of the map."""
    atlas.open()

    for _ in range(20):
        atlas.page.locator("#map").press("-")

    box = atlas.page.locator("#map").bounding_box()
    assert box is not None
    assert atlas.numbers("view")[2] * 8 >= min(box["width"], box["height"]) / 12 - 1


def test_colour_scale_has_title_unit_and_range(atlas: Atlas) -> None:
    """A ramp names its column and unit, and says the least and the greatest of all values."""
    atlas.open("#colour=reconstruction")
    path = "v1/models/digits-z2/points?plane=dims-0-1&columns=reconstruction&format=json"
    errors = atlas.page.request.get(f"{atlas.url}{path}").json()["reconstruction"]
    scale = atlas.page.locator(".scale")

    expect(scale).to_contain_text("Reconstruction error, nats")
    expect(scale).to_contain_text(f"({min(errors):.4g} to {max(errors):.4g})")


def test_class_colours_go_when_colour_means_something_else(atlas: Atlas) -> None:
    """Chips lose their swatches while items are coloured by a number."""
    atlas.open()
    swatches = atlas.page.locator(".chips .swatch")
    expect(swatches).to_have_count(10)
    atlas.page.get_by_label("Layers", exact=True).click()

    atlas.page.get_by_label("Colour items by").select_option("kl")

    expect(swatches).to_have_count(0)


def test_picture_at_the_point_can_be_put_away(atlas: Atlas) -> None:
    """Without it, what lies under the picture is seen."""
    atlas.open("#view=0,0,150&z=0.5,0.5")
    overlay = atlas.page.locator("#map .layer-overlay")
    white = """(canvas) => { const box = canvas.getContext("2d").getImageData(
            canvas.width / 2 + 75 + 16, canvas.height / 2 - 75 - 20, 1, 1);
        return box.data[3]; }"""
    assert overlay.evaluate(white) > 0

    layer(atlas, "Picture at the point")

    atlas.page.wait_for_function(f"({white})(document.querySelector('#map .layer-overlay')) === 0")


def test_terms_are_explained_where_they_stand(atlas: Atlas) -> None:
    """Nats, KL, sigma and slerp each have a line; the window's title names the model."""
    atlas.open("#a=0.5,0.5&b=-1,0.25")
    expect(atlas.page).to_have_title("digits-z2 · vae-atlas")
    expect(atlas.page.locator("#panel")).to_contain_text("in nats (1 nat is 1.44 bits)")
    atlas.panel("path")
    expect(atlas.page.locator("#panel")).to_contain_text("An arc (slerp)")
    atlas.page.get_by_label("Layers", exact=True).click()
    expect(atlas.page.locator(".sheet")).to_contain_text(re.compile("σ is a standard deviation"))
