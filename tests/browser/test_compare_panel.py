"""Two models: those that can be compared, their own dots and names, one item on both maps."""

from playwright.sync_api import expect

from tests.browser.explorer_page import Atlas


def test_models_of_other_image_shapes_are_not_offered(atlas: Atlas) -> None:
    """A model of 32 × 32 colour images cannot show what one of 8 × 8 grey ones does."""
    atlas.open("#panel=compare")

    options = atlas.page.get_by_role("combobox", name="Second model").locator("option")

    expect(options).to_have_text(["none", "digits-c2@1", "digits-z12@1"])


def test_second_map_has_its_own_dots_and_names(atlas: Atlas) -> None:
    """Beside a plane the chart of the other model has its names, and hides what is hidden."""
    atlas.open("#model=digits-z12&panel=compare&compare=digits-z2@1&hidden=3")
    second = atlas.page.locator(".map.second")

    second.locator(".layer-items").wait_for(state="attached")
    atlas.page.wait_for_function("() => document.querySelector('.map.second').dataset.names")

    names = (second.get_attribute("data-names") or "").split("|")
    assert len(names) > 3
    assert "3" not in names


def test_item_pressed_on_the_second_map_is_picked_on_both(atlas: Atlas) -> None:
    """Both models know the item: the first map's point goes to it."""
    atlas.open("#model=digits-z12&panel=compare&compare=digits-z2@1")
    second = atlas.page.locator(".map.second")
    atlas.page.wait_for_function("() => document.querySelector('.map.second').dataset.names")
    box = second.bounding_box()
    assert box is not None
    found = atlas.page.evaluate(
        """() => {
            const canvas = document.querySelector(".map.second .layer-items");
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            for (let y = Math.round(height / 3); y < height; y += 1)
                for (let x = Math.round(width / 3); x < width; x += 1)
                    if (data[4 * (y * width + x) + 3] > 200) return [x / width, y / height];
        }"""
    )

    x, y = box["x"] + found[0] * box["width"], box["y"] + found[1] * box["height"]
    atlas.page.mouse.click(x, y)

    atlas.page.wait_for_function("() => document.getElementById('map').dataset.item")
    item = atlas.page.locator("#map").get_attribute("data-item")
    expect(atlas.page.locator(".plate")).to_contain_text(f"at item {item}")
