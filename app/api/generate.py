"""Images made from latent vectors of our choice: grids, samples, interpolations, traversals."""

from typing import Annotated, Final

import numpy as np
from fastapi import APIRouter, Query, Response

from app.errors import InvalidRequest, NotAcceptable
from app.http import schemas
from app.http.bodies import read_anchors
from app.http.context import CurrentCall
from app.http.negotiation import MEDIA_TYPES
from app.http.openapi import either_body, operation
from app.http.queries import GridQuery, InterpolateQuery, SampleQuery, TraverseQuery
from app.http.responses import animation, any_format, picture
from app.http.routing import ModelRoute
from app.imaging.npy import write_npy
from app.inference.batcher import Priority
from app.latent.planes import Plane
from app.latent.vectors import check_dims, coordinates, interpolate, start, traverse
from app.latent.vectors import sample as draw

PICTURES: Final = ("png", "webp", "jpeg")
ALL: Final = (*PICTURES, "json", "npy")
MOVING: Final = ("png", "gif", "webp", "jpeg", "json", "npy")
router = APIRouter(route_class=ModelRoute, tags=["latent space"])


@router.get("/latent-grid", **operation(*PICTURES))
async def latent_grid(call: CurrentCall, query: Annotated[GridQuery, Query()]) -> Response:
    """Draw rows × columns of decodes over a plane; the top row has the largest coordinate."""
    d = call.model.manifest.latent_dim
    call.check_items(query.rows * query.columns)
    dims = check_dims((0, 1)[:d] if query.dims is None else query.dims, d)
    axes = np.eye(d)
    up = axes[dims[1]] if len(dims) > 1 else np.zeros(d)
    plane = Plane(start(query.origin, d).astype(np.float64), axes[dims[0]], up)
    a = coordinates(query.columns, query.extent, query.spacing)
    b = coordinates(query.rows, query.extent, query.spacing)[::-1]
    z = plane.points(np.tile(a, query.rows), np.repeat(b, query.columns))
    return await picture(call, await call.decode(z, Priority.PICTURE), query.columns)


@router.get("/sample", **operation(*ALL, json=schemas.Drawn))
async def sample(call: CurrentCall, query: Annotated[SampleQuery, Query()]) -> Response:
    """Decode draws from the prior."""
    call.check_items(query.n)
    z = draw(query.n, call.model.manifest.latent_dim, query.seed, query.temperature)
    if query.dtype == "float32":
        if call.format != "npy":
            raise NotAcceptable("dtype=float32 is answered as npy: add format=npy")
        found = await call.infer("decode_mean", z, Priority.PICTURE)
        return Response(write_npy(found["mean"]), media_type=MEDIA_TYPES["npy"])
    images = await call.decode(z, Priority.PICTURE)
    return await any_format(call, images, query.columns, {"z": z})


@router.post("/interpolate", **operation(*MOVING, json=schemas.Drawn, body=either_body()))
async def interpolate_anchors(
    call: CurrentCall, query: Annotated[InterpolateQuery, Query()]
) -> Response:
    """Walk between images or vectors: a strip, frames, or the images themselves."""
    field, anchors = await read_anchors(call, query.invert)
    if len(anchors) < 2:  # noqa: PLR2004
        raise InvalidRequest(f"interpolate needs at least two {field}, but one came")
    if field == "images":
        anchors = (await call.infer("encode", anchors, Priority.PICTURE))["z_mean"]
    call.check_items((len(anchors) - 1) * (query.steps - 1) + 1)
    z = interpolate(anchors, query.steps, query.method)
    images = await call.decode(z, Priority.PICTURE)
    # Accept: image/webp gives the strip, as for every other verb; format=webp asks for frames.
    if call.format == "gif" or query.format == "webp":
        return await animation(call, images)
    return await any_format(call, images, query.columns or len(images), {"z": z})


@router.get("/traverse", **operation(*PICTURES))
async def traverse_dimensions(
    call: CurrentCall, query: Annotated[TraverseQuery, Query()]
) -> Response:
    """Walk each dimension in turn, one row each."""
    d = call.model.manifest.latent_dim
    dims = check_dims(tuple(range(d)) if query.dims is None else query.dims, d)
    call.check_items(len(dims) * query.steps)
    z = traverse(start(query.origin, d), dims, query.steps, query.extent)
    return await picture(call, await call.decode(z, Priority.PICTURE), query.steps)
