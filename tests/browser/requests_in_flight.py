"""Requests that are under way at once; the tests and the benchmarks count them."""

from collections.abc import Callable

from playwright.sync_api import Page, Request


def flights(page: Page) -> Callable[[], int]:
    """Count the most decode requests that were in flight at once."""
    now: set[Request] = set()
    most = [0]

    def began(request: Request) -> None:
        if request.url.endswith("/decode"):
            now.add(request)
            most[0] = max(most[0], len(now))

    def ended(request: Request) -> None:
        now.discard(request)

    page.on("request", began)
    page.on("requestfinished", ended)
    page.on("requestfailed", ended)
    return lambda: most[0]
