"""Conditions, columns and ids of items that are none, or would be SQL."""

from collections.abc import Iterator
from urllib.parse import quote

from tests.hostile.attack import MODEL, Case, get, post

JSON = "application/json"
QUERIES = {
    "a condition of SQL": "items?where=" + quote("1=1; DROP TABLE items"),
    "a column of SQL": "items?sort=" + quote("id LIMIT (SELECT 1)"),
    "a column by its place in the table": "items?sort=c0",
    "a thousand conditions": "items?" + "&".join(["where=kl%3E0"] * 1000),
    "a condition of 50,000 letters": "items?where=" + "x" * 50_000,
    "a number of 50,000 digits": "items?where=kl%3E" + "9" * 50_000,
    "a class of 9,999 digits": "items?labels=" + "9" * 9_999,
    "a class of foreign digits": "items?labels=" + quote("٣"),
    "an offset of 10**30": f"items?offset={10**30}",
    "a page of 10**9": f"items?limit={10**9}",
    "10,000 columns": "points?columns=" + ",".join(f"c{i}" for i in range(10_000)),
    "a text as binary": "points?columns=path&format=binary",
    "1,001 items": "neighbours?item=" + ",".join(map(str, range(1_001))),
    "a list of another name": "review/" + quote("../labels"),
    "a direction of 10,000 numbers": "traverse?direction=" + ",".join(["0"] * 10_000),
}
TAKEN = {
    "a condition that is a value": "items?where=" + quote('path=x\' OR 1=1 --" OR ""="'),
    "LIKE's letters": "items?search=" + quote("%_\\"),
    "NUL in a text": "items?search=%00",
    "half a letter of UTF-8": "items?search=%C3",
}
IDS = {
    "a million ids": '{"ids": [' + ",".join(["0"] * 1_000_000) + "]}",
    "ids as text": '{"ids": ["0"]}',
    "ids that are no whole numbers": '{"ids": [0.0]}',
    "an id of 2**64": '{"ids": [18446744073709551616]}',
    "an id below 0": '{"ids": [-1]}',
    "ids within ids": '{"ids": [[0]]}',
    "50,000 lists deep": '{"ids": ' + "[" * 50_000 + "]" * 50_000 + "}",
    "conditions beside ids": '{"ids": [0], "where": ["kl>0"]}',
}
SETS = {
    "a million ids in a set": f'{{"from": {IDS["a million ids"]}, "to": {{"ids": [1]}}}}',
    "sets 50,000 deep": '{"from":' * 50_000 + "1" + "}" * 50_000,
    "a lone surrogate": '{"from": {"search": "\\ud800"}, "to": {"ids": [1]}}',
    "one set alone": '{"from": {"ids": [0]}}',
    "sets of nothing": '{"from": {}, "to": {}}',
    "a set with itself": '{"from": {"search": ""}, "to": {"search": ""}}',
    "a direction of another model": (
        '{"from": {"ids": [0]}, "to": {"ids": [1]}, "orthogonal_to": ["v-AAAA"]}'
    ),
}


def cases() -> Iterator[Case]:
    """Yield the attacks."""
    for name, query in QUERIES.items():
        yield get(name, f"{MODEL}/{query}")
    for name, query in TAKEN.items():
        yield get(name, f"{MODEL}/{query}", "it is a text to look for, and no more")
    for name, body in IDS.items():
        yield post(name, "items", body.encode(), JSON)
    for name, body in SETS.items():
        yield post(name, "direction", body.encode(), JSON)
    yield post("ids as npy", "items", b"\x93NUMPY", "application/x-npy")
