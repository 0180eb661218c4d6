"""More like these: the items nearest to a selection."""

import re

from playwright.sync_api import expect

from tests.browser.explorer_page import Atlas

LEFT = "lasso=-0.5,-9,-0.5,9,-9,9,-9,-9"  # of dims-0-1


def test_more_like_a_selection(atlas: Atlas) -> None:
    """They are the service's neighbours of the selected items, none of which is among them."""
    atlas.open(f"#panel=items&{LEFT}")
    with atlas.page.expect_response("**/neighbours?item=*") as waiting:
        atlas.page.get_by_role("button", name="More like these").click()
    answer = [item["id"] for item in waiting.value.json()["items"]]
    asked = {int(i) for i in re.findall(r"\d+", waiting.value.url.split("item=")[1].split("&")[0])}

    thumbs = atlas.page.locator(".panel-part .thumb img")
    expect(thumbs).to_have_count(24)
    assert [int(thumb.get_attribute("data-id") or "") for thumb in thumbs.all()] == answer
    selected = re.findall(r"(\d+) selected", atlas.page.locator("#status").inner_text())
    assert len(asked) == int(selected[0])
    assert not asked & set(answer)


def test_not_offered_for_all_items(atlas: Atlas) -> None:
    """All items have no others like them; what was found goes with the selection."""
    atlas.open(f"#panel=items&{LEFT}")
    more = atlas.page.get_by_role("button", name="More like these")
    more.click()
    found = atlas.page.get_by_role("heading", name="More like these")
    expect(found).to_be_visible()

    atlas.page.get_by_role("button", name="Drop the selection").click()

    expect(found).to_be_hidden()
    expect(more).to_be_hidden()
