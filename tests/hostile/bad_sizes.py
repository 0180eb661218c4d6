"""More work than anyone may ask for, in few bytes."""

from collections.abc import Iterator

from tests.hostile.attack import MODEL, Case, get, post

NUMBERS = (10**9, 65_537, 0, -1, 10**30)
QUERIES = {
    "a WebP of 21,196 pixels": "sample?n=757&columns=757&format=webp",
    "a grid of 65,536 x 65,536": "latent-grid?rows=65536&columns=65536",
    "a grid of 33 x 32": "latent-grid?rows=33&columns=32",
    "a sheet of 1025": "sample?n=1025",
    "a walk of 257 steps": "traverse?steps=257",
    "a walk of one step": "traverse?steps=1",
    "a temperature of 1e300": "sample?temperature=1e300",
    "a temperature below 0": "sample?temperature=-1",
    "an extent of 1e300": "latent-grid?extent=1e300",
    "an extent of 0": "latent-grid?extent=0",
    "neighbours without number": f"neighbours?z=0,0&k={10**9}",
    "no neighbours": "neighbours?z=0,0&k=0",
    "columns of 10**9": f"sample?n=4&columns={10**9}",
    "1025 latent vectors": "decode?" + "&".join(["z=0,0"] * 1025),
}


def cases() -> Iterator[Case]:
    """Yield the attacks."""
    for number in NUMBERS:
        yield get(f"rows of {number}", f"{MODEL}/latent-grid?rows={number}")
        yield get(f"n of {number}", f"{MODEL}/sample?n={number}")
        yield get(f"steps of {number}", f"{MODEL}/traverse?steps={number}")
    for name, query in QUERIES.items():
        yield get(name, f"{MODEL}/{query}")
    many = b'{"z": [' + b",".join([b"[0,0]"] * 1025) + b"]}"
    yield post("1025 vectors in a body", "decode", many, "application/json")
    pair = b'{"z": [' + b",".join([b"[0,0]"] * 100) + b"]}"
    yield post("100 anchors with 256 steps each", "interpolate?steps=256", pair, "application/json")
    yield post("one anchor", "interpolate", b'{"z": [[0, 0]]}', "application/json")
