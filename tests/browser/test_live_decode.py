"""Live decode: the latest wins, two in flight, the last image is that of the last z."""

import json
import struct

import pytest
from playwright.sync_api import Page, Route

from tests.browser.explorer_page import Atlas
from tests.browser.requests_in_flight import flights
from tests.service_process import wait_until

READ_PICTURE = """
const canvas = document.querySelector(".panel .picture");
const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
[canvas.dataset.z, Array.from(data).filter((_, k) => k % 4 === 0)]
"""
WATCH_PICTURE = """
window.seen = [];
new MutationObserver(() => window.seen.push(document.querySelector(".panel .picture").dataset.z))
    .observe(document.querySelector(".panel .picture"), { attributeFilter: ["data-z"] });
"""


def drag(page: Page, steps: int = 40) -> None:
    """Drag the point's ring from where it is, in a curve."""
    page.locator(".panel .picture").wait_for()
    page.evaluate(WATCH_PICTURE)
    box = page.locator("#map").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 150, y - 60, steps=steps)
    page.mouse.move(x + 90, y + 110, steps=steps)
    page.mouse.up()


def settled(atlas: Atlas) -> list[float]:
    """Wait until the picture is that of the point, and return its z."""
    picture = atlas.page.locator(".panel .picture")

    def shown() -> bool:
        text = ",".join(shortest(value) for value in atlas.z())
        return picture.get_attribute("data-z") == text

    wait_until(shown, seconds=10)
    return atlas.z()


def shortest(value: float) -> str:
    """Write a float32 with as few digits as bring it back, as the page does."""
    target = struct.unpack("f", struct.pack("f", value))[0]
    for digits in range(1, 10):
        text = float(f"{target:.{digits}g}")
        if struct.unpack("f", struct.pack("f", text))[0] == target:
            return str(int(text)) if text == int(text) else repr(text)
    raise AssertionError(value)


@pytest.mark.parametrize(("model", "latency"), [("digits-z2", 150), ("digits-z12", 0)])
def test_drag_ends_with_the_image_of_the_last_z(atlas: Atlas, model: str, latency: int) -> None:
    """After a drag the picture's pixels are the service's decode of the very last point."""
    chart = atlas.page.request.get(f"{atlas.url}v1/models/{model}").json()["manifest"]["chart"]
    a, b = chart["home"] if chart else (0, 0)
    atlas.open(f"#model={model}&view={a},{b},100")  # the point is in the middle of the map
    session = atlas.page.context.new_cdp_session(atlas.page)
    conditions = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
    session.send("Network.emulateNetworkConditions", conditions | {"latency": latency})
    most = flights(atlas.page)

    drag(atlas.page)
    z = settled(atlas)

    answer = atlas.page.request.post(
        f"{atlas.url}v1/models/{model}/decode",
        data=json.dumps({"z": [z]}),
        headers={"content-type": "application/json", "accept": "application/x-npy"},
    )
    pixels = list(answer.body()[-64:])
    assert atlas.page.evaluate(READ_PICTURE)[1] == pixels
    assert 1 <= most() <= 2


def test_older_answer_never_replaces_a_newer_one(atlas: Atlas) -> None:
    """When the first of two answers comes last, its image is not shown."""
    asked: list[str] = []
    held: list[Route] = []

    def hold_first(route: Route) -> None:
        asked.append(route.request.post_data or "")
        if len(asked) == 1:
            held.append(route)
        else:
            route.continue_()

    atlas.open()
    settled(atlas)
    atlas.page.route("**/decode", hold_first)
    atlas.page.evaluate(WATCH_PICTURE)

    number = atlas.page.get_by_label("z0, exact")
    number.fill("1")
    number.press("Enter")
    number.fill("2")
    number.press("Enter")
    last = settled(atlas)

    assert last[0] == 2
    assert len(held) == 1
    assert all(not z.startswith("1,") for z in atlas.page.evaluate("window.seen"))


def test_slider_and_number_move_the_point(atlas: Atlas) -> None:
    """A slider per dimension sets z, and so does the exact number beside it."""
    atlas.open()

    atlas.page.get_by_role("slider", name="z1").fill("-1.25")
    number = atlas.page.get_by_label("z0, exact")
    number.fill("0.123456")
    number.press("Enter")

    assert settled(atlas) == pytest.approx([0.123456, -1.25])


def test_sliders_are_sorted_by_kl(atlas: Atlas) -> None:
    """The dimension that says most about the image has the first slider."""
    atlas.open("#model=digits-z12")
    manifest = atlas.page.request.get(f"{atlas.url}v1/models/digits-z12").json()["manifest"]
    kl = manifest["kl_per_dimension"]

    shown = atlas.page.locator(".slider .name").all_inner_texts()

    assert shown == [f"z{k}" for k in sorted(range(12), key=lambda k: -kl[k])]


def test_dead_dimensions_are_said_to_be_inactive(atlas: Atlas) -> None:
    """Exactly the dimensions that the manifest's activity calls dead are marked."""
    atlas.open("#model=digits-z12")
    manifest = atlas.page.request.get(f"{atlas.url}v1/models/digits-z12").json()["manifest"]
    dead = {f"z{k}" for k, activity in enumerate(manifest["activity"]) if activity < 0.01}

    marked = set(atlas.page.locator(".slider.dead .name").all_inner_texts())

    assert marked == dead
