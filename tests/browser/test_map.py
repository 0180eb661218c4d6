"""The map: exact places, signed tiles, no edge, and what it says where images end."""

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.explorer_page import Atlas
from tests.browser.frame_recorder import WATCH_FRAMES
from tests.service_process import ServiceProcess


def test_click_is_an_exact_place(atlas: Atlas) -> None:
    """A click at (a, b) sets z = (a, b) in a model of two dimensions."""
    atlas.open("#view=0.5,-0.25,200")
    x, y = atlas.place(0.8, 0.3)

    atlas.page.mouse.click(x, y)

    assert atlas.numbers("z") == pytest.approx([0.8, 0.3], abs=1e-2)
    a, b = atlas.numbers("z")
    again = atlas.place(a, b)
    assert again == pytest.approx((x, y), abs=1e-3)


def test_click_lies_in_the_plane_of_components(atlas: Atlas) -> None:
    """In twelve dimensions z = mean + a u + b v, to 1e-6."""
    atlas.open("#model=digits-z12&plane=pca-0-1")
    box = atlas.page.locator("#map").bounding_box()
    assert box is not None
    manifest = atlas.page.request.get(f"{atlas.url}v1/models/digits-z12").json()["manifest"]
    (a0, b0, scale), mean = atlas.numbers("view"), manifest["pca"]["mean"]
    u, v = manifest["pca"]["components"][:2]

    atlas.page.mouse.click(box["x"] + box["width"] / 2 + 100, box["y"] + box["height"] / 2 + 60)

    a, b = a0 + 100 / scale, b0 - 60 / scale
    expected = [m + a * p + b * q for m, p, q in zip(mean, u, v, strict=True)]
    assert atlas.z() == pytest.approx(expected, abs=1e-6)


def test_tiles_of_all_four_quarters_are_asked_for(atlas: Atlas) -> None:
    """Around the origin the map asks for tiles with negative and with positive indices."""
    tiles: set[tuple[int, int]] = set()

    def note(url: str) -> None:
        if "/tiles/" in url:
            x, y = url.split("/")[-2:]
            tiles.add((int(x), int(y)))

    atlas.page.on("request", lambda request: note(request.url))
    atlas.open("#view=0,0,200")

    signs = {(x < 0, y < 0) for x, y in tiles}
    assert len(signs) == 4


def test_image_on_the_map_is_the_decode_of_its_place(atlas: Atlas) -> None:
    """The pixels drawn at a lattice point are those of the tile's cell there, at every zoom."""
    read = """([x, y]) => {
        const canvas = document.querySelector(".layer-base");
        return Array.from(canvas.getContext("2d").getImageData(x, y, 1, 1).data).slice(0, 3);
    }"""
    seen = []
    for scale in (128, 256, 512):  # cells of 32 pixels, four for each of the image's
        atlas.open(f"#view=1,0.5,{scale}&layers=digits")
        box = atlas.page.locator("#map").bounding_box()
        assert box is not None
        corner = (box["width"] / 2 - 16, box["height"] / 2 - 16)
        seen.append(
            [
                atlas.page.evaluate(read, [corner[0] + 4 * i + 2, corner[1] + 4 * j + 2])
                for i in range(1, 7)
                for j in range(1, 7)
            ]
        )

    assert seen[0] == seen[1] == seen[2]
    assert len({tuple(pixel) for pixel in seen[0]}) > 5


def test_no_frame_is_blank_while_tiles_are_on_their_way(atlas: Atlas) -> None:
    """Zooming in and panning shows coarser tiles, scaled, in every frame until the finer come."""
    held: list[Route] = []
    atlas.open("#view=0,0,60")
    atlas.page.wait_for_load_state("networkidle")

    def hold(route: Route) -> None:
        held.append(route)

    atlas.page.route("**/tiles/**", hold)
    atlas.page.evaluate(WATCH_FRAMES)
    x, y = atlas.place(0, 0)

    for _ in range(12):
        atlas.page.mouse.move(x + 100, y + 100)
        atlas.page.mouse.wheel(0, -60)
        atlas.page.mouse.down()
        atlas.page.mouse.move(x + 60, y + 130, steps=3)
        atlas.page.mouse.up()
    atlas.page.locator("#map:not([data-missing='0'])").wait_for()

    assert held
    assert sum(atlas.page.evaluate("blank")) == 0


def test_deep_zoom_says_that_nothing_new_comes(atlas: Atlas) -> None:
    """Past the decoder's resolution the page says so instead of pretending."""
    atlas.open(f"#view=0.1,0.1,{32 * 2**22}")

    expect(atlas.page.locator("#notice")).to_contain_text("decoder's resolution")
    atlas.page.locator("#map").press("0")
    expect(atlas.page.locator("#notice")).to_be_empty()


def test_unreadable_cells_give_way_to_a_field(atlas: Atlas) -> None:
    """Far out no tile is asked for, and the density of the items is drawn."""
    tiles: list[str] = []
    atlas.page.on("request", lambda r: tiles.append(r.url) if "/tiles/" in r.url else None)

    atlas.open("#view=0,0,9&layers=digits")

    coloured = """Array.from(document.querySelector(".layer-base").getContext("2d")
        .getImageData(0, 0, 2000, 2000).data).filter((v, k) => k % 4 === 3 && v).length"""
    assert tiles == []
    assert atlas.page.evaluate(coloured) > 100


def test_wheel_zooms_where_the_pointer_is(atlas: Atlas) -> None:
    """What lies under the pointer stays under it."""
    atlas.open("#view=0,0,120")
    x, y = (round(value) for value in atlas.place(1.0, 0.7))
    before = atlas.under(x, y)
    atlas.page.mouse.move(x, y)

    atlas.page.mouse.wheel(0, -240)
    atlas.page.locator("#map[data-missing='0']").wait_for()

    assert atlas.numbers("view")[2] > 120
    assert atlas.under(x, y) == pytest.approx(before, abs=1e-5)


def test_drag_moves_the_map(atlas: Atlas) -> None:
    """Dragging beside the point pans by as much as the pointer moved."""
    atlas.open("#view=0,0,100&z=2,2")
    x, y = atlas.place(-1, -1)

    atlas.page.mouse.move(x, y)
    atlas.page.mouse.down()
    atlas.page.mouse.move(x + 120, y + 50, steps=5)
    atlas.page.mouse.up()

    assert atlas.numbers("view") == pytest.approx([-1.2, 0.5, 100])


def test_two_fingers_pinch(browser: Browser, atlas_server: ServiceProcess) -> None:
    """On a touch screen two fingers zoom the map."""
    context = browser.new_context(has_touch=True, viewport={"width": 390, "height": 844})
    atlas = Atlas(context.new_page(), atlas_server.url).open("#view=0,0,60")
    box = atlas.page.locator("#map").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = context.new_cdp_session(atlas.page)

    def touch(kind: str, apart: float) -> None:
        points = [{"x": x - apart, "y": y - 60, "id": 0}, {"x": x + apart, "y": y - 60, "id": 1}]
        if kind == "touchEnd":
            points = []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 40)
    for apart in (50, 60, 70, 80):
        touch("touchMove", apart)
    touch("touchEnd", 0)

    assert atlas.numbers("view")[2] == pytest.approx(120, rel=0.3)
    context.close()


def test_plane_through_three_pins_holds_them(atlas: Atlas) -> None:
    """The plane through three images passes through each of them."""
    atlas.open("#model=digits-z12")
    for panel_item in (3, 50, 120):
        atlas.panel("items")
        atlas.page.get_by_role("spinbutton", name="Item").fill(str(panel_item))
        atlas.page.get_by_role("button", name="Go to it", exact=True).click()
        expect(atlas.page.locator(f"#map[data-item='{panel_item}']")).to_be_attached()
        atlas.page.locator("#map").press("Enter")

    atlas.page.get_by_role("combobox", name="Plane").select_option("pins")

    assert atlas.values()["plane"].startswith("v-")
    distances = atlas.page.evaluate(
        """async () => {
            const { readAddress } = await import("./static/data/state.js");
            const { planeOf } = await import("./static/data/plane.js");
            const { plane, a, b, c } = readAddress(location.hash);
            const made = planeOf(plane, { latent_dim: 12 });
            return [a, b, c].map((z) => made.project(z).away);
        }"""
    )
    assert distances == pytest.approx([0, 0, 0], abs=1e-5)
