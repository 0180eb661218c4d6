"""Coverage-guided fuzzing of what reads clients' bytes: `fuzz image|npy|json MINUTES`.

Anything raised that is no `AtlasError` is a finding, and so is a picture of another shape; the
input is left in the working folder as `crash-…`. Python is instrumented, Pillow's C is not.
It needs atheris, which the locked requirements leave out: install it beside requirements/app.txt.
"""

import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import atheris

with atheris.instrument_imports(include=["app", "PIL", "numpy.lib"]):
    from app.errors import AtlasError, InvalidRequest
    from app.http import bodies
    from app.imaging.npy import read_npy
    from app.imaging.read_image import open_image, read_image
    from app.latent.vectors import vectors

from tests.hostile import bad_images, bad_json, bad_npy

SHAPES = ((28, 28, 1), (9, 16, 3))
MOST_PIXELS = 65_536
MOST_ITEMS = 1024
LATENT_DIM = 2
LONGEST_SEED = 20_000


def check_items(n: int) -> None:
    """Bound the items as a call does."""
    if not 1 <= n <= MOST_ITEMS:
        raise InvalidRequest("items")


SERVICE = SimpleNamespace(settings=SimpleNamespace(max_items=MOST_ITEMS))
MODEL = SimpleNamespace(manifest=SimpleNamespace(latent_dim=LATENT_DIM))
CALL: Any = SimpleNamespace(check_items=check_items, service=SERVICE, model=MODEL)


def image(data: bytes) -> None:
    """Read an image for a grey and for a coloured model."""
    for shape in SHAPES:
        assert read_image(open_image(data, MOST_PIXELS), shape, "auto").pixels.shape == shape


def npy(data: bytes) -> None:
    """Read latent vectors, and images."""
    for dtype in ("float32", "uint8"):
        try:
            array = read_npy(data, dtype)
        except AtlasError:
            continue
        assert array.nbytes <= len(data)
        vectors(array, LATENT_DIM)


def json(data: bytes) -> None:
    """Read the fields that operations read; half a document seldom becomes a complete one."""
    for before, after in ((b"", b""), (b'{"z": [[', b"]]}"), (b'{"images": ["', b'"]}')):
        try:
            field, value = bodies._only_field(CALL, before + data + after, ("z", "images"))  # noqa: SLF001
            if field == "z":
                vectors(bodies._rows(CALL, value), LATENT_DIM)  # noqa: SLF001
            else:
                bodies._files(CALL, value)  # noqa: SLF001
        except AtlasError:
            continue


TARGETS = {"image": (image, bad_images), "npy": (npy, bad_npy), "json": (json, bad_json)}


def main() -> None:
    """Fuzz one decoder from the hostile corpus on."""
    name, minutes = sys.argv[1], float(sys.argv[2])
    target, corpus = TARGETS[name]

    def one(data: bytes) -> None:
        try:
            target(data)
        except AtlasError:
            return

    with tempfile.TemporaryDirectory() as seeds:
        for i, case in enumerate(corpus.cases()):
            body = case.wire[0].partition(b"\r\n\r\n")[2]
            if len(body) <= LONGEST_SEED:
                (Path(seeds) / str(i)).write_bytes(body)
        options = [f"-max_total_time={int(60 * minutes)}", "-timeout=10", "-rss_limit_mb=2048"]
        atheris.Setup([sys.argv[0], *options, "-print_final_stats=1", seeds], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
