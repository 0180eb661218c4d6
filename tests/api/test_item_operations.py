"""The items of a model by their files and columns. Item i is i.png; every third has no values."""

import csv
import io
import json
import sqlite3
import threading
import urllib.request
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from app.http.columns import write_columns
from app.imaging.png import encode_png
from app.items.columns import column_array
from app.latent.nearest import nearest, square_norms
from models.items import Column, Item, write_items
from models.manifest import ITEM_TABLE_FILE
from tests.api.conftest import Serve, serving
from tests.api.linear_engine import ITEMS, SHAPE, Loader, points, publish
from tests.service_process import wait_until

COLUMNS = (
    Column("weight (kg)", "number"),
    Column("colour", "category"),
    Column("taken", "date"),
    Column("note, long", "text"),
)
DAYS = ("2026-01-31", "2026-02-01T00:00:00", "2026-02-01T23:30:00", "2026-02-02")
NOTES = ("=1+1", "Straße <b>", "-5 °C", 'say "hi"\nagain')


def path_of(i: int) -> str:
    """Name an item's file."""
    return f"{'train' if i % 2 else 'test'}/Ü {i}.png"


def values_of(i: int) -> tuple[Any, ...]:
    """Return what came with an item's image."""
    if i % 3 == 0:
        return (None, None, None, None)
    return (i / 4, ("red", "green", "blue")[i % 5 % 3], DAYS[i % 4], NOTES[i % 4])


def thumbnail(i: int) -> bytes:
    """Draw an item, smaller than the model's images."""
    return encode_png(np.full((3, 5, 1), 10 * i, np.uint8))


def write_table(folder: Path) -> None:
    """Write items.sqlite."""
    table = points()
    items = [
        Item(
            path_of(i),
            "train" if i % 2 else "test",
            None if table["label"][i] < 0 else int(table["label"][i]),
            640 + i,
            480,
            float(table["reconstruction"][i]),
            float((table["z_mean"][i] ** 2).sum() / 2),
        )
        for i in range(ITEMS)
    ]
    write_items(folder, items, COLUMNS, map(values_of, range(ITEMS)), map(thumbnail, range(ITEMS)))


@pytest.fixture(scope="module", name="client")
def _client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Return a client of a service whose model has a table of items; no test changes it."""
    store = tmp_path_factory.mktemp("store")
    publish(store, more=write_table)
    with serving(store, Loader()) as client:
        yield client


def found(client: TestClient, query: dict[str, Any]) -> list[int]:
    """Return the ids that a query lists."""
    answer = client.get("/v1/items", params=query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def test_an_item_has_its_file_and_its_columns(client: TestClient) -> None:
    """JSON has path, split, size and class, and what came with the image."""
    item = client.get("/v1/items/4?format=json").json()
    assert {name: item[name] for name in ("id", "path", "split", "label", "class")} == {
        "id": 4,
        "path": "test/Ü 4.png",
        "split": "test",
        "label": 0,
        "class": "up",
    }
    assert (item["width"], item["height"]) == (644, 480)
    values = dict(zip([column.name for column in COLUMNS], values_of(4), strict=True))
    assert item["columns"] == values
    assert np.allclose(item["kl"], points()["z_mean"][4] ** 2 / 2)


def test_a_thumbnail_is_sent_as_it_is(client: TestClient) -> None:
    """PNG is the stored file; other formats are of the same pixels."""
    answer = client.get("/v1/items/7")
    assert answer.content == thumbnail(7)
    assert answer.headers["x-item-source"] == "data"
    webp = client.get("/v1/items/7?format=webp").content
    assert (np.asarray(Image.open(io.BytesIO(webp)).convert("L")) == 70).all()


def test_the_model_lists_its_columns(client: TestClient) -> None:
    """Each has its name and its kind, those of every model first."""
    columns = client.get("/v1/models/linear").json()["columns"]
    assert columns[0] == {"name": "path", "kind": "text"}
    assert columns[-4:] == [column._asdict() for column in COLUMNS]


def test_any_column_of_points_is_binary(client: TestClient) -> None:
    """Numbers and dates are float32 with NaN for none; categories are codes with their names."""
    names = ["x,label", "weight (kg),colour", "taken"]
    body = client.get("/v1/points", params={"columns": names, "format": "binary"}).content
    size = int.from_bytes(body[:4], "little")
    head = json.loads(body[4 : 4 + size])
    kinds = [(c["name"], c["dtype"], c.get("kind")) for c in head["columns"]]
    assert kinds == [
        ("x", "uint16", None),
        ("label", "uint8", None),
        ("weight (kg)", "float32", "number"),
        ("colour", "uint8", "category"),
        ("taken", "float32", "date"),
    ]
    start = 4 + size + 3 * ITEMS
    weight = np.frombuffer(body, "<f4", ITEMS, start)
    colour = np.frombuffer(body, "u1", ITEMS, start + 4 * ITEMS)
    taken = np.frombuffer(body, "<f4", ITEMS, start + 5 * ITEMS)
    assert start + 9 * ITEMS == len(body)
    assert np.array_equal(weight[:3], [np.nan, 0.25, 0.5], equal_nan=True)
    categories = head["columns"][3]["categories"]
    assert [None if k == 255 else categories[k] for k in colour] == [
        values_of(i)[1] for i in range(ITEMS)
    ]
    assert np.isnan(taken[3])
    assert taken[4] == (date(2026, 1, 31) - date(1970, 1, 1)).days


def test_any_column_of_points_is_json(client: TestClient) -> None:
    """JSON gives what was written, text as well."""
    names = ["taken", "note, long", "path"]
    answer = client.get("/v1/points", params={"columns": names, "format": "json"})
    columns = answer.json()["columns"]
    assert columns["path"] == [path_of(i) for i in range(ITEMS)]
    assert columns["taken"] == [values_of(i)[2] for i in range(ITEMS)]


@pytest.mark.parametrize(
    ("columns", "reason"), [("path", "format=json"), ("x,y,hue", "weight (kg)"), ("x,x", "once")]
)
def test_wrong_columns_of_points_are_refused(client: TestClient, columns: str, reason: str) -> None:
    """Text has no binary form, and an unknown column is answered with those that there are."""
    answer = client.get("/v1/points", params={"columns": columns, "format": "binary"})
    assert answer.status_code == 422
    assert reason in answer.json()["detail"]


@pytest.mark.parametrize(("categories", "dtype"), [(255, "uint8"), (256, "uint16")])
@pytest.mark.parametrize("name", ["label", "colour"])
def test_codes_are_as_wide_as_they_must_be(name: str, categories: int, dtype: str) -> None:
    """The greatest code of the type is none, and no category or class has it."""
    n = 1 + categories
    coded = column_array("category", [None, *map(str, range(categories))])
    column = np.arange(-1, categories) if name == "label" else coded
    body = write_columns(n, {name: column}, "dims-0-1")
    codes = np.frombuffer(body, dtype, n, len(body) - n * np.dtype(dtype).itemsize)
    assert codes[0] == np.iinfo(dtype).max
    assert sorted(codes[1:]) == list(range(categories))


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"labels": "up"}, lambda i: i % 2 == 0),
        ({"labels": "1"}, lambda i: i % 2 and i != ITEMS - 1),
        ({"labels": ["down", ""]}, lambda i: i % 2),
        ({"split": "test"}, lambda i: i % 2 == 0),
        ({"split": "train,test", "labels": "up,down"}, lambda i: i != ITEMS - 1),
        ({"search": "ü 1"}, lambda i: str(i).startswith("1")),
        ({"search": "STRASSE <B>"}, lambda i: i % 3 and i % 4 == 1),
        ({"search": "%"}, lambda _: False),
        ({"where": "weight (kg) >= 2.5"}, lambda i: i % 3 and i / 4 >= 2.5),
        ({"where": ["weight (kg)<3", "weight (kg)>1"]}, lambda i: i % 3 and 1 < i / 4 < 3),
        ({"where": "weight (kg) ="}, lambda i: i % 3 == 0),
        ({"where": "weight (kg)!="}, lambda i: i % 3),
        ({"where": "weight (kg)!=1"}, lambda i: i != 4),
        ({"where": "width=641"}, lambda i: i == 1),
        ({"where": "colour=red"}, lambda i: values_of(i)[1] == "red"),
        ({"where": "colour~RE"}, lambda i: values_of(i)[1] in {"red", "green"}),
        ({"where": "note, long ~ say"}, lambda i: i % 3 and i % 4 == 3),
        ({"where": "label=up"}, lambda i: i % 2 == 0),
        ({"where": "label!=up"}, lambda i: i % 2),
        ({"where": "label~OW"}, lambda i: i % 2 and i != ITEMS - 1),
        ({"where": "taken=2026-02-01"}, lambda i: i % 3 and i % 4 in {1, 2}),
        ({"where": "taken<=2026-02-01"}, lambda i: i % 3 and i % 4 < 3),
        ({"where": "taken>2026-02-01"}, lambda i: i % 3 and i % 4 == 3),
        ({"where": "taken<2026-02-01T01:00+01:00"}, lambda i: i % 3 and i % 4 == 0),
        ({"where": "taken!=2026-01-31"}, lambda i: not i % 3 or i % 4),
        ({"where": "reconstruction>17"}, lambda i: i > 17),
        ({"where": "path = test/Ü 2.png"}, lambda i: i == 2),
    ],
)
def test_items_are_filtered(client: TestClient, query: dict[str, Any], wanted: Any) -> None:
    """A condition is met by exactly the items that it names; several must all hold."""
    assert found(client, query) == [i for i in range(ITEMS) if wanted(i)]


def test_items_are_sorted_and_paged(client: TestClient) -> None:
    """Items without a value come last in both directions, equal ones by id; pages follow on."""
    given = [i for i in range(ITEMS) if i % 3]
    none = [i for i in range(ITEMS) if not i % 3]
    assert found(client, {"sort": "weight (kg)"}) == given + none
    assert found(client, {"sort": "-weight (kg)"}) == given[::-1] + none
    assert found(client, {"sort": "-taken"})[0] == 7
    pages = [found(client, {"sort": "-weight (kg)", "limit": 6, "offset": k}) for k in (0, 6, 18)]
    assert pages == [given[::-1][:6], given[::-1][6:12], none[-2:]]
    answer = client.get("/v1/items?limit=0&split=test").json()
    assert answer == {"total": ITEMS // 2, "items": []}


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"where": "wheight>3"}, "weight (kg)"),
        ({"where": "weight (kg)"}, "COLUMN OPERATOR VALUE"),
        ({"where": "weight (kg)~3"}, "= != < <= > >="),
        ({"where": "weight (kg)>heavy"}, "no number"),
        ({"where": "weight (kg)>nan"}, "no number"),
        ({"where": "weight (kg)>"}, "no number"),
        ({"where": "colour<red"}, "= != ~"),
        ({"where": "taken>yesterday"}, "no date"),
        ({"where": ["path~x"] * 101}, "where"),
        ({"labels": "sideways"}, "up, down"),
        ({"labels": "9" * 30}, "up, down"),
        ({"split": "val"}, "split"),
        ({"sort": "c0"}, "weight (kg)"),
        ({"sort": "id; DROP TABLE items"}, "no column"),
        ({"limit": 10_001}, "10000"),
        ({"limit": -1}, "limit"),
        ({"offset": -1}, "offset"),
        ({"color": "red"}, "color"),
    ],
)
def test_a_wrong_condition_is_refused(
    client: TestClient, query: dict[str, Any], reason: str
) -> None:
    """The answer is 422 and says what there is."""
    answer = client.get("/v1/items", params=query)
    assert answer.status_code == 422
    assert reason in answer.json()["detail"]


def test_chosen_items_are_listed(client: TestClient) -> None:
    """POST lists those of its ids, once each, that meet the query's conditions."""
    ids = [9, 3, 4, 3, 12]
    answer = client.post("/v1/items?split=train&limit=1", json={"ids": ids}).json()
    assert answer["total"] == 2
    assert [item["id"] for item in answer["items"]] == [3]
    assert client.post("/v1/items", json={"ids": []}).json() == {"total": 0, "items": []}


@pytest.mark.parametrize(
    "body",
    [
        {"ids": [ITEMS]},
        {"ids": [-1]},
        {"ids": [True]},
        {"ids": [1.0]},
        {"ids": 3},
        {"z": [[0]]},
        [],
    ],
)
def test_no_ids_are_refused(client: TestClient, body: Any) -> None:
    """What are no ids of items is 422."""
    assert client.post("/v1/items", json=body).status_code == 422


def test_items_as_csv(client: TestClient) -> None:
    """It has every column and z, and no text in it is a formula to a spreadsheet."""
    answer = client.get("/v1/items?format=csv&sort=-weight (kg)")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert len(rows) == ITEMS
    assert answer.content.startswith(b"\xef\xbb\xbfid,path,")
    assert list(rows[0])[-6:] == [*(column.name for column in COLUMNS), "z0", "z1"]
    by_id = {int(row["id"]): row for row in rows}
    assert by_id[8]["note, long"] == "'=1+1"
    assert by_id[10]["note, long"] == "'-5 °C"
    assert by_id[7]["note, long"] == NOTES[3]
    assert by_id[3]["weight (kg)"] == ""
    assert (by_id[1]["path"], by_id[1]["label"]) == ("train/Ü 1.png", "down")
    z = points()["z_mean"]
    assert np.allclose(float(by_id[2]["z1"]), z[2, 1])
    assert float(by_id[2]["z1"]) < 0


def test_items_as_npz(client: TestClient) -> None:
    """NumPy reads it without pickle, in the order that was asked for."""
    answer = client.post("/v1/items?format=npz&sort=-width", json={"ids": [2, 3, 19]})
    with np.load(io.BytesIO(answer.content), allow_pickle=False) as file:
        arrays = dict(file)
    assert arrays["id"].tolist() == [19, 3, 2]
    assert arrays["label"].tolist() == [-1, 1, 0]
    assert np.array_equal(arrays["z_mean"], points()["z_mean"][[19, 3, 2]])
    assert np.array_equal(arrays["weight (kg)"], [4.75, np.nan, 0.5], equal_nan=True)
    assert arrays["path"].tolist() == ["train/Ü 19.png", "train/Ü 3.png", "test/Ü 2.png"]
    assert arrays["note, long"].tolist() == [NOTES[3], "", NOTES[2]]
    assert str(arrays["taken"][2]) == "2026-02-01T23:30:00"
    assert np.isnat(arrays["taken"][1])


def test_a_file_of_no_items_is_a_file(client: TestClient) -> None:
    """Where nothing is found, CSV has its head, and npz its empty arrays."""
    query = {"where": "width=1"}
    text = client.get("/v1/items", params={**query, "format": "csv"}).text
    assert len(text.splitlines()) == 1
    body = client.get("/v1/items", params={**query, "format": "npz"}).content
    with np.load(io.BytesIO(body)) as file:
        assert file["z_mean"].shape == (0, 2)


def test_a_lasting_path_makes_a_file_last(client: TestClient) -> None:
    """A streamed GET has an ETag as every other, which is answered with 304."""
    answer = client.get("/v1/models/linear@1/items?format=csv")
    assert "immutable" in answer.headers["cache-control"]
    etag = {"if-none-match": answer.headers["etag"]}
    assert client.get("/v1/models/linear@1/items?format=csv", headers=etag).status_code == 304


def test_an_older_model_lists_what_it_knows(serve: Serve) -> None:
    """Without a table, classes and losses can still be asked for; paths are null."""
    client = serve()
    query = {"labels": "down", "where": ["reconstruction>=3", "kl<1"], "sort": "-reconstruction"}
    answer = client.get("/v1/items", params=query).json()
    kl = (points()["z_mean"] ** 2).sum(axis=1) / 2
    wanted = [i for i in range(3, ITEMS - 1) if i % 2 and kl[i] < 1]
    assert [item["id"] for item in answer["items"]] == wanted[::-1]
    assert answer["items"][0]["path"] is None
    assert answer["items"][0]["split"] == "test"


def test_a_table_of_other_items_refuses_the_version(store: Path, serve: Serve) -> None:
    """The version's state says why, and the version before is served on."""

    def damaged(folder: Path) -> None:
        write_table(folder)
        with sqlite3.connect(folder / ITEM_TABLE_FILE) as connection:
            connection.execute("DELETE FROM items WHERE id = 3")

    publish(store, more=damaged)
    client = serve()

    def history() -> Any:
        return client.get("/v1/models").json()["models"][0]["history"]

    wait_until(lambda: history()[-1]["state"] == "refused")
    assert "19 items" in history()[-1]["reason"]
    assert client.get("/v1/models/linear").json()["version"] == 1


def test_a_table_is_closed_with_its_version(store: Path, serve: Serve, loader: Loader) -> None:
    """A version that is replaced lets go of its file, and the next one answers."""
    publish(store, more=write_table)
    client = serve(keep_versions=1)
    wait_until(lambda: client.get("/v1/models/linear").json()["version"] == 2)
    app: Any = client.app
    [table] = [model.points.items for model in app.state.service.registry.served.values()]
    publish(store, level=1, more=write_table)
    wait_until(lambda: client.get("/v1/models/linear").json()["version"] == 3)
    wait_until(lambda: loader.engines[-2].closed)
    wait_until(lambda: _is_closed(table))
    assert client.get("/v1/items/7").content == thumbnail(7)


def _is_closed(table: Any) -> bool:
    try:
        table.thumbnail(0)
    except Exception:  # noqa: BLE001  of whichever kind
        return True
    return False


def test_a_table_that_is_damaged_while_it_is_served(store: Path, serve: Serve) -> None:
    """The request fails with 503 and says why; others are answered."""
    publish(store, more=write_table)
    client = serve()
    [path] = store.glob("linear/2/items.sqlite")
    path.write_bytes(b"\0" * path.stat().st_size)
    answer = client.get("/v1/items/3")
    assert answer.status_code == 503
    assert "was changed while it is served" in answer.json()["detail"]
    assert client.get("/v1/decode?z=0,0").status_code == 200


def test_neighbours_of_an_item(client: TestClient) -> None:
    """An item's neighbours are named by their paths and leave the item itself out."""
    near = client.get("/v1/neighbours?item=7&k=2").json()["items"]
    assert {(n["id"], n["path"]) for n in near} == {(6, path_of(6)), (8, path_of(8))}
    z = points()["z_mean"]
    assert near[0]["distance"] == pytest.approx(np.linalg.norm(z[7] - z[6]), abs=1e-6)


def test_neighbours_of_several_items(client: TestClient) -> None:
    """Items like several are those nearest to their mean, without themselves."""
    near = client.get("/v1/neighbours?item=4,6,8,10&k=3").json()["items"]
    assert near[0]["id"] == 7
    assert {n["id"] for n in near} == {5, 7, 9}


def test_neighbours_of_an_image(client: TestClient) -> None:
    """An image's neighbours are those of its z_mean; of several images, those of the mean."""
    dark, light = (encode_png(np.full(SHAPE, level, np.uint8)) for level in (0, 255))
    headers = {"content-type": "image/png"}
    one = client.post("/v1/neighbours?k=3", content=light, headers=headers).json()
    z = client.post("/v1/encode", content=light, headers=headers).json()["z_mean"]
    assert one == client.post("/v1/neighbours?k=3", json={"z": z}).json()
    files = {"one": dark, "two": light}
    both = client.post("/v1/neighbours?k=3", files=files).json()
    assert both == client.get("/v1/neighbours?k=3&z=0.5,0.5").json()


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 422), ("z=0,0&item=1", 422), ("item=", 422), (f"item=3,{ITEMS}", 404), ("item=-1", 422)],
)
def test_neighbours_of_nothing(client: TestClient, query: str, status: int) -> None:
    """Either a vector or items there are must be named."""
    assert client.get(f"/v1/neighbours?{query}").status_code == status


@pytest.mark.parametrize("n", [0, 1, 40_000])
def test_the_nearest_are_exactly_the_nearest(n: int) -> None:
    """A search in pieces finds what all distances say, in their order."""
    rng = np.random.default_rng(n)
    vectors, z = rng.standard_normal((n, 3)).astype(np.float32), np.ones(3, np.float32)
    found = nearest(vectors, square_norms(vectors), z, 50)
    distances = np.linalg.norm(vectors - z, axis=1)
    assert [row for row, _ in found] == np.argsort(distances)[:50].tolist()
    assert np.array_equal([distance for _, distance in found], np.sort(distances)[:50])


def test_ids_alone(client: TestClient) -> None:
    """As npy, an answer is the ids, which is little for many items."""
    answer = client.get("/v1/items", params={"where": "colour=green", "format": "npy"})
    ids = np.load(io.BytesIO(answer.content))
    assert ids.dtype == np.uint32
    assert ids.tolist() == found(client, {"where": "colour=green"})


def test_a_file_is_streamed(store: Path, serve_live: Callable[..., Any]) -> None:
    """On the wire, CSV and npz come in pieces, whole, and as files to keep."""
    publish(store, more=write_table)
    url = serve_live().url
    for kind, names in (("csv", "linear.csv"), ("npz", "linear.npz")):
        with urllib.request.urlopen(f"{url}/v1/items?format={kind}", timeout=10) as answer:
            body = answer.read()
        assert answer.headers["transfer-encoding"] == "chunked"
        assert answer.headers["content-disposition"] == f'attachment; filename="{names}"'
        assert body.count(b"\r\n") == ITEMS + 1 if kind == "csv" else np.load(io.BytesIO(body))


def test_a_file_that_is_being_written_keeps_its_version(
    store: Path, serve_live: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version that is replaced meanwhile stays open until the file's end."""
    publish(store, more=write_table)
    gate = threading.Event()

    def slow(points: Any, _: Any, __: Any) -> Iterator[bytes]:
        yield b"first\n"
        gate.wait(20)
        yield points.items.values("path", [3])[0].encode()

    monkeypatch.setattr("app.api.items.csv_text", slow)
    live = serve_live(keep_versions=1)
    with urllib.request.urlopen(f"{live.url}/v1/items?format=csv", timeout=20) as answer:
        assert answer.readline() == b"first\n"
        publish(store, more=write_table)
        registry = live.app.state.service.registry
        wait_until(lambda: registry.find("linear").id.version == 3)
        gate.set()
        assert answer.read().decode() == path_of(3)
