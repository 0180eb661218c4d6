"""Pictures of the latent space: grids, samples, walks, tiles."""

from typing import Final

import numpy as np

from app import schemas
from app.answers import Answer
from app.batching import Priority
from app.bodies import read_anchors
from app.calls import Call
from app.engine import Array
from app.errors import InvalidRequest, NotAcceptable
from app.latents import (
    check_dims,
    coordinates,
    interpolate,
    sample,
    start,
    traverse,
    vectors,
)
from app.negotiation import MEDIA_TYPES
from app.npy import write_npy
from app.operations import Body, Operation
from app.planes import MAX_ZOOM, Plane, parse_plane, tile_cells, tile_points
from app.queries import GridQuery, InterpolateQuery, ModelQuery, SampleQuery, TraverseQuery
from app.rendering import animation, any_format, picture

PICTURES: Final = ("png", "webp", "jpeg")
ALL: Final = (*PICTURES, "json", "npy")


async def latent_grid(call: Call) -> Answer:
    """Draw rows × columns of decodes over a plane; the top row has the largest coordinate."""
    query, d = call.asks(GridQuery), call.model.manifest.latent_dim
    call.check_items(query.rows * query.columns)
    dims = check_dims((0, 1)[:d] if query.dims is None else query.dims, d)
    axes = np.eye(d)
    up = axes[dims[1]] if len(dims) > 1 else np.zeros(d)
    plane = Plane(start(query.origin, d).astype(np.float64), axes[dims[0]], up)
    a = coordinates(query.columns, query.extent, query.spacing)
    b = coordinates(query.rows, query.extent, query.spacing)[::-1]
    z = plane.points(np.tile(a, query.rows), np.repeat(b, query.columns))
    return await picture(call, await _decoded(call, z, Priority.PICTURE), query.columns)


async def draw_sample(call: Call) -> Answer:
    """Decode draws from the prior."""
    query = call.asks(SampleQuery)
    call.check_items(query.n)
    z = sample(query.n, call.model.manifest.latent_dim, query.seed, query.temperature)
    if query.dtype == "float32":
        if call.format != "npy":
            raise NotAcceptable("dtype=float32 is answered as npy: add format=npy")
        found = await call.infer("decode_mean", z, Priority.PICTURE)
        return Answer(write_npy(found["mean"]), MEDIA_TYPES["npy"])
    images = await _decoded(call, z, Priority.PICTURE)
    return await any_format(call, images, query.columns, {"z": z})


async def walk_between(call: Call) -> Answer:
    """Walk between images or vectors: a strip, frames, or the images themselves."""
    query = call.asks(InterpolateQuery)
    field, anchors = await read_anchors(call, query.invert)
    if len(anchors) < 2:  # noqa: PLR2004
        raise InvalidRequest(f"interpolate needs at least two {field}, but one came")
    if field == "images":
        anchors = (await call.infer("encode", anchors, Priority.PICTURE))["z_mean"]
    call.check_items((len(anchors) - 1) * (query.steps - 1) + 1)
    z = interpolate(anchors, query.steps, query.method)
    images = await _decoded(call, z, Priority.PICTURE)
    # Accept: image/webp gives the strip, as for every other verb; format=webp asks for frames.
    if call.format == "gif" or query.format == "webp":
        return await animation(call, images)
    return await any_format(call, images, query.columns or len(images), {"z": z})


async def walk_dimensions(call: Call) -> Answer:
    """Walk each dimension in turn, one row each."""
    query, d = call.asks(TraverseQuery), call.model.manifest.latent_dim
    dims = check_dims(tuple(range(d)) if query.dims is None else query.dims, d)
    call.check_items(len(dims) * query.steps)
    z = traverse(start(query.origin, d), dims, query.steps, query.extent)
    return await picture(call, await _decoded(call, z, Priority.PICTURE), query.steps)


async def tile(call: Call) -> Answer:
    """Draw one tile of a plane."""
    manifest = call.model.manifest
    zoom, x, y = (_integer(call.path, name) for name in ("zoom", "x", "y"))
    if not 0 <= zoom <= MAX_ZOOM:
        raise InvalidRequest(f"zoom must be 0 to {MAX_ZOOM}, but is {zoom}")
    plane = parse_plane(call.path["plane"], manifest)
    cells = tile_cells(*manifest.image_shape[:2])
    z = tile_points(plane, cells, zoom, x, y)
    return await picture(call, await _decoded(call, z, Priority.TILE), cells)


def _integer(path: dict[str, str], name: str) -> int:
    """Read a path parameter: a whole number of at most nine digits, ASCII, maybe negative."""
    text = path[name]
    digits = text.removeprefix("-")
    if digits.isdecimal() and digits.isascii() and len(digits) <= 9:  # noqa: PLR2004
        return int(text)
    raise InvalidRequest(f"{name} must be a whole number, but is {text[:40]!r}")


async def _decoded(call: Call, z: Array, priority: Priority) -> Array:
    z = vectors(z, call.model.manifest.latent_dim)
    return (await call.infer("decode", z, priority))["image"]


OPERATIONS: Final = (
    Operation(
        id="tile",
        method="GET",
        path="tiles/{plane}/{zoom}/{x}/{y}",
        handler=tile,
        summary="A tile of the decoded plane.",
        answers=("png",),
        query=ModelQuery,
        example={"plane": "dims-0-1", "zoom": 1, "x": -1, "y": 0},
    ),
    Operation(
        id="latent_grid",
        method="GET",
        path="latent-grid",
        handler=latent_grid,
        summary="Rows × columns of decodes over a plane of the latent space.",
        answers=PICTURES,
        query=GridQuery,
    ),
    Operation(
        id="sample",
        method="GET",
        path="sample",
        handler=draw_sample,
        summary="Draws from the prior, decoded.",
        answers=ALL,
        json=schemas.Drawn,
        query=SampleQuery,
    ),
    Operation(
        id="interpolate",
        method="POST",
        path="interpolate",
        handler=walk_between,
        summary="A walk between two or more images or latent vectors.",
        answers=("png", "gif", "webp", "jpeg", "json", "npy"),
        json=schemas.Drawn,
        query=InterpolateQuery,
        body=Body.EITHER,
    ),
    Operation(
        id="traverse",
        method="GET",
        path="traverse",
        handler=walk_dimensions,
        summary="A walk along each dimension, one row each.",
        answers=PICTURES,
        query=TraverseQuery,
    ),
)
