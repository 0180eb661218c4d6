"""Everything is an address: it restores the view, it can be undone, it can be copied."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.explorer_page import Atlas

FULL = (
    "#model=digits-z12&plane=dims-3-5&view=0.5,-0.25,150&panel=path&method=lerp&steps=8"
    "&hidden=1.4&layers=digits.items&colour=kl&compare=digits-z2@1"
)


def test_address_restores_what_was_seen(atlas: Atlas) -> None:
    """A link opened anew gives the same state and the same map, pixel for pixel."""
    atlas.open(FULL)
    atlas.page.locator("#map").press("Enter")
    atlas.page.locator("#map").press("ArrowRight")
    atlas.page.locator("#map").press("Enter")
    atlas.page.locator(".wide-image").wait_for()
    values, address = atlas.values(), atlas.page.url
    picture = atlas.settle().page.locator("#map .layer-base").screenshot()

    atlas.open(address.removeprefix(atlas.url))
    atlas.page.locator(".wide-image").wait_for()

    assert atlas.values() == values
    assert len(address) < 2048
    assert atlas.page.locator("#map .layer-base").screenshot() == picture


def test_back_and_forward_undo_and_redo(atlas: Atlas) -> None:
    """Back returns to the point before a click, Forward to that after it; so does Ctrl-Z."""
    atlas.open("#view=0,0,150&z=0,0")
    atlas.page.mouse.click(*atlas.place(1, 1))
    after = atlas.z()

    atlas.page.go_back()
    back = atlas.z()
    atlas.page.go_forward()
    forward = atlas.z()
    atlas.page.locator("#map").focus()
    atlas.page.keyboard.press("Control+z")
    expect(atlas.page.get_by_label("z0, exact")).to_have_value("0")

    assert after == pytest.approx([1, 1], abs=0.01)
    assert (back, forward) == ([0, 0], after)
    assert atlas.z() == [0, 0]


def test_link_of_another_model_says_so(atlas: Atlas) -> None:
    """A link made on a model with another fingerprint warns that places may have changed."""
    atlas.open("#model=digits-z2&made=0123456789abcdef")

    expect(atlas.page.locator("#notice")).to_contain_text("made on another model")


def test_link_of_an_absent_model_says_so(atlas: Atlas) -> None:
    """A link to a model that is not served opens the default one and says that."""
    atlas.open("#model=absent")

    expect(atlas.page.locator("#notice")).to_contain_text("no model absent")


def test_damaged_address_still_opens(atlas: Atlas) -> None:
    """What an address says wrong is left out; the page opens with the rest."""
    for damage in ("z=1,2,3", "z=!!", "plane=dims-7-9", "view=a,b", "lasso=1", "panel=none"):
        atlas.open(f"#{damage}")
        expect(atlas.page.locator("#status")).to_contain_text("items shown")


def picture_bytes(atlas: Atlas) -> bytes:
    """Fetch what the panel's picture shows, as the page fetched it."""
    path = atlas.page.locator(".panel .wide-image").first.get_attribute("data-path")
    script = """async (path) => Array.from(new Uint8Array(
        await (await fetch(path, { headers: { accept: "image/png" } })).arrayBuffer()))"""
    return bytes(atlas.page.evaluate(script, path))


def copied(atlas: Atlas, name: str) -> str:
    """Press a copy button and read the clipboard."""
    atlas.page.get_by_role("button", name=f"Copy as {name}").first.click()
    expect(atlas.page.locator("#notice")).to_contain_text(f"{name} request is on the clipboard")
    text: str = atlas.page.evaluate("navigator.clipboard.readText()")
    return text


def test_curl_and_python_repeat_the_same_bytes(atlas: Atlas, tmp_path: Path) -> None:
    """The copied requests, run by curl and by Python, give the bytes that the page shows."""
    atlas.open("#panel=sample&seed=7")
    atlas.page.locator(".panel .wide-image").first.wait_for()
    shown = picture_bytes(atlas)

    subprocess.run(["bash", "-c", copied(atlas, "curl")], cwd=tmp_path, check=True)
    by_curl = (tmp_path / "picture.png").read_bytes()
    (tmp_path / "picture.png").unlink()
    subprocess.run([sys.executable, "-c", copied(atlas, "Python")], cwd=tmp_path, check=True)

    assert by_curl == shown
    assert (tmp_path / "picture.png").read_bytes() == shown


def test_copied_path_repeats_the_strip(atlas: Atlas, tmp_path: Path) -> None:
    """A request with a body is copied with it: the path from A to B comes out the same."""
    atlas.open("#panel=path&a=0.5,0.5&b=-1,0.25&steps=8")
    atlas.page.locator(".panel .wide-image[src^=blob]").wait_for()

    subprocess.run([sys.executable, "-c", copied(atlas, "Python")], cwd=tmp_path, check=True)

    script = """async () => {
        const body = JSON.stringify({ z: [[0.5, 0.5], [-1, 0.25]] });
        const path = "v1/models/digits-z2/interpolate?steps=8&method=slerp&format=png";
        const answer = await fetch(path,
            { method: "POST", body, headers: { "content-type": "application/json" } });
        return Array.from(new Uint8Array(await answer.arrayBuffer()));
    }"""
    assert (tmp_path / "path.png").read_bytes() == bytes(atlas.page.evaluate(script))


def test_link_button_copies_the_address(atlas: Atlas) -> None:
    """The link on the clipboard is the address of what is seen."""
    atlas.open()

    atlas.page.get_by_role("button", name="Copy link").click()
    expect(atlas.page.locator("#notice")).to_contain_text("clipboard")

    text = atlas.page.evaluate("navigator.clipboard.readText()")
    assert text == atlas.page.url
    assert re.search(r"made=[0-9a-f]{16}", text)
