"""Copying where a page may reach no clipboard, as on plain http by a name of the network."""

import pytest
from playwright.sync_api import expect

from tests.browser.explorer_page import Atlas

CLIPBOARD = "Object.defineProperty(Navigator.prototype, 'clipboard', {{ value: {} }});"
NO_CLIPBOARD = CLIPBOARD.format("undefined")
REFUSED = CLIPBOARD.format("{ writeText: () => Promise.reject(new Error('not allowed')) }")


def selected(atlas: Atlas) -> str:
    """Read what Ctrl+C would copy."""
    text: str = atlas.page.evaluate(
        """() => { const { value, selectionStart, selectionEnd } = document.activeElement;
            return value.slice(selectionStart, selectionEnd); }"""
    )
    return text


@pytest.mark.parametrize("without", [NO_CLIPBOARD, REFUSED], ids=["http", "refused"])
@pytest.mark.parametrize(
    ("name", "fragment", "part"),
    [
        ("Copy link", "#panel=sample", "#model=digits-z2"),
        ("Copy as curl", "#panel=sample", "curl -sf"),
        ("Copy as Python", "#panel=sample", "urlopen(request)"),
    ],
)
def test_text_is_selected_where_there_is_no_clipboard(
    atlas: Atlas, without: str, name: str, fragment: str, part: str
) -> None:
    """Each copy button offers its text selected, and does not say that it was copied."""
    atlas.page.add_init_script(without)
    atlas.open(fragment)

    atlas.page.get_by_role("button", name=name).first.click()
    dialog = atlas.page.get_by_role("dialog")
    expect(dialog.get_by_role("textbox")).to_be_focused()

    assert part in selected(atlas)
    expect(atlas.page.locator("#notice")).to_be_empty()
    atlas.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_path_is_selected_where_there_is_no_clipboard(filed: Atlas) -> None:
    """So does the button beside an item's path."""
    filed.page.add_init_script(NO_CLIPBOARD)
    filed.open("#item=3")

    path = filed.page.get_by_role("textbox", name="Path").input_value()
    filed.page.get_by_role("button", name="Copy path").click()
    expect(filed.page.get_by_role("dialog").get_by_role("textbox")).to_be_focused()

    assert selected(filed) == path


def test_link_to_this_computer_says_so(atlas: Atlas) -> None:
    """A link that begins with 127.0.0.1 is of no use on another computer."""
    atlas.open()

    atlas.page.get_by_role("button", name="Copy link").click()

    expect(atlas.page.locator("#notice")).to_contain_text("opens on this computer only")
