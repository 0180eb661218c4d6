"""Paths and queries that climb, repeat, or never end."""

from collections.abc import Iterator

from tests.hostile.attack import MODEL, Case, get, request

PATHS = {
    "dots": "/static/../../etc/passwd",
    "dots, encoded": "/static/%2e%2e/%2e%2e/etc/passwd",
    "dots, encoded twice": "/static/%252e%252e/main.py",
    "slash, encoded": "/static/..%2f..%2fapp%2fsettings.py",
    "backslash": "/static/..\\..\\app\\settings.py",
    "NUL": "/static/main.js%00.png",
    "an absolute path": "/static//etc/passwd",
    "a folder": "/static/panels",
    "a broken percent sign": "/v1/%zz",
    "bytes that are no UTF-8": "/v1/%ff%fe",
    "overlong UTF-8": "/static/%c0%ae%c0%ae/main.py",
    "a surrogate": "/v1/models/%ed%a0%80",
    "a right-to-left mark": "/v1/models/%e2%80%8fmnist-z2",
    "digits of another script": "/v1/models/mnist-z2@%d9%a1",
    "two slashes": "//v1/latent-grid",
    "a path of 60 kB": "/v1/" + "a" * 60_000,
    "a path of 20,000 parts": "/v1" + "/a" * 20_000,
    "a model named `..`": "/v1/models/../latent-grid",
    "a model named `..`, encoded": "/v1/models/%2e%2e/latent-grid",
    "a model that is a path": "/v1/models/%2Fetc%2Fpasswd/latent-grid",
    "a model of version 0": "/v1/models/mnist-z2@0",
    "a model of version -1": "/v1/models/mnist-z2@-1",
    "a model of version 10**40": f"/v1/models/mnist-z2@{10**40}",
    "a model of a 5,000 digits' version": "/v1/models/mnist-z2@" + "1" * 5000,
    "a template": "/v1/models/{{7*7}}/latent-grid",
    "an item of a negative number": f"{MODEL}/items/-1",
    "an item of 2**63": f"{MODEL}/items/{1 << 63}",
    "an item of 5,000 digits": f"{MODEL}/items/{'9' * 5000}",
    "an item of no number": f"{MODEL}/items/1e3",
    "a tile of zoom 10**9": f"{MODEL}/tiles/dims-0-1/{10**9}/0/0",
    "a tile of a negative zoom": f"{MODEL}/tiles/dims-0-1/-1/0/0",
    "a tile at 10**18": f"{MODEL}/tiles/dims-0-1/0/{10**18}/0",
    "a tile at 10**400": f"{MODEL}/tiles/dims-0-1/0/{10**400}/0",
    "a tile at 5,000 digits": f"{MODEL}/tiles/dims-0-1/0/{'9' * 5000}/0",
    "a tile at infinity": f"{MODEL}/tiles/dims-0-1/0/inf/nan",
    "a plane of other dimensions": f"{MODEL}/tiles/dims-0-999999/0/0/0",
    "a plane of one dimension twice": f"{MODEL}/tiles/dims-1-1/0/0/0",
    "a plane of NaN": f"{MODEL}/tiles/v-{'AADAfwAA' * 4}/0/0/0",
    "a plane of 50 kB": f"{MODEL}/tiles/v-{'A' * 50_000}/0/0/0",
    "a plane of a dozen letters": f"{MODEL}/tiles/v-é/0/0/0".replace("é", "%c3%a9"),
}
QUERIES = {
    "an unknown parameter": "latent-grid?row=2",
    "a parameter that is a list": "latent-grid?rows[]=2",
    "15,000 parameters": "latent-grid?" + "&".join(["a=1"] * 15_000),
    "NaN": "latent-grid?extent=nan",
    "infinity": "latent-grid?extent=inf",
    "1e999": "latent-grid?extent=1e999",
    "a NaN latent vector": "decode?z=nan,0",
    "an infinite latent vector": "decode?z=inf,0",
    "hexadecimal": "latent-grid?rows=0x10",
    "a number with a NUL": "latent-grid?rows=1%00",
    "digits with underscores, as float": "decode?z=1_0,0,0",
    "a seed of -1": "sample?seed=-1",
    "a seed of 2**64": f"sample?seed={1 << 64}",
    "a seed of 5,000 digits": f"sample?seed={'9' * 5000}",
    "a lone surrogate": "sample?format=%ed%a0%80",
    "a format of 10 kB": "sample?format=" + "p" * 10_000,
    "an origin of 20,000 values": "latent-grid?origin=" + ",".join(["0"] * 20_000),
    "dims of 20,000 values": "traverse?dims=" + ",".join(["0"] * 20_000),
    "dims that are negative": "traverse?dims=-1",
    "a label of a model without": "sample?label=0",
    "columns of a name that is none": "points?columns=__class__",
    "a plane of 40 kB": "points?plane=" + "v" * 40_000,
}
HEADERS = {
    "an Accept of 3,000 ranges": {"accept": ", ".join(["text/a;q=0.1"] * 3000)},
    "an Accept with a q of NaN": {"accept": "image/png;q=nan"},
    "an Accept of nonsense": {"accept": ";;;,,,///"},
    "a timeout of 0": {"x_request_timeout_ms": "0"},
    "a timeout of 5,000 digits": {"x_request_timeout_ms": "9" * 5000},
    "a timeout of a superscript": {"x_request_timeout_ms": "\xb2"},
}
HARMLESS = {
    "a key that is not ASCII": ({"x_api_key": "\xff\xfe"}, "no key is asked for"),
    "a request id that splits lines": ({"x_request_id": "a\tb"}, "ours takes its place"),
    "a foreign host": ({"x_forwarded_host": "evil.example"}, "no answer is made from it"),
    "an ETag of 50 kB": ({"if_none_match": '"' + "a" * 50_000 + '"'}, "it is not ours"),
    "a Range of 5,000": (
        {"range": "bytes=" + ",".join(f"{i}-{i}" for i in range(5000))},
        "ranges are not given: the whole is",
    ),
}


def cases() -> Iterator[Case]:
    """Yield the attacks."""
    for name, path in PATHS.items():
        yield get(name, path)
    for name, query in QUERIES.items():
        yield get(f"query: {name}", f"{MODEL}/{query}")
    for name, headers in HEADERS.items():
        yield get(f"header: {name}", f"{MODEL}/latent-grid?rows=1&columns=1", **headers)
    for name, (headers, why) in HARMLESS.items():
        yield get(f"header: {name}", f"{MODEL}/latent-grid?rows=1&columns=1", why, **headers)
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "MKCOL"):
        yield Case(f"method {method}", (request(method, f"{MODEL}/decode"),))
