"""For the tests of the page: the real service, tiny but really trained models, a real Chromium."""

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.chromium import launch
from tests.browser.explorer_page import Atlas, Errors
from tests.browser.filed_store import write_filed_store
from tests.once import once
from tests.service_process import ServiceProcess, answers, wait_until


@pytest.fixture(scope="session")
def atlas_store(tiny_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Add to a copy of the tiny store: twelve dimensions, a conditional model, one in colour."""

    def write(root: Path) -> None:
        from models.store import Store
        from scripts.draw_shapes import write_shapes
        from training.config import load_config
        from training.export import export
        from training.fit import fit
        from training.load_dataset import load_dataset

        shutil.copytree(tiny_store, root)
        runs = tmp_path_factory.mktemp("runs")
        write_shapes(runs / "shapes", per_class=60, sides=(32, 32))
        for name, settings, data in [
            ("digits-z12", ["latent_dim=12"], None),
            ("digits-c2", ["conditional=true"], None),
            ("shapes-z12", ["latent_dim=12", "image_size=[32,32]"], runs / "shapes"),
        ]:
            config = load_config("digits-z2", [f"name={name}", "epochs=4", *settings])
            run = fit(config, data, load_dataset(config, data), runs / name)
            export(run, Store(root))

    return once(tmp_path_factory, "atlas-store", write)


@pytest.fixture(scope="session")
def atlas_server(atlas_store: Path) -> Iterator[ServiceProcess]:
    """Run the real service over them."""
    server = ServiceProcess(atlas_store, default_model="digits-z2").start()
    for model in ("digits-z2", "digits-z12", "digits-c2", "shapes-z12"):
        wait_until(partial(answers, f"{server.url}v1/models/{model}"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def filed_server(
    tiny_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServiceProcess]:
    """Run the real service over a model whose items have files and columns."""
    store = once(tmp_path_factory, "filed-store", partial(write_filed_store, tiny_store))
    server = ServiceProcess(store).start()
    wait_until(partial(answers, f"{server.url}v1/models/digits-z2"))
    yield server
    server.stop()


@pytest.fixture
def filed(page: Page, filed_server: ServiceProcess) -> Atlas:
    """The explorer over these items; not opened yet."""
    return Atlas(page, filed_server.url)


@pytest.fixture
def serve() -> Iterator[Callable[..., ServiceProcess]]:
    """Make services of a test's own; they end with it."""
    made: list[ServiceProcess] = []

    def make(store: Path, **settings: Any) -> ServiceProcess:
        made.append(ServiceProcess(store, **settings))
        return made[-1]

    yield make
    for server in made:
        server.stop()


@pytest.fixture(scope="module")  # Playwright keeps an event loop running: not into other tests
def browser() -> Iterator[Browser]:
    """Start a real Chromium."""
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


NO_TOUR = "if (location.protocol === 'http:') localStorage.setItem('vae-atlas-tour', 'yes');"
NOTE_VIOLATIONS = """
addEventListener("securitypolicyviolation",
    (event) => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`));
"""


@pytest.fixture
def errors() -> Errors:
    """Collect the page's errors; see `context`."""
    return Errors()


@pytest.fixture
def context(browser: Browser, errors: Errors) -> Iterator[BrowserContext]:
    """Open a context of its own; the test fails if one of its pages had an error."""
    context = browser.new_context(viewport={"width": 1200, "height": 800})
    context.add_init_script(NOTE_VIOLATIONS)
    context.add_init_script(NO_TOUR)
    context.on("page", errors.listen)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context
    context.close()
    assert errors.unexpected() == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """Open a page of that context."""
    page = context.new_page()
    page.set_default_timeout(20_000)
    return page


@pytest.fixture
def atlas(page: Page, atlas_server: ServiceProcess) -> Atlas:
    """The explorer of the shared server; not opened yet."""
    return Atlas(page, atlas_server.url)
