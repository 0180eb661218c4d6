"""The explorer as a person uses it: what the tests do to the page, and read from it."""

from playwright.sync_api import Page

# The items that a person cannot see: outside the map, or under a control on it.
HIDDEN_ITEMS = """async ([a, b, scale]) => {
    const asked = performance.getEntriesByType("resource").map(({ name }) => name);
    const path = asked.findLast((name) => name.includes("/points?plane="));
    const answer = await fetch(path.replace("format=binary", "format=json"));
    const { x, y } = await answer.json();
    const box = document.getElementById("map").getBoundingClientRect();
    const [left, top] = [box.x + box.width / 2, box.y + box.height / 2];
    const under = (i) =>
        document.elementFromPoint(left + (x[i] - a) * scale, top - (y[i] - b) * scale);
    return Array.from(x.keys()).filter((i) => !under(i)?.closest("#map"));
}"""


class Errors(list[str]):
    """What a page complains of: errors of its scripts, its console, its security policy."""

    def __init__(self) -> None:
        super().__init__()
        self.allowed: tuple[str, ...] = ()

    def listen(self, page: Page) -> None:
        """Note the page's errors."""
        page.on("pageerror", lambda error: self.append(f"page: {error}"))
        page.on("console", lambda m: self.append(m.text) if m.type == "error" else None)

    def allow(self, *starts: str) -> None:
        """Accept errors that begin so: those that a test causes on purpose."""
        self.allowed = starts

    def unexpected(self) -> list[str]:
        """Return the errors that were not allowed."""
        return [error for error in self if not error.startswith(self.allowed)]


class Atlas:
    """The explorer as a person uses it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def open(self, fragment: str = "") -> "Atlas":
        """Load the page and wait for its items and tiles."""
        self.page.goto("about:blank")  # a new fragment alone would not load anew
        self.page.goto(f"{self.url}{fragment}")
        return self.settle()

    def draw(self) -> None:
        """Draw one stroke on the pad of the panel Image, by mouse."""
        box = self.page.locator(".pad").bounding_box()
        assert box is not None
        self.page.mouse.move(box["x"] + 120, box["y"] + 40)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + 120, box["y"] + 200, steps=8)
        self.page.mouse.up()

    def settle(self) -> "Atlas":
        """Wait until the items and a panel are there and no tile is missing."""
        self.page.locator(".panel[data-panel]").wait_for(state="attached")
        self.page.locator("body[data-items=yes]").wait_for()
        self.page.locator("#map[data-missing='0']").wait_for()
        return self

    def panel(self, name: str) -> "Atlas":
        """Open a panel."""
        self.page.locator(f"#tab-{name}").click()
        self.page.locator(f".panel[data-panel={name}]").wait_for()
        return self

    def values(self) -> dict[str, str]:
        """Read the address, brought up to date."""
        self.page.evaluate("dispatchEvent(new Event('pagehide'))")
        text: dict[str, str] = self.page.evaluate(
            "Object.fromEntries(new URLSearchParams(location.hash.slice(1)))"
        )
        return text

    def numbers(self, key: str) -> list[float]:
        """Read a list of numbers from the address."""
        return [float(part) for part in self.values()[key].split(",")]

    def z(self) -> list[float]:
        """Read the point from the address, be it written as decimals or as base64url."""
        found: list[float] = self.page.evaluate(
            """async () => {
                dispatchEvent(new Event("pagehide"));
                const { readAddress } = await import("./static/data/state.js");
                return Array.from(readAddress(location.hash).z ?? [0, 0]);
            }"""
        )
        return found

    def place(self, a: float, b: float) -> tuple[float, float]:
        """Return where (a, b) of the plane is on the screen."""
        box = self.page.locator("#map").bounding_box()
        assert box is not None
        centre_a, centre_b, scale = self.numbers("view")
        x = box["x"] + box["width"] / 2 + (a - centre_a) * scale
        y = box["y"] + box["height"] / 2 - (b - centre_b) * scale
        return x, y

    def under(self, x: float, y: float) -> tuple[float, float]:
        """Return the (a, b) of the plane under a point of the screen."""
        centre_x, centre_y = self.place(*self.numbers("view")[:2])
        a, b, scale = self.numbers("view")
        return a + (x - centre_x) / scale, b - (y - centre_y) / scale

    def hidden_items(self) -> list[int]:
        """Return the items that a person cannot see: outside the map, or under a control on it."""
        found: list[int] = self.page.evaluate(HIDDEN_ITEMS, self.numbers("view"))
        return found
