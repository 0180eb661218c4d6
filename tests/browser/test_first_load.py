"""The first load: small, its own, and without a complaint."""

from playwright.sync_api import Browser, Page, Request, Route

from tests.browser.explorer_page import Atlas
from tests.service_process import ServiceProcess

MOST_BYTES = 60 * 1024
MOST_REQUESTS = 12
BEFORE_MAP = """
const shown = performance.getEntriesByName("map-shown")[0].startTime;
performance.getEntriesByType("resource").filter((entry) => entry.startTime < shown).length
"""


def test_map_shows_within_twelve_requests(atlas: Atlas) -> None:
    """A person sees decoded images after at most twelve requests, the page itself included."""
    atlas.open()

    before = 1 + atlas.page.evaluate(BEFORE_MAP)

    assert before <= MOST_REQUESTS


def test_page_and_its_scripts_come_in_sixty_kilobytes(atlas: Atlas) -> None:
    """HTML, style and every script of the first load weigh at most 60 KB as sent."""
    requests: list[Request] = []

    def note(request: Request) -> None:
        requests.append(request)  # Playwright takes no method of a built-in

    atlas.page.on("requestfinished", note)

    atlas.open()

    own = [r for r in requests if "/v1/" not in r.url and not r.url.startswith("data:")]
    assert sum(request.sizes()["responseBodySize"] for request in own) <= MOST_BYTES


def test_nothing_is_asked_of_another_origin(atlas: Atlas, atlas_server: ServiceProcess) -> None:
    """With every other origin cut off, all panels and the help work and none asks for one."""
    foreign: list[str] = []

    def guard(route: Route) -> None:
        if route.request.url.startswith((atlas_server.origin, "data:", "blob:")):
            route.continue_()
        else:
            foreign.append(route.request.url)
            route.abort()

    atlas.page.route("**/*", guard)
    atlas.open()
    for panel in ["image", "path", "sample", "items", "diagnostics", "compare", "point"]:
        atlas.panel(panel)
    atlas.page.keyboard.press("?")
    atlas.page.get_by_role("dialog").wait_for()

    assert foreign == []


def test_security_policy_forbids_all_but_the_own_origin(
    page: Page, atlas_server: ServiceProcess
) -> None:
    """The page comes with a policy that allows no foreign and no inline script."""
    answer = page.goto(atlas_server.url)

    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


def test_missing_file_is_missing(page: Page, atlas_server: ServiceProcess) -> None:
    """An absent script is a 404, never the page itself."""
    answer = page.request.get(f"{atlas_server.url}static/absent.js")

    assert answer.status == 404


def test_page_without_scripts_shows_a_grid(browser: Browser, atlas_server: ServiceProcess) -> None:
    """Without JavaScript the page still shows the default model's latent plane."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(atlas_server.url)

    image = page.locator("noscript img")
    assert image.count() == 1
    assert image.get_attribute("src") == "v1/latent-grid"
    context.close()
