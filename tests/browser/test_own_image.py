"""One's own image: dropped anywhere, kept through tabs, reloads and links; what lies near it."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.browser.explorer_page import Atlas, Errors

PICTURE = "The image, its reconstruction and the error"
DROP = """(text) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], "own.png", { type: "image/png" }));
    const event = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
    document.getElementById("map").dispatchEvent(event);
}"""


def png(side: int) -> bytes:
    """Draw noise: what does not become small as a PNG."""
    pixels = np.random.default_rng(0).integers(0, 256, (side, side), np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def drop(atlas: Atlas, image: bytes) -> list[float]:
    """Drop a file on the map and wait for its report; return where it was encoded."""
    atlas.page.evaluate(DROP, base64.b64encode(image).decode())
    atlas.page.get_by_role("img", name=PICTURE).wait_for()
    return atlas.z()


def test_image_outlasts_tabs_and_a_reload(atlas: Atlas) -> None:
    """A drawing's report is still there after another panel, and after the page came anew."""
    atlas.open("#panel=image")
    atlas.draw()
    score = atlas.page.locator("[data-figure=score]")
    score.wait_for()
    said = score.inner_text()

    atlas.panel("point").panel("image")
    expect(score).to_have_text(said)
    atlas.values()
    atlas.page.reload()

    expect(score).to_have_text(said)


@pytest.mark.parametrize(("side", "held"), [(8, True), (120, False)])
def test_link_holds_a_small_image(atlas: Atlas, browser: Browser, side: int, held: bool) -> None:
    """In another browser a small image is there; of a larger one it is said that it is not."""
    atlas.open()
    z = drop(atlas, png(side))
    atlas.values()
    link = atlas.page.url
    if not held:
        expect(atlas.page.locator("#notice")).to_contain_text("kept in this browser")

    other = browser.new_context()
    page = other.new_page()
    page.goto(link)
    if held:
        page.get_by_role("img", name=PICTURE).wait_for()
        assert Atlas(page, atlas.url).z() == pytest.approx(z)
    else:
        expect(page.locator("#notice")).to_contain_text("in another browser")
    other.close()
    assert len(link) < 4096


def test_items_near_an_image_are_shown(atlas: Atlas) -> None:
    """They are those that the service names, in its order."""
    atlas.open()
    z = drop(atlas, png(8))
    query = f"neighbours?z={','.join(map(str, z))}&k=5"
    near = atlas.page.request.get(f"{atlas.url}v1/models/digits-z2/{query}").json()["items"]

    thumbs = atlas.page.locator("#panel .thumb img")
    expect(thumbs).to_have_count(5)

    ids = thumbs.evaluate_all("(all) => all.map((e) => Number(e.dataset.id))")
    assert ids == [item["id"] for item in near]


def test_image_is_taken_off_and_brought_back(atlas: Atlas) -> None:
    """Undo brings back an image that was taken off the map."""
    atlas.open()
    drop(atlas, png(8))

    atlas.page.get_by_role("button", name="Take it off the map").click()
    picture = atlas.page.get_by_role("img", name=PICTURE)
    expect(picture).to_have_count(0)
    atlas.page.keyboard.press("Control+z")

    expect(picture).to_have_count(1)


def test_pad_has_the_ground_of_the_data(atlas: Atlas) -> None:
    """One draws on the colour on which the model's images stand, in ink that shows on it."""
    atlas.open("#model=shapes-z12&panel=image")
    manifest = atlas.page.request.get(f"{atlas.url}v1/models/shapes-z12").json()["manifest"]

    corner = atlas.page.locator(".pad").evaluate(
        "(pad) => Array.from(pad.getContext('2d').getImageData(1, 1, 1, 1).data.slice(0, 3))"
    )

    ground = manifest["chart"]["ground"]
    assert corner == (ground * 3 if len(ground) == 1 else ground)


def test_file_that_is_no_image_says_so(atlas: Atlas, errors: Errors) -> None:
    """What is dropped and cannot be read is refused in the panel."""
    atlas.open()

    atlas.page.evaluate(DROP, base64.b64encode(b"no image").decode())

    expect(atlas.page.get_by_role("alert")).to_have_text(re.compile("."))
    errors.allow("Failed to load resource")
