"""The panels: images, paths, samples, diagnostics, two models; their numbers are the API's."""

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Request, expect

from models.manifest import read_manifest
from models.prior import read_prior
from tests.browser.explorer_page import Atlas, Errors
from tests.service_process import wait_until

REFUSED = "Failed to load resource"  # how the browser notes what it was refused


def figure(text: str) -> float:
    """Read the first number of a text, with the page's true minus."""
    found = re.search(r"-?\d+(\.\d+)?", text.replace("−", "-"))
    assert found is not None, text
    return float(found[0])


def png_of_a_one() -> bytes:
    """Draw a bar of 8 × 8 pixels, so that nothing is resized."""
    pixels = np.zeros((8, 8), np.uint8)
    pixels[1:7, 3:5] = 255
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def test_uploaded_image_is_encoded_scored_and_placed(atlas: Atlas) -> None:
    """A chosen file lands where the API encodes it, with the API's score."""
    atlas.open("#panel=image")
    image = png_of_a_one()

    atlas.page.locator("input[type=file]").set_input_files(
        {"name": "one.png", "mimeType": "image/png", "buffer": image}
    )
    atlas.page.locator("[data-figure=score]").wait_for()

    def post(verb: str) -> dict[str, list[list[float]]]:
        answer = atlas.page.request.post(
            f"{atlas.url}v1/models/digits-z2/{verb}",
            data=image,
            headers={"content-type": "image/png", "accept": "application/json"},
        )
        found: dict[str, list[list[float]]] = answer.json()
        return found

    score = np.ravel(post("score")["score"])[0]
    shown = figure(atlas.page.locator("[data-figure=score]").inner_text())
    assert shown == pytest.approx(score, abs=0.01)
    assert atlas.z() == pytest.approx(post("encode")["z_mean"][0], abs=1e-5)


def test_drawing_by_mouse_is_encoded(atlas: Atlas) -> None:
    """A stroke on the pad is encoded as soon as it ends."""
    atlas.open("#panel=image")
    atlas.draw()

    expect(atlas.page.locator("[data-figure=score]")).to_contain_text("nats")


def test_drawing_by_keys_is_encoded(atlas: Atlas) -> None:
    """The pad is worked by keys: Space puts the pen down, arrows draw, Space lifts it."""
    atlas.open("#panel=image")
    pad = atlas.page.locator(".pad")

    pad.press("Space")
    for _ in range(12):
        pad.press("ArrowDown")
    pad.press("Space")

    expect(atlas.page.locator("[data-figure=score]")).to_contain_text("nats")


def test_pasted_image_is_encoded(atlas: Atlas) -> None:
    """An image from the clipboard is taken as a file is."""
    atlas.open("#panel=image")
    paste = """(text) => {
        const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
        const clipboardData = new DataTransfer();
        clipboardData.items.add(new File([bytes], "one.png", { type: "image/png" }));
        document.dispatchEvent(new ClipboardEvent("paste", { clipboardData }));
    }"""

    atlas.page.evaluate(paste, base64.b64encode(png_of_a_one()).decode())

    expect(atlas.page.locator("[data-figure=score]")).to_contain_text("nats")


def test_broken_file_is_refused_in_plain_words(atlas: Atlas, errors: Errors) -> None:
    """A file that is no image gives a message, and the page goes on."""
    atlas.open("#panel=image")

    atlas.page.locator("input[type=file]").set_input_files(
        {"name": "broken.png", "mimeType": "image/png", "buffer": b"\x89PNG broken"}
    )

    expect(atlas.page.get_by_role("alert")).not_to_be_empty()
    errors.allow(REFUSED)
    atlas.panel("point")


def test_own_image_is_dragged_from_where_it_lies(atlas: Atlas) -> None:
    """The diamond of an image can be dragged, and its decode follows."""
    atlas.open("#panel=image&view=0,0,150")
    atlas.page.locator("input[type=file]").set_input_files(
        {"name": "one.png", "mimeType": "image/png", "buffer": png_of_a_one()}
    )
    atlas.page.locator("[data-figure=score]").wait_for()
    a, b = atlas.z()
    x, y = atlas.place(a, b)

    atlas.page.mouse.move(x, y)
    atlas.page.mouse.down()
    atlas.page.mouse.move(x - 60, y + 30, steps=5)
    atlas.page.mouse.up()

    assert atlas.z() == pytest.approx([a - 0.4, b - 0.2], abs=1e-3)


def test_path_plays_and_is_saved(atlas: Atlas) -> None:
    """The path's frames play, and GIF, WebP and PNG come with as many images as asked for."""
    atlas.open("#panel=path&a=0.5,0.5&b=-1,0.25&steps=8")
    frame = atlas.page.get_by_role("slider", name="Frame")
    expect(frame).to_have_attribute("max", "7")

    atlas.page.get_by_role("button", name="Play").click()
    expect(frame).not_to_have_js_property("value", "0")
    atlas.page.get_by_role("button", name="Stop").click()

    frames = {}
    for name in ("GIF", "WEBP", "PNG"):
        with atlas.page.expect_download() as waiting:
            atlas.page.get_by_role("button", name=f"Save as {name}").click()
        with Image.open(waiting.value.path()) as image:
            frames[name] = (getattr(image, "n_frames", 1), image.size)
    assert frames["PNG"] == (1, (8 * 256, 256))
    assert frames["GIF"][0] >= 8
    assert frames["GIF"][1] == frames["WEBP"][1] == (256, 256)
    assert frames["WEBP"][0] >= 8


def test_path_is_saved_at_the_size_of_choice(atlas: Atlas) -> None:
    """An image of 8 pixels is saved as it is, or enlarged, with visible pixels or smooth."""
    atlas.open("#panel=path&a=0.5,0.5&b=-1,0.25&steps=5")
    size = atlas.page.get_by_label("Width of an image")
    sizes, colours = [], []

    for width, smooth in ((1, False), (64, False), (64, True)):
        size.select_option(str(width))
        atlas.page.get_by_label("Smooth").set_checked(smooth)
        with atlas.page.expect_download() as waiting:
            atlas.page.get_by_role("button", name="Save as PNG").click()
        with Image.open(waiting.value.path()) as image:
            sizes.append(image.size)
            colours.append(np.unique(np.asarray(image.convert("L"))).size)

    assert sizes == [(40, 8), (2560, 512), (2560, 512)]
    assert colours[0] == colours[1] < colours[2]


def test_ring_follows_the_frame(atlas: Atlas) -> None:
    """Playing moves the point from pin to pin; one undo brings it back."""
    atlas.open("#panel=path&a=0.5,0.5&b=-1,0.25&steps=5&method=lerp&z=2,2")
    frame = atlas.page.get_by_role("slider", name="Frame")
    expect(frame).to_have_attribute("max", "4")

    frame.fill("2")
    assert atlas.z() == pytest.approx([-0.25, 0.375])
    frame.fill("4")
    assert atlas.z() == pytest.approx([-1, 0.25])
    frame.press("Control+z")
    atlas.page.wait_for_url(re.compile("z=-0.25"))


def test_samples_follow_the_seed(atlas: Atlas) -> None:
    """Drawing again takes the next seed, and the address keeps it."""
    atlas.open("#panel=sample&seed=3")
    image = atlas.page.locator(".panel .wide-image").first
    expect(image).to_have_attribute("data-path", re.compile("seed=3"))

    atlas.page.get_by_role("button", name="Draw again").click()

    expect(image).to_have_attribute("data-path", re.compile("seed=4"))
    assert atlas.values()["seed"] == "4"


def test_diagnostics_are_the_numbers_of_the_manifest(atlas: Atlas) -> None:
    """KL per dimension and the metrics are those of the manifest."""
    atlas.open("#model=digits-z12&panel=diagnostics")
    manifest = atlas.page.request.get(f"{atlas.url}v1/models/digits-z12").json()["manifest"]
    texts = atlas.page.locator(".panel .chart").first.locator("text").all_text_contents()

    shown = {name: figure(value) for name, value in zip(texts[::2], texts[1::2], strict=True)}

    expected = {f"z{k}": kl for k, kl in enumerate(manifest["kl_per_dimension"])}
    assert shown == pytest.approx(expected, abs=1e-3)
    for row in atlas.page.get_by_role("table", name="Metrics").locator("tbody tr").all():
        name, value = row.inner_text().split("\t")
        assert figure(value) == pytest.approx(manifest["metrics"][name.replace(" ", "_")], abs=1e-3)


def test_holes_agree_with_an_independent_count(atlas: Atlas, atlas_store: Path) -> None:
    """The fitted prior's mass without data is its density, integrated over cells without points."""
    atlas.open("#panel=diagnostics")
    points = atlas.page.request.get(f"{atlas.url}v1/models/digits-z2/points?format=json").json()
    counts, *_ = np.histogram2d(points["x"], points["y"], bins=24, range=[[-3, 3], [-3, 3]])
    folder = atlas_store / "digits-z2" / "1"
    prior = read_prior(folder, read_manifest(folder))
    fine = (np.arange(24 * 5) + 0.5) / 20 - 3
    lattice = np.stack(np.meshgrid(fine, fine, indexing="ij"), axis=-1).reshape(-1, 2)
    density = np.exp(prior.log_prob(lattice.astype(np.float32)))
    mass = density.reshape(24, 5, 24, 5).sum(axis=(1, 3))
    share = 100 * mass[counts == 0].sum() / mass.sum()

    shown = figure(atlas.page.locator("[data-figure=holes]").inner_text())

    assert shown == pytest.approx(share, abs=1)  # 50,000 draws against an integral


def test_two_models_move_together(atlas: Atlas) -> None:
    """The second map shows the same place, and moves with the first and by itself."""
    atlas.open("#panel=compare")

    atlas.page.get_by_role("combobox", name="Second model").select_option("digits-z12@1")
    second = atlas.page.locator(".map.second")
    second.locator(".layer-base").wait_for()
    box = second.bounding_box()
    assert box is not None
    before = atlas.numbers("view")
    atlas.page.mouse.move(box["x"] + 50, box["y"] + 300)
    atlas.page.mouse.down()
    atlas.page.mouse.move(box["x"] + 110, box["y"] + 300, steps=4)
    atlas.page.mouse.up()

    moved = atlas.numbers("view")
    assert moved[0] == pytest.approx(before[0] - 60 / before[2], abs=1e-4)
    table = atlas.page.get_by_role("table", name="Metrics of both models")
    expect(table).to_contain_text("active units")


def plane_of_two_dimensions() -> str:
    """Name the plane c = 0, u = (0, 1), v = (1, 0)."""
    raw = np.array([0, 0, 0, 1, 1, 0], "<f4").tobytes()
    return "v-" + base64.urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.mark.parametrize(
    ("first", "second", "shown"),
    [
        ("digits-z12", "digits-z2", "its own plane dims-0-1"),
        (f"digits-z2&plane={plane_of_two_dimensions()}", "digits-z12", "its own chart"),
    ],
)
def test_second_map_of_other_places_shows_the_same_item_or_picture(
    atlas: Atlas, first: str, second: str, shown: str
) -> None:
    """Without a plane in common, it goes where its model has the item, or encodes the picture."""
    asked: list[list[float]] = [[]]

    def note(request: Request) -> None:
        if request.url.endswith(f"/{second}@1/decode"):
            asked.append(json.loads(request.post_data or "")["z"][0])

    def api(path: str, **body: Any) -> Any:
        return atlas.page.request.fetch(f"{atlas.url}v1/models/{path}", **body).json()

    def decoded() -> list[float]:
        atlas.page.evaluate("0")  # until then Playwright tells of no request
        return asked[-1]

    atlas.page.on("request", note)
    atlas.open(f"#model={first}&panel=items")
    atlas.page.get_by_role("spinbutton", name="Item").fill("12")
    atlas.page.get_by_role("button", name="Go to it", exact=True).click()
    expect(atlas.page.locator("#map")).to_have_attribute("data-item", "12")

    atlas.panel("compare")
    atlas.page.get_by_role("combobox", name="Second model").select_option(f"{second}@1")

    plate = atlas.page.locator(".plate")
    expect(plate).to_have_text(f"{second}: {shown}, at item 12")
    item = api(f"{second}/items/12?format=json")["z_mean"]
    wait_until(lambda: decoded() == pytest.approx(item, abs=1e-5))

    atlas.page.locator("#map").press("ArrowRight")
    expect(plate).to_have_text(f"{second}: {shown}, where it encodes the picture")
    z = ",".join(map(str, atlas.z()))
    name = first.partition("&")[0]
    image = atlas.page.request.get(f"{atlas.url}v1/models/{name}/decode?z={z}&format=png").body()
    png = {"content-type": "image/png"}
    code = api(f"{second}/encode", method="POST", data=image, headers=png)["z_mean"][0]
    wait_until(lambda: decoded() == pytest.approx(code, abs=1e-4))


def test_maps_of_other_places_move_apart(atlas: Atlas) -> None:
    """A drag of the second map moves it alone, and a click on it sets no point."""
    atlas.open("#model=digits-z12&panel=compare&compare=digits-z2@1")
    second = atlas.page.locator(".map.second")
    second.locator(".layer-base").wait_for()
    box = second.bounding_box()
    assert box is not None
    view, z = atlas.numbers("view"), atlas.z()

    atlas.page.mouse.move(box["x"] + 50, box["y"] + 300)
    atlas.page.mouse.down()
    atlas.page.mouse.move(box["x"] + 110, box["y"] + 300, steps=4)
    atlas.page.mouse.up()
    atlas.page.mouse.click(box["x"] + 80, box["y"] + 200)

    assert atlas.numbers("view") == view
    assert atlas.z() == z


def test_leaving_the_comparison_brings_one_map_back(atlas: Atlas) -> None:
    """Another panel closes the second map."""
    atlas.open("#panel=compare&compare=digits-z12@1")
    atlas.page.locator(".map.second").wait_for()

    atlas.panel("point")

    expect(atlas.page.locator(".map.second")).to_have_count(0)
