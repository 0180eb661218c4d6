"""More items than a frame has time for: a part of them is drawn, and that is said."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.explorer_page import Atlas, Errors
from tests.browser.filed_store import write_crowded_store
from tests.once import once
from tests.service_process import ServiceProcess, answers, wait_until

ITEMS = 150_000


@pytest.mark.parametrize("renderer", ["2d", "webgl2"])
def test_a_part_of_many_items_is_drawn_and_said(
    page: Page,
    serve: Callable[..., ServiceProcess],
    tiny_store: Path,
    tmp_path_factory: pytest.TempPathFactory,
    renderer: str,
) -> None:
    """From afar one of some is drawn, close up each, and all are counted and found."""
    write = partial(write_crowded_store, tiny_store, ITEMS)
    server = serve(once(tmp_path_factory, "crowded-store", write)).start()
    wait_until(partial(answers, f"{server.url}v1/models/digits-z2"))
    atlas = Atlas(page, server.url).open(f"#layers=items&renderer={renderer}")
    status = page.locator("#status")
    expect(status).to_contain_text("50\u2009000 of 150\u2009000 items drawn; zoom in for all")
    for _ in range(4):
        page.locator("#map").press("+")
    expect(status).to_contain_text("150\u2009000 of 150\u2009000 items shown")
    atlas.panel("items")
    expect(page.locator(".panel")).to_contain_text("150\u2009000 of 150\u2009000 items shown")


def test_too_many_items_to_compare_are_said(
    page: Page,
    serve: Callable[..., ServiceProcess],
    tiny_store: Path,
    tmp_path_factory: pytest.TempPathFactory,
    errors: Errors,
) -> None:
    """A list that the service refuses gives its reason in its place."""
    errors.allow("Failed to load resource")
    write = partial(write_crowded_store, tiny_store, ITEMS)
    server = serve(once(tmp_path_factory, "crowded-store", write)).start()
    wait_until(partial(answers, f"{server.url}v1/models/digits-z2"))
    Atlas(page, server.url).open("#panel=review")
    expect(page.locator(".panel")).to_contain_text("up to 100000 are compared")
