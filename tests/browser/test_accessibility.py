"""For everyone: axe, keyboard alone, reduced motion, narrow screens, sizes of targets, words."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.explorer_page import Atlas
from tests.service_process import ServiceProcess

PANELS = ["point", "image", "path", "sample", "items", "directions", "diagnostics", "compare"]
SCHEMES = ["light", "dark", "forced"]
WIDTHS = [320, 768, 1440]
# Each scheme and each width once; the other pairs take half a minute more.
LOOKS = [
    pytest.param(scheme, width, marks=[] if i == j else pytest.mark.long)
    for i, scheme in enumerate(SCHEMES)
    for j, width in enumerate(WIDTHS)
]
PINS = "a=0.5,0.5&b=-1,0.25&directions=v-AACAPwAAAAA,-1,1,0.75,3,8"


def opened(
    browser: Browser, server: ServiceProcess, scheme: str, width: int, fragment: str = PINS
) -> Page:
    """Open the page in a colour scheme and a width."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        forced_colors="active" if scheme == "forced" else "none",
    )
    page = context.new_page()
    Atlas(page, server.url).open(f"#{fragment}")
    return page


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """Return what axe finds wrong: the rule, and some of the elements."""
    results = Axe().run(page).response["violations"]
    return [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in results]


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_axe_finds_nothing(
    browser: Browser, atlas_server: ServiceProcess, scheme: str, width: int
) -> None:
    """Axe has no violation to report, with each panel open, the welcome, the help and the tour."""
    page = opened(browser, atlas_server, scheme, width)
    atlas = Atlas(page, atlas_server.url)
    found = {"welcome": violations(page)}

    page.get_by_role("button", name="No, thanks").click()
    for panel in PANELS:
        atlas.panel(panel)
        found[panel] = violations(page)
    page.get_by_role("button", name="Help and keys").click()
    found["help"] = violations(page)
    page.get_by_role("button", name="Take the tour").click()
    found["tour"] = violations(page)
    page.context.close()

    assert not any(found.values()), found


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1440)])
def test_axe_finds_nothing_on_a_chart(
    browser: Browser, atlas_server: ServiceProcess, scheme: str, width: int
) -> None:
    """Nor with a chart's first view, the layer menu, items as pictures, and an item's card."""
    page = opened(browser, atlas_server, scheme, width, "model=digits-z12")
    page.get_by_role("button", name="No, thanks").click()
    found = {"first view": violations(page)}

    page.get_by_label("Layers", exact=True).click()
    found["layers"] = violations(page)
    page.keyboard.press("Escape")
    path = "v1/models/digits-z12/points?plane=chart&columns=x,y&format=json"
    table = page.request.get(f"{atlas_server.url}{path}").json()
    view = f"{table['x'][3]},{table['y'][3]},2000"
    Atlas(page, atlas_server.url).open(f"#model=digits-z12&view={view}&item=3")
    expect(page.locator("#map")).to_have_attribute("data-pictures", re.compile("[1-9]"))
    expect(page.locator(".picked")).to_contain_text("Reconstruction error")
    found["card"] = violations(page)
    page.context.close()

    assert not any(found.values()), found


def test_keys_alone_open_a_card_and_choose_layers(atlas: Atlas) -> None:
    """On a chart an item's card opens by its number, and Space takes a layer away."""
    atlas.open("#model=digits-z12&panel=items")
    keys = atlas.page.keyboard

    atlas.page.get_by_role("spinbutton", name="Item").focus()
    keys.press("ControlOrMeta+A")
    keys.type("3")
    keys.press("Tab")
    keys.press("Enter")
    atlas.page.locator("#tab-items").focus()
    keys.press("Home")
    expect(atlas.page.locator(".picked h3")).to_contain_text("Item 3, class")
    atlas.page.get_by_label("Layers", exact=True).focus()
    keys.press("Enter")
    coast = atlas.page.get_by_role("checkbox", name="Sea and coast of a chart")
    for _ in range(6):
        if not coast.evaluate("(box) => box === document.activeElement"):
            keys.press("Tab")
    keys.press("Space")

    expect(coast).not_to_be_checked()
    assert "coast" not in atlas.values()["layers"].split(".")


def test_tour_has_six_steps_with_this_models_numbers(
    browser: Browser, atlas_server: ServiceProcess
) -> None:
    """The first visit offers six steps; they name the model's own figures and end on the map."""
    page = opened(browser, atlas_server, "light", 1200)
    page.get_by_role("button", name="Six short steps").click()
    texts = []

    for step in range(6):
        expect(page.locator(".tour")).to_contain_text(f"{step + 1} of 6")
        texts.append(page.locator(".tour p").inner_text())
        page.locator(".tour").get_by_role("button", name=re.compile("Next|Done")).click()

    assert "8 × 8 pixels into 2 numbers" in texts[0]
    assert "297 images" in texts[2]
    assert "of its 2 dimensions" in texts[4]
    expect(page.locator("#map")).to_be_focused()
    page.context.close()


def test_no_page_scrolls_sideways(browser: Browser, atlas_server: ServiceProcess) -> None:
    """At 320 pixels nothing is wider than the screen."""
    page = opened(browser, atlas_server, "light", 320)
    page.get_by_role("button", name="No, thanks").click()
    atlas = Atlas(page, atlas_server.url)
    wide: dict[str, list[int]] = {}

    for panel in PANELS:
        atlas.panel(panel)
        widths = page.evaluate(
            "[document.documentElement.scrollWidth, document.getElementById('panel').scrollWidth]"
        )
        wide |= {panel: widths} if max(widths) > 320 else {}

    page.context.close()
    assert wide == {}


def test_targets_are_large_enough(atlas: Atlas) -> None:
    """Every control is at least 24 pixels in both directions, text links aside."""
    small = """Array.from(document.querySelectorAll("button, select, input, summary"))
        .filter((e) => e.checkVisibility() && !e.matches(".link, .hidden, [type=checkbox]"))
        .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
        .filter(([, box]) => box.width < 24 || box.height < 24).map(([html]) => html)"""
    atlas.open(f"#{PINS}")
    found = []

    for panel in PANELS:
        atlas.panel(panel)
        found += atlas.page.evaluate(small)

    assert found == []


def test_nothing_moves_under_reduced_motion(atlas: Atlas) -> None:
    """With reduced motion no animation or transition runs anywhere."""
    atlas.page.emulate_media(reduced_motion="reduce")
    atlas.open(f"#{PINS}")

    for panel in PANELS:
        atlas.panel(panel)
        assert atlas.page.evaluate("document.getAnimations().length") == 0


def test_map_is_worked_by_keys(atlas: Atlas) -> None:
    """Arrows move the point by a cell, plus and minus zoom, zero shows everything."""
    atlas.open("#view=0,0,128")
    canvas = atlas.page.locator("#map")
    canvas.focus()

    canvas.press("ArrowRight")
    canvas.press("Shift+ArrowUp")
    moved = atlas.z()
    canvas.press("+")
    zoomed = atlas.numbers("view")[2]
    canvas.press("-")
    canvas.press("-")
    out = atlas.numbers("view")[2]
    canvas.press("0")

    assert moved == pytest.approx([0.25, 2.0])
    assert (zoomed, out) == (256, 64)
    assert atlas.numbers("view")[2] not in (64, 256)


def test_keys_keep_the_point_in_view(atlas: Atlas) -> None:
    """The map follows a point that arrows take beyond its edge."""
    atlas.open("#view=0,0,128")

    for _ in range(5):
        atlas.page.locator("#map").press("Shift+ArrowRight")

    a, b = atlas.z()
    x, _ = atlas.place(a, b)
    box = atlas.page.locator("#map").bounding_box()
    assert box is not None
    assert box["x"] < x < box["x"] + box["width"]


def test_every_feature_is_reached_without_a_mouse(atlas: Atlas) -> None:
    """Tab reaches tools, zoom, classes, all panels and their controls, and is never trapped."""
    atlas.open(f"#{PINS}")
    named = """(() => { const e = document.activeElement;
        return [e.getAttribute("aria-label") || e.textContent || e.id, e.tagName]; })()"""
    seen: set[str] = set()

    for panel in PANELS:
        atlas.panel(panel)
        atlas.page.locator("#map").focus()
        for _ in range(90):
            atlas.page.keyboard.press("Tab")
            text, tag = atlas.page.evaluate(named)
            seen.add(text.strip())
            if tag == "BODY":
                break

    wanted = {
        "Move the map (V)", "Probe: drag to decode (P)", "Lasso: select items (L)", "Layers",
        "Zoom in (+)", "Zoom out (−)", "Show everything (0)", "z0", "z1, exact", "Pin A",
        "Choose a file…", "Play", "Frame", "Save as GIF", "Draw again", "Save as CSV",
        "Select those in view", "From: selected", "Copy as curl", "Copy as Python", "Second model",
    }  # fmt: skip
    assert wanted <= seen
    assert any(name.startswith("Show class 0") for name in seen)
    assert any(name.startswith("Drawing pad") for name in seen)


def test_tabs_of_the_panels_turn_by_arrows(atlas: Atlas) -> None:
    """Arrow keys go from panel to panel, as in any list of tabs."""
    atlas.open()
    atlas.page.locator("#tab-point").focus()

    atlas.page.keyboard.press("ArrowRight")
    atlas.page.locator(".panel[data-panel=image]").wait_for()
    atlas.page.keyboard.press("End")

    expect(atlas.page.locator("#tab-compare")).to_be_focused()
    expect(atlas.page.locator("#tab-compare")).to_have_attribute("aria-selected", "true")


def test_point_is_told_in_words(atlas: Atlas) -> None:
    """A screen reader hears where the point is, what is near, and how typical it is."""
    atlas.open("#z=0.5,0.25")

    live = atlas.page.locator("#live")

    expect(live).to_contain_text("z0 0.500")
    expect(live).to_contain_text(re.compile(r"nearest item \d+, class \d"))
    expect(live).to_contain_text("norm 0.56")


def test_question_mark_opens_the_keys_and_escape_closes(atlas: Atlas) -> None:
    """The question mark shows every key, Escape closes it, and the focus comes back."""
    atlas.open()
    atlas.page.locator("#map").focus()

    atlas.page.keyboard.press("?")
    expect(atlas.page.get_by_role("dialog")).to_contain_text("Pin the point")
    atlas.page.keyboard.press("Escape")

    expect(atlas.page.get_by_role("dialog")).to_have_count(0)
    expect(atlas.page.locator("#map")).to_be_focused()
