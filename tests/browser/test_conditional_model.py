"""A conditional model on the page: its class is chosen, kept in the address, and drawn."""

import re

from playwright.sync_api import expect

from tests.browser.explorer_page import Atlas
from tests.service_process import wait_until

MODEL = "#model=digits-c2&z=0.25,0.5"


def picture(atlas: Atlas) -> list[int]:
    """Read the pixels of the point's picture."""
    script = """() => {
        const canvas = document.querySelector(".panel .picture");
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return Array.from(data).filter((_, k) => k % 4 === 0);
    }"""
    atlas.page.locator(".panel .picture[data-z='0.25,0.5']").wait_for()
    pixels: list[int] = atlas.page.evaluate(script)
    return pixels


def decoded(atlas: Atlas, label: int) -> list[int]:
    """Decode the same point by the API."""
    answer = atlas.page.request.get(
        f"{atlas.url}v1/models/digits-c2/decode?z=0.25,0.5&label={label}&format=npy"
    )
    return list(answer.body()[-64:])


def test_chosen_class_is_drawn(atlas: Atlas) -> None:
    """The picture and the tiles are those of the class that is chosen; the address keeps it."""
    asked: list[str] = []
    label = re.compile(r"/tiles/.*[?&]label=(\d+)")
    atlas.page.on("request", lambda request: asked.extend(label.findall(request.url)))
    atlas.open(MODEL)
    choice = atlas.page.get_by_role("combobox", name="Class")
    expect(choice).to_have_value("0")
    wait_until(lambda: picture(atlas) == decoded(atlas, 0), seconds=20)
    assert set(asked) == {"0"}

    choice.select_option("7")

    wanted = decoded(atlas, 7)
    assert wanted != decoded(atlas, 0)
    wait_until(lambda: picture(atlas) == wanted, seconds=20)
    atlas.settle()
    assert set(asked[asked.index("7") :]) == {"7"}  # no tile of the old class after one of the new
    assert atlas.values()["label"] == "7"


def test_item_is_shown_as_its_own_class(atlas: Atlas) -> None:
    """Going to an item chooses its class, so that its place shows its reconstruction."""
    atlas.open(f"{MODEL}&panel=items")
    item = atlas.page.request.get(f"{atlas.url}v1/models/digits-c2/items/5?format=json").json()
    atlas.page.get_by_role("spinbutton", name="Item").fill("5")
    atlas.page.get_by_role("button", name="Go to it", exact=True).click()

    expect(atlas.page.get_by_role("combobox", name="Class")).to_have_value(str(item["label"]))


def test_panels_work_with_a_class(atlas: Atlas) -> None:
    """No panel asks a conditional model without a class: the page's errors would fail this."""
    atlas.open(f"{MODEL}&label=3&a=0.5,0.5&b=-1,0.25")

    for panel in ["image", "path", "sample", "items", "diagnostics", "compare", "point"]:
        atlas.panel(panel)
        atlas.page.wait_for_load_state("networkidle")


def test_other_models_have_no_class_to_choose(atlas: Atlas) -> None:
    """A model that is not conditional shows no such choice, and an address with one still opens."""
    atlas.open("#model=digits-z2&label=3")

    expect(atlas.page.get_by_role("combobox", name="Class")).to_have_count(0)


def test_class_is_asked_for_by_a_name_that_is_the_index_of_another(atlas: Atlas) -> None:
    """Of two classes named 1 and 2, a request for the second says 2, since 1 is the first."""
    atlas.open()

    found = atlas.page.evaluate("""async () => {
        const { Model, getJSON } = await import("./static/data/api_client.js");
        const description = await getJSON("v1/models/digits-c2");
        description.manifest.labels = ["1", "2"];
        const model = new Model(description);
        model.choose("1");
        return model.path("decode");
    }""")

    assert found == "v1/models/digits-c2@1/decode?label=2"


ADDS_LABEL = """async (operations) => {
    const { Model } = await import("./static/data/api_client.js");
    const model = new Model(await (await fetch("v1/models/digits-c2")).json());
    return operations.filter((operation) => model.path(operation).includes("label="));
}"""


def test_every_operation_that_takes_a_class_is_given_it_and_no_other(atlas: Atlas) -> None:
    """The page adds the class to exactly the operations whose description has it."""
    atlas.open(MODEL)
    prefix = "/v1/models/{model}/"
    takes = {}
    for path, methods in atlas.page.request.get(f"{atlas.url}openapi.json").json()["paths"].items():
        if path.startswith(prefix):
            operation = methods.get("get") or methods["post"]  # a page looks before it sends
            names = [parameter["name"] for parameter in operation.get("parameters", [])]
            takes[path.removeprefix(prefix)] = "label" in names

    given = atlas.page.evaluate(ADDS_LABEL, list(takes))

    assert given == [name for name, taken in takes.items() if taken]


def test_a_review_of_a_conditional_model_is_listed(atlas: Atlas) -> None:
    """The lists of the panel Review come, whatever class is chosen."""
    atlas.open(f"{MODEL}&panel=review")
    expect(atlas.page.locator(".reviewed").first).to_be_visible()
