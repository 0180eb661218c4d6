"""The page survives: no model, another model, a restart, a prefix, a service that is busy."""

import shutil
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.browser.explorer_page import Atlas, Errors
from tests.service_process import ServiceProcess, answers, fetch, wait_until

Serve = Callable[..., ServiceProcess]

REFUSED = "Failed to load resource"  # how the browser notes what it was refused


def test_no_model_yet_says_what_to_do_and_goes_on(
    page: Page, serve: Serve, atlas_store: Path, tmp_path: Path, errors: Errors
) -> None:
    """Over an empty store the page says what to run, and shows the first model that comes."""
    server = serve(tmp_path, reload_seconds=0.2).start("health/live")
    page.goto(server.url)
    expect(page.locator("#notice")).to_contain_text("make train")

    shutil.copytree(atlas_store / "digits-z2", tmp_path / "digits-z2")

    page.locator("body[data-items=yes]").wait_for(timeout=90_000)
    errors.allow(REFUSED)


def test_prefix_in_the_path_changes_nothing(page: Page, serve: Serve, atlas_store: Path) -> None:
    """Behind a path prefix every address of the page still fits."""
    server = serve(atlas_store, root_path="/some/prefix").start()
    atlas = Atlas(page, server.url).open()

    for panel in ["image", "path", "sample", "items", "diagnostics", "compare", "point"]:
        atlas.panel(panel)
    page.locator(".thumb img").first.wait_for()


def test_a_service_with_a_key_is_asked_with_it(
    page: Page, serve: Serve, atlas_store: Path, errors: Errors
) -> None:
    """The page asks for the key, again if it is wrong, sends it, and keeps it through a reload."""
    server = serve(atlas_store, api_key="the-right-key").start()
    page.goto(f"{server.url}#model=digits-z2")
    for key in ("a-wrong-key", "the-right-key"):
        page.get_by_label("API key").fill(key)
        page.get_by_role("button", name="Use this key").click()
    atlas = Atlas(page, server.url).settle()
    atlas.panel("sample")
    picture = page.locator("img.wide-image").first
    expect(picture).to_have_js_property("complete", value=True)
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    atlas.panel("items")
    expect(page.locator(".thumb img").first).to_have_js_property("naturalWidth", 8)

    page.reload()
    atlas.settle()
    expect(page.locator("dialog")).to_have_count(0)
    errors.allow(REFUSED)


def test_restart_in_the_middle_of_a_drag(
    page: Page, serve: Serve, tiny_store: Path, errors: Errors
) -> None:
    """The service goes and comes back while the point is dragged: the last image is right."""
    server = serve(tiny_store).start()
    atlas = Atlas(page, server.url).open("#model=digits-z2&z=0,0&view=0,0,150")
    x, y = atlas.place(0, 0)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=4)

    server.stop()
    page.mouse.move(x + 120, y + 30, steps=8)
    expect(page.locator("#notice")).to_contain_text("does not answer")
    page.mouse.move(x + 150, y + 75, steps=4)
    server.start()
    page.mouse.up()

    expect(page.locator("#notice")).to_be_empty(timeout=30_000)
    expect(page.locator(".panel .picture")).to_have_attribute("data-z", "1,-0.5", timeout=30_000)
    errors.allow(REFUSED)


def test_busy_service_is_asked_again(atlas: Atlas, errors: Errors) -> None:
    """A 429 is waited out and the request repeated; the point's image comes."""
    refused: list[str] = []

    def refuse(route: Route) -> None:
        if len(refused) < 3:
            refused.append(route.request.url)
            route.fulfill(status=429, headers={"retry-after": "1"}, json={"code": "Busy"})
        else:
            route.continue_()

    atlas.open("#z=0,0")
    atlas.page.route("**/decode", refuse)

    atlas.page.get_by_label("z0, exact").fill("1.5")
    atlas.page.get_by_label("z0, exact").press("Enter")

    expect(atlas.page.locator(".panel .picture")).to_have_attribute("data-z", "1.5,0")
    assert len(refused) == 3
    errors.allow(REFUSED)


def test_new_version_is_taken_up(
    page: Page, serve: Serve, atlas_store: Path, tmp_path: Path, errors: Errors
) -> None:
    """When the version on the page is replaced, the page goes on with the new one, where it was."""
    store = tmp_path / "store"
    shutil.copytree(atlas_store / "digits-z2", store / "digits-z2")
    server = serve(store, reload_seconds=0.2).start()
    atlas = Atlas(page, server.url).open("#z=0.5,0.5")
    publish_again(store)
    wait_until(lambda: b'"version":2' in fetch_model(server))

    shutil.rmtree(store / "digits-z2" / "1")
    wait_until(lambda: not answers(f"{server.url}v1/models/digits-z2@1"))
    page.get_by_role("slider", name="z0").fill("1")

    expect(page.locator("body[data-items=yes]")).to_be_attached()
    expect(page.locator("#notice")).to_contain_text("another model")
    assert atlas.z() == [1, 0.5]
    errors.allow(REFUSED)


def publish_again(store: Path) -> None:
    """Export version 1 once more, as version 2, with a file that makes it another one."""
    from models.store import ModelId, Store

    shelf = Store(store)
    manifest = shelf.manifest(ModelId("digits-z2", 1))
    with shelf.stage("digits-z2") as stage:
        shutil.copytree(store / "digits-z2" / "1", stage, dirs_exist_ok=True)
        (stage / "card.md").write_text("# Another\n")
        shelf.publish(stage, manifest)


def fetch_model(server: ServiceProcess) -> bytes:
    """Read the description of the newest version."""
    return fetch(f"{server.url}v1/models/digits-z2")
