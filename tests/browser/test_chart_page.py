"""The chart: seen first, all of it, with land and sea; its places are those of the service."""

import json
import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Route, ViewportSize, expect

from tests.browser.conftest import NO_TOUR
from tests.browser.explorer_page import Atlas, Errors
from tests.service_process import BUNDLED_MODELS, ServiceProcess

MODEL = "v1/models/digits-z12"
SIZES: list[ViewportSize] = [
    {"width": 390, "height": 844},
    {"width": 1440, "height": 900},
    {"width": 2560, "height": 1440},
]
ASKED_ITEMS = """performance.getEntriesByType("resource").map(({ name }) => name)
    .filter((name) => name.includes("/points?")).join()"""
PIXEL = """([layer, x, y]) => {
    const canvas = document.querySelector(`.layer-${layer}`);
    return Array.from(canvas.getContext("2d").getImageData(x, y, 1, 1).data);
}"""


def get(atlas: Atlas, path: str) -> Any:
    """Ask the service what the page should show."""
    return atlas.page.request.get(f"{atlas.url}{path}").json()


def spot(atlas: Atlas, a: float, b: float) -> tuple[float, float]:
    """Return where (a, b) is on the map, from its corner."""
    box = atlas.page.locator("#map").bounding_box()
    assert box is not None
    x, y = atlas.place(a, b)
    return x - box["x"], y - box["y"]


def test_chart_is_what_a_person_sees_first(atlas: Atlas) -> None:
    """A model of more than two dimensions opens on its chart, without fetching the sheet."""
    asked: list[str] = []
    atlas.page.on("request", lambda request: asked.append(request.url))

    atlas.open("#model=digits-z12")

    expect(atlas.page.get_by_role("combobox", name="Plane")).to_have_value("chart")
    assert any("/tiles/chart/" in url for url in asked)
    assert not any("chart/sheet" in url for url in asked)


def test_bar_says_why_there_is_no_chart(atlas: Atlas) -> None:
    """With two dimensions the chart cannot be chosen, and its place in the list says why."""
    atlas.open()

    option = atlas.page.get_by_role("combobox", name="Plane").locator("option").first

    expect(option).to_have_text("No chart: two dimensions are the map")
    expect(option).to_be_disabled()


def test_click_on_the_chart_is_the_vector_of_that_place(atlas: Atlas) -> None:
    """A click at u gives the z that the service gives for u, and the ring stays where it was."""
    atlas.open("#model=digits-z12&layers=digits.coast")
    x, y = atlas.place(0.6, -0.3)

    atlas.page.mouse.click(x, y)
    expect(atlas.page.locator("#status")).to_contain_text("u1 0.6")

    a, b = atlas.under(round(x), round(y))
    expected = get(atlas, f"{MODEL}/chart?u={a},{b}")["z"]
    assert atlas.z() == pytest.approx(expected, abs=2e-2)


def test_keys_move_the_point_along_the_chart(atlas: Atlas) -> None:
    """An arrow key moves the point by a cell from where the chart begins."""
    atlas.open("#model=digits-z12")
    a, b = get(atlas, MODEL)["manifest"]["chart"]["home"]
    cell = float(atlas.page.locator("#status").inner_text().rpartition("cell ")[2])

    atlas.page.locator("#map").press("ArrowRight")
    atlas.page.locator("#map").press("ArrowRight")
    expect(atlas.page.locator("#status")).to_contain_text(
        f"u1 {a + 2 * cell:.3f}".replace("-", "−")
    )

    expected = get(atlas, f"{MODEL}/chart?u={a + 2 * cell},{b}")["z"]
    assert atlas.z() == pytest.approx(expected, abs=1e-5)


def test_vectors_are_placed_as_the_service_places_them(atlas: Atlas) -> None:
    """The page's own projection gives the place and the distance that `locate` gives."""
    atlas.open("#model=digits-z12")
    z = [get(atlas, f"{MODEL}/items/{i}?format=json")["z_mean"] for i in range(12)]
    answer = atlas.page.request.post(
        f"{atlas.url}{MODEL}/locate",
        data=json.dumps({"z": z}),
        headers={"content-type": "application/json"},
    ).json()

    found = atlas.page.evaluate(
        """async ([path, z]) => {
            const { Model, getJSON } = await import("./static/data/api_client.js");
            const { chartOf } = await import("./static/data/chart.js");
            const chart = chartOf(new Model(await getJSON(path)));
            await chart.load();
            return z.map((one) => chart.project(Float32Array.from(one)));
        }""",
        [MODEL, z],
    )

    for foot, item in zip(found, answer["items"], strict=True):
        assert [foot["a"], foot["b"]] == pytest.approx(item["u"], abs=1e-3)
        assert foot["away"] == pytest.approx(item["distance"], rel=1e-3, abs=1e-4)


def test_sea_is_ground_and_items_are_on_land(atlas: Atlas) -> None:
    """At an item the veil is clear; far out it has the data's ground, and nothing shows through."""
    atlas.open("#model=digits-z12&layers=digits.coast")
    ground = get(atlas, MODEL)["manifest"]["chart"]["ground"]
    table = get(atlas, f"{MODEL}/points?plane=chart&columns=x,y&format=json")

    clear = [
        atlas.page.evaluate(PIXEL, ["veil", *spot(atlas, table["x"][i], table["y"][i])])[3]
        for i in range(5)
    ]
    sea = atlas.page.evaluate(PIXEL, ["veil", 3, 3])

    assert clear == [0] * 5
    assert sea == [*ground * 3, 255]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size['width']}x{size['height']}")
def test_show_everything_hides_no_item(
    browser: Browser, atlas_server: ServiceProcess, bundled: ServiceProcess, size: ViewportSize
) -> None:
    """At any window size every item is in sight, first and again by the button, plane or chart."""
    context = browser.new_context(viewport=size)
    context.add_init_script(NO_TOUR)
    hidden = {}
    for server, model, plane in [
        (bundled, "mnist-z2", "dims-0-1"),
        (bundled, "emoji", "chart"),
        (bundled, "mnist-z12", "chart"),
        (atlas_server, "digits-z12", "chart"),
        (atlas_server, "digits-z12", "pca-0-1"),
        (atlas_server, "shapes-z12", "chart"),
    ]:
        atlas = Atlas(context.new_page(), server.url)
        usual = "" if plane != "pca-0-1" else f"&plane={plane}"
        atlas.open(f"#model={model}{usual}")
        assert plane in atlas.page.evaluate(ASKED_ITEMS)
        first = atlas.hidden_items()
        for _ in range(3):
            atlas.page.locator("#map").press("+")
        assert atlas.hidden_items()
        atlas.page.get_by_role("button", name="Show everything").click()
        hidden[model, plane] = first + atlas.hidden_items()
        atlas.page.close()

    context.close()
    assert not any(hidden.values())


def test_large_window_costs_no_more_than_a_small_one(atlas: Atlas) -> None:
    """The lattice is coarser where its cells would be more than a view is worth to decode."""
    atlas.open()

    found = atlas.page.evaluate(
        """async () => {
            const { TileLayer } = await import("./static/map/tile_layer.js");
            const zoom = (side, scale, height) => {
                const model = { height: side, width: side, channels: 3, maxZoom: 22 };
                const tiles = new TileLayer(model, { kind: "chart" });
                return tiles.zoomFor({ view: { scale }, width: 2 * height, height });
            };
            return [zoom(28, 90, 800), zoom(28, 160, 1360), zoom(64, 90, 800), zoom(64, 160, 1360),
                zoom(64, 640, 1360)];
        }"""
    )

    assert found == [2, 3, 2, 2, 4]


def test_first_view_asks_for_nothing_around_it(atlas: Atlas) -> None:
    """Until someone moves the map, all tiles that are asked for are in view."""
    asked: list[str] = []
    atlas.page.on("request", lambda request: asked.append(request.url))
    atlas.open("#model=digits-z2")
    atlas.page.wait_for_load_state("networkidle")
    cells = get(atlas, "v1/models/digits-z2")["tiles"]["cells"]
    a, b, scale = atlas.numbers("view")
    box = atlas.page.locator("#map").bounding_box()
    assert box is not None

    tiles = [map(int, url.partition("?")[0].split("/")[-3:]) for url in asked if "/tiles/" in url]

    assert tiles
    for zoom, x, y in tiles:
        size = cells / 2**zoom
        across, up = abs((x + 0.5) * size - a), abs((y + 0.5) * size - b)
        assert across < box["width"] / 2 / scale + 0.6 * size
        assert up < box["height"] / 2 / scale + 0.6 * size


def nearest_to_middle(table: Any) -> int:
    """Return the item that is nearest to the middle of the map's coordinates."""
    squares = [x * x + y * y for x, y in zip(table["x"], table["y"], strict=True)]
    return squares.index(min(squares))


def test_items_are_pictures_once_they_fit_and_open_their_card(atlas: Atlas) -> None:
    """Close up an item is drawn as its image; a click there opens its card."""
    atlas.open("#model=digits-z12")
    table = get(atlas, f"{MODEL}/points?plane=chart&columns=x,y,label&format=json")
    item = nearest_to_middle(table)
    a, b = table["x"][item], table["y"][item]
    expect(atlas.page.locator("#map")).not_to_have_attribute("data-pictures", re.compile("[1-9]"))

    with atlas.page.expect_request(f"**/items/{item}"):
        atlas.open(f"#model=digits-z12&view={a},{b},2000")
    expect(atlas.page.locator("#map")).to_have_attribute("data-pictures", re.compile("[1-9]"))
    atlas.page.mouse.click(*atlas.place(a, b))

    card = atlas.page.locator(".picked")
    expect(card.locator("h3")).to_have_text(f"Item {item}, class {table['label'][item]}")
    expect(card.locator("img").first).to_have_attribute("data-path", f"{MODEL}@1/items/{item}")
    expect(card).to_contain_text("Reconstruction error")


@pytest.mark.parametrize("plane", ["chart", "pca-0-1"])
def test_point_beside_what_is_shown_is_marked_by_how_far(atlas: Atlas, plane: str) -> None:
    """An item's z lies off the chart or plane: the map says by how much; a click lies on it."""
    atlas.open(f"#model=digits-z12&panel=items&plane={plane}")
    z = np.array(get(atlas, f"{MODEL}/items/3?format=json")["z_mean"])
    if plane == "chart":
        table = get(atlas, f"{MODEL}/points?plane=chart&columns=x,y&format=json")
        under = get(atlas, f"{MODEL}/chart?u={table['x'][3]},{table['y'][3]}")["z"]
        distance = float(np.linalg.norm(z - under))
    else:
        pca = get(atlas, MODEL)["manifest"]["pca"]
        axes, off = np.array(pca["components"][:2]), z - np.array(pca["mean"])
        distance = float(np.linalg.norm(off - axes.T @ (axes @ off)))

    atlas.page.get_by_role("spinbutton", name="Item").fill("3")
    atlas.page.get_by_role("button", name="Go to it", exact=True).click()
    expect(atlas.page.locator("#map")).to_have_attribute("data-off", re.compile("[1-9]"))

    marked = float(atlas.page.locator("#map").get_attribute("data-off") or 0)
    assert marked == pytest.approx(distance, abs=0.02)
    atlas.page.get_by_role("button", name="Probe").click()
    box = atlas.page.locator("#map").bounding_box()
    assert box is not None
    atlas.page.mouse.click(box["x"] + 9, box["y"] + box["height"] / 2)
    expect(atlas.page.locator("#map")).to_have_attribute("data-off", "")


def test_map_says_what_it_shows_and_what_a_plane_loses(atlas: Atlas) -> None:
    """One sentence says what pictures and dots are; on a plane, how much variance is left."""
    atlas.open("#model=digits-z12")
    caption = atlas.page.locator(".caption")
    expect(caption).to_contain_text("where the pictures fade, there are none")
    manifest = get(atlas, MODEL)["manifest"]
    left = sum(manifest["pca"]["explained_variance"][:2])
    total = sum(d**2 for d in manifest["aggregate_posterior"]["standard_deviation"])

    atlas.page.get_by_role("combobox", name="Plane").select_option("pca")

    expect(caption).to_contain_text("lie among their own class")
    found = re.search(r"(\d+) % of their variance", caption.inner_text())
    assert found is not None
    assert float(found[1]) == pytest.approx(100 * left / total, abs=1.5)


def test_plane_separates_the_classes_shown_when_it_is_chosen(atlas: Atlas) -> None:
    """Of classes not hidden the service computes it, all items are in view, and it stays."""
    atlas.open("#model=digits-z12&hidden=0.3")
    plane = get(atlas, f"{MODEL}/planes/lda?labels=1,2,4,5,6,7,8,9")["plane"]
    choose = atlas.page.get_by_role("combobox", name="Plane")
    caption = atlas.page.locator(".caption")

    choose.select_option("Separate the shown classes")
    expect(caption).to_contain_text("lie among their own class")

    assert atlas.hidden_items() == []
    atlas.page.get_by_role("button", name="all", exact=True).click()
    assert atlas.values()["plane"] == plane
    choose.select_option("Separate the shown classes")
    every = get(atlas, f"{MODEL}/planes/lda")["plane"]
    atlas.page.wait_for_function("(plane) => location.hash.includes(plane)", arg=every)


def test_one_class_cannot_be_separated(atlas: Atlas, errors: Errors) -> None:
    """With one class shown the page says what to do, and the plane and its name stay."""
    atlas.open("#model=digits-z12&plane=pca-0-1&hidden=0.1.2.3.4.5.6.7.8")
    errors.allow("Failed to load resource")
    choose = atlas.page.get_by_role("combobox", name="Plane")

    choose.select_option("Separate the shown classes")

    expect(atlas.page.locator("#notice")).to_contain_text("show or name more")
    expect(choose).to_have_value("pca")


REGIONS = """async () => {
    const { regions, placedNames } = await import("./static/map/region_names.js");
    const islands = [[0, 0, 0], [0, 10, 0], [1, 0.5, 0.2]]; // class and place
    const rows = islands.flatMap(([label, a, b]) =>
        Array.from({ length: 20 }, (_, k) => [label, a + k / 100, b + k / 100]));
    const points = {
        n: rows.length,
        visible: new Uint8Array(rows.length).fill(1),
        label: rows.map(([label]) => label),
        x: rows.map(([, a]) => a),
        y: rows.map(([, , b]) => b),
    };
    const named = (scale) => {
        const map = { view: { scale }, width: 1000, height: 600,
            x: (a) => 500 + a * scale, y: (b) => 300 - b * scale };
        return placedNames(map, { points }, () => 60).map(({ label }) => label);
    };
    const visible = Uint8Array.from(points.label);
    return { far: regions(points, 100).length, close: named(40),
        hidden: regions({ ...points, visible }, 1).map(({ label }) => label) };
}"""


def test_names_stand_where_items_are_dense_and_never_overlap(atlas: Atlas) -> None:
    """A class is named on each of its islands; a name that would cover another is left out."""
    atlas.open()

    found = atlas.page.evaluate(REGIONS)

    assert found == {"far": 2, "close": [0, 0], "hidden": [1]}


def without_classes(route: Route) -> None:
    """Answer as for data without classes: the column of labels holds 255."""
    answer = route.fetch()
    body = bytearray(answer.body())
    length = int.from_bytes(body[:4], "little")
    head = json.loads(body[4 : 4 + length])
    at = 4 + length
    for column in head["columns"]:
        size = head["n"] * np.dtype(column["dtype"]).itemsize
        if column["name"] == "label":
            body[at : at + size] = b"\xff" * size
        at += size
    route.fulfill(response=answer, body=bytes(body))


def test_data_without_classes_show_typical_items_in_place_of_names(atlas: Atlas) -> None:
    """Images of items where many are, none over another; a click on one opens its card."""
    atlas.page.route("**/points?*", without_classes)
    atlas.open("#model=digits-z12")
    shown = atlas.page.locator("#map")
    expect(shown).to_have_attribute("data-landmarks", re.compile(r"^\d+( \d+)+$"))
    assert shown.get_attribute("data-names") == ""

    items = [int(item) for item in (shown.get_attribute("data-landmarks") or "").split()]
    table = get(atlas, f"{MODEL}/points?plane=chart&columns=x,y&format=json")
    places = [atlas.place(table["x"][item], table["y"][item]) for item in items]
    assert all(
        max(abs(x - other), abs(y - above)) >= 43  # places come in 16 bits
        for k, (x, y) in enumerate(places)
        for other, above in places[:k]
    )
    for item in items:
        at = ["pictures", *spot(atlas, table["x"][item], table["y"][item])]
        atlas.page.wait_for_function(f"(at) => ({PIXEL})(at)[3] === 255", arg=at)
    x, y = places[0]
    atlas.page.mouse.click(x + 15, y - 15)
    expect(atlas.page.locator(".picked h3")).to_contain_text(f"Item {items[0]},")


@pytest.fixture(scope="module")
def bundled() -> Any:
    """Serve the models that come with the project."""
    with ServiceProcess(BUNDLED_MODELS, default_model="mnist-z2") as server:
        yield server
